package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard watch}: prints changes as they happen, until it is stopped. */
@Command(name = "watch", description = "Prints changes as they happen; with --json one object a line.")
final class WatchCommand implements Callable<Integer> {

    private static final String RESYNC_REQUIRED = "resync_required";

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(
            arity = "0..*",
            paramLabel = "COLLECTION",
            description = "Only changes of these; * matches any depth of dotted names. All if not given.")
    private List<String> collections = List.of();

    @Option(
            names = "--since",
            paramLabel = "POSITION",
            description = "Begin after this position, which every change carries; or at 'start'.")
    private String since = "now";

    @Option(
            names = "--where",
            paramLabel = "CONDITION",
            description = "Only documents of which this is true, such as 'amount>=10'; may be given several times. One"
                    + " that comes to be so is told as created, one that is so no more as deleted.")
    private List<String> conditions = List.of();

    private boolean mustResync;

    @Override
    public Integer call() throws Exception {
        List<String> query = new ArrayList<>();
        query.add("since=" + DocumentName.encode(since));
        collections.forEach(collection -> query.add("collection=" + DocumentName.encode(collection)));
        conditions.forEach(condition -> query.add("where=" + DocumentName.encode(condition)));
        Output output = lanyard.output();
        boolean hadEnough = lanyard.client()
                .readLines(
                        "/api/sync/changes?" + String.join("&", query),
                        Map.of("Accept", "application/x-ndjson"),
                        line -> print(line, output));
        if (mustResync) {
            throw new CommandFailure(
                    ExitCode.FAILURE, "the daemon can no longer tell what changed", "read again with --since start");
        }
        if (!hadEnough) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE, "the daemon ended the feed", "go on with --since and the last position");
        }
        return ExitCode.OK.number();
    }

    private boolean print(String line, Output output) {
        JsonValue change = parse(line);
        mustResync = change.get("type").text().equals(RESYNC_REQUIRED);
        if (output.isJson()) {
            output.line(line);
        } else if (!change.get("collection").isNull()) {
            output.line(describe(change, output));
        }
        return !mustResync && !output.isDeaf();
    }

    private static String describe(JsonValue change, Output output) {
        JsonValue device = change.get("origin").get("device");
        return output.faint(change.get("timestamp").text()) + " "
                + output.bold(change.get("event").text())
                + (change.get("left").isNull() ? "" : " (left)")
                + (change.get("entered").isNull() ? "" : " (entered)") + " "
                + change.get("collection").text() + "/" + change.get("id").text()
                + (change.get("data").isNull() ? "" : " " + change.get("data").toJson())
                + (device.isNull() ? "" : output.faint("  by " + device.text()));
    }

    private static JsonValue parse(String line) {
        try {
            return JsonValue.parse(line);
        } catch (IOException notJson) {
            // A line that is no object names no collection either: shown to machines, left out for people.
            return JsonValue.NULL;
        }
    }
}
