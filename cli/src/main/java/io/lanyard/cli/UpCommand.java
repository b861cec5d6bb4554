package io.lanyard.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard up}: runs the daemon in the foreground. */
@Command(name = "up", description = "Runs this device's daemon until it is told to stop.")
final class UpCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        throw new CommandFailure(
                ExitCode.FAILURE, "not there yet: " + lanyard.settings().home());
    }
}
