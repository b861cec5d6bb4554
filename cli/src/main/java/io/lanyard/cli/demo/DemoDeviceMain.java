package io.lanyard.cli.demo;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.DaemonStartException;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What runs in the process of one of the demo's devices: a whole daemon, and on standard input somebody who pulls its
 * cable and plugs it in. It ends when standard input does.
 */
final class DemoDeviceMain {

    private DemoDeviceMain() {}

    /** Takes the device's name, its HOME, its port for the others, and their addresses joined by commas. */
    public static void main(String[] arguments) throws IOException {
        List<PeerAddress> peers =
                Stream.of(arguments[3].split(",")).map(PeerAddress::parse).toList();
        DaemonConfig config = new DaemonConfig(
                Path.of(arguments[1]),
                0,
                Optional.of("127.0.0.1"),
                Integer.parseInt(arguments[2]),
                peers,
                Optional.of(arguments[0]));
        try (Daemon daemon = Daemon.start(config)) {
            System.out.println("ready " + daemon.apiUrl());
            obey(daemon);
        } catch (DaemonStartException failed) {
            System.out.println(failed.getMessage() + " " + failed.hint());
        }
        System.exit(0);
    }

    private static void obey(Daemon daemon) throws IOException {
        BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String word = words.readLine(); word != null; word = words.readLine()) {
            switch (word) {
                case "unplug" -> daemon.disconnect();
                case "plug" -> daemon.connect();
                default -> throw new IOException("unknown word: " + word);
            }
            System.out.println("done");
        }
    }
}
