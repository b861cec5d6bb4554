package io.lanyard.daemon.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.NodeStatus.State;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whole replicas on stores in memory, over a network in memory. */
class ReplicaNodeTest {

    private static final DocumentId ANNA = new DocumentId("contact", "anna");
    private static final Duration SOON = Duration.ofSeconds(10);

    private final LoopbackNetwork network = new LoopbackNetwork();
    private final InMemoryCluster tillCluster = network.newCluster();
    private final InMemoryCluster officeCluster = network.newCluster();
    private final ReplicaNode till = start("till", new MemoryStore(), tillCluster);
    private final ReplicaNode office = start("office", new MemoryStore(), officeCluster);

    @AfterEach
    void close() {
        tillCluster.close();
        officeCluster.close();
        till.close();
        office.close();
    }

    @Test
    void write_isReadableWhenAcknowledged_andArrivesAtThePeer() {
        WriteResult result = put(till, Map.of("name", "\"Anna\"", "balance", "12.10"));
        assertEquals(Outcome.CREATED, result.items().get(0).outcome());
        assertEquals("12.10", value(till, "balance"));
        await().atMost(SOON).until(() -> office.find(ANNA).isPresent());
        assertEquals("12.10", value(office, "balance"));
        assertEquals(
                till.find(ANNA).orElseThrow().etag(),
                office.find(ANNA).orElseThrow().etag());
        awaitInStep();
    }

    @Test
    void write_thatChangesNothing_keepsTheEtagAndTellsNobody() {
        put(till, Map.of("name", "\"Anna\""));
        String etag = till.find(ANNA).orElseThrow().etag();
        Position before = till.tail();
        WriteResult result = put(till, Map.of("name", "\"Anna\""));
        assertEquals(Outcome.UNCHANGED, result.items().get(0).outcome());
        assertEquals(etag, till.find(ANNA).orElseThrow().etag());
        assertEquals(before, till.tail());
    }

    @Test
    void cutOff_bothWriteOn_andMergeFieldByField() {
        put(till, Map.of("name", "\"Anna\"", "phone", "\"1\""));
        awaitInStep();
        network.cut(tillCluster, officeCluster);
        await().atMost(SOON)
                .until(() ->
                        till.status().state() == State.ALONE && office.status().state() == State.ALONE);
        patch(till, Map.of("name", "\"Anna Till\""));
        awaitNextMillisecond();
        patch(office, Map.of("phone", "\"2\"", "name", "\"Anna Office\""));
        assertEquals("\"1\"", value(till, "phone"));
        assertTrue(till.status().pendingWrites() > 0);
        network.heal();
        awaitInStep();
        assertEquals("\"2\"", value(till, "phone"));
        assertEquals("\"Anna Office\"", value(till, "name"));
        assertEquals("\"Anna Office\"", value(office, "name"));
        assertEquals(0, till.status().pendingWrites());
        JournaledConflict lost =
                till.conflicts(Node.ConflictFilter.ALL, 0, 10).items().get(0);
        assertEquals("\"Anna Till\"", lost.conflict().lostValue());
        assertEquals("till", lost.loserDevice());
        assertEquals("office", lost.winnerDevice());
        assertEquals("\"Anna Office\"", lost.conflict().standing().value());
        assertEquals(FieldPath.of("name"), lost.conflict().standing().path());
        assertEquals(new NodeStatus.Conflicts(1, 1, 0), till.status().conflicts(), "told to the author of what lost");
    }

    @Test
    void author_whoRestartedSince_isKnownAllTheSame() {
        put(till, Map.of("name", "\"Anna\""));
        awaitInStep();
        MemoryStore store = new MemoryStore();
        InMemoryCluster first = network.newCluster();
        ReplicaNode laptop = start("laptop", store, first);
        await().atMost(SOON).until(() -> laptop.status().state() == State.IN_STEP);
        first.close();
        laptop.close();
        Position seen = office.tail();
        InMemoryCluster elsewhere = new LoopbackNetwork().newCluster();
        ReplicaNode alone = start("laptop", store, elsewhere);
        patch(alone, Map.of("phone", "\"2\""));
        elsewhere.close();
        alone.close();
        InMemoryCluster again = network.newCluster();
        ReplicaNode back = start("laptop", store, again);
        await().atMost(SOON).until(() -> !FeedReads.since(office, seen).isEmpty());
        assertEquals(
                "laptop",
                FeedReads.since(office, seen).get(0).origin().orElseThrow().deviceName());
        again.close();
        back.close();
    }

