package io.lanyard.cli;

import io.lanyard.daemon.security.SuiteWatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs commands in this process and keeps what they said. */
final class Console {

    /** Commands that are there to show a secret to the person who asks for it. */
    private static final Set<String> SHOW_SECRETS = Set.of("invite", "create");

    private final Map<String, String> variables;
    private final Path userHome;
    private final boolean isTerminal;
    private byte[] in = {};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    Console(Path userHome, Map<String, String> variables) {
        this(userHome, variables, false);
    }

    Console(Path userHome, Map<String, String> variables, boolean isTerminal) {
        this.userHome = userHome;
        this.variables = variables;
        this.isTerminal = isTerminal;
    }

    Console typing(byte[] in) {
        this.in = in;
        return this;
    }

    /** Runs one command and returns its exit code. */
    int run(String... arguments) {
        out.reset();
        err.reset();
        int exitCode = LanyardCommand.run(
                new Surroundings(
                        variables,
                        new ByteArrayInputStream(in),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        isTerminal,
                        userHome,
                        "Linux"),
                arguments);
        if (Collections.disjoint(SHOW_SECRETS, List.of(arguments))) {
            SuiteWatch.said(out() + err());
        }
        return exitCode;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
