package io.lanyard.daemon.browser;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.node.HistoryLimits;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Scope;
import io.lanyard.daemon.security.TokenBook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A lone daemon in a process of its own: {@code HOME API_PORT [ORIGIN SECONDS]}. Says {@code ready URL}, and ends with its
 * standard input, so that it never outlives whoever started it. With an origin it first makes a token for pages of that
 * origin, which is good for that many seconds, and says {@code token TEXT}: over HTTP none lives for less than a day. It
 * serves the files of the directory that the variable {@code LANYARD_PUBLIC} names.
 */
public final class DaemonMain {

    private DaemonMain() {}

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        if (arguments.length > 2) {
            PrivateFiles.prepareHome(home);
            String token = TokenBook.openOrCreate(home, System::currentTimeMillis)
                    .create(
                            "short-lived",
                            List.of(Scope.parse("expense:write")),
                            List.of(arguments[2]),
                            Duration.ofSeconds(Integer.parseInt(arguments[3])))
                    .text();
            System.out.println("token " + token);
        }
        DaemonConfig config = new DaemonConfig(
                home,
                ApiSettings.on(Integer.parseInt(arguments[1])),
                Optional.of("127.0.0.1"),
                0,
                List.of(),
                Optional.of("desk"),
                HistoryLimits.USUAL,
                Optional.ofNullable(System.getenv("LANYARD_PUBLIC"))
                        .map(directory -> new DaemonConfig.Site(Path.of(directory), 0)));
        try (Daemon daemon = Daemon.start(config)) {
            System.out.println("ready " + daemon.apiUrl());
            while (System.in.read() >= 0) {
                // Nothing is said but the end.
            }
        }
    }
}
