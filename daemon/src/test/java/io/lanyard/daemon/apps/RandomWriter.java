package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.apps.ApiClient.Answer;
import io.lanyard.daemon.history.History;
import io.lanyard.daemon.history.WriteEvent;
import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import io.lanyard.daemon.history.WriteStamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program that writes whatever comes to its mind, and enters what was acknowledged into the history.
 *
 * <p>No value is ever written twice, so a value tells which write it is of. An object {@code address} always holds
 * {@code keep}, so that none is ever left empty: what an empty object means to a merge is for the tests of documents.
 */
final class RandomWriter {

    /** Where the documents are that everybody writes to. */
    static final String COLLECTION = "mix";

    private static final int HOT = 20;
    private static final int COLD = 1_500;
    private static final String MARKS = "mark";

    private final ApiClient client;
    private final int device;
    private final String name;
    private final Random random;
    private final History history;
    private final AtomicInteger numbers;
    private WriteStamp latest = WriteStamp.OLDEST;

    /**
     * Makes a program of one thread.
     *
     * @param numbers what every value and batch of every program is told apart by
     */
    RandomWriter(ApiClient client, int device, String name, long seed, History history, AtomicInteger numbers) {
        this.client = client;
        this.device = device;
        this.name = name;
        this.random = new Random(seed);
        this.history = history;
        this.numbers = numbers;
        for (String mark : List.of("-a", "-b")) {
            client.put(MARKS + "/" + name + mark, Json.object("n", value())).with(201);
        }
    }

    private record Wish(String id, Kind kind, Map<String, Object> data) {
        Map<String, Object> item() {
            return switch (kind) {
                case CREATED, REPLACED, PUT -> ApiClient.create(COLLECTION, id, data);
                case PATCHED -> ApiClient.update(COLLECTION, id, data);
                case DELETED -> ApiClient.remove(COLLECTION, id);
            };
        }
    }

