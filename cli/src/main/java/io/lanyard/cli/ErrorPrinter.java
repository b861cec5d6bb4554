package io.lanyard.cli;

import io.lanyard.cli.client.DaemonTimeoutException;
import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.client.RequestRefusedException;
import io.lanyard.cli.json.JsonValue;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns what a command threw into one sentence on standard error and an exit code; with {@code --json}, into one JSON
 * object there. Only what nobody foresaw comes with its stack trace.
 */
final class ErrorPrinter implements IExecutionExceptionHandler, IParameterExceptionHandler {

    private final PrintStream messages;

    ErrorPrinter(PrintStream messages) {
        this.messages = messages;
    }

    @Override
    public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
        boolean json = command.getCommandSpec().root().userObject() instanceof LanyardCommand lanyard
                && lanyard.output().isJson();
        if (thrown instanceof CommandFailure failure) {
            return print(json, failure.exitCode(), "", failure.getMessage(), failure.hint());
        }
        if (thrown instanceof RequestRefusedException refused) {
            return print(
                    json, ExitCode.ofStatus(refused.status()), refused.code(), refused.getMessage(), refused.hint());
        }
        if (thrown instanceof DaemonUnreachableException) {
            return print(json, ExitCode.UNREACHABLE, "unreachable", thrown.getMessage(), "");
        }
        if (thrown instanceof DaemonTimeoutException) {
            return print(json, ExitCode.TIMED_OUT, "timed_out", thrown.getMessage(), "");
        }
        thrown.printStackTrace(messages);
        return print(
                json, ExitCode.FAILURE, "", "unexpected failure: " + thrown, "please report it with the lines above");
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        messages.println("lanyard: " + wrong.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(
                wrong, wrong.getCommandLine().getErr())) {
            messages.println("  see '" + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help'");
        }
        return ExitCode.USAGE.number();
    }

    private int print(boolean json, ExitCode exitCode, String code, String message, String hint) {
        if (json) {
            messages.println(
                    JsonValue.object("exitCode", exitCode.number(), "code", code, "message", message, "hint", hint)
                            .toJson());
        } else {
            messages.println("lanyard: " + message);
            if (!hint.isEmpty()) {
                messages.println("  " + hint);
            }
        }
        return exitCode.number();
    }
}
