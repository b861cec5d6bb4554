package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard conflicts}: values that lost to a concurrent write. */
@Command(name = "conflicts", description = "Lists the values that lost to a write made elsewhere at the same time.")
final class ConflictsCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        JsonValue answer = lanyard.client().get("/api/conflicts").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(answer);
            return ExitCode.OK.number();
        }
        JsonValue conflicts = answer.get("items").isNull() ? answer : answer.get("items");
        if (conflicts.elements().isEmpty()) {
            output.message("no conflicts");
        }
        for (JsonValue conflict : conflicts.elements()) {
            output.value(conflict);
        }
        return ExitCode.OK.number();
    }
}
