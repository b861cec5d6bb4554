package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MemoryStore;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real replicas, one of which comes to show something else, over the API. */
@Timeout(60)
class VerifyTwoDevicesTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    private Path home;

    private final LoopbackNetwork network = new LoopbackNetwork();
    private final InMemoryCluster tillCluster = network.newCluster();
    private final InMemoryCluster officeCluster = network.newCluster();
    private final MemoryStore tillStore = new MemoryStore();
    private ReplicaNode tillNode;
    private ReplicaNode officeNode;
    private ApiFixture till;
    private ApiFixture office;

    @BeforeEach
    void start() throws Exception {
        tillNode = ReplicaNode.start(tillStore, tillCluster, new Device("t1", "till"), new SecureRandom());
        officeNode =
                ReplicaNode.start(new MemoryStore(), officeCluster, new Device("o1", "office"), new SecureRandom());
        till = new ApiFixture(tillNode, home);
        office = new ApiFixture(officeNode, home);
        for (int i = 0; i < 20; i++) {
            till.send("PUT", "/api/docs/order/o" + i, "{\"status\":\"open\",\"table\":" + i + "}");
        }
        awaitState("in_step");
    }

    @AfterEach
    void stop() {
        till.close();
        office.close();
        tillCluster.close();
        officeCluster.close();
        tillNode.close();
        officeNode.close();
    }

    private void awaitState(String state) {
        await().atMost(SOON)
                .until(() -> state(till).equals(state) && state(office).equals(state));
    }

    private static String state(ApiFixture api) throws Exception {
        return json(api.get("/api/sync/status")).get("state").asText();
    }

    private static JsonNode verify(ApiFixture api, String query) throws Exception {
        return json(api.send("POST", "/api/sync/verify" + query, null));
    }

    /** Changes what the till's store holds of a document, beneath everything that keeps count of it. */
    private void alter(String name) {
        DocumentId id = new DocumentId("order", name);
        StoredDocument stored = StoredDocument.decode(tillStore.document(id).orElseThrow());
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
        tillStore.commit(new ChangeSet(List.of(), List.of(amendment), List.of(), Map.of(), List.of(), 1_000));
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
        awaitState("syncing");
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
        awaitState("in_step");
        status = json(till.get("/api/sync/status"));
        assertEquals(0, status.at("/check/differing").asInt());
        assertEquals(1, status.at("/check/repaired").asInt());
        assertTrue(!status.get("notices").toString().contains("differently"), status.get("notices")::toString);
    }

    @Test
    void repair_refusals_areSaidInWords() throws Exception {
        assertProblem(404, "unknown_device", till.send("POST", "/api/sync/verify?repairFrom=cellar", null));
        network.cut(tillCluster, officeCluster);
        awaitState("alone");
        assertProblem(409, "device_offline", till.send("POST", "/api/sync/verify?repairFrom=office", null));
        assertEquals("same", verify(till, "").get("verdict").asText(), "nobody is online who could differ");
    }
}
