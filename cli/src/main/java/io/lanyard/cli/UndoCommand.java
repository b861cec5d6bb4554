package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard undo}: takes back the last change of a document. */
@Command(
        name = "undo",
        description = {
            "Takes back the last change of a document that this device saw, here and on every device.",
            "A second undo takes back the change before; nothing that was taken back comes again."
        })
final class UndoCommand implements Callable<Integer> {

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
        JsonValue done = lanyard.client()
                .send("POST", target.path() + "/undo", fields, null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
            return ExitCode.OK.number();
        }
        JsonValue undone = done.get("undone");
        output.message(target + ": " + done.get("outcome").text() + ", which takes back what " + Texts.deviceOf(undone)
                + " did at " + undone.get("at").text());
        return ExitCode.OK.number();
    }
}
