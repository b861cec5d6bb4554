package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanyard keys}: the group's secret. */
@Command(
        name = "keys",
        description = {
            "The group has a secret, by which its devices find each other. It lets nobody in: members are admitted by",
            "admins, one by one."
        })
final class KeysCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "say what to do: rotate");
    }

    @Command(
            name = "rotate",
            description = {
                "Makes a new secret for the group. On the device of an admin.",
                "Members get it as they meet, revoked devices do not. Members that are off now stay members."
            })
    int rotate() throws Exception {
        JsonValue done = lanyard.client()
                .send("POST", "/api/keys/rotate", Map.of(), null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
        } else {
            output.message("the group has a new secret, its number "
                    + done.get("epoch").text());
        }
        return ExitCode.OK.number();
    }
}