    /**
     * Creates every document there is, nearly empty: so most fields begin where not everybody knows them. Returns how
     * many writes were acknowledged.
     */
    int createAll() {
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < HOT + COLD; i++) {
            wishes.add(new Wish(i < HOT ? "hot-" + i : "cold-" + i, Kind.CREATED, Json.object("w", value())));
        }
        int done = 0;
        for (int from = 0; from < wishes.size(); from += 500) {
            done += batch(wishes.subList(from, Math.min(from + 500, wishes.size())), false);
        }
        return done;
    }

    /** Writes something. Returns how many writes were acknowledged. */
    int write() {
        int choice = random.nextInt(100);
        if (choice < 12) {
            boolean isWhole = random.nextBoolean();
            List<Wish> wishes = new ArrayList<>();
            int size = 2 + random.nextInt(isWhole ? 8 : 80);
            for (int i = 0; i < size; i++) {
                wishes.add(wish(isWhole ? 2 : 15));
            }
            return batch(wishes, isWhole);
        }
        return single(choice < 50 ? new Wish(id(), Kind.REPLACED, document()) : wish(0));
    }

    private Wish wish(int createPercent) {
        int choice = random.nextInt(100);
        if (choice < createPercent) {
            return new Wish(id(), Kind.CREATED, document());
        }
        return choice < 92 ? new Wish(id(), Kind.PATCHED, patch()) : new Wish(id(), Kind.DELETED, Map.of());
    }

    private int single(Wish wish) {
        String document = COLLECTION + "/" + wish.id();
        WriteStamp before = latest;
        long sent = System.nanoTime();
        Answer answer = switch (wish.kind()) {
            case CREATED, REPLACED, PUT -> client.put(document, wish.data());
            case PATCHED -> client.patch(document, wish.data());
            case DELETED -> client.delete(document);
        };
        long answered = System.nanoTime();
        if (answer.status() == 404 && wish.kind() != Kind.CREATED && wish.kind() != Kind.REPLACED) {
            return 0;
        }
        assertTrue(
                answer.status() == 200 || answer.status() == 201 || answer.status() == 204,
                () -> wish + " was answered by " + answer);
        if (wish.kind() == Kind.DELETED) {
            latest = stampOf(client.put(MARKS + "/" + name + "-a", Json.object("n", value())));
        } else {
            before = stampOf(answer);
            latest = before;
        }
        Kind kind = answer.status() == 201 ? Kind.CREATED : wish.kind();
        enter(wish, kind, numbers.incrementAndGet(), 0, false, before, latest, sent, answered);
        return 1;
    }

    /** Sends a batch between two marks, whose stamps tell between which all of its writes are. */
    private int batch(List<Wish> wishes, boolean isWhole) {
        List<Object> items = new ArrayList<>();
        items.add(ApiClient.update(MARKS, name + "-a", Json.object("n", value())));
        wishes.forEach(wish -> items.add(wish.item()));
        items.add(ApiClient.update(MARKS, name + "-b", Json.object("n", value())));
        long sent = System.nanoTime();
        Answer answer = isWhole ? client.batch(items) : client.batchEach(items);
        long answered = System.nanoTime();
        if (isWhole && (answer.status() == 404 || answer.status() == 409)) {
            return 0;
        }
        List<Object> results = answer.with(200).results();
        Map<String, Map<String, Object>> marks = client.list(MARKS, "&prefix=" + name + "-");
        WriteStamp after = WriteStamp.parse(Json.text(marks.get(name + "-a"), "stamp"));
        WriteStamp before = WriteStamp.parse(Json.text(marks.get(name + "-b"), "stamp"));
        latest = before;
        int batch = numbers.incrementAndGet();
        int done = 0;
        for (int i = 0; i < wishes.size(); i++) {
            Kind kind = switch (Json.text(results.get(i + 1), "outcome")) {
                case "created" -> Kind.CREATED;
                case "updated" -> Kind.PATCHED;
                case "deleted" -> Kind.DELETED;
                default -> null;
            };
            if (kind != null) {
                enter(wishes.get(i), kind, batch, i, isWhole, after, before, sent, answered);
                done++;
            }
        }
        return done;
    }

    private void enter(
            Wish wish,
            Kind kind,
            int batch,
            int place,
            boolean isAtomic,
            WriteStamp after,
            WriteStamp before,
            long sent,
            long answered) {
        Map<String, Object> sets = new TreeMap<>();
        Set<String> removes = new TreeSet<>();
        if (kind != Kind.DELETED) {
            Json.leaves(wish.data()).forEach((path, value) -> {
                if (value == null) {
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
                Outcome.ACKNOWLEDGED,
                after,
                before,
                sent,
                answered));
    }

    private static WriteStamp stampOf(Answer answer) {
        return WriteStamp.parse(answer.stamp());
    }

    private String id() {
        return random.nextInt(100) < 30 ? "hot-" + random.nextInt(HOT) : "cold-" + (HOT + random.nextInt(COLD));
    }

    private Map<String, Object> document() {
        Map<String, Object> data = new TreeMap<>();
        data.put("w", value());
        for (String field : List.of("a", "b", "c", "tags", "note", "address")) {
            if (random.nextInt(3) > 0) {
                data.put(field, valueOf(field));
            }
        }
        return data;
    }

    private Map<String, Object> patch() {
        Map<String, Object> data = new TreeMap<>();
        data.put("w", value());
        for (String field : List.of("a", "b", "c", "tags", "note", "address")) {
            if (random.nextInt(4) == 0) {
                boolean isRemoved = random.nextInt(5) == 0 && !field.equals("address");
                data.put(field, isRemoved ? null : valueOf(field));
            }
        }
        return data;
    }

    private Object valueOf(String field) {
        return switch (field) {
            case "tags" -> List.of("tag", value());
            case "note" -> random.nextBoolean() ? value() : Json.object("text", value());
            case "address" -> address();
            default -> value();
        };
    }

    private Map<String, Object> address() {
        Map<String, Object> address = new TreeMap<>();
        address.put("keep", value());
        for (String field : List.of("city", "zip")) {
            if (random.nextInt(3) > 0) {
                address.put(field, value());
            }
        }
        return address;
    }

    private Object value() {
        int number = numbers.incrementAndGet();
        return number % 2 == 0 ? Json.number(number + ".10") : TestData.name(number);
    }
}
