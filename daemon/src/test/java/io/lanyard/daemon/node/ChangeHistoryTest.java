package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.PastChange.Kind;
import io.lanyard.daemon.node.PastChange.Values;
import io.lanyard.daemon.store.MapDbStore;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Watchdog;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a replica on a real store keeps of the past, and what taking it back does. */
@Timeout(30)
class ChangeHistoryTest {

    private static final DocumentId E1 = new DocumentId("expense", "e1");
    private static final FieldPath AMOUNT = FieldPath.of("amount");

    @TempDir
    private Path home;

    private MapDbStore store;
    private ReplicaNode node;

    @BeforeEach
    void start() throws Exception {
        open(HistoryLimits.USUAL);
    }

    private void open(HistoryLimits limits) throws Exception {
        store = MapDbStore.open(home);
        node = ReplicaNode.start(
                store,
                new LoopbackNetwork().newCluster(),
                new Device("t1", "till"),
                new SecureRandom(),
                new Watchdog(),
                Meters.NONE,
                limits);
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        store.close();
    }

    private void reopen(HistoryLimits limits) throws Exception {
        node.close();
        store.close();
        open(limits);
    }

    @Test
    void changes_areKeptWithWhatWasThereBefore_overRestarts() throws Exception {
        put("{\"amount\":1}", "pos");
        put("{\"amount\":2}", "");
        reopen(HistoryLimits.USUAL);
        delete();
        List<PastChange> changes = node.history(E1);
        assertEquals(
                List.of(Kind.DELETED, Kind.UPDATED, Kind.CREATED),
                changes.stream().map(PastChange::kind).toList());
        assertEquals(
                List.of(new Values("2", null), new Values("1", "2"), new Values(null, "1")),
                changes.stream().map(change -> change.fields().get(AMOUNT)).toList());
        assertEquals("pos", changes.get(2).client());
        assertEquals("t1", changes.get(2).deviceId());
        assertTrue(System.currentTimeMillis() - changes.get(0).atMillis() < 20_000);
    }

    @Test
    void numberOfChanges_isBounded_overRestartsToo() throws Exception {
        for (int i = 0; i < 15; i++) {
            put("{\"amount\":" + i + "}", "");
        }
        reopen(HistoryLimits.USUAL);
        put("{\"amount\":15}", "");
        assertEquals(10, node.history(E1).size());
        assertEquals(new Values("14", "15"), node.history(E1).get(0).fields().get(AMOUNT));
        assertEquals(10, store.entries("history/").size());
    }

    @Test
    void fewerChangesAllowed_olderOnesGoWithTheNextWrite() throws Exception {
        for (int i = 0; i < 8; i++) {
            put("{\"amount\":" + i + "}", "");
        }
        reopen(HistoryLimits.of(3));
        put("{\"amount\":9}", "");
        assertTrue(
                store.entries("history/").size() <= 3,
                store.entries("history/").keySet().toString());
        assertEquals(new Values("7", "9"), node.history(E1).get(0).fields().get(AMOUNT));
    }

    @Test
    void historyOff_nothingIsKept_andWhatThereWasIsGone() throws Exception {
        put("{\"secret\":\"hidden\"}", "");
        reopen(HistoryLimits.of(0));
        assertEquals(Map.of(), store.entries("history/"));
        delete();
        assertEquals(List.of(), node.history(E1));
        assertEquals(Map.of(), store.entries("history/"));
    }

    @Test
    void oldAge_isNotShown_andRemovedWithTheNextWrite() throws Exception {
        put("{\"amount\":1}", "");
        reopen(new HistoryLimits(10, 0, 1 << 20));
        Awaitility.await().until(() -> node.history(E1).isEmpty());
        assertEquals(List.of(), node.history(E1));
        put(new DocumentId("expense", "e2"), "{}", "");
        assertTrue(store.entries("history/expense/e1/").isEmpty());
    }

    @Test
    void allTogether_isBoundedInBytes() throws Exception {
        reopen(new HistoryLimits(10, TimeUnit.DAYS.toMillis(1), 20_000));
        for (int i = 0; i < 300; i++) {
            put(new DocumentId("expense", "n" + i), "{\"text\":\"" + "x".repeat(300) + "\"}", "");
        }
        reopen(new HistoryLimits(10, TimeUnit.DAYS.toMillis(1), 20_000));
        for (int i = 0; i < 200; i++) {
            put("{\"amount\":" + i + "}", "");
        }
        long bytes = store.entries("history/").values().stream()
                .mapToLong(value -> value.length)
                .sum();
        assertTrue(bytes < 30_000, bytes + " bytes");
    }

    @Test
    void hugeChange_isKeptWithoutItsValues_andCannotBeTakenBack() throws Exception {
        put("{\"text\":\"" + "x".repeat(100_000) + "\"}", "");
        PastChange change = node.history(E1).get(0);
        assertFalse(change.isWhole());
        assertEquals(new Values(null, null), change.fields().get(FieldPath.of("text")));
        assertNull(undo().operation());
    }

    @Test
    void undo_goesBackStepByStep_andNeverForwardAgain() throws Exception {
        put("{\"amount\":1,\"who\":\"Ada\"}", "");
        put("{\"amount\":2,\"who\":\"Ada\"}", "");
        put("{\"amount\":2}", "");
        takeBack();
        assertEquals(leaves("amount", "2", "who", "\"Ada\""), shown());
        takeBack();
        assertEquals(leaves("amount", "1", "who", "\"Ada\""), shown());
        reopen(HistoryLimits.USUAL);
        takeBack();
        assertTrue(node.find(E1).isEmpty());
        assertNull(undo().operation());
    }

