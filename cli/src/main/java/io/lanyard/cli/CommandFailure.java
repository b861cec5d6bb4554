package io.lanyard.cli;

/** Ends a command with an exit code and one sentence for the person who typed it. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final String hint;

    CommandFailure(ExitCode exitCode, String message) {
        this(exitCode, message, "");
    }

    /** Adds the next step to take; empty if there is none to name. */
    CommandFailure(ExitCode exitCode, String message, String hint) {
        super(message);
        this.exitCode = exitCode;
        this.hint = hint;
    }

    ExitCode exitCode() {
        return exitCode;
    }

    String hint() {
        return hint;
    }
}
