package io.lanyard.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon's start and end, with everything real. */
class DaemonTest {

    @TempDir
    Path directory;

    @Test
    void restart_keepsWhatWasAcknowledged() throws Exception {
        Path home = directory.resolve("home");
        String etag;
        try (Daemon daemon = Daemon.start(config(home))) {
            HttpResponse<String> put = send(daemon, home, "PUT", "{\"amount\": 12.10}");
            assertEquals(201, put.statusCode(), put.body());
            etag = put.headers().firstValue("ETag").orElseThrow();
            assertEquals(daemon.apiUrl(), Files.readString(home.resolve("api")).strip());
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home)));
        }
        assertFalse(Files.exists(home.resolve("api")), "the address of a daemon that is gone");
        try (Daemon daemon = Daemon.start(config(home))) {
            HttpResponse<String> got = send(daemon, home, "GET", null);
            assertEquals("{\"amount\":12.10}", got.body());
            assertEquals(etag, got.headers().firstValue("ETag").orElseThrow());
        }
    }

    @Test
    void twoHomesOfOneGroup_meetByAddress_andShareWrites() throws Exception {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        int port = freePort();
        try (Daemon one = Daemon.start(config(first, port, List.of()))) {
            Files.createDirectory(
                    second, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            GroupHome.admitOffline(first, second, "second", Role.MEMBER);
            try (Daemon two = Daemon.start(config(second, 0, List.of("127.0.0.1:" + port)))) {
                send(one, first, "PUT", "{\"amount\": 0.1}");
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> send(two, second, "GET", null).body().equals("{\"amount\":0.1}"));
                two.disconnect();
                send(two, second, "PUT", "{\"amount\": 0.2}");
                assertEquals("{\"amount\":0.1}", send(one, first, "GET", null).body());
                two.connect();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> send(one, first, "GET", null).body().equals("{\"amount\":0.2}"));
            }
        }
    }

    @Test
    void homeInUse_isRefusedInOneSentence() throws Exception {
        Path home = directory.resolve("home");
        try (Daemon daemon = Daemon.start(config(home))) {
            DaemonStartException refused = assertThrows(DaemonStartException.class, () -> Daemon.start(config(home)));
            assertTrue(refused.getMessage().contains("in use by another daemon"), refused.getMessage());
            assertEquals(404, send(daemon, home, "GET", null).statusCode(), "the first goes on");
        }
    }

    @Test
    void apiPortInUse_isRefusedInOneSentence_andLetsGoOfTheHome() throws Exception {
        Path home = directory.resolve("home");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            DaemonConfig wanting = new DaemonConfig(
                    home, taken.getLocalPort(), Optional.of("127.0.0.1"), 0, List.of(), Optional.of("till"));
            DaemonStartException refused = assertThrows(DaemonStartException.class, () -> Daemon.start(wanting));
            assertTrue(refused.getMessage().contains("Port " + taken.getLocalPort()), refused.getMessage());
        }
        Daemon.start(config(home)).close();
    }

    private static DaemonConfig config(Path home) {
        return config(home, 0, List.of());
    }

    private static DaemonConfig config(Path home, int port, List<String> peers) {
        return new DaemonConfig(
                home,
                0,
                Optional.of("127.0.0.1"),
                port,
                peers.stream().map(PeerAddress::parse).toList(),
                Optional.of("till"));
    }

    private static HttpResponse<String> send(Daemon daemon, Path home, String method, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(daemon.apiUrl() + "api/docs/expense/1"))
                .header(
                        "Authorization",
                        "Bearer " + Files.readString(home.resolve("token")).strip())
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
