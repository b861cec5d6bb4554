package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Alteration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two real replicas, one of which comes to show something else, over the API. */
@Timeout(60)
class VerifyTwoDevicesTest {

    @RegisterExtension
    final TwoDevices devices = new TwoDevices();

    private ApiFixture till;
    private ApiFixture office;

    @BeforeEach
    void start() throws Exception {
        till = devices.till;
        office = devices.office;
        for (int i = 0; i < 20; i++) {
            till.send("PUT", "/api/docs/order/o" + i, "{\"status\":\"open\",\"table\":" + i + "}");
        }
        devices.awaitState("in_step");
    }

    private static JsonNode verify(ApiFixture api, String query) throws Exception {
        return json(api.send("POST", "/api/sync/verify" + query, null));
    }

    @Test
    void sameOnBoth_verifySaysSo() throws Exception {
        JsonNode report = verify(office, "");
        assertEquals("same", report.get("verdict").asText());
        assertEquals(20, report.at("/own/documents").asInt());
        assertEquals("till", report.at("/peers/0/name").asText());
        JsonNode status = json(office.get("/api/sync/status"));
        assertEquals(status.get("digest").asText(), report.at("/own/digest").asText());
        assertEquals(1, status.at("/check/peers").asInt());
        assertTrue(status.at("/check/last").isTextual());
    }

    @Test
    void alteredInTheStore_isFoundFromBothSides_notInStepAnyMore_andRepaired() throws Exception {
        Alteration.inStore(devices.tillStore, new DocumentId("order", "o7"), new FieldPath("/status"), "\"paid\"");
        assertEquals(
                "{\"status\":\"paid\",\"table\":7}",
                till.get("/api/docs/order/o7").body());
        JsonNode report = verify(office, "");
        assertEquals("differs", report.get("verdict").asText());
        assertEquals("[\"order/o7\"]", report.at("/peers/0/documents").toString());
        report = verify(till, "");
        assertEquals("[\"order/o7\"]", report.at("/peers/0/documents").toString());
        assertTrue(report.at("/own/digestWasWrong").asBoolean());
        devices.awaitState("syncing");
        JsonNode status = json(till.get("/api/sync/status"));
        assertEquals(false, status.at("/peers/0/inStep").asBoolean(), "though it is online and holds every write");
        assertEquals(true, status.at("/peers/0/online").asBoolean());
        assertEquals(0, status.at("/peers/0/behind").asInt());
        assertEquals(1, status.at("/check/differing").asInt());
        assertTrue(status.get("notices").toString().contains("order/o7"), status.get("notices")::toString);

        report = verify(till, "?repairFrom=office");
        assertEquals("same", report.get("verdict").asText());
        assertEquals(1, report.at("/repair/replaced").asInt());
        assertEquals(
                "{\"status\":\"open\",\"table\":7}",
                till.get("/api/docs/order/o7").body());
        assertEquals(
                "\"paid\"",
                json(till.get("/api/conflicts")).at("/items/0/lostValue").toString());
        devices.awaitState("in_step");
        status = json(till.get("/api/sync/status"));
        assertEquals(0, status.at("/check/differing").asInt());
        assertEquals(1, status.at("/check/repaired").asInt());
        assertTrue(!status.get("notices").toString().contains("differently"), status.get("notices")::toString);
    }

    @Test
    void repair_refusals_areSaidInWords() throws Exception {
        assertProblem(404, "unknown_device", till.send("POST", "/api/sync/verify?repairFrom=cellar", null));
        devices.cut();
        devices.awaitState("alone");
        assertProblem(409, "device_offline", till.send("POST", "/api/sync/verify?repairFrom=office", null));
        assertEquals("same", verify(till, "").get("verdict").asText(), "nobody is online who could differ");
    }
}
