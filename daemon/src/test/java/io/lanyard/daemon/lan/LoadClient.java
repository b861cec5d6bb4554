package io.lanyard.daemon.lan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.daemon.history.History;
import io.lanyard.daemon.history.ReadEvent;
import io.lanyard.daemon.history.WriteEvent;
import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import io.lanyard.daemon.history.WriteStamp;
import io.lanyard.daemon.lan.SocketHttp.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program that writes and reads whatever comes to its mind, and enters what became of it into the history. No value is
 * ever written twice. Not thread-safe.
 */
final class LoadClient implements AutoCloseable {
    static final String COLLECTION = "chaos";
    private static final String MARKS = "mark";
    private static final int HOT = 10;
    private static final int COLD = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Device desk;
    private final int device;
    private final String name;
    private final Random random;
    private final History history;
    private final AtomicLong numbers;
    private final SocketHttp http;
    private volatile int refusedAsFull;
    private WriteStamp latest = WriteStamp.OLDEST;

    LoadClient(Device desk, int device, String name, long seed, History history, AtomicLong numbers) {
        this.desk = desk;
        this.device = device;
        this.name = name;
        this.random = new Random(seed);
        this.history = history;
        this.numbers = numbers;
        http = new SocketHttp(desk.socket());
    }

    private record Wish(String id, Kind kind, Map<String, Object> data) {
        Map<String, Object> item() {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put(
                    "action",
                    switch (kind) {
                        case CREATED, REPLACED, PUT -> "CREATE";
                        case PATCHED -> "UPDATE";
                        case DELETED -> "DELETE";
                    });
            item.put("resourceType", COLLECTION);
            item.put("resourceId", id);
            item.put("data", data);
            return item;
        }
    }

    /** Returns the leaves of a document by path, each as JSON text. */
    static Map<String, Object> leaves(JsonNode document) {
        Map<String, Object> leaves = new TreeMap<>();
        addLeaves("", document, leaves);
        return leaves;
    }

    private static void addLeaves(String path, JsonNode node, Map<String, Object> leaves) {
        if (node.isObject() && !node.isEmpty()) {
            node.properties().forEach(field -> addLeaves(path + "/" + field.getKey(), field.getValue(), leaves));
        } else if (!path.isEmpty()) {
            leaves.put(path, node.toString());
        }
    }

    /** Does one thing. A daemon that cannot be reached costs nothing but a try. */
    void act() {
        try {
            http.connect();
        } catch (IOException e) {
            return;
        }
        int choice = random.nextInt(100);
        if (choice < 12) {
            read(id());
        } else if (choice < 22) {
            batch();
        } else if (choice < 50) {
            single(new Wish(id(), Kind.PUT, fields(2, false)));
        } else if (choice < 92) {
            single(new Wish(id(), Kind.PATCHED, fields(4, true)));
        } else {
            single(new Wish(id(), Kind.DELETED, Map.of()));
        }
    }

    private void read(String id) {
        long invoked = System.nanoTime();
        Answer answer = send("GET", "/api/docs/" + COLLECTION + "/" + id, null);
        long answered = System.nanoTime();
        if (answer != null && (answer.status() == 200 || answer.status() == 404)) {
            Map<String, Map<String, Object>> seen = new TreeMap<>();
            seen.put(COLLECTION + "/" + id, answer.status() == 404 ? null : leaves(parse(answer.body())));
            history.add(new ReadEvent(device, invoked, answered, false, false, Collections.unmodifiableMap(seen)));
        } else {
            requireRefusal(answer, "GET");
        }
    }

