package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard conflicts}: values that lost to a concurrent write, and what to do about them. */
@Command(
        name = "conflicts",
        description = {
            "Lists the values that lost to a write made elsewhere at the same time.",
            "Look at one, write its value anew, or let it go:"
        })
final class ConflictsCommand implements Callable<Integer> {

    private static final int PAGE_SIZE = 500;
    private static final String NUMBER = "The conflict's number in the list.";

    @ParentCommand
    private LanyardCommand lanyard;

    @Option(names = "--all", description = "Those that were restored or dismissed too.")
    private boolean all;

    @Option(names = "--document", paramLabel = "COLLECTION/ID", description = "Only those of this document.")
    private String document;

    @Override
    public Integer call() throws Exception {
        StringBuilder query = new StringBuilder("/api/conflicts?limit=").append(PAGE_SIZE);
        if (!all) {
            query.append("&state=open");
        }
        if (document != null) {
            DocumentName name = DocumentName.document(document);
            query.append("&collection=").append(name.collection());
            query.append("&id=").append(DocumentName.encode(name.id()));
        }
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        List<JsonValue> conflicts = new ArrayList<>();
        JsonValue next = JsonValue.NULL;
        JsonValue dropped;
        do {
            String after = next.isNull() ? "" : "&after=" + DocumentName.encode(next.text());
            JsonValue page = client.get(query + after).json();
            conflicts.addAll(page.get("items").elements());
            next = page.get("next");
            dropped = page.get("dropped");
        } while (!next.isNull());
        if (output.isJson()) {
            output.value(
                    JsonValue.object("items", new JsonValue.ArrayValue(conflicts), "next", null, "dropped", dropped));
        } else if (conflicts.isEmpty()) {
            output.message(all ? "no conflicts" : "no open conflicts");
        } else {
            print(conflicts, output);
        }
        if (dropped.wholeNumber(0) > 0) {
            output.message(dropped.text() + " older conflicts are no longer kept");
        }
        return ExitCode.OK.number();
    }

    @Command(name = "show", description = "Tells all about one conflict: what lost to what, and what stands now.")
    int show(@Parameters(paramLabel = "N", description = NUMBER) long number) throws Exception {
        JsonValue conflict = lanyard.client().get(target(number, "")).json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(conflict);
            return ExitCode.OK.number();
        }
        output.row("conflict", conflict.get("number").text() + "  " + state(conflict));
        output.row("document", documentOf(conflict));
        output.row("field", orElse(conflict.get("path"), "(the document)"));
        output.row("lost", lost(conflict) + by(conflict, "loser", "lostAt"));
        if (!conflict.get("winnerAt").isNull()) {
            String place = conflict.get("winnerPath").equals(conflict.get("path"))
                    ? ""
                    : "  at " + orElse(conflict.get("winnerPath"), "(the document)");
            output.row("to", won(conflict) + place + by(conflict, "winner", "winnerAt"));
        }
        output.row("now", now(conflict));
        output.row("found", conflict.get("foundAt").text());
        return ExitCode.OK.number();
    }

    @Command(
            name = "restore",
            description = {
                "Writes the value that lost anew, here and on every device.",
                "A document that is gone comes back with all it last showed; a lost delete deletes."
            })
    int restore(
            @Parameters(paramLabel = "N", description = NUMBER) long number,
            @Option(
                            names = "--if-match",
                            paramLabel = "ETAG",
                            description = "Only if the document still has this ETag.")
                    String etag)
            throws Exception {
        Map<String, String> fields = etag == null ? Map.of() : Map.of("If-Match", Etags.quoted(etag));
        JsonValue done = lanyard.client()
                .send("POST", target(number, "/restore"), fields, null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
        } else {
            output.message(
                    "restored conflict " + number + ": " + done.get("outcome").text() + " " + documentOf(done));
        }
        return ExitCode.OK.number();
    }

    @Command(name = "dismiss", description = "Lets what won stand: the conflict is open no more.")
    int dismiss(@Parameters(paramLabel = "N", description = NUMBER) long number) throws Exception {
        JsonValue done = lanyard.client()
                .send("POST", target(number, "/dismiss"), Map.of(), null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
        } else {
            output.message("conflict " + number + " is " + done.get("state").text());
        }
        return ExitCode.OK.number();
    }

    private static String target(long number, String action) throws CommandFailure {
        if (number < 1) {
            throw new CommandFailure(ExitCode.USAGE, "a conflict's number is 1 or more, not " + number);
        }
        return "/api/conflicts/" + number + action;
    }

    private static void print(List<JsonValue> conflicts, Output output) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("N", "DOCUMENT", "FIELD", "LOST", "WRITTEN", "BY", "TO", "NOW", "STATE"));
        for (JsonValue conflict : conflicts) {
            rows.add(List.of(
                    conflict.get("number").text(),
                    documentOf(conflict),
                    orElse(conflict.get("path"), "(the document)"),
                    shortened(lost(conflict)),
                    orElse(conflict.get("lostAt"), ""),
                    orElse(conflict.get("loser"), "?"),
                    orElse(conflict.get("winner"), "?"),
                    shortened(now(conflict)),
                    state(conflict)));
        }
        output.table(rows);
    }

    private static String documentOf(JsonValue conflict) {
        return conflict.get("collection").text() + "/" + conflict.get("id").text();
    }

    private static String lost(JsonValue conflict) {
        return written(conflict.get("path"), conflict.get("lostRemoval"), conflict.get("lostValue"));
    }

    private static String won(JsonValue conflict) {
        return written(conflict.get("winnerPath"), conflict.get("winnerRemoval"), conflict.get("winnerValue"));
    }

    private static String written(JsonValue path, JsonValue removal, JsonValue value) {
        if (path.isNull()) {
            return removal.isTrue() ? "(a delete)" : "(an edit)";
        }
        return removal.isTrue() ? "(a removal)" : value.toJson();
    }

    private static String now(JsonValue conflict) {
        JsonValue current = conflict.get("current");
        return current.get("present").isTrue() ? current.get("value").toJson() : "(nothing)";
    }

    private static String by(JsonValue conflict, String device, String time) {
        return "  by " + orElse(conflict.get(device), "?") + ", "
                + conflict.get(time).text();
    }

    private static String state(JsonValue conflict) {
        String since = conflict.get("settledAt").isNull()
                ? ""
                : " " + conflict.get("settledAt").text();
        return conflict.get("state").text() + since;
    }

    private static String shortened(String value) {
        return value.length() <= 40 ? value : value.substring(0, 39) + "…";
    }

    private static String orElse(JsonValue value, String otherwise) {
        return value.isNull() ? otherwise : value.text();
    }
}
