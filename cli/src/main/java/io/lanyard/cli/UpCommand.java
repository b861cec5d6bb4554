package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.DaemonStartException;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.node.HistoryLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard up}: runs the daemon in the foreground. */
@Command(
        name = "up",
        description = "Runs this device's daemon until it is told to stop (Ctrl-C, SIGTERM).",
        sortOptions = false)
final class UpCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Option(
            names = "--api-port",
            paramLabel = "N",
            description = "The loopback port of the API; 0 takes a free one. Without it, 7717.")
    private String apiPort;

    @Option(
            names = "--bind",
            paramLabel = "ADDR|IFACE",
            description = "The address or interface for the LAN. Without it, the one of the default route.")
    private String bind;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port for the LAN; 0 takes a free one. Without it, 7800 or one of the next.")
    private String port;

    @Option(
            names = "--peers",
            paramLabel = "HOST[:PORT],...",
            description =
                    "Other devices, where multicast does not reach them. One that does not answer is asked again all"
                            + " the time.")
    private String peers;

    @Option(names = "--name", paramLabel = "NAME", description = "This device's name. Without it, the computer's.")
    private String name;

    @Option(
            names = "--history",
            paramLabel = "N",
            description = "How many changes of each document are kept, 0 to 100; 0 removes them. Without it, 10.")
    private String history;

    @Option(
            names = "--public",
            paramLabel = "DIR",
            description = "Serve the files of an app, at an address of its own on this machine.")
    private String publicDirectory;

    @Option(
            names = "--public-port",
            paramLabel = "N",
            description = "The loopback port of the app; 0 takes a free one. Without it, the one after the API's.")
    private String publicPort;

    @Option(
            names = "--rate-limit",
            paramLabel = "N",
            description = "HTTP requests a second that each token may make; 0 for any number. Without it, 500.")
    private String rateLimit;

    @Option(
            names = "--message-limit",
            paramLabel = "N",
            description = "WebSocket messages a second that each token may send; 0 for any number. Without it, 1000.")
    private String messageLimit;

    @Option(
            names = "--max-listeners",
            paramLabel = "N",
            description = "WebSockets and change feeds that may be open together. Without it, 1000.")
    private String maxListeners;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Connections to the API that may be open together, and a few for the owner besides."
                    + " Without it, 1500.")
    private String maxConnections;

    @Option(names = "--open", description = "Open a browser that is signed in to the daemon's pages.")
    private boolean isOpening;

    private volatile boolean hasFailed;

    @Override
    public Integer call() throws Exception {
        Output output = lanyard.output();
        Daemon daemon = start(config(lanyard.settings()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> closeAtExit(daemon), "close at exit"));
        String device = daemon.device().name();
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "ready",
                    daemon.apiUrl(),
                    "device",
                    device,
                    "public",
                    daemon.publicUrl().orElse(null)));
        } else {
            output.line("ready " + daemon.apiUrl() + " " + device
                    + daemon.publicUrl().map(url -> " public " + url).orElse(""));
        }
        if (isOpening) {
            new Browser(lanyard.surroundings(), lanyard.settings().home())
                    .open(daemon.apiUrl(), daemon.newCode(), output);
        }
        try {
            daemon.ended().get();
        } catch (ExecutionException failed) {
            hasFailed = true;
            throw new CommandFailure(
                    ExitCode.FAILURE,
                    "the daemon had to stop: " + failed.getCause().getMessage(),
                    "what it acknowledged is on disk; see the log above, and start it again");
        }
        return ExitCode.OK.number();
    }

    private static Daemon start(DaemonConfig config) throws CommandFailure {
        try {
            return Daemon.start(config);
        } catch (DaemonStartException failed) {
            throw new CommandFailure(ExitCode.FAILURE, failed.getMessage(), failed.hint());
        }
    }

    private DaemonConfig config(Settings settings) throws CommandFailure {
        ApiSettings api = new ApiSettings(
                settings.port("api-port", apiPort, ApiSettings.DEFAULT_PORT),
                settings.number("rate-limit", rateLimit, 0, ApiSettings.DEFAULT_REQUESTS_PER_SECOND),
                settings.number("message-limit", messageLimit, 0, ApiSettings.DEFAULT_MESSAGES_PER_SECOND),
                settings.number("max-listeners", maxListeners, 1, ApiSettings.DEFAULT_MAX_STREAMS),
                settings.number("max-connections", maxConnections, 1, ApiSettings.DEFAULT_MAX_CONNECTIONS));
        return new DaemonConfig(
                settings.home(),
                api,
                Optional.ofNullable(settings.find("bind", bind)),
                settings.port("port", port, ClusterSettings.DEFAULT_PORT),
                peers(settings.find("peers", peers)),
                Optional.ofNullable(settings.find("name", name)),
                history(settings.find("history", history)),
                site(settings, api.port()));
    }

    private Optional<DaemonConfig.Site> site(Settings settings, int port) throws CommandFailure {
        String directory = settings.find("public", publicDirectory);
        if (directory == null) {
            return Optional.empty();
        }
        if (!Files.isDirectory(Path.of(directory))) {
            throw new CommandFailure(ExitCode.USAGE, "--public: there is no directory " + directory);
        }
        // An app's tokens are bound to its address, so it shall have the same one after each start.
        int otherwise = port == 0 || port == 65_535 ? 0 : port + 1;
        return Optional.of(
                new DaemonConfig.Site(Path.of(directory), settings.port("public-port", publicPort, otherwise)));
    }

    private static HistoryLimits history(String text) throws CommandFailure {
        if (text == null) {
            return HistoryLimits.USUAL;
        }
        try {
            return HistoryLimits.of(Integer.parseInt(text.strip()));
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--history wants a number from 0 to " + HistoryLimits.MAX_CHANGES_PER_DOCUMENT + ", not '" + text
                            + "'");
        }
    }

    private static List<PeerAddress> peers(String text) throws CommandFailure {
        List<PeerAddress> peers = new ArrayList<>();
        for (String peer : text == null ? new String[0] : text.split(",")) {
            try {
                peers.add(PeerAddress.parse(peer));
            } catch (IllegalArgumentException wrong) {
                throw new CommandFailure(ExitCode.USAGE, "--peers: " + wrong.getMessage());
            }
        }
        return peers;
    }

    /**
     * Closes the daemon when the process ends. The exit status would tell of the signal that ended it, but a stop that
     * was asked for is no failure.
     */
    private void closeAtExit(Daemon daemon) {
        daemon.close();
        if (!hasFailed) {
            Runtime.getRuntime().halt(ExitCode.OK.number());
        }
    }
}
