package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.lan.SocketHttp.Answer;
import io.lanyard.daemon.security.PrivateFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Fresh devices become one group by codes, on a LAN where they find each other and on one where they do not. */
@Execution(ExecutionMode.CONCURRENT)
class PairingLanTest {
    private static final int HOSTS = 4;

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    private static JsonNode invite(Device inviter) throws Exception {
        Answer answer = inviter.request("POST", "/api/invitations", "{}");
        assertEquals(201, answer.status(), answer.body());
        return Device.read(answer);
    }

    /** Joins, and returns the milliseconds until both show the same. */
    private static long join(Device joiner, Device inviter, String members) throws Exception {
        JsonNode created = invite(inviter);
        String body = "{\"code\":\"" + created.get("code").asText() + "\"" + members + "}";
        Answer asked = joiner.request("POST", "/api/join", body);
        assertEquals(409, asked.status(), asked.body());
        assertEquals("needs_consent", Device.read(asked).get("code").asText());
        long from = System.nanoTime();
        Answer joined = joiner.request("POST", "/api/join", body.replace("}", ",\"yes\":true}"));
        assertEquals(200, joined.status(), joined.body());
        Awaitility.await().atMost(120, TimeUnit.SECONDS).untilAsserted(() -> {
            JsonNode one = inviter.status();
            JsonNode other = joiner.status();
            assertEquals("in_step", other.path("state").asText(), other::toString);
            assertEquals(one.path("versionVector"), other.path("versionVector"));
            assertEquals(one.path("digest"), other.path("digest"));
        });
        long millis = (System.nanoTime() - from) / 1_000_000;
        JsonNode item = inviter.json("/api/invitations").get("items");
        JsonNode last = item.get(item.size() - 1);
        assertEquals("joined", last.get("state").asText(), last::toString);
        assertEquals(
                Device.read(joined).get("device").get("id"), last.get("joined").get("id"));
        assertEquals(created.get("group"), Device.read(joined).get("group"));
        return millis;
    }

    @Test
    void freshDevicesWithDataOfTheirOwn_joinByCodes_andMergeBothWays() throws Exception {
        List<Device> devices = new ArrayList<>();
        for (int host = 1; host <= HOSTS; host++) {
            Path home = directory.resolve("desk-" + host);
            PrivateFiles.prepareHome(home);
            Device device = new Device(lan, host, 0, home);
            devices.add(device);
            device.start();
            device.awaitUp();
        }
        for (int host = 1; host <= HOSTS; host++) {
            Device device = devices.get(host - 1);
            device.request("PUT", "/api/docs/shared/1", "{\"f" + host + "\":" + host + "}");
            device.request("PUT", "/api/docs/own/" + host, "{\"by\":" + host + "}");
            device.request("PUT", "/api/docs/gone/" + host, "{\"by\":" + host + "}");
            assertEquals(
                    204,
                    device.request("DELETE", "/api/docs/gone/" + host, null).status());
        }
        Device inviter = devices.get(0);
        System.out.println("LAN measured: join by multicast to in step " + join(devices.get(1), inviter, "") + " and "
                + join(devices.get(2), inviter, "") + " ms");
        lan.multicast(false);
        System.out.println("LAN measured: join by --from without multicast to in step "
                + join(devices.get(3), inviter, ",\"from\":\"" + Lan.addressOf(1) + "\"") + " ms");
        for (Device device : devices) {
            Awaitility.await().atMost(120, TimeUnit.SECONDS).untilAsserted(() -> {
                assertEquals(
                        "{\"f1\":1,\"f2\":2,\"f3\":3,\"f4\":4}",
                        device.request("GET", "/api/docs/shared/1", null).body());
                for (int host = 1; host <= HOSTS; host++) {
                    assertEquals(
                            "{\"by\":" + host + "}",
                            device.request("GET", "/api/docs/own/" + host, null).body());
                    assertEquals(
                            404,
                            device.request("GET", "/api/docs/gone/" + host, null)
                                    .status());
                }
            });
        }
        JsonNode known = devices.get(3).json("/api/devices");
        assertEquals(HOSTS, known.get("items").size(), known::toString);
    }
}
