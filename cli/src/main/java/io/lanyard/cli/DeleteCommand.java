package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard delete}: removes a document. */
@Command(name = "delete", description = "Deletes a document, here and on every device.")
final class DeleteCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION/ID", description = "The document, such as contact/ada.")
    private String name;

    @Option(names = "--if-match", paramLabel = "ETAG", description = "Only if the document still has this ETag.")
    private String etag;

    @Override
    public Integer call() throws Exception {
        DocumentName target = DocumentName.document(name);
        Map<String, String> fields = etag == null ? Map.of() : Map.of("If-Match", Etags.quoted(etag));
        lanyard.client().send("DELETE", target.path(), fields, null);
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object("collection", target.collection(), "id", target.id(), "deleted", true));
        } else {
            output.message("deleted " + target);
        }
        return ExitCode.OK.number();
    }
}
