package io.lanyard.daemon.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.node.NodeStatus.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas whose files were damaged: they serve what is sound, say what is not, and get it back from a peer. */
@Timeout(120)
class DamagedReplicaTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int DOCUMENTS = 200;
    private static final DocumentId LOST = new DocumentId("note", "n17");

    @TempDir
    private Path home;

    private final LoopbackNetwork network = new LoopbackNetwork();

    @Test
    void damagedWhileClosed_servesWhatIsSound_andIsRefilledByThePeer() throws Exception {
        try (DeviceOnFiles office = open("office")) {
            fillBoth(office);
            destroy(LOST);
            InMemoryCluster away = office.cluster;
            away.close();
            try (DeviceOnFiles till = open("till")) {
                assertTrue(till.store.lostData());
                assertServesWhatIsSound(till);
                NodeStatus.Damage damage = till.node.status().damage();
                assertEquals(
                        List.of(LOST.toString()),
                        damage.lastSalvage().orElseThrow().firstLost());
                assertTrue(
                        Files.exists(Path.of(damage.lastSalvage().orElseThrow().movedTo())));
                assertFalse(damage.isMadeGood());
                assertTrue(
                        till.node.status().notices().stream().anyMatch(notice -> notice.contains(LOST.toString())),
                        () -> till.node.status().notices().toString());
            }
        }
        try (DeviceOnFiles office = open("office");
                DeviceOnFiles till = open("till")) {
            awaitRefilled(till, office);
        }
    }

    @Test
    void damagedWhileOpen_isFoundWhenRead_salvagedInPlace_andRefilled() throws Exception {
        try (DeviceOnFiles office = open("office")) {
            fillBoth(office);
            try (DeviceOnFiles till = open("till")) {
                network.cut(till.cluster, office.cluster);
                destroy(LOST);
                assertThrows(Store.DamagedException.class, () -> till.node.find(LOST));
                await().atMost(SOON).until(till.store::lostData);
                await().atMost(SOON)
                        .ignoreExceptions()
                        .until(() -> till.node.find(id(3)).isPresent());
                assertServesWhatIsSound(till);
                network.heal();
                awaitRefilled(till, office);
            }
        }
    }

    private DeviceOnFiles open(String name) throws IOException {
        return new DeviceOnFiles(home, name, network);
    }

    private void fillBoth(DeviceOnFiles office) throws Exception {
        try (DeviceOnFiles till = open("till")) {
            for (int index = 0; index < DOCUMENTS; index++) {
                assertEquals(Outcome.CREATED, write(till, id(index), index));
            }
            assertEquals(Outcome.UPDATED, write(till, id(5), 1_005));
            await().atMost(SOON)
                    .until(() -> till.node.status().state() == State.IN_STEP
                            && office.node.status().state() == State.IN_STEP);
        }
    }

    private static void assertServesWhatIsSound(DeviceOnFiles till) throws Exception {
        assertTrue(till.node.find(id(3)).isPresent());
        assertThrows(Store.DamagedException.class, () -> till.node.find(LOST));
        List<String> listed = new ArrayList<>();
        List<DocumentId> damaged =
                till.node.visit("note", "", view -> listed.add(view.id().id()));
        assertEquals(List.of(LOST), damaged);
        assertEquals(DOCUMENTS - 1, listed.size());
        assertEquals(Outcome.DAMAGED, write(till, LOST, 5));
        assertEquals(Outcome.UPDATED, write(till, id(4), 1_004));
    }

    private static void awaitRefilled(DeviceOnFiles till, DeviceOnFiles office) {
        await().atMost(SOON)
                .until(() -> !till.store.lostData()
                        && till.node.status().state() == State.IN_STEP
                        && office.node.status().state() == State.IN_STEP);
        assertEquals(office.node.status().digest(), till.node.status().digest());
        assertEquals(office.node.status().vector(), till.node.status().vector());
        NodeStatus.Damage damage = till.node.status().damage();
        assertTrue(damage.isMadeGood());
        assertEquals("office", damage.madeGoodFrom());
        assertTrue(
                damage.madeGoodAtMillis() >= damage.lastSalvage().orElseThrow().atMillis());
        assertTrue(till.node.find(LOST).orElseThrow().leaves().toString().contains("marker 17 "));
        assertTrue(office.node.find(id(4)).orElseThrow().leaves().toString().contains("marker 1004 "));
        assertTrue(till.node.find(id(4)).orElseThrow().leaves().toString().contains("marker 1004 "));
    }

    private static DocumentId id(int index) {
        return new DocumentId("note", "n" + index);
    }

    private static Outcome write(DeviceOnFiles device, DocumentId id, int marker) throws Exception {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("text"), "\"marker " + marker + " " + "x".repeat(1_500) + "\"");
        Operation operation = new Operation(Kind.PUT, id, leaves, Condition.NONE);
        return device.node
                .write(new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, ""))
                .get()
                .items()
                .get(0)
                .outcome();
    }

    /** Overwrites a sector in the middle of a document's record. */
    private void destroy(DocumentId id) throws IOException {
        DeviceOnFiles.destroy(home, "till", "marker " + id.id().substring(1) + " ", 400);
    }
}
