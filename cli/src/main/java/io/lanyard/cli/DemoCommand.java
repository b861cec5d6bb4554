package io.lanyard.cli;

import io.lanyard.cli.demo.Demo;
import io.lanyard.cli.demo.DemoException;
import io.lanyard.cli.output.Output;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard demo}: several devices on this one machine. */
@Command(
        name = "demo",
        description = "Runs three devices on this machine: watch them sync, part and merge. Leaves nothing behind.")
final class DemoCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        Output output = lanyard.output();
        try (Demo demo = new Demo(output)) {
            // Ctrl-C ends the process without unwinding this method.
            Thread cleanUp = new Thread(() -> closeAtExit(demo, output), "demo clean-up");
            Runtime.getRuntime().addShutdownHook(cleanUp);
            demo.play();
        } catch (DemoException failed) {
            throw new CommandFailure(
                    failed.replicasDiffer() ? ExitCode.UNHEALTHY : ExitCode.FAILURE, failed.getMessage());
        } catch (IOException failed) {
            throw new CommandFailure(ExitCode.FAILURE, "the demo broke off: " + failed);
        }
        return ExitCode.OK.number();
    }

    private static void closeAtExit(Demo demo, Output output) {
        try {
            demo.close();
        } catch (IOException failed) {
            output.message("could not remove the demo's directory: " + failed.getMessage());
        }
    }
}
