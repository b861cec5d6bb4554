package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard conflicts}: values that lost to a concurrent write. */
@Command(name = "conflicts", description = "Lists the values that lost to a write made elsewhere at the same time.")
final class ConflictsCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        List<JsonValue> all = new ArrayList<>();
        String target = "/api/conflicts";
        for (JsonValue next = JsonValue.of(0); !next.isNull(); ) {
            JsonValue page = client.get(target).json();
            all.addAll(page.get("items").elements());
            next = page.get("next");
            target = "/api/conflicts?after=" + DocumentName.encode(next.text());
        }
        if (output.isJson()) {
            output.value(JsonValue.object("items", new JsonValue.ArrayValue(all), "next", null));
        } else if (all.isEmpty()) {
            output.message("no conflicts");
        } else {
            print(all, output);
        }
        return ExitCode.OK.number();
    }

    private static void print(List<JsonValue> conflicts, Output output) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DOCUMENT", "FIELD", "LOST", "WRITTEN", "BY", "TO"));
        for (JsonValue conflict : conflicts) {
            rows.add(List.of(
                    conflict.get("collection").text() + "/" + conflict.get("id").text(),
                    orElse(conflict.get("path"), "(the document)"),
                    conflict.get("lostRemoval").isTrue()
                            ? "(a removal)"
                            : conflict.get("lostValue").toJson(),
                    orElse(conflict.get("lostAt"), ""),
                    orElse(conflict.get("loser"), "?"),
                    orElse(conflict.get("winner"), "?")));
        }
        output.table(rows);
    }

    private static String orElse(JsonValue value, String otherwise) {
        return value.isNull() ? otherwise : value.text();
    }
}
