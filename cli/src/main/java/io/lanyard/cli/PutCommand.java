package io.lanyard.cli;

import io.lanyard.cli.client.Answer;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard put}: writes a whole document. */
@Command(
        name = "put",
        description = {
            "Writes a document as a whole.",
            "With a collection alone, makes an id that grows with time and prints it."
        })
final class PutCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION[/ID]", description = "The document, such as contact/ada.")
    private String name;

    @Parameters(paramLabel = "JSON", description = "Its fields, a JSON object; - reads standard input.")
    private String json;

    @ArgGroup
    private Precondition precondition;

    private static final class Precondition {
        @Option(names = "--if-match", paramLabel = "ETAG", description = "Only if the document still has this ETag.")
        private String etag;

        @Option(names = "--if-absent", description = "Only if there is no such document.")
        private boolean absent;
    }

    @Override
    public Integer call() throws Exception {
        boolean isNamed = name.indexOf('/') >= 0;
        DocumentName target = isNamed ? DocumentName.document(name) : DocumentName.collection(name);
        if (!isNamed && precondition != null) {
            throw new CommandFailure(ExitCode.USAGE, "a document without an id cannot have a precondition");
        }
        Answer answer =
                lanyard.client().send(isNamed ? "PUT" : "POST", target.path(), preconditions(), lanyard.content(json));
        String id = isNamed ? target.id() : idOf(answer);
        Output output = lanyard.output();
        boolean isNew = answer.status() == 201;
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "collection", target.collection(), "id", id, "created", isNew, "etag", answer.header("etag")));
        } else if (isNamed) {
            output.message((isNew ? "created " : "updated ") + target);
        } else {
            output.line(id);
        }
        return ExitCode.OK.number();
    }

    private Map<String, String> preconditions() {
        Map<String, String> fields = new LinkedHashMap<>();
        if (precondition != null && precondition.etag != null) {
            fields.put("If-Match", Etags.quoted(precondition.etag));
        } else if (precondition != null && precondition.absent) {
            fields.put("If-None-Match", "*");
        }
        return fields;
    }

    private static String idOf(Answer created) throws CommandFailure {
        String location = created.header("location");
        if (location.isEmpty()) {
            throw new CommandFailure(ExitCode.FAILURE, "the daemon made a document and did not say where");
        }
        return DocumentName.decode(location.substring(location.lastIndexOf('/') + 1));
    }
}
