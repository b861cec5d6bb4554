package io.lanyard.daemon.apps;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.DaemonStartException;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Several devices of one group on this machine, each a real daemon with a HOME of its own, and what all must agree on. */
final class Group implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);

    private final List<Device> devices = new ArrayList<>();
    private final ApiSettings api;
    private final List<Integer> ports;

    private Group(ApiSettings api, List<Integer> ports) {
        this.api = api;
        this.ports = ports;
    }

    /** One device: its daemon, and a program on it that has no name. */
    record Device(String name, Path home, Daemon daemon, ApiClient client) {

        /** Returns a program of that name on this device. */
        ApiClient client(String programName) {
            return client.named(programName);
        }

        /** Pulls the cable, and waits until the device knows that it is alone. */
        void pullCable() {
            daemon.disconnect();
            until(() -> assertEquals("alone", client.status().get("state"), name));
        }

        /** Plugs the cable in again; nothing waits for what follows. */
        void plugIn() {
            daemon.connect();
        }
    }

    /** Starts a daemon for each name under {@code folder}, all in the group of the first, and lets them meet. */
    static Group start(Path folder, String... names) throws IOException, DaemonStartException, IdentityException {
        return start(folder, ApiSettings.on(0), names);
    }

    /** The same; the API of each is told this. */
    static Group start(Path folder, ApiSettings api, String... names)
            throws IOException, DaemonStartException, IdentityException {
        Group group = new Group(api, freePorts(names.length));
        try {
            for (int i = 0; i < names.length; i++) {
                Path home = Files.createDirectories(folder.resolve(names[i]));
                if (i > 0) {
                    GroupHome.admitOffline(folder.resolve(names[0]), home, names[i], Role.MEMBER);
                }
                group.devices.add(group.startOne(home, names[i], group.ports.get(i)));
            }
            group.awaitMet();
            return group;
        } catch (IOException | DaemonStartException | IdentityException | RuntimeException | Error e) {
            group.close();
            throw e;
        }
    }

    private Device startOne(Path home, String name, int port) throws IOException, DaemonStartException {
        Daemon daemon = Daemon.start(config(home, api, name, port, ports));
        return new Device(name, home, daemon, ApiClient.in(home));
    }

    /** Ends a device's daemon; nothing answers there until it is started again. */
    void stop(int index) {
        devices.get(index).daemon().close();
    }

    /** Starts a daemon that was stopped, on the same files; its API may have another port now. */
    void startAgain(int index) throws IOException, DaemonStartException {
        Device stopped = devices.get(index);
        devices.set(index, startOne(stopped.home(), stopped.name(), ports.get(index)));
    }

    /** Returns how a daemon is started that finds the others on these ports of this machine. */
    static DaemonConfig config(Path home, String name, int port, List<Integer> ports) {
        return config(home, ApiSettings.on(0), name, port, ports);
    }

    private static DaemonConfig config(Path home, ApiSettings api, String name, int port, List<Integer> ports) {
        return new DaemonConfig(
                home,
                api,
                Optional.of("127.0.0.1"),
                port,
                ports.stream().map(peer -> new PeerAddress("127.0.0.1", peer)).toList(),
                Optional.of(name));
    }

    /** Returns ports that were free a moment ago. */
    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    Device device(int index) {
        return devices.get(index);
    }

    List<ApiClient> clients() {
        return devices.stream().map(Device::client).toList();
    }

    /** Waits until every device is in touch with every other. */
    void awaitMet() {
        until(() -> {
            for (ApiClient client : clients()) {
                long online = Json.list(client.status(), "peers").stream()
                        .filter(peer -> Json.isTrue(peer, "online"))
                        .count();
                assertEquals(devices.size() - 1, online, this::statuses);
            }
        });
    }

    /** Waits until all devices hold the same and know it. */
    void awaitEqual() {
        awaitEqual(clients());
    }

    /** Waits until all these devices hold the same and know it. */
    static void awaitEqual(List<ApiClient> clients) {
        until(() -> {
            List<Map<String, Object>> statuses =
                    clients.stream().map(ApiClient::status).toList();
            String all = describe(statuses);
            for (Map<String, Object> status : statuses) {
                assertEquals(vector(statuses.get(0)), vector(status), () -> "version vectors differ\n" + all);
                assertEquals(statuses.get(0).get("digest"), status.get("digest"), () -> "digests differ\n" + all);
                assertEquals("in_step", status.get("state"), () -> "not in step\n" + all);
                assertEquals(0, Json.integer(status, "pending"), () -> "own writes that nobody holds\n" + all);
                assertEquals(0, Json.integer(status, "heldBack"), () -> "live writes held back\n" + all);
                assertFalse(Json.isTrue(status, "catchingUp"), () -> "still catching up\n" + all);
            }
        });
    }

    /** Polls until the assertions hold; fails with the last of them that did not. */
    static void until(Runnable assertions) {
        await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).untilAsserted(assertions::run);
    }

    String statuses() {
        return describe(clients().stream().map(ApiClient::status).toList());
    }

    private static String describe(List<Map<String, Object>> statuses) {
        return statuses.stream().map(Json::write).collect(Collectors.joining("\n", "what the devices say:\n", ""));
    }

    private static Map<String, Object> vector(Map<String, Object> status) {
        return new TreeMap<>(Json.leaves(status.get("versionVector")));
    }

    @Override
    public void close() {
        devices.parallelStream().forEach(device -> device.daemon().close());
    }
}
