package io.lanyard.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command gets from the process that it runs in, as values, so that a test can hand over others.
 *
 * @param variables the environment variables
 * @param in standard input
 * @param out standard output, UTF-8 whatever the locale says, since the data is JSON
 * @param err standard error
 * @param isTerminal whether a person watches standard output
 * @param userHome the person's home directory
 * @param operatingSystem its name, as in the system property {@code os.name}
 */
record Surroundings(
        Map<String, String> variables,
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean isTerminal,
        Path userHome,
        String operatingSystem) {

    /** Returns this process's own. The launcher says whether there is a terminal: Java 17 cannot tell reliably. */
    static Surroundings ofThisProcess() {
        return new Surroundings(
                System.getenv(),
                System.in,
                utf8(FileDescriptor.out),
                utf8(FileDescriptor.err),
                Boolean.getBoolean("lanyard.terminal"),
                Path.of(System.getProperty("user.home")),
                System.getProperty("os.name"));
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
