package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.StoredDocument;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    /** Changes what the till's store holds of a document, beneath everything that keeps count of it. */
    private void alter(String name) {
        DocumentId id = new DocumentId("order", name);
        StoredDocument stored =
                StoredDocument.decode(devices.tillStore.document(id).orElseThrow());
        Document altered = new Document();
        TreeMap<FieldPath, String> leaves = new TreeMap<>(stored.document().leaves());
        leaves.put(new FieldPath("/status"), "\"paid\"");
        altered.merge(
                new Document()
                        .fragmentShowing(
                                leaves,
                                stored.document().alive().stamp().time(),
                                stored.document().alive().dot()),
                new VersionVector());
        Encoder record = new Encoder(100);
        record.putVarint(stored.number());
        record.putVarint(stored.flippedAt());
        record.putHash(altered.visibleHash(id));
        DocumentCodec.encode(altered, record);
        Amendment amendment = new Amendment(id, stored.number(), record.toByteArray());
        devices.tillStore.commit(new ChangeSet(List.of(), List.of(amendment), List.of(), Map.of(), List.of(), 1_000));
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
        alter("o7");
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
