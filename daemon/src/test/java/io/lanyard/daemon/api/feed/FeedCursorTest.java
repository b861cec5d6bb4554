package io.lanyard.daemon.api.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.access.OwnerCaller;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.FeedChange.Kind;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a reader of the feed is told, on a real replica whose documents change while the feed is read. */
@Timeout(30)
class FeedCursorTest {

    private static final String HOT = "hot";

    private final InMemoryCluster cluster = new LoopbackNetwork().newCluster();

    /** Runs once, right after the next page of the feed was read. */
    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>();

    private ReplicaNode node;

    /** The node as the reader sees it. */
    private Node reads;

    @BeforeEach
    void start() throws Exception {
        node = ReplicaNode.start(new MemoryStore(), cluster, new Device("d1", "till"), new SecureRandom());
        reads = (Node) Proxy.newProxyInstance(
                Node.class.getClassLoader(), new Class<?>[] {Node.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(node, arguments);
                        Runnable interference = method.getName().equals("page") ? meanwhile.getAndSet(null) : null;
                        if (interference != null) {
                            interference.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @AfterEach
    void stop() {
        cluster.close();
        node.close();
    }

    @Test
    void documentThatMovesOnWhileOthersAreRead_isToldWithAllItsChanges_evenIfTheLastIsTheReadersOwn() throws Exception {
        patchOrPut("office", HOT, "mine", "0");
        String since = node.tail().toString();
        patchOrPut("office", HOT, "theirs", "1");
        for (int i = 0; i < 100; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        FeedCursor cursor = cursor(since);
        meanwhile.set(() -> patchOrPut("till", HOT, "mine", "2"));
        List<JsonNode> hot = told(cursor, "till").stream()
                .filter(event -> event.path("id").asText().equals(HOT))
                .toList();
        assertEquals(1, hot.size(), hot.toString());
        assertEquals("[\"/mine\",\"/theirs\"]", hot.get(0).get("changed").toString());
        assertEquals("updated", hot.get(0).get("event").asText());
        patchOrPut("till", HOT, "mine", "3");
        assertTrue(told(cursor, "till").isEmpty(), "an own change afterwards is not told");
    }

    @Test
    void filterThatLetsLittleThrough_pausesAgainAndAgain_andMissesNothing() {
        List<Operation> many = new ArrayList<>();
        for (int i = 0; i < 3 * FeedCursor.LOOKED_AT_ONCE; i++) {
            many.add(new Operation(
                    Operation.Kind.CREATE,
                    new DocumentId("x", "d" + i),
                    FakeNode.leaves("n", i == 999 ? "1" : "0"),
                    Condition.NONE));
        }
        node.write(new WriteRequest(many, WriteRequest.Mode.EACH, "office")).join();
        FeedCursor cursor = cursor("start", Filter.parse(List.of("n=1")));
        List<String> told = new ArrayList<>();
        int pauses = 0;
        while (!cursor.isSynced()) {
            Optional<Outgoing> message = cursor.next("till");
            assertEquals(message.isEmpty(), cursor.isPausing(), "it ends only for one of two reasons");
            pauses += cursor.isPausing() ? 1 : 0;
            message.ifPresent(one -> told.add(one.text()));
        }
        assertTrue(pauses >= 2, "paused " + pauses + " times");
        assertEquals(2, told.size(), "one document, and that it is all");
        assertTrue(told.get(0).contains("\"id\":\"d999\""), told.get(0));
    }

    @Test
    void entriesThatAreDead_areNoReasonToReadAnew_andKeepNoThread() {
        try (FakeNode disk = new FakeNode()) {
            disk.hasDeadEntries = true;
            for (int i = 0; i < 3 * FeedCursor.LOOKED_AT_ONCE; i++) {
                disk.write(new WriteRequest(
                                List.of(new Operation(
                                        Operation.Kind.PUT,
                                        new DocumentId("x", "d"),
                                        FakeNode.leaves("n", "" + i),
                                        Condition.NONE)),
                                WriteRequest.Mode.EACH,
                                "office"))
                        .join();
            }
            reads = disk;
            FeedCursor cursor = cursor("start");
            List<String> told = new ArrayList<>();
            int turns = 0;
            for (; !cursor.isSynced() && turns < 10; turns++) {
                cursor.next("till").ifPresent(one -> told.add(one.text()));
            }
            assertEquals(2, told.size(), "the document, and that it is all");
            assertEquals(5, turns, "it paused in between");
        }
    }

    @Test
    void documentThatMovesOnBeforeItsPageIsLookedUp_isToldWithAllItsChanges() throws Exception {
        for (int i = 0; i < 100; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        String since = node.tail().toString();
        for (int i = 0; i < 100; i++) {
            patchOrPut("office", "d" + i, "theirs", "1");
        }
        FeedCursor cursor = cursor(since);
        cursor.next("till");
        patchOrPut("till", "d99", "mine", "2");
        meanwhile.set(() -> patchOrPut("till", "d99", "mine", "3"));
        List<JsonNode> hot = told(cursor, "till").stream()
                .filter(event -> event.path("id").asText().equals("d99"))
                .toList();
        assertEquals(1, hot.size(), hot.toString());
        assertEquals("[\"/mine\",\"/theirs\"]", hot.get(0).get("changed").toString());
    }

    @Test
    void documentThatMovesOnRightBeforeItIsRead_isToldWithBothChanges() throws Exception {
        patchOrPut("office", HOT, "mine", "0");
        FeedCursor cursor = cursor("now");
        told(cursor, "till");
        patchOrPut("office", HOT, "theirs", "1");
        meanwhile.set(() -> patchOrPut("till", HOT, "mine", "2"));
        List<JsonNode> hot = told(cursor, "till");
        assertEquals(1, hot.size(), hot.toString());
        assertEquals("[\"/mine\",\"/theirs\"]", hot.get(0).get("changed").toString());
    }

    @Test
    void snapshotOfManyPages_hasEveryVisibleDocumentOnce_asCreated_andNoDeadOne() throws Exception {
        for (int i = 0; i < 150; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        for (int i = 0; i < 150; i++) {
            if (i % 2 == 0) {
                delete("d" + i);
            } else {
                patchOrPut("office", "d" + i, "n", "2");
            }
        }
        FeedCursor cursor = cursor("start");
        List<JsonNode> events = told(cursor, "");
        assertEquals(76, events.size());
        assertEquals("synced", events.get(75).get("type").asText());
        events.subList(0, 75).forEach(event -> {
            assertEquals("created", event.get("event").asText());
            assertTrue(event.get("snapshot").asBoolean());
        });
        delete("d1");
        JsonNode deleted = told(cursor, "").get(0);
        assertEquals("deleted", deleted.get("event").asText());
        assertFalse(deleted.has("snapshot"));
    }

    @Test
    void documentDeletedDuringTheSnapshot_isToldAsDeleted() throws Exception {
        patchOrPut("office", HOT, "n", "1");
        for (int i = 0; i < 100; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        FeedCursor cursor = cursor("start");
        JsonNode first =
                ApiFixture.MAPPER.readTree(cursor.next("").orElseThrow().text());
        assertEquals(HOT, first.get("id").asText());
        delete(HOT);
        meanwhile.set(() -> patchOrPut("office", "d99", "n", "2"));
        List<JsonNode> rest = told(cursor, "");
        assertEquals(
                1,
                rest.stream()
                        .filter(event -> event.path("id").asText().equals(HOT)
                                && event.get("event").asText().equals("deleted"))
                        .count());
    }

    @Test
    void readerAmongWriters_missesNoChangeOfAnother_andTheChangedFieldsAreEnough() throws Exception {
        int rounds = 3_000;
        FeedCursor named = cursor("start");
        FeedCursor nameless = cursor("start");
        CompletableFuture<Void> office = CompletableFuture.runAsync(() -> writeOften("office", "theirs", rounds));
        CompletableFuture<Void> till = CompletableFuture.runAsync(() -> writeOften("till", "mine", rounds));
        CompletableFuture<Void> both = CompletableFuture.allOf(office, till);
        Map<String, Map<String, String>> byNamed = new HashMap<>();
        Map<String, Map<String, String>> byNameless = new HashMap<>();
        boolean isLast;
        do {
            isLast = both.isDone();
            told(named, "till").forEach(event -> apply(event, byNamed));
            told(nameless, "").forEach(event -> apply(event, byNameless));
        } while (!isLast);
        both.get(10, TimeUnit.SECONDS);
        for (int i = 0; i < 5; i++) {
            TreeMap<FieldPath, String> leaves = new TreeMap<>(
                    node.find(new DocumentId("x", "d" + i)).orElseThrow().leaves());
            assertEquals(
                    leaves.get(FieldPath.of("theirs")), byNamed.get("d" + i).get("/theirs"), "d" + i);
            assertEquals(
                    leaves.get(FieldPath.of("theirs")), byNameless.get("d" + i).get("/theirs"), "d" + i);
            assertEquals(
                    leaves.get(FieldPath.of("mine")), byNameless.get("d" + i).get("/mine"), "d" + i);
        }
    }

    @Test
    void bareString_standsForAllThatHappenedUntilThen_andComesAgainAfterwards() {
        EventNames bare = new EventNames() {
            @Override
            public String typeOf(String collection, Kind kind) {
                return kind == Kind.CREATED ? "estimate_added" : "estimate_updated";
            }

            @Override
            public boolean isBare(String collection) {
                return true;
            }
        };
        Selection all = new Selection(new CollectionPattern(List.of()), Filter.ALL, false, OwnerCaller.INSTANCE, "1");
        FeedCursor cursor = new FeedCursor(reads, new Events(bare), "now", all);
        assertTrue(cursor.next("").orElseThrow().text().contains("synced"));
        for (int i = 0; i < 10; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        assertEquals("estimate_added", cursor.next("").orElseThrow().text());
        assertTrue(cursor.next("").isEmpty(), "once for all ten");
        patchOrPut("office", "d1", "n", "2");
        assertEquals("estimate_updated", cursor.next("").orElseThrow().text());
        patchOrPut("office", "d2", "n", "2");
        assertEquals("estimate_updated", cursor.next("").orElseThrow().text());
        assertTrue(cursor.next("").isEmpty());
    }

    @Test
    void readerThatComesBackInACatchUpOfSeveralReadings_isToldWhatDiffersFromWhatItWasTold() throws Exception {
        patchOrPut("office", HOT, "n", "0");
        FeedCursor cursor = cursor("now");
        told(cursor, "");
        patchOrPut("office", HOT, "n", "1");
        patchOrPut("office", "a", "n", "1");
        patchOrPut("office", "b", "n", "1");
        assertEquals(HOT, nextEvent(cursor).get("id").asText());
        patchOrPut("office", "b", "n", "2");
        patchOrPut("office", HOT, "n", "0");
        assertEquals("a", nextEvent(cursor).get("id").asText());
        JsonNode last = nextEvent(cursor);
        assertEquals("b", last.get("id").asText());
        List<JsonNode> rest = told(cursor(last.get("position").asText()), "");
        assertEquals(2, rest.size(), "back to what it was before, not to what was told: " + rest);
        assertEquals("updated", rest.get(0).get("event").asText());
        assertEquals("0", rest.get(0).get("data").get("n").asText());
    }

    @Test
    void readerThatComesBackFromMoreReadingsThanAPlaceHolds_isToldOnceTooOftenRatherThanNever() throws Exception {
        patchOrPut("office", HOT, "n", "0");
        FeedCursor cursor = cursor("now");
        told(cursor, "");
        patchOrPut("office", HOT, "n", "1");
        int readings = FeedPlace.MAX_STRETCHES + 4;
        for (int i = 0; i < 2 * readings; i++) {
            patchOrPut("office", "d" + i, "n", "1");
        }
        assertEquals(HOT, nextEvent(cursor).get("id").asText());
        patchOrPut("office", HOT, "n", "0");
        JsonNode last = null;
        for (int i = 0; i < readings; i++) {
            patchOrPut("office", "d" + 2 * i, "n", "2");
            last = nextEvent(cursor);
            assertEquals("d" + (2 * i + 1), last.get("id").asText());
        }
        FeedPlace place = FeedPlace.parse(last.get("position").asText()).orElseThrow();
        assertEquals(FeedPlace.MAX_STRETCHES, place.stretches().size());
        assertTrue(place.begun() < place.stretches().get(0).tail());
        List<JsonNode> hot = told(cursor(last.get("position").asText()), "").stream()
                .filter(event -> event.path("id").asText().equals(HOT))
                .toList();
        assertEquals(1, hot.size(), hot.toString());
        assertEquals("0", hot.get(0).get("data").get("n").asText());
    }

    @Test
    void readerThatComesBackAgainAndAgain_isToldEachDifferenceOnce_andNothingElse() throws Exception {
        ReaderModel model = new ReaderModel(Filter.ALL);
        readAmongWriters(model, 1_500);
        assertEquals(everything(Filter.ALL), model.documents);
    }

    @Test
    void readerWithAFilter_isToldWhatEntersAndLeaves_acrossReconnectsToo() throws Exception {
        Filter where = Filter.parse(List.of("mine=1"));
        ReaderModel model = new ReaderModel(where);
        FeedCursor cursor = readAmongWriters(model, 1_500);
        // Quick writers may be done before the reader sees a document on both sides of the filter.
        for (String mine : List.of("1", "2", "1")) {
            patchOrPut("till", "d0", "mine", mine);
            told(cursor, "").forEach(model::take);
        }
        assertEquals(everything(where), model.documents);
        assertTrue(model.entered > 0 && model.left > 0, model.entered + " entered, " + model.left + " left");
    }

    /** Two write and one deletes, while a reader is told, and goes on from its last position with a new cursor. */
    private FeedCursor readAmongWriters(ReaderModel model, int rounds) throws Exception {
        CompletableFuture<Void> office = CompletableFuture.runAsync(() -> writeOften("office", "theirs", rounds));
        CompletableFuture<Void> till = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < rounds / 10; i++) {
                patchOrPut("till", "d" + i % 5, "mine", Integer.toString(i % 3));
                if (i % 7 == 0) {
                    delete("d" + i % 5);
                }
            }
        });
        CompletableFuture<Void> both = CompletableFuture.allOf(office, till);
        FeedCursor cursor = cursor("start", model.where);
        boolean isLast;
        int told = 0;
        do {
            isLast = both.isDone();
            for (Optional<Outgoing> next = cursor.next(""); next.isPresent(); next = cursor.next("")) {
                JsonNode message = ApiFixture.MAPPER.readTree(next.get().text());
                model.take(message);
                if (++told % 5 == 0 && isExact(message)) {
                    cursor = cursor(message.get("position").asText(), model.where);
                }
            }
        } while (!isLast || cursor.isPausing());
        both.get(10, TimeUnit.SECONDS);
        return cursor;
    }

    /** Whether a position says all that its reader was told: one from a catch-up among very many changes may not. */
    private static boolean isExact(JsonNode message) {
        FeedPlace place = FeedPlace.parse(message.get("position").asText()).orElseThrow();
        return place.stretches().size() < FeedPlace.MAX_STRETCHES;
    }

    private Map<String, JsonNode> everything(Filter where) throws Exception {
        Map<String, JsonNode> all = new HashMap<>();
        node.visit("x", "", view -> {
            if (where.matches(view.leaves())) {
                all.put(view.id().id(), tree(JsonWriter.documentText(view.leaves())));
            }
            return true;
        });
        return all;
    }

    private static JsonNode tree(String json) {
        try {
            return ApiFixture.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeOften(String client, String field, int rounds) {
        for (int i = 0; i < rounds; i++) {
            patchOrPut(client, "d" + i % 5, field, Integer.toString(i));
        }
    }

    /** Takes over what an event says has changed, and nothing else. */
    private static void apply(JsonNode event, Map<String, Map<String, String>> model) {
        if (event.has("event")) {
            Map<String, String> fields = model.computeIfAbsent(event.get("id").asText(), id -> new HashMap<>());
            List<String> changed = new ArrayList<>();
            if (event.get("changed").isNull()) {
                event.get("data").fieldNames().forEachRemaining(name -> changed.add("/" + name));
            } else {
                event.get("changed").forEach(path -> changed.add(path.asText()));
            }
            changed.forEach(path -> fields.put(path, event.get("data").at(path).asText()));
        }
    }

    private static List<JsonNode> told(FeedCursor cursor, String client) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        for (Optional<Outgoing> next = cursor.next(client); next.isPresent(); next = cursor.next(client)) {
            events.add(ApiFixture.MAPPER.readTree(next.get().text()));
        }
        return events;
    }

    private static JsonNode nextEvent(FeedCursor cursor) {
        return tree(cursor.next("").orElseThrow().text());
    }

    private FeedCursor cursor(String since) {
        return cursor(since, Filter.ALL);
    }

    private FeedCursor cursor(String since, Filter where) {
        Selection selection = new Selection(new CollectionPattern(List.of()), where, false, OwnerCaller.INSTANCE, null);
        return new FeedCursor(reads, new Events(EventNames.USUAL), since, selection);
    }

    private void patchOrPut(String client, String id, String field, String value) {
        DocumentId document = new DocumentId("x", id);
        Operation create = new Operation(Operation.Kind.CREATE, document, new TreeMap<>(), Condition.NONE);
        Operation patch = new Operation(
                Operation.Kind.PATCH, document, new TreeMap<>(Map.of(FieldPath.of(field), value)), Condition.NONE);
        List<Operation> operations = node.find(document).isPresent() ? List.of(patch) : List.of(create, patch);
        node.write(new WriteRequest(operations, WriteRequest.Mode.EACH, client)).join();
    }

    private void delete(String id) {
        Operation delete = Operation.delete(new DocumentId("x", id), Condition.NONE);
        node.write(new WriteRequest(List.of(delete), WriteRequest.Mode.EACH, "office"))
                .join();
    }
}
