package io.lanyard.daemon.lan;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A daemon in a process of its own: {@code HOME NAME [PEER...]}, with the ports and the interface that it would have on a
 * workstation. Says {@code ready URL}, answers a line by {@code heap BYTES} (in use after a collection), and ends with its
 * standard input. The system property {@link #SOCKET} names a Unix
 * socket by which its API is reached from other namespaces.
 */
public final class DaemonMain {
    static final String SOCKET = "lan.socket";

    private DaemonMain() {}

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws Exception {
        DaemonConfig config = new DaemonConfig(
                Path.of(arguments[0]),
                DaemonConfig.DEFAULT_API_PORT,
                Optional.empty(),
                ClusterSettings.DEFAULT_PORT,
                Stream.of(arguments).skip(2).map(PeerAddress::parse).toList(),
                Optional.of(arguments[1]));
        Daemon daemon = Daemon.start(config);
        try (daemon) {
            String socket = System.getProperty(SOCKET);
            if (socket != null) {
                Relay.start(Path.of(socket), DaemonConfig.DEFAULT_API_PORT);
            }
            System.out.println("ready " + daemon.apiUrl());
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                System.gc();
                System.out.println("heap "
                        + ManagementFactory.getMemoryMXBean()
                                .getHeapMemoryUsage()
                                .getUsed());
            }
        }
    }
}
