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
            description = "Begin after this position, which every change carries; or with 'start'.")
    private String since = "now";

    @Override
    public Integer call() throws Exception {
        List<String> query = new ArrayList<>();
        query.add("since=" + DocumentName.encode(since));
        collections.forEach(collection -> query.add("collection=" + DocumentName.encode(collection)));
        Output output = lanyard.output();
        boolean hadEnough = lanyard.client()
                .readLines(
                        "/api/sync/changes?" + String.join("&", query),
                        Map.of("Accept", "application/x-ndjson"),
                        line -> print(line, output));
        if (!hadEnough) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE, "the daemon ended the feed", "go on with --since and the last position");
        }
        return ExitCode.OK.number();
    }

    private static boolean print(String line, Output output) {
        output.line(output.isJson() ? line : describe(line, output));
        return !output.isDeaf();
    }

    private static String describe(String line, Output output) {
        JsonValue change;
        try {
            change = JsonValue.parse(line);
        } catch (IOException notJson) {
            return line;
        }
        if (change.get("collection").isNull()) {
            return output.faint(line);
        }
        String kind = change.get("event").text();
        JsonValue origin = change.get("origin");
        return output.faint(change.get("timestamp").text()) + " " + output.bold(kind) + " "
                + change.get("collection").text() + "/" + change.get("id").text() + " "
                + change.get("data").toJson()
                + (origin.isNull()
                        ? ""
                        : output.faint("  by " + origin.get("device").text()));
    }
}
