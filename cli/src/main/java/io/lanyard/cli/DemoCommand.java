package io.lanyard.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard demo}: several devices on this machine. */
@Command(name = "demo", description = "Runs several devices on this machine: watch them sync, part and merge.")
final class DemoCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        throw new CommandFailure(
                ExitCode.FAILURE, "not there yet: " + lanyard.settings().home());
    }
}