    @Test
    void undoOfADelete_bringsEveryFieldBack_underANewStamp() throws Exception {
        put("{\"amount\":12.5,\"who\":{\"name\":\"Ada\"}}", "");
        String before = node.find(E1).orElseThrow().stamp().toString();
        delete();
        takeBack();
        assertEquals(leaves("amount", "12.5", "who/name", "\"Ada\""), shown());
        Explanation explanation = node.explain(E1).orElseThrow();
        assertTrue(explanation.floor() != null, "what was there before the delete must not show through");
        for (Explanation.Field field : explanation.fields()) {
            assertTrue(field.mark().stamp().toString().compareTo(before) > 0, field.toString());
        }
    }

    @Test
    void undo_afterANewEdit_takesBackThatEdit() throws Exception {
        put("{\"amount\":1}", "");
        put("{\"amount\":2}", "");
        takeBack();
        put("{\"amount\":3}", "");
        takeBack();
        assertEquals(leaves("amount", "1"), shown());
    }

    @Test
    void createAndDeleteByHand_areNoUndo() throws Exception {
        put("{\"amount\":1}", "");
        delete();
        put("{\"amount\":1}", "");
        takeBack();
        assertTrue(node.find(E1).isEmpty());
        takeBack();
        assertEquals(leaves("amount", "1"), shown());
    }

    @Test
    void undo_changedSinceBySomethingThatIsNotKept_isRefused() throws Exception {
        put("{\"amount\":1}", "");
        put("{\"amount\":2}", "");
        List<PastChange> known = node.history(E1);
        put("{\"amount\":3}", "");
        Undo undo = Undo.of(E1, known, node.find(E1));
        assertNull(undo.operation());
        assertTrue(undo.refusal().contains("has changed since"), undo.refusal());
    }

    @Test
    void undo_documentChangesAtTheSameMoment_isRefused_andTheChangeStays() throws Exception {
        put("{\"amount\":1}", "");
        put("{\"amount\":2}", "");
        Undo undo = undo();
        put("{\"amount\":2,\"who\":\"Ada\"}", "");
        WriteResult result = node.undo(undo, "").get(10, TimeUnit.SECONDS);
        assertEquals(WriteResult.Outcome.ETAG_MISMATCH, result.items().get(0).outcome());
        assertEquals(leaves("amount", "2", "who", "\"Ada\""), shown());
    }

    @Test
    void explain_tellsWhoWroteEachFieldAndWhatItReplaced() throws Exception {
        put("{\"amount\":1,\"who\":\"Ada\"}", "pos");
        put("{\"amount\":2}", "office");
        Explanation explanation = node.explain(E1).orElseThrow();
        assertTrue(explanation.isVisible());
        assertNull(explanation.deleted());
        Explanation.Field amount = explanation.fields().get(0);
        assertEquals("2", amount.value());
        assertEquals(Optional.of(new Values("1", "2")), amount.replaced());
        assertEquals(
                new FeedChange.Origin("t1", "till", "office", true),
                amount.mark().origin());
        Explanation.Field who = explanation.fields().get(1);
        assertNull(who.value());
        assertFalse(who.isShown());
        assertEquals(Optional.of(new Values("\"Ada\"", null)), who.replaced());
        delete();
        explanation = node.explain(E1).orElseThrow();
        assertFalse(explanation.isVisible());
        assertEquals("till", explanation.deleted().origin().deviceName());
        assertTrue(node.explain(new DocumentId("expense", "none")).isEmpty());
    }

    private Undo undo() {
        return Undo.of(E1, node.history(E1), node.find(E1));
    }

    private void takeBack() throws Exception {
        WriteResult result = node.undo(undo(), "").get(10, TimeUnit.SECONDS);
        assertFalse(result.items().get(0).outcome().isFailure(), result.toString());
    }

    private SortedMap<FieldPath, String> shown() {
        return node.find(E1).orElseThrow().leaves();
    }

    private static SortedMap<FieldPath, String> leaves(String... pathsAndValues) {
        SortedMap<FieldPath, String> leaves = new TreeMap<>();
        for (int i = 0; i < pathsAndValues.length; i += 2) {
            leaves.put(new FieldPath("/" + pathsAndValues[i]), pathsAndValues[i + 1]);
        }
        return leaves;
    }

    private void put(String json, String client) throws Exception {
        put(E1, json, client);
    }

    private void put(DocumentId id, String json, String client) throws Exception {
        SortedMap<FieldPath, String> leaves = new TreeMap<>();
        new ObjectMapper().readTree(json).properties().forEach(field -> {
            FieldPath path = FieldPath.of(field.getKey());
            if (field.getValue().isObject()) {
                field.getValue()
                        .properties()
                        .forEach(inner -> leaves.put(
                                path.child(inner.getKey()), inner.getValue().toString()));
            } else {
                leaves.put(path, field.getValue().toString());
            }
        });
        write(new Operation(Operation.Kind.PUT, id, leaves, Condition.NONE), client);
    }

    private void delete() throws Exception {
        write(Operation.delete(E1, Condition.NONE), "");
    }

    private void write(Operation operation, String client) throws Exception {
        WriteResult result = node.write(new WriteRequest(List.of(operation), WriteRequest.Mode.ALL_OR_NOTHING, client))
                .get(10, TimeUnit.SECONDS);
        assertFalse(result.items().get(0).outcome().isFailure(), result.toString());
    }
}
