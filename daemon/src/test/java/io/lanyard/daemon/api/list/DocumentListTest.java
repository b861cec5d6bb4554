package io.lanyard.daemon.api.list;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.CollectionSettings;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists over a real replica: what comes out, in which order, and how many documents are read for it. */
@Timeout(60)
class DocumentListTest {

    private static final String ITEMS = "item";
    private static final Duration SOON = Duration.ofSeconds(15);

    private final AtomicInteger documentsRead = new AtomicInteger();
    private final MemoryStore store = new MemoryStore();
    private final InMemoryCluster cluster = new LoopbackNetwork().newCluster();
    private final ReplicaNode node = start();

    private ReplicaNode start() {
        try {
            return ReplicaNode.start(counting(), cluster, new Device("d1", "till"), new SecureRandom());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        cluster.close();
        node.close();
    }

    @Test
    void order_goesThroughAllKinds_andIdsBreakTies() throws Exception {
        String[] values = {
            "{}",
            "{\"v\":null}",
            "{\"v\":false}",
            "{\"v\":true}",
            "{\"v\":-1e300}",
            "{\"v\":-2}",
            "{\"v\":0}",
            "{\"v\":9}",
            "{\"v\":10}",
            "{\"v\":1e3}",
            "{\"v\":\"\"}",
            "{\"v\":\"10\"}",
            "{\"v\":\"9\"}",
            "{\"v\":[1]}",
            "{\"v\":{\"w\":1}}"
        };
        for (int i = 0; i < values.length; i++) {
            put("z" + (char) ('p' - i), values[i]);
            put("a" + (char) ('p' - i), values[i]);
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            expected.add("a" + (char) ('p' - i));
            expected.add("z" + (char) ('p' - i));
        }
        assertEquals(expected, idsOf(pages("v", 4)));
        declare("v");
        assertEquals(expected, idsOf(pages("v", 4)));
        List<String> backwards = new ArrayList<>(expected);
        Collections.reverse(backwards);
        assertEquals(backwards, idsOf(pages("-v", 4)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomQueries_overIndexes_answerAsTheScanDoes(long seed) throws Exception {
        Random random = new Random(seed);
        TreeMap<String, SortedMap<FieldPath, String>> model = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            write(random, model);
        }
        List<String> queries = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            queries.add(query(random));
        }
        check(queries, model, random);
        declare("amount", "city", "address.zip");
        check(queries, model, random);
        for (int i = 0; i < 200; i++) {
            write(random, model);
        }
        check(queries, model, random);
        declare("city");
        declare("city", "amount");
        check(queries, model, random);
    }

    private void check(List<String> queries, TreeMap<String, SortedMap<FieldPath, String>> model, Random random)
            throws Exception {
        for (String text : queries) {
            String[] parts = text.split("\\|", -1);
            Filter filter = Filter.parse(parts[0].isEmpty() ? List.of() : List.of(parts[0].split("&")));
            ListOrder order = ListOrder.parse(parts[1].isEmpty() ? List.of() : List.of(parts[1]));
            String prefix = parts[2];
            List<String> expected = model.entrySet().stream()
                    .filter(document -> document.getKey().startsWith(prefix) && filter.matches(document.getValue()))
                    .sorted((left, right) -> naive(order, left, right))
                    .map(Map.Entry::getKey)
                    .toList();
            assertEquals(expected, idsOf(pages(prefix, filter, order, 1 + random.nextInt(40))), text);
        }
    }

    /** The order in which documents are to come, worked out without keys. */
    private static int naive(
            ListOrder order,
            Map.Entry<String, SortedMap<FieldPath, String>> left,
            Map.Entry<String, SortedMap<FieldPath, String>> right) {
        boolean isDescending = false;
        for (ListOrder.Term term : order.terms()) {
            isDescending = term.isDescending();
            String one = left.getValue().get(term.path());
            String other = right.getValue().get(term.path());
            int result = rank(one) != rank(other)
                    ? Integer.compare(rank(one), rank(other))
                    : rank(one) == 2
                            ? new BigDecimal(one).compareTo(new BigDecimal(other))
                            : rank(one) == 3 ? one.compareTo(other) : 0;
            if (result != 0) {
                return isDescending ? -result : result;
            }
        }
        int result = left.getKey().compareTo(right.getKey());
        return isDescending ? -result : result;
    }

    private static int rank(String json) {
        return json == null ? 0 : json.equals("null") ? 1 : json.startsWith("\"") ? 3 : 2;
    }

    private static String query(Random random) {
        String[] conditions = {
            "amount=5",
            "amount>=10",
            "amount<7.5",
            "amount<=7",
            "city<=Kraków",
            "amount in [1,2.0,3,\"x\"]",
            "amount exists",
            "amount exists false",
            "city=Kraków",
            "city in [\"Kraków\",\"Łódź\"]",
            "city>=L",
            "city!=Gdańsk",
            "address.zip=30-001",
            "address.zip>=30",
            "address exists",
            "note exists false",
            "amount>3&amount<=12",
            "city in []",
            "amount=null"
        };
        String[] orders = {"", "", "amount", "-amount", "city", "-city,amount", "amount,-city", "address.zip", "note"};
        String[] prefixes = {"", "", "", "i1", "i2", "x"};
        String where = conditions[random.nextInt(conditions.length)];
        if (random.nextInt(3) == 0) {
            where += "&" + conditions[random.nextInt(conditions.length)];
        }
        return (random.nextInt(6) == 0 ? "" : where)
                + "|" + orders[random.nextInt(orders.length)]
                + "|" + prefixes[random.nextInt(prefixes.length)];
    }

    private void write(Random random, TreeMap<String, SortedMap<FieldPath, String>> model) throws Exception {
        String id = "i" + random.nextInt(250);
        if (random.nextInt(6) == 0) {
            perform(Operation.delete(new DocumentId(ITEMS, id), Operation.Condition.NONE));
            model.remove(id);
            return;
        }
        StringBuilder json = new StringBuilder("{\"n\":1");
        String[] amounts = {"5", "5.0", "1e1", "-3", "0", "12.10", "\"5\"", "null", "7"};
        if (random.nextInt(5) > 0) {
            json.append(",\"amount\":").append(amounts[random.nextInt(amounts.length)]);
        }
        String[] cities = {"Kraków", "Łódź", "Gdańsk", "L" + "x".repeat(150) + random.nextInt(3)};
        if (random.nextInt(5) > 0) {
            json.append(",\"city\":\"").append(cities[random.nextInt(3)]).append('"');
        }
        if (random.nextInt(2) == 0) {
            json.append(",\"address\":{\"zip\":\"30-00")
                    .append(random.nextInt(5))
                    .append("\"}");
        }
        put(id, json.append('}').toString());
        model.put(id, leaves(json.toString()));
    }

    @Test
    void indexedList_readsWhatItReturns_andOneMore() throws Exception {
        for (int i = 0; i < 400; i++) {
            put("i" + i, "{\"amount\":" + i % 100 + ",\"city\":\"c" + i % 40 + "\"}");
        }
        declare("amount", "city");
        assertReads(10, 11, "amount>=50", "amount", 10);
        assertReads(10, 11, "", "-amount", 10);
        assertReads(10, 10, "city=c7", "", 50);
        assertReads(20, 20, "city in [\"c7\",\"c8\"]", "", 50);
        assertReads(12, 12, "amount>=97", "", 100);
        assertReads(4, 4, "amount=97", "amount", 100);
        assertReads(3, 4, "amount in [3,97]", "-amount", 3);
        assertReads(8, 8, "amount in [3,97]", "amount", 10);
        assertReads(0, 0, "city=nowhere", "", 100);
        declare();
        await().atMost(SOON)
                .until(() -> store.entries("indexed/").isEmpty()
                        && store.entries("index/").isEmpty());
        documentsRead.set(0);
        page("", Filter.parse(List.of("city=nowhere")), ListOrder.parse(List.of()), 100, Optional.empty());
        assertEquals(400, documentsRead.get(), "without an index all are looked at");
    }

    private void assertReads(int returned, int read, String where, String order, int limit) throws Exception {
        documentsRead.set(0);
        JsonNode page = page(
                "",
                Filter.parse(where.isEmpty() ? List.of() : List.of(where)),
                ListOrder.parse(order.isEmpty() ? List.of() : List.of(order)),
                limit,
                Optional.empty());
        assertEquals(returned, page.get("items").size(), where + " " + order);
        assertEquals(read, documentsRead.get(), where + " " + order);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pages_whileOthersChange_haveEveryUnchangedDocumentOnce(boolean isIndexed) throws Exception {
        for (int i = 0; i < 200; i++) {
            put("i" + i, "{\"v\":" + i * 7 % 50 + "}");
        }
        if (isIndexed) {
            declare("v");
        }
        Random random = new Random(5);
        Set<String> unchanged = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            unchanged.add("i" + i);
        }
        List<String> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            JsonNode page = page("", Filter.ALL, ListOrder.parse(List.of("-v")), 17, cursor);
            page.get("items").forEach(item -> seen.add(item.get("id").asText()));
            cursor = Optional.ofNullable(page.get("next").textValue());
            for (int i = 0; i < 8; i++) {
                String id = "i" + random.nextInt(230);
                unchanged.remove(id);
                if (random.nextBoolean()) {
                    put(id, "{\"v\":" + random.nextInt(50) + "}");
                } else {
                    perform(Operation.delete(new DocumentId(ITEMS, id), Operation.Condition.NONE));
                }
            }
        } while (cursor.isPresent());
        assertTrue(unchanged.size() > 50);
        for (String id : unchanged) {
            assertEquals(1, seen.stream().filter(id::equals).count(), id);
        }
    }

    @Test
    void cursor_ofAnotherQuery_orAltered_isRefusedInWords() throws Exception {
        for (int i = 0; i < 9; i++) {
            put("i" + i, "{\"v\":" + i + "}");
        }
        String cursor = page("", Filter.ALL, ListOrder.parse(List.of("v")), 4, Optional.empty())
                .get("next")
                .asText();
        ProblemException other = assertThrows(
                ProblemException.class,
                () -> page("", Filter.ALL, ListOrder.parse(List.of("-v")), 4, Optional.of(cursor)));
        assertTrue(other.getMessage().contains("another list"), other.getMessage());
        for (String altered : List.of(cursor.substring(2), cursor + "AA", "", "i3", "%%%", "AAAAAAAAAAAAAAAAAAAA")) {
            assertThrows(
                    ProblemException.class,
                    () -> page("", Filter.ALL, ListOrder.parse(List.of("v")), 4, Optional.of(altered)),
                    altered);
        }
    }

    @Test
    void indexThatIsBeingFilled_isNotRead_andWritesGoOn() throws Exception {
        for (int i = 0; i < 3_000; i++) {
            put("i" + i, "{\"v\":" + i % 10 + "}");
        }
        node.declare(ITEMS, settings("v"), Operation.Condition.NONE, "").get(10, TimeUnit.SECONDS);
        int rounds = 0;
        while (node.index(ITEMS, FieldPath.of("v")).isEmpty()) {
            put("i" + rounds % 3_000, "{\"v\":3}");
            put("n" + rounds, "{\"v\":3}");
            rounds++;
            int expected = count("v=3");
            assertEquals(
                    expected,
                    idsOf(pages("", Filter.parse(List.of("v=3")), ListOrder.parse(List.of()), 1_000))
                            .size());
        }
        assertEquals(
                count("v=3"),
                idsOf(pages("", Filter.parse(List.of("v=3")), ListOrder.parse(List.of()), 1_000))
                        .size());
    }

    private int count(String where) {
        Filter filter = Filter.parse(List.of(where));
        int[] count = {0};
        node.visit(ITEMS, "", view -> {
            count[0] += filter.matches(view.leaves()) ? 1 : 0;
            return true;
        });
        return count[0];
    }

    private List<JsonNode> pages(String order, int limit) throws Exception {
        return pages("", Filter.ALL, ListOrder.parse(List.of(order)), limit);
    }

    private List<JsonNode> pages(String prefix, Filter filter, ListOrder order, int limit) throws Exception {
        List<JsonNode> pages = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            pages.add(page(prefix, filter, order, limit, cursor));
            cursor = Optional.ofNullable(pages.get(pages.size() - 1).get("next").textValue());
        } while (cursor.isPresent());
        return pages;
    }