    @Test
    void device_thatIsAway_holdsBackGarbage_untilItIsRetired() throws Exception {
        put(till, Map.of("name", "\"Anna\""));
        awaitInStep();
        assertEquals(RetireOutcome.IS_ONLINE, till.retire("office-id").get());
        assertEquals(RetireOutcome.IS_SELF, till.retire("till-id").get());
        assertEquals(RetireOutcome.UNKNOWN_DEVICE, till.retire("nobody").get());
        network.cut(tillCluster, officeCluster);
        await().atMost(SOON).until(() -> till.status().state() == State.ALONE);
        patch(till, Map.of("name", "\"Anna Till\""));
        await().atMost(SOON).until(() -> known("office-id").holdsBackGarbage());
        assertEquals("office", known("office-id").name());
        assertTrue(known("till-id").isSelf() && known("till-id").isOnline());
        assertTrue(known("office-id").behindWrites() > 0 && !known("office-id").isOnline());
        assertEquals(NodeStatus.GarbageWait.AWAY, known("office-id").waits());
        assertEquals(RetireOutcome.RETIRED, till.retire("office-id").get());
        assertEquals(RetireOutcome.ALREADY_RETIRED, till.retire("office-id").get());
        await().atMost(SOON)
                .until(() -> known("office-id").isRetirementEffective()
                        && !known("office-id").holdsBackGarbage());
    }

    /** It is let in, and cannot be heard: nobody knows what it holds, and it takes no part in what they agree on. */
    @Test
    void device_ofAnotherMajorVersion_holdsBackGarbageWhileItIsHere_andIsNamed() {
        put(till, Map.of("name", "\"Anna\""));
        awaitInStep();
        network.cut(tillCluster, officeCluster);
        await().atMost(SOON).until(() -> till.status().state() == State.ALONE);
        InMemoryCluster updated = network.newCluster();
        updated.start(new Deaf());
        tillCluster.prove(updated, "office-id");
        await().atMost(SOON).until(() -> known("office-id").waits() == NodeStatus.GarbageWait.NOT_UNDERSTOOD);
        assertTrue(known("office-id").isOnline());
        String notices = till.status().notices().toString();
        assertTrue(notices.contains("(office) is here and says nothing that this one understands"), notices);
        assertEquals(Set.of("office-id"), till.status().notUnderstood());
        updated.close();
        await().atMost(SOON).until(() -> till.status().notUnderstood().isEmpty());
        assertFalse(known("office-id").isOnline());
    }

