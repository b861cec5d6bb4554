package io.lanyard.daemon.lan;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Devices of a LAN that lose their membership, or were off when the others changed something about it. */
@Execution(ExecutionMode.CONCURRENT)
class MembersLanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int HOSTS = 4;

    @TempDir
    Path directory;

    private final List<Device> devices = new ArrayList<>();

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    /** Two admins and two members; the founder is the last that starts, so that it is not the cluster's first. */
    @BeforeEach
    void start() throws Exception {
        for (int host = 1; host <= HOSTS; host++) {
            Path home = directory.resolve("home" + host);
            PrivateFiles.prepareHome(home);
            if (host == 1) {
                GroupHome.openOrCreate(home, "desk-1");
            } else {
                GroupHome.admitOffline(
                        directory.resolve("home1"), home, "desk-" + host, host == 2 ? Role.ADMIN : Role.MEMBER);
            }
            devices.add(new Device(lan, host, HOSTS, home));
        }
    }

    @AfterEach
    void stop() {
        devices.stream().filter(device -> device.process() != null).forEach(Device::kill);
    }

    private Device device(int host) {
        return devices.get(host - 1);
    }

    private static void up(Device... all) throws IOException {
        for (Device device : all) {
            device.start();
        }
        for (Device device : all) {
            device.awaitUp();
        }
    }

    private static String id(Device device) throws Exception {
        return DeviceIdentity.idIn(device.home()).orElseThrow();
    }

    private static int send(Device device, String method, String path, String body) throws IOException {
        try (SocketHttp http = new SocketHttp(device.socket())) {
            return http.send(method, path, device.token(), body).status();
        }
    }

    private static void write(Device device, String document) throws IOException {
        assertTrue(send(device, "PUT", "/api/docs/" + document, "{\"amount\":12.10}") < 300);
    }

    private static void revoke(Device admin, Device device) throws Exception {
        assertEquals(200, send(admin, "POST", "/api/devices/" + id(device) + "/revoke", null));
    }

    private static boolean has(Device device, String document) throws IOException {
        return device.get("/api/docs/" + document).isSuccess();
    }

    private static int online(Device device) throws IOException {
        int online = 0;
        for (JsonNode peer : device.status().path("peers")) {
            online += peer.path("online").asBoolean() ? 1 : 0;
        }
        return online;
    }

    /** Returns how often a device was shown a certificate that is of no member. */
    private static long refusedPeers(Device device) throws IOException {
        return device.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("lanyard_refused_peers_total "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isRevoked(Device asked, Device device) throws Exception {
        for (JsonNode item : asked.json("/api/devices").path("items")) {
            if (item.path("id").asText().equals(id(device))) {
                return item.path("revoked").asBoolean();
            }
        }
        return false;
    }

    private static long untilTrue(ThrowingRunnable assertion) {
        long from = System.nanoTime();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(assertion);
        return (System.nanoTime() - from) / 1_000_000;
    }

    private static void awaitOnline(int others, Device... all) {
        for (Device device : all) {
            untilTrue(() -> assertEquals(others, online(device), device::toString));
        }
    }

    /**
     * The revoked device is the cluster's first, which decides who is in; one device is off meanwhile, and meets a member
     * that is no admin and the revoked one afterwards.
     */
    @Test
    void revoked_firstOfTheCluster_isOutAtOnce_andStaysOutForWhoComesLater() throws Exception {
        Device admin = device(1);
        Device lost = device(3);
        Device member = device(4);
        Device away = device(2);
        up(lost);
        untilTrue(() -> assertEquals("alone", lost.status().path("state").asText()));
        up(admin, member);
        awaitOnline(2, lost, admin, member);
        write(lost, "sale/before");
        untilTrue(() -> assertTrue(has(admin, "sale/before") && has(member, "sale/before")));

        revoke(admin, lost);
        System.out.println("LAN measured: revocation to the others being told "
                + untilTrue(() -> {
                    assertTrue(isRevoked(member, lost));
                    assertEquals(1, online(admin), "at the admin");
                    assertEquals(1, online(member), "at the member");
                })
                + " ms");
        System.out.println("LAN measured: revocation of the cluster's first to it being alone "
                + untilTrue(() -> assertEquals(0, online(lost))) + " ms");
        write(lost, "sale/after-of-lost");
        write(admin, "sale/after");
        untilTrue(() -> assertTrue(has(member, "sale/after")));
        assertFalse(has(lost, "sale/after") || has(admin, "sale/after-of-lost") || has(member, "sale/after-of-lost"));
        untilTrue(() -> {
            for (JsonNode item : admin.json("/api/devices").path("items")) {
                assertEquals(
                        item.path("id").asText().equals(id(lost)),
                        item.path("retired").asBoolean(),
                        item::toString);
            }
        });

        admin.close();
        // Who has not heard of the revocation takes what the lost one has: the member is met first.
        lan.cable(lost.host(), false);
        up(away);
        untilTrue(() -> assertTrue(isRevoked(away, lost)));
        untilTrue(() -> assertTrue(has(away, "sale/before") && has(away, "sale/after"), "what was taken spreads"));
        long refusedBefore = refusedPeers(away) + refusedPeers(member);
        lan.cable(lost.host(), true);
        untilTrue(() -> assertTrue(refusedPeers(away) + refusedPeers(member) > refusedBefore, "it does not try"));
        assertFalse(has(away, "sale/after-of-lost"));
        awaitOnline(1, away, member);
        assertEquals(403, send(member, "POST", "/api/devices/" + id(away) + "/revoke", null));
        assertEquals(403, send(member, "POST", "/api/keys/rotate", null));
    }

    /** An admin is lost with his device, and revoked by the other, who rotates the secret; a device that was off comes back. */
    @Test
    void adminLost_theOtherGoesOn_andWhoWasOffDuringTheRotationFindsBack() throws Exception {
        Device founder = device(1);
        Device admin = device(2);
        Device member = device(3);
        Device away = device(4);
        up(founder, admin, member);
        awaitOnline(2, founder, admin, member);
        founder.kill();
        revoke(admin, founder);
        assertEquals(200, send(admin, "POST", "/api/keys/rotate", null));
        untilTrue(() -> assertEquals(1, member.json("/api/group").path("epoch").asInt()));
        write(admin, "sale/later");

        away.start();
        away.awaitUp();
        untilTrue(() -> {
            assertEquals(1, away.json("/api/group").path("epoch").asInt());
            assertTrue(isRevoked(away, founder) && has(away, "sale/later"));
        });
        away.close();
        up(away, founder);
        awaitOnline(2, admin, member, away);
        assertEquals(0, online(founder));
        assertEquals(
                List.of(id(admin)),
                List.of(away.json("/api/group").path("admins").get(0).path("id").asText()));
    }
}
