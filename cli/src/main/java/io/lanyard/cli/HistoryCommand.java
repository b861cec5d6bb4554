package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard history}: what happened to a document. */
@Command(
        name = "history",
        description = {
            "Lists the last changes of a document that this device saw, the newest first.",
            "How many are kept is set by 'lanyard up --history N'."
        })
final class HistoryCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION/ID", description = "The document, such as contact/ada.")
    private String name;

    @Override
    public Integer call() throws Exception {
        DocumentName target = DocumentName.document(name);
        JsonValue history = lanyard.client().get(target.path() + "/history").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(history);
            return ExitCode.OK.number();
        }
        List<JsonValue> changes = history.get("items").elements();
        if (changes.isEmpty()) {
            output.message("this device has kept no change of " + target);
            return ExitCode.OK.number();
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("AT", "EVENT", "BY", "CLIENT", "FIELD", "BEFORE", "AFTER"));
        changes.forEach(change -> addRows(change, rows));
        output.table(rows);
        return ExitCode.OK.number();
    }

    private static void addRows(JsonValue change, List<List<String>> rows) {
        List<String> head = List.of(
                change.get("at").text(),
                change.get("event").text(),
                Texts.deviceOf(change),
                Texts.orElse(change.get("client"), ""));
        List<String> next = head;
        for (JsonValue field : change.get("changes").elements()) {
            List<String> row = new ArrayList<>(next);
            row.add(field.get("path").text());
            boolean isWhole = change.get("whole").isTrue();
            row.add(isWhole ? valueOf(field, "before") : "(too large)");
            row.add(isWhole ? valueOf(field, "after") : "(too large)");
            rows.add(row);
            next = List.of("", "", "", "");
        }
        if (next == head) {
            List<String> row = new ArrayList<>(head);
            row.addAll(List.of("", "", ""));
            rows.add(row);
        }
    }

    private static String valueOf(JsonValue field, String name) {
        return field.members().containsKey(name)
                ? Texts.shortened(field.get(name).toJson())
                : "(nothing)";
    }
}
