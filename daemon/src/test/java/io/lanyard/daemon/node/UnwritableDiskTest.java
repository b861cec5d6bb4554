package io.lanyard.daemon.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.UnwritableException.Reason;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.Node.UnwritableException;
import io.lanyard.daemon.node.NodeStatus.State;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Replicas whose disk fills up or fails, and takes writes again: in one life, without a restart. */
@Execution(ExecutionMode.CONCURRENT)
class UnwritableDiskTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final LoopbackNetwork network = new LoopbackNetwork();
    private final InMemoryCluster tillCluster = network.newCluster();
    private final InMemoryCluster officeCluster = network.newCluster();
    private final WritelessStore disk = new WritelessStore();
    private final ReplicaNode till = start("till", disk.store(), tillCluster);
    private final ReplicaNode office = start("office", new MemoryStore(), officeCluster);

    @AfterEach
    void close() {
        tillCluster.close();
        officeCluster.close();
        till.close();
        office.close();
    }

    @Test
    void diskNearlyFull_writesAreRefusedUpFront_andNothingIsCommittedUntilThereIsRoom() {
        put(till, "anna", "1");
        awaitInStep();
        disk.freeBytes = SpaceWatch.LEAST_BYTES - 1;
        await().atMost(SOON).until(() -> !till.readiness().isReady());
        UnwritableException refusal = refusal(() -> put(till, "anna", "2"));
        assertEquals(Storage.State.FULL, refusal.storage().state());
        assertFalse(refusal.isOutcomeUnknown());
        assertEquals("1", value(till, "anna"));
        long before = till.tail().number();
        put(office, "berta", "1");
        await().atMost(SOON).until(() -> office.status().pendingWrites() > 0);
        assertEquals("1", value(office, "anna"));
        assertEquals(Storage.State.FULL, till.status().readiness().storage().state());
        assertTrue(till.status().notices().toString().contains("the disk is full"));
        assertEquals(before, till.tail().number(), "nothing was merged meanwhile");
        assertEquals(0, disk.failedCommits, "nothing was tried");

        disk.freeBytes = SpaceWatch.ENOUGH_BYTES - 1;
        await().during(Duration.ofMillis(1_500))
                .atMost(SOON)
                .until(() -> !till.readiness().isReady());
        disk.freeBytes = SpaceWatch.ENOUGH_BYTES;
        await().atMost(SOON).until(() -> till.readiness().isReady());
        put(till, "anna", "3");
        awaitInStep();
        assertEquals("1", value(till, "berta"));
        assertEquals("3", value(office, "anna"));
    }

    @Test
    void diskNearlyFull_stillServesItsPeers() {
        put(till, "anna", "1");
        disk.freeBytes = 0;
        await().atMost(SOON).until(() -> !till.readiness().isReady());
        InMemoryCluster newcomers = network.newCluster();
        ReplicaNode newcomer = start("newcomer", new MemoryStore(), newcomers);
        await().atMost(SOON).until(() -> newcomer.find(id("anna")).isPresent());
        newcomers.close();
        newcomer.close();
    }

    @Test
    void commitFails_readsGoOn_andEverythingComesBackWithoutARestart() {
        put(till, "anna", "1");
        awaitInStep();
        Position seen = till.tail();
        String replica = till.status().replica();
        AtomicInteger told = new AtomicInteger();
        till.onCommit(told::incrementAndGet);
        disk.fault = Reason.READ_ONLY;
        UnwritableException refusal = refusal(() -> put(till, "anna", "2"));
        assertEquals(Storage.State.READ_ONLY, refusal.storage().state());
        assertTrue(refusal.isOutcomeUnknown());
        assertFalse(refusal(() -> put(till, "anna", "3")).isOutcomeUnknown());
        assertEquals("1", value(till, "anna"));
        assertEquals(seen, till.tail());
        assertEquals(List.of(), FeedReads.since(till, seen));
        assertEquals(0, told.get());
        assertFalse(till.readiness().isReady());
        put(office, "berta", "1");
        assertEquals(
                Storage.State.READ_ONLY, till.status().readiness().storage().state());

        disk.fault = null;
        await().atMost(SOON).until(() -> till.readiness().isReady());
        awaitInStep();
        assertEquals("2", value(till, "anna"), "the peer had heard of it before the commit failed");
        assertEquals("1", value(till, "berta"));
        WriteResult result = put(till, "anna", "4");
        assertTrue(told.get() > 0);
        awaitInStep();
        assertEquals("4", value(office, "anna"));
        assertNotEquals(replica, till.status().replica(), "no dot of the failed opening is given out again");
        assertNotEquals(seen.opening(), result.position().opening());
        assertEquals(till.tail(), result.position());
        assertEquals(
                List.of(id("anna"), id("berta")),
                FeedReads.since(till, seen).stream()
                        .map(FeedChange::id)
                        .sorted()
                        .toList(),
                "positions of the opening before stay good");
    }

    @Test
    void commitFailsAlone_writeIsNotThereAfterwards_andItsNumberIsGivenToTheNext() {
        put(till, "anna", "1");
        network.cut(tillCluster, officeCluster);
        await().atMost(SOON).until(() -> till.status().state() == State.ALONE);
        Position seen = till.tail();
        disk.fault = Reason.DISK_FULL;
        refusal(() -> put(till, "berta", "2"));
        disk.fault = null;
        await().atMost(SOON).until(() -> till.readiness().isReady());
        assertTrue(till.find(id("berta")).isEmpty());
        put(till, "carla", "3");
        FeedChange change = FeedReads.since(till, seen).get(0);
        assertEquals(id("carla"), change.id());
        assertEquals(
                List.of(FieldPath.of("value")),
                List.copyOf(change.past().orElseThrow().changed().keySet()));
    }

    @Test
    void openingOfTheRecoveredStoreCannotBeNoted_isTriedAgain() {
        put(till, "anna", "1");
        disk.fault = Reason.DISK_FULL;
        disk.commitsLeft = 0;
        refusal(() -> put(till, "anna", "2"));
        disk.commitsLeft = -1;
        await().atMost(SOON).until(() -> disk.failedCommits >= 1);
        disk.fault = null;
        await().atMost(SOON).until(() -> till.readiness().isReady());
        put(till, "anna", "3");
        assertEquals("3", value(till, "anna"));
    }

    @Test
    void closed_whileTheDiskTakesNothing_endsCleanly() {
        put(till, "anna", "1");
        disk.fault = Reason.IO_ERROR;
        refusal(() -> put(till, "anna", "2"));
        till.close();
        till.ended().join();
        CompletionException after = assertThrows(CompletionException.class, () -> put(till, "anna", "3"));
        assertInstanceOf(Node.StoppedException.class, after.getCause());
    }

    @Test
    void startedOnADiskThatTakesNothing_servesReadsAndGoesOnLater() {
        WritelessStore full = new WritelessStore();
        full.fault = Reason.DISK_FULL;
        InMemoryCluster alone = new LoopbackNetwork().newCluster();
        ReplicaNode node = start("full", full.store(), alone);
        assertFalse(node.readiness().isReady());
        assertTrue(node.find(id("anna")).isEmpty());
        refusal(() -> put(node, "anna", "1"));
        full.fault = null;
        await().atMost(SOON).until(() -> node.readiness().isReady());
        put(node, "anna", "1");
        alone.close();
        node.close();
    }

    private static UnwritableException refusal(Runnable write) {
        CompletionException failure = assertThrows(CompletionException.class, write::run);
        return assertInstanceOf(UnwritableException.class, failure.getCause());
    }

    private void awaitInStep() {
        await().atMost(SOON)
                .until(() -> till.status().state() == State.IN_STEP
                        && office.status().state() == State.IN_STEP);
    }

    private static ReplicaNode start(String name, Store store, InMemoryCluster cluster) {
        try {
            return ReplicaNode.start(store, cluster, new Device(name + "-id", name), new SecureRandom());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static DocumentId id(String name) {
        return new DocumentId("contact", name);
    }

    private static WriteResult put(ReplicaNode node, String name, String value) {
        Operation operation =
                new Operation(Kind.PUT, id(name), new TreeMap<>(Map.of(FieldPath.of("value"), value)), Condition.NONE);
        return node.write(new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, ""))
                .join();
    }

    private static String value(ReplicaNode node, String name) {
        return node.find(id(name)).orElseThrow().leaves().get(FieldPath.of("value"));
    }
}
