package io.lanyard.daemon.browser;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.DaemonStartException;
import io.lanyard.daemon.config.DaemonConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A lone daemon in a process of its own: {@code HOME API_PORT}. Says {@code ready URL}, and ends with its standard input,
 * so that it never outlives whoever started it.
 */
public final class DaemonMain {

    private DaemonMain() {}

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws DaemonStartException, IOException {
        DaemonConfig config = new DaemonConfig(
                Path.of(arguments[0]),
                Integer.parseInt(arguments[1]),
                Optional.of("127.0.0.1"),
                0,
                List.of(),
                Optional.of("desk"));
        try (Daemon daemon = Daemon.start(config)) {
            System.out.println("ready " + daemon.apiUrl());
            while (System.in.read() >= 0) {
                // Nothing is said but the end.
            }
        }
    }
}