    private JsonNode page(String prefix, Filter filter, ListOrder order, int limit, Optional<String> cursor)
            throws Exception {
        ListQuery query = ListQuery.of(ITEMS, prefix, filter, order, limit, cursor);
        return ApiFixture.MAPPER.readTree(new DocumentList(node, query).text());
    }

    private static List<String> idsOf(List<JsonNode> pages) {
        List<String> ids = new ArrayList<>();
        pages.forEach(
                page -> page.get("items").forEach(item -> ids.add(item.get("id").asText())));
        return ids;
    }

    private void declare(String... paths) throws Exception {
        node.declare(ITEMS, settings(paths), Operation.Condition.NONE, "").get(10, TimeUnit.SECONDS);
        await().atMost(SOON)
                .until(() -> Arrays.stream(paths)
                        .allMatch(path ->
                                node.index(ITEMS, Condition.pathOf(path)).isPresent()));
    }

    private static CollectionSettings settings(String... paths) {
        return new CollectionSettings(
                Arrays.stream(paths).map(Condition::pathOf).toList(), Map.of(), false, Optional.empty());
    }

    private void put(String id, String json) throws Exception {
        perform(new Operation(Operation.Kind.PUT, new DocumentId(ITEMS, id), leaves(json), Operation.Condition.NONE));
    }

    private void perform(Operation operation) throws Exception {
        node.write(new WriteRequest(List.of(operation), WriteRequest.Mode.ALL_OR_NOTHING, ""))
                .get(10, TimeUnit.SECONDS);
    }

    private static SortedMap<FieldPath, String> leaves(String json) {
        return DocumentJson.read(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The store, counting the documents that the reader's thread reads. */
    private Store counting() {
        Thread reader = Thread.currentThread();
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
                    boolean isReader = Thread.currentThread() == reader;
                    Object[] passed = arguments;
                    if (method.getName().equals("document") && isReader) {
                        documentsRead.incrementAndGet();
                    } else if (method.getName().equals("documents") && isReader) {
                        @SuppressWarnings("unchecked")
                        Predicate<Store.DocumentRecord> visitor = (Predicate<Store.DocumentRecord>) arguments[2];
                        Predicate<Store.DocumentRecord> counted = record -> {
                            documentsRead.incrementAndGet();
                            return visitor.test(record);
                        };
                        passed = new Object[] {arguments[0], arguments[1], counted};
                    }
                    try {
                        return method.invoke(store, passed);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
