package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard list}: prints the documents of a collection, page by page, in bounded memory. */
@Command(
        name = "list",
        description = {
            "Prints a collection's documents: a line each, or with --json one object as the API's, of all pages."
        })
final class ListCommand implements Callable<Integer> {

    private static final int PAGE_SIZE = 500;

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION", description = "The collection, such as contact.")
    private String name;

    @Option(
            names = "--where",
            paramLabel = "'PATH OP VALUE'",
            description =
                    "Only documents of which this is true, such as 'amount>=10', 'city in [\"Kraków\"]' or 'note exists'; "
                            + "all of them if given repeatedly.")
    private List<String> where = List.of();

    @Option(
            names = "--order",
            paramLabel = "PATHS",
            description = "In the order of these fields, such as 'city,-amount' (- descends); by id if not given.")
    private String order;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many; all if not given.")
    private Long limit;

    @Override
    public Integer call() throws Exception {
        DocumentName collection = DocumentName.collection(name);
        if (limit != null && limit < 1) {
            throw new CommandFailure(ExitCode.USAGE, "--limit wants a number from 1, not " + limit);
        }
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        long left = limit == null ? Long.MAX_VALUE : limit;
        boolean isFirst = true;
        JsonValue next = JsonValue.NULL;
        do {
            JsonValue page = client.get(pageTarget(collection, next, left)).json();
            for (JsonValue item : page.get("items").elements()) {
                if (output.isJson()) {
                    output.line((isFirst ? "{\"items\":[\n" : ",\n") + item.toJson());
                } else {
                    output.line(item.get("id").text() + "  " + item.get("data").toJson());
                }
                isFirst = false;
                left--;
            }
            next = page.get("next");
        } while (!next.isNull() && left > 0 && !output.isDeaf());
        if (output.isJson()) {
            output.line((isFirst ? "{\"items\":[" : "") + "],\"next\":" + next.toJson() + "}");
        }
        return ExitCode.OK.number();
    }

    private String pageTarget(DocumentName collection, JsonValue cursor, long left) {
        StringBuilder target =
                new StringBuilder(collection.path()).append("?limit=").append(Math.min(PAGE_SIZE, left));
        where.forEach(condition -> target.append("&where=").append(DocumentName.encode(condition)));
        if (order != null) {
            target.append("&order=").append(DocumentName.encode(order));
        }
        if (!cursor.isNull()) {
            target.append("&cursor=").append(DocumentName.encode(cursor.text()));
        }
        return target.toString();
    }
}
