package io.lanyard.cli;

import io.lanyard.cli.client.Answer;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard patch}: changes some fields of a document. */
@Command(name = "patch", description = "Changes the fields that are given, and removes those given as null (RFC 7396).")
final class PatchCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION/ID", description = "The document, such as contact/ada.")
    private String name;

    @Parameters(paramLabel = "JSON", description = "The fields to change, a JSON object; - reads standard input.")
    private String json;

    @Option(names = "--if-match", paramLabel = "ETAG", description = "Only if the document still has this ETag.")
    private String etag;

    @Override
    public Integer call() throws Exception {
        DocumentName target = DocumentName.document(name);
        Map<String, String> fields = etag == null ? Map.of() : Map.of("If-Match", Etags.quoted(etag));
        Answer answer = lanyard.client().send("PATCH", target.path(), fields, lanyard.content(json));
        boolean isNew = answer.status() == 201;
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "collection",
                    target.collection(),
                    "id",
                    target.id(),
                    "created",
                    isNew,
                    "etag",
                    answer.header("etag")));
        } else {
            output.message((isNew ? "created " : "updated ") + target);
        }
        return ExitCode.OK.number();
    }
}