    private void single(Wish wish) {
        String path = "/api/docs/" + COLLECTION + "/" + wish.id();
        String method = switch (wish.kind()) {
            case CREATED, REPLACED, PUT -> "PUT";
            case PATCHED -> "PATCH";
            case DELETED -> "DELETE";
        };
        WriteStamp last = latest;
        long invoked = System.nanoTime();
        Answer answer = send(method, path, wish.kind() == Kind.DELETED ? null : wish.data());
        long answered = System.nanoTime();
        Outcome outcome = outcomeOf(answer, method);
        if (outcome != Outcome.ACKNOWLEDGED) {
            enter(
                    wish,
                    wish.kind(),
                    numbers.incrementAndGet(),
                    0,
                    false,
                    outcome,
                    last,
                    WriteStamp.NEWEST,
                    invoked,
                    outcome == Outcome.UNKNOWN ? WriteEvent.NEVER : answered);
            return;
        }
        WriteStamp before = WriteStamp.NEWEST;
        if (wish.kind() == Kind.DELETED) {
            Answer mark = send("PUT", "/api/docs/" + MARKS + "/" + name + "-a", Map.of("n", value()));
            if (mark != null && mark.isSuccess()) {
                before = WriteStamp.parse(mark.stamp());
                latest = before;
            }
        } else {
            before = WriteStamp.parse(answer.stamp());
            last = before;
            latest = before;
        }
        Kind kind = wish.kind() != Kind.PUT ? wish.kind() : answer.status() == 201 ? Kind.CREATED : Kind.REPLACED;
        enter(wish, kind, numbers.incrementAndGet(), 0, false, outcome, last, before, invoked, answered);
    }

    private void batch() {
        List<Wish> wishes = new ArrayList<>();
        int size = 2 + random.nextInt(6);
        for (int i = 0; i < size; i++) {
            int choice = random.nextInt(100);
            wishes.add(
                    choice < 5
                            ? new Wish(id(), Kind.CREATED, fields(2, false))
                            : choice < 93
                                    ? new Wish(id(), Kind.PATCHED, fields(4, true))
                                    : new Wish(id(), Kind.DELETED, Map.of()));
        }
        batch(wishes);
    }

    /** Sends a batch between two marks, whose stamps tell between which all of its writes are. */
    private void batch(List<Wish> wishes) {
        List<Object> items = new ArrayList<>();
        items.add(mark("-a"));
        wishes.forEach(wish -> items.add(wish.item()));
        items.add(mark("-b"));
        WriteStamp after = latest;
        WriteStamp before = WriteStamp.NEWEST;
        long invoked = System.nanoTime();
        Answer answer = send("POST", "/api/sync/batch", items);
        long answered = System.nanoTime();
        Outcome outcome = outcomeOf(answer, "POST");
        JsonNode results =
                outcome == Outcome.ACKNOWLEDGED ? parse(answer.body()).path("results") : null;
        if (outcome == Outcome.ACKNOWLEDGED) {
            WriteStamp first = stampOfMark("-a");
            WriteStamp last = stampOfMark("-b");
            if (first != null && last != null) {
                after = first;
                before = last;
                latest = last;
            }
        }
        long batch = numbers.incrementAndGet();
        for (int i = 0; i < wishes.size(); i++) {
            Kind kind = results == null
                    ? wishes.get(i).kind()
                    : switch (results.path(i + 1).path("outcome").asText()) {
                        case "created" -> Kind.CREATED;
                        case "updated" -> Kind.PATCHED;
                        case "deleted" -> Kind.DELETED;
                        default -> null;
                    };
            if (kind != null) {
                enter(
                        wishes.get(i),
                        kind,
                        batch,
                        i,
                        true,
                        outcome,
                        after,
                        before,
                        invoked,
                        outcome == Outcome.UNKNOWN ? WriteEvent.NEVER : answered);
            }
        }
    }

