package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
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
                        + "\"retirementEffective\":false,\"behind\":0,\"waitsForGarbage\":false,\"clockOffsetMillis\":12,"
                        + "\"clockOff\":false,\"lastSeen\":\"2026-09-21T14:13:20.000Z\"}",
                answer.at("/items/1").toString());
        assertTrue(answer.at("/items/0/self").asBoolean());
        assertEquals("laptop", answer.at("/items/2/name").asText());
        assertEquals(43, answer.at("/items/2/behind").asInt());
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
}
