package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class DeviceHttpTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void devices_areAllThatWereEverHeardOf_andForWhomGarbageWaits() throws Exception {
        JsonNode answer = json(api.get("/api/devices"));
        assertEquals(
                "{\"id\":\"device-2\",\"name\":\"office\",\"self\":false,\"online\":true,\"inStep\":true,\"retired\":false,"
                        + "\"retirementEffective\":false,\"behind\":0,\"waitsForGarbage\":false,\"waitsBecause\":null,\"clockOffsetMillis\":12,"
                        + "\"clockOff\":false,\"lastSeen\":\"2026-09-21T14:13:20.000Z\",\"role\":null,\"admittedBy\":null,"
                        + "\"revoked\":false,\"version\":\"1.0\"}",
                answer.at("/items/1").toString());
        assertTrue(answer.at("/items/0/self").asBoolean());
        assertEquals("laptop", answer.at("/items/2/name").asText());
        assertEquals(43, answer.at("/items/2/behind").asInt());
        assertEquals("not_heard", answer.at("/items/2/waitsBecause").asText());
        assertTrue(answer.at("/items/2/lastSeen").isNull());
        String garbage = "{\"waiting\":41,\"graves\":42,\"waitsFor\":[\"device-3\"]}";
        assertEquals(garbage, answer.get("garbage").toString());
        JsonNode status = json(api.get("/api/sync/status"));
        assertEquals(garbage, status.get("garbage").toString());
        assertTrue(status.get("fence").isNull());
    }

    @Test
    void retire_saysWhatBecameOfIt() throws Exception {
        assertEquals(
                "{\"id\":\"device-3\",\"outcome\":\"retired\"}",
                api.send("POST", "/api/devices/device-3/retire", null).body());
        assertEquals(
                "{\"id\":\"device-3\",\"outcome\":\"already_retired\"}",
                api.send("POST", "/api/devices/device-3/retire", null).body());
        assertProblem(409, "device_online", api.send("POST", "/api/devices/device-2/retire", null));
        assertProblem(409, "device_online", api.send("POST", "/api/devices/device-1/retire", null));
        assertProblem(404, "not_found", api.send("POST", "/api/devices/device-9/retire", null));
        assertProblem(405, "method_not_allowed", api.get("/api/devices/device-3/retire"));
        assertProblem(404, "not_found", api.send("POST", "/api/devices/device-3/expel", null));
    }

    private String admitted() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        PublicKey key = generator.generateKeyPair().getPublic();
        api.group.home().admit(key, "van", Role.MEMBER);
        return DeviceIdentity.idOf(key);
    }

    @Test
    void revoke_byAnAdmin_isForGood_andSeenInTheLists() throws Exception {
        String self = api.group.home().identity().id();
        String van = admitted();
        String path = "/api/devices/" + van + "/revoke";
        assertEquals(
                "{\"id\":\"" + van + "\",\"outcome\":\"revoked\",\"retired\":false}",
                api.send("POST", path, null).body());
        assertEquals(
                "already_revoked",
                json(api.send("POST", path, null)).get("outcome").asText());
        JsonNode last = json(api.get("/api/devices")).get("items").get(4);
        assertEquals(
                List.of(van, "van", "member", self, true),
                List.of(
                        last.get("id").asText(),
                        last.get("name").asText(),
                        last.get("role").asText(),
                        last.get("admittedBy").asText(),
                        last.get("revoked").asBoolean()));
        assertProblem(409, "device_online", api.send("POST", "/api/devices/" + self + "/revoke", null));
        assertProblem(404, "not_found", api.send("POST", "/api/devices/device-2/revoke", null));
    }

    @Test
    void rotate_andGroup_byAnAdminAndByAMember() throws Exception {
        assertEquals("{\"epoch\":1}", api.send("POST", "/api/keys/rotate", null).body());
        JsonNode group = json(api.get("/api/group"));
        assertTrue(group.get("admin").asBoolean() && group.get("member").asBoolean());
        assertEquals(1, group.get("epoch").asInt());
        String van = admitted();
        Path other = Files.createTempDirectory(api.home(), "other");
        GroupHome admin = GroupHome.openOrCreate(other, "office");
        api.group.home().adopt(admin.admit(api.group.home().identity().publicKey(), "till", Role.MEMBER));
        for (String path :
                List.of("/api/keys/rotate", "/api/devices/" + admin.identity().id() + "/revoke")) {
            HttpResponse<String> refused = api.send("POST", path, null);
            assertProblem(403, "not_admin", refused);
            assertTrue(refused.body().contains("office ("), refused.body());
        }
        assertProblem(404, "not_found", api.send("POST", "/api/devices/" + van + "/revoke", null));
        assertEquals("office", json(api.get("/api/group")).at("/admins/0/name").asText());
        try (Stream<Path> files = Files.list(other)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(other);
    }
}