    private Map<String, Object> mark(String which) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("action", "UPDATE");
        item.put("resourceType", MARKS);
        item.put("resourceId", name + which);
        item.put("data", Map.of("n", value()));
        return item;
    }

    private WriteStamp stampOfMark(String which) {
        Answer answer = send("GET", "/api/docs/" + MARKS + "/" + name + which, null);
        return answer != null && answer.status() == 200 ? WriteStamp.parse(answer.stamp()) : null;
    }

    /** Creates what batches are told by; to be called once, before anything is cut. */
    void createMarks() throws IOException {
        for (String which : List.of("-a", "-b")) {
            Answer answer = send("PUT", "/api/docs/" + MARKS + "/" + name + which, Map.of("n", value()));
            if (answer == null || !answer.isSuccess()) {
                throw new IOException("the mark of " + name + ": " + answer);
            }
        }
    }

    /** Creates every document, nearly empty. */
    void createAll() {
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < HOT + COLD; i++) {
            wishes.add(new Wish(idOf(i), Kind.CREATED, new TreeMap<>(Map.of("w", value()))));
        }
        for (int from = 0; from < wishes.size(); from += 500) {
            batch(wishes.subList(from, Math.min(from + 500, wishes.size())));
        }
    }

    private Outcome outcomeOf(Answer answer, String method) {
        if (answer != null && answer.isSuccess()) {
            return Outcome.ACKNOWLEDGED;
        }
        if (answer != null && (answer.status() == 404 || answer.status() == 409)) {
            return Outcome.FAILED;
        }
        requireRefusal(answer, method);
        refusedAsFull += answer != null && answer.status() == 507 ? 1 : 0;
        return Outcome.UNKNOWN;
    }

    /** Returns how many writes were refused because the disk was full. */
    int refusedAsFull() {
        return refusedAsFull;
    }

    /** A daemon may be down, full or overloaded, and nothing else. */
    private void requireRefusal(Answer answer, String method) {
        if (answer != null && answer.status() != 503 && answer.status() != 507) {
            throw new AssertionError(method + " on " + desk + " was answered by " + answer);
        }
    }

    /** Returns {@code null} if no answer came. */
    private Answer send(String method, String path, Object body) {
        try {
            return http.send(method, path, desk.token(), body == null ? null : JSON.writeValueAsString(body));
        } catch (IOException e) {
            return null;
        }
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    private void enter(
            Wish wish,
            Kind kind,
            long batch,
            int place,
            boolean isAtomic,
            Outcome outcome,
            WriteStamp after,
            WriteStamp before,
            long invoked,
            long answered) {
        Map<String, Object> sets = new TreeMap<>();
        Set<String> removes = new TreeSet<>();
        if (kind != Kind.DELETED) {
            leaves(JSON.valueToTree(wish.data())).forEach((path, value) -> {
                if (value.equals("null")) {
                    removes.add(path);
                } else {
                    sets.put(path, value);
                }
            });
        }
        history.add(new WriteEvent(
                device,
                batch,
                place,
                isAtomic,
                COLLECTION + "/" + wish.id(),
                kind,
                sets,
                removes,
                false,
                outcome,
                after,
                before,
                invoked,
                answered));
    }

    private String id() {
        return idOf(random.nextInt(100) < 15 ? random.nextInt(HOT) : HOT + random.nextInt(COLD));
    }

    private static String idOf(int number) {
        return (number < HOT ? "hot-" : "cold-") + number;
    }

    /** An object {@code address} always holds {@code keep}, so that none is ever left empty. */
    private Map<String, Object> fields(int oneIn, boolean isPatch) {
        Map<String, Object> data = new TreeMap<>();
        data.put("w", value());
        for (String field : List.of("a", "b", "c", "note", "address")) {
            if (random.nextInt(oneIn) == 0) {
                boolean isRemoved = isPatch && random.nextInt(5) == 0 && !field.equals("address");
                data.put(field, isRemoved ? null : valueOf(field));
            }
        }
        return data;
    }

    private Object valueOf(String field) {
        return switch (field) {
            case "note" -> random.nextBoolean() ? value() : Map.of("text", value());
            case "address" -> Map.of("keep", value(), random.nextBoolean() ? "city" : "zip", value());
            default -> value();
        };
    }

    private String value() {
        return name + "." + numbers.incrementAndGet();
    }

    @Override
    public void close() {
        http.close();
    }
}
