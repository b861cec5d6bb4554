package io.lanyard.cli;

import io.lanyard.cli.client.Answer;
import io.lanyard.cli.output.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard get}: prints a document. */
@Command(name = "get", description = "Prints a document's fields.")
final class GetCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION/ID", description = "The document, such as contact/ada.")
    private String name;

    @Override
    public Integer call() throws Exception {
        DocumentName target = DocumentName.document(name);
        Answer answer = lanyard.client().get(target.path());
        Output output = lanyard.output();
        output.value(answer.json());
        return ExitCode.OK.number();
    }
}
