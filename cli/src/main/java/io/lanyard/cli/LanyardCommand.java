package io.lanyard.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code lanyard}: every other command hangs below it. */
@Command(name = "lanyard", mixinStandardHelpOptions = true)
public final class LanyardCommand {
    private LanyardCommand() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param arguments the words after {@code lanyard}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LanyardCommand()).execute(arguments));
    }
}