    private NodeStatus.KnownDevice known(String id) {
        return till.status().devices().stream()
                .filter(device -> device.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void conflict_isRestored_hereAndThere_andOpenNoMore() {
        put(till, Map.of("name", "\"Anna\"", "phone", "\"1\""));
        leaveADeviceThatHoldsBackGarbage();
        awaitInStep();
        network.cut(tillCluster, officeCluster);
        await().atMost(SOON)
                .until(() ->
                        till.status().state() == State.ALONE && office.status().state() == State.ALONE);
        patch(till, Map.of("name", "\"Anna Till\""));
        awaitNextMillisecond();
        office.write(new WriteRequest(
                        List.of(Operation.delete(ANNA, Condition.NONE)), Mode.ALL_OR_NOTHING, "", Optional.empty()))
                .join();
        network.heal();
        awaitInStep();
        assertTrue(till.find(ANNA).isEmpty());
        assertEquals(new NodeStatus.Conflicts(1, 1, 0), till.status().conflicts());
        JournaledConflict lost = till.conflict(1).orElseThrow();
        assertEquals("\"Anna Till\"", lost.conflict().lostValue());
        assertTrue(till.conflict(2).isEmpty());
        till.write(new WriteRequest(
                        List.of(lost.restoring(Condition.NONE)),
                        Mode.ALL_OR_NOTHING,
                        "",
                        Optional.of(new WriteRequest.Settling(1, Verdict.RESTORED))))
                .join();
        awaitInStep();
        assertEquals("\"Anna Till\"", value(office, "name"));
        assertEquals("\"1\"", value(office, "phone"));
        assertEquals(new NodeStatus.Conflicts(0, 1, 0), till.status().conflicts());
        assertEquals(
                JournaledConflict.State.RESTORED, till.conflict(1).orElseThrow().state());
    }

    @Test
    void conflicts_areReadInPages_alsoOfMoreThanAreReadAtOnce() {
        Set<Long> seen = new TreeSet<>();
        ConflictLog log = new ConflictLog(journalOf(250), new DeviceNames(new Device("till-id", "till")));
        Node.ConflictFilter none =
                new Node.ConflictFilter(Optional.of("contact"), Optional.of("nobody"), Optional.empty());
        assertTrue(log.page(none, 0, 10, Map.of()).items().isEmpty());
        long after = 0;
        Node.ConflictPage page;
        do {
            page = log.page(Node.ConflictFilter.ALL, after, 60, Map.of());
            page.items().forEach(conflict -> assertTrue(seen.add(conflict.number())));
            assertEquals(50, page.dropped());
            after = page.items().get(page.items().size() - 1).number();
        } while (!page.isLast());
        assertEquals(200, seen.size());
        assertEquals(
                150, log.page(Node.ConflictFilter.ALL, 0, 150, Map.of()).items().size());
        assertEquals(250, log.lastNumber());
        assertEquals(new NodeStatus.Conflicts(200, 200, 50), log.counts());
    }

    private static Store journalOf(int conflicts) {
        ReplicaId replica = new ReplicaId(1);
        MemoryStore store = new MemoryStore();
        List<byte[]> records = Stream.iterate(1L, number -> number + 1)
                .limit(conflicts)
                .map(number -> new Conflict(null, "{}", 0, new Dot(replica, number), null))
                .map(conflict -> new JournalRecord(ANNA, conflict, 0).encode())
                .toList();
        store.commit(new ChangeSet(List.of(), Map.of(), records, 200));
        return store;
    }

    @Test
    void feed_tellsWhatChangedSinceAPosition() {
        put(till, Map.of("name", "\"Anna\"", "phone", "\"1\""));
        awaitInStep();
        Position seen = office.tail();
        patch(till, Map.of("phone", "\"2\""));
        await().atMost(SOON).until(() -> !FeedReads.since(office, seen).isEmpty());
        FeedChange change = FeedReads.since(office, seen).get(0);
        assertEquals(FeedChange.Kind.UPDATED, change.kind());
        assertEquals(
                Set.of(FieldPath.of("phone")),
                change.past().orElseThrow().changed().keySet());
        assertEquals("till", change.origin().orElseThrow().deviceName());
        assertThrows(Node.ResyncRequiredException.class, () -> office.page(new Position(42, 1), 10));
    }

    @Test
    void feed_readBetweenCommitAndNotification_knowsWhatChanged() {
        AtomicReference<ReplicaNode> node = new AtomicReference<>();
        List<Optional<Set<FieldPath>>> changed = new CopyOnWriteArrayList<>();
        Store watched = afterEachCommit(() -> {
            if (node.get() != null) {
                ReplicaNode reader = node.get();
                Position before =
                        new Position(reader.tail().opening(), reader.tail().number() - 1);
                FeedReads.since(reader, before)
                        .forEach(change -> changed.add(
                                change.past().map(past -> past.changed().keySet())));
            }
        });
        node.set(start("watched", watched, network.newCluster()));
        put(node.get(), Map.of("name", "\"Anna\""));
        patch(node.get(), Map.of("phone", "\"2\""));
        assertEquals(
                List.of(Optional.of(Set.of(FieldPath.of("name"))), Optional.of(Set.of(FieldPath.of("phone")))),
                changed);
        node.get().close();
    }

    @Test
    void memberSpeaksANewerVersion_isRefusedInWords_andTheOthersGoOn() {
        put(till, Map.of("name", "\"Anna\""));
        awaitInStep();
        InMemoryCluster newer = network.newCluster();
        newer.start(new Deaf());
        await().atMost(SOON)
                .until(() -> newer.broadcast(new byte[] {2, 1})
                        && !till.status().notices().isEmpty());
        String notice = till.status().notices().get(0);
        assertTrue(notice.contains("protocol version 2") && notice.contains("update lanyard"), notice);
        newer.broadcast(new byte[] {1, 5, 77});
        await().atMost(SOON).until(() -> till.status().notices().size() == 2);
        newer.close();
        patch(office, Map.of("phone", "\"2\""));
        awaitInStep();
        assertEquals("\"2\"", value(till, "phone"));
    }

    @Test
    void commitFails_nothingIsAcknowledgedAnyMore() {
        IOException full = new IOException("no space left on device");
        ReplicaNode failing = start("failing", failingAfterOpening(full), network.newCluster());
        CompletionException refused =
                assertThrows(CompletionException.class, () -> put(failing, Map.of("name", "\"Anna\"")));
        assertTrue(refused.getCause() instanceof Node.StoppedException, refused.toString());
        CompletionException end =
                assertThrows(CompletionException.class, () -> failing.ended().join());
        assertEquals(full, end.getCause());
        assertThrows(Node.StoppedException.class, failing::status);
        failing.close();
    }

    private static final class Deaf implements Cluster.Listener {
        @Override
        public void received(MemberId from, byte[] message) {
            // What others say is not what this test is about.
        }

        @Override
        public void membersChanged(Set<MemberId> others) {
            // Nor is who they are.
        }
    }

    /** Until it is back or retired, fields of the dead are kept, so that a restore finds them. */
    private void leaveADeviceThatHoldsBackGarbage() {
        InMemoryCluster cluster = network.newCluster();
        ReplicaNode laptop = start("laptop", new MemoryStore(), cluster);
        await().atMost(SOON).until(() -> isSeenInStep(till, "laptop-id") && isSeenInStep(office, "laptop-id"));
        cluster.close();
        laptop.close();
    }

    private static boolean isSeenInStep(ReplicaNode node, String id) {
        return node.status().devices().stream().anyMatch(device -> device.id().equals(id) && device.isInStep());
    }

    /** Writes of two devices within one millisecond have no order that a test could know. */
    private static void awaitNextMillisecond() {
        long until = System.currentTimeMillis() + 2;
        await().pollInterval(Duration.ofMillis(1)).until(() -> System.currentTimeMillis() > until);
    }

    private void awaitInStep() {
        await().atMost(SOON)
                .until(() -> till.status().state() == State.IN_STEP
                        && office.status().state() == State.IN_STEP);
        assertEquals(till.status().vector(), office.status().vector());
        assertEquals(till.status().digest(), office.status().digest());
    }

    private static ReplicaNode start(String name, Store store, InMemoryCluster cluster) {
        try {
            return ReplicaNode.start(store, cluster, new Device(name + "-id", name), new SecureRandom());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Store failingAfterOpening(IOException failure) {
        return onCommitOfDocuments(() -> {
            throw failure;
        });
    }

    private static Store afterEachCommit(Runnable action) {
        MemoryStore store = new MemoryStore();
        return proxy((method, arguments) -> {
            Object result = method.invoke(store, arguments);
            if (isCommitOfDocuments(method, arguments)) {
                action.run();
            }
            return result;
        });
    }

    private static Store onCommitOfDocuments(Callable<Object> instead) {
        MemoryStore store = new MemoryStore();
        return proxy((method, arguments) ->
                isCommitOfDocuments(method, arguments) ? instead.call() : method.invoke(store, arguments));
    }

    private static boolean isCommitOfDocuments(Method method, Object[] arguments) {
        return method.getName().equals("commit")
                && !((ChangeSet) arguments[0]).documents().isEmpty();
    }

    private interface Handler {
        Object invoke(Method method, Object[] arguments) throws Exception;
    }

    private static Store proxy(Handler handler) {
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) -> handler.invoke(method, arguments));
    }

    private static WriteResult put(ReplicaNode node, Map<String, String> fields) {
        return write(node, Kind.PUT, fields);
    }

    private static WriteResult patch(ReplicaNode node, Map<String, String> fields) {
        return write(node, Kind.PATCH, fields);
    }

    private static WriteResult write(ReplicaNode node, Kind kind, Map<String, String> fields) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        fields.forEach((name, value) -> leaves.put(FieldPath.of(name), value));
        Operation operation = new Operation(kind, ANNA, leaves, Condition.NONE);
        return node.write(new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, ""))
                .join();
    }

    private static String value(ReplicaNode node, String field) {
        return node.find(ANNA).orElseThrow().leaves().get(FieldPath.of(field));
    }
}
