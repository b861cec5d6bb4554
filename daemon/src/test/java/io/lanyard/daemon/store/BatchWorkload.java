package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.ChangeSet.Removal;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.Arrival;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Numbered batches, each a function of seed and number alone, and what a store must hold after the first so many of
 * them. Every document says in which batch it was written, so a torn batch shows.
 */
final class BatchWorkload {
    private static final int DOCUMENTS = 90;
    private static final int JOURNAL_LIMIT = 20;
    private static final String BATCH_ENTRY = "batch";

    private final long seed;
    private final TreeMap<DocumentId, DocumentChange> newest = new TreeMap<>();
    private final TreeMap<String, byte[]> entries = new TreeMap<>();
    private final List<byte[]> conflicts = new ArrayList<>();
    private long batch;
    private long lastNumber;

    BatchWorkload(long seed) {
        this.seed = seed;
    }

    /** How many batches this object has in its model. */
    long batch() {
        return batch;
    }

    /** How many batches the store says it holds. */
    static long batchOf(Store store) {
        return store.entry(BATCH_ENTRY)
                .map(bytes -> Long.parseLong(new String(bytes, StandardCharsets.US_ASCII)))
                .orElse(0L);
    }

    void advanceTo(long target) {
        while (batch < target) {
            advance(next());
        }
    }

    /** The batch after those in the model. */
    ChangeSet next() {
        long number = batch + 1;
        Random random = new Random(seed * 1_000_003 + number);
        Set<DocumentId> touched = new HashSet<>();
        List<DocumentChange> changes = new ArrayList<>();
        int size = random.nextInt(10) == 0 ? 40 : 1 + random.nextInt(6);
        for (int index = 0; index < size; index++) {
            DocumentId id = anyDocument(random);
            if (touched.add(id)) {
                changes.add(change(id, lastNumber + 1 + changes.size(), number, random));
            }
        }
        List<Amendment> amendments = new ArrayList<>();
        List<Removal> removals = new ArrayList<>();
        for (int count = random.nextInt(4); count > 0; count--) {
            DocumentChange present = newest.get(anyDocument(random));
            if (present == null || !touched.add(present.id())) {
                continue;
            }
            if (random.nextBoolean()) {
                byte[] record = record(present.number(), "amended by batch " + number, random);
                amendments.add(new Amendment(present.id(), present.number(), record));
            } else {
                removals.add(new Removal(present.id(), present.number()));
            }
        }
        List<byte[]> records = number % 3 == 0 ? List.of(bytes("conflict " + number)) : List.of();
        return new ChangeSet(changes, amendments, removals, entries(number, random), records, JOURNAL_LIMIT);
    }

    private static DocumentId anyDocument(Random random) {
        int document = random.nextInt(DOCUMENTS);
        return new DocumentId("c" + document % 3, "d" + document);
    }

    private DocumentChange change(DocumentId id, long arrival, long number, Random random) {
        DocumentChange before = newest.get(id);
        return new DocumentChange(
                id,
                arrival,
                before == null ? 0 : before.number(),
                bytes("context " + number),
                record(arrival, "batch " + number, random));
    }

    private static byte[] record(long arrival, String text, Random random) {
        int length = random.nextInt(20) == 0 ? random.nextInt(80_000) : random.nextInt(600);
        return bytes(arrival + " " + text + " "
                + Character.toString('a' + random.nextInt(26)).repeat(length));
    }

    private static Map<String, byte[]> entries(long number, Random random) {
        Map<String, byte[]> entries = new HashMap<>();
        entries.put(BATCH_ENTRY, bytes(Long.toString(number)));
        if (random.nextInt(4) == 0) {
            int length = random.nextInt(8) == 0 ? random.nextInt(200_000) : random.nextInt(600);
            byte[] content = random.nextBoolean() ? null : bytes("staged by batch " + number + " ".repeat(length));
            entries.put("staged/" + random.nextInt(12), content);
        }
        return entries;
    }

    /** Takes into the model what was committed. */
    void advance(ChangeSet committed) {
        batch++;
        for (DocumentChange change : committed.documents()) {
            newest.put(change.id(), change);
            lastNumber = change.number();
        }
        for (Amendment amendment : committed.amendments()) {
            DocumentChange before = newest.get(amendment.id());
            newest.put(
                    before.id(),
                    new DocumentChange(before.id(), before.number(), 0, before.context(), amendment.record()));
        }
        committed.removals().forEach(removal -> newest.remove(removal.id()));
        entries.putAll(committed.entries());
        entries.values().removeIf(Objects::isNull);
        conflicts.addAll(committed.journalRecords());
    }

    /** The number with which every record of this workload begins. */
    static long numberOf(byte[] record) {
        String text = text(record);
        return Long.parseLong(text.substring(0, text.indexOf(' ')));
    }

    /** Checks that the store holds the batches of the model, whole, or one more, and takes that one too. */
    void verifyAndFollow(Store store) {
        long found = batchOf(store);
        assertTrue(found == batch || found == batch + 1, "acknowledged " + batch + " batches, found " + found);
        advanceTo(found);
        verify(store);
    }

    /** Checks that the store holds the batches of the model, no less and no more. */
    void verify(Store store) {
        TreeMap<DocumentId, String> expected = new TreeMap<>();
        newest.forEach((id, change) -> expected.put(id, text(change.record())));
        TreeMap<DocumentId, String> found = new TreeMap<>();
        for (String collection : store.collections()) {
            store.documents(collection, "", document -> {
                found.put(document.id(), text(document.bytes()));
                return true;
            });
        }
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((id, record) -> assertTrue(
                record.equals(found.get(id)),
                () -> id + ": expected " + start(record) + ", found " + start(found.get(id))));
        verifyArrivals(store);
        SortedMap<String, byte[]> foundEntries = store.entries("");
        assertEquals(entries.keySet(), foundEntries.keySet());
        entries.forEach((name, content) -> assertArrayEquals(content, foundEntries.get(name), name));
        SortedMap<Long, byte[]> journal = store.journal(0, Integer.MAX_VALUE);
        assertEquals(Math.min(conflicts.size(), JOURNAL_LIMIT), journal.size());
        journal.forEach(
                (number, record) -> assertEquals(text(conflicts.get((int) (number - 1))), text(record), "conflict"));
    }

    private void verifyArrivals(Store store) {
        assertEquals(lastNumber, store.lastArrival());
        TreeMap<Long, DocumentId> live = new TreeMap<>();
        for (Arrival arrival : store.arrivals(0, Integer.MAX_VALUE)) {
            DocumentChange change = newest.get(arrival.id());
            if (change != null && change.number() == arrival.number()) {
                assertEquals(text(change.context()), text(arrival.context()));
                live.put(arrival.number(), arrival.id());
            }
        }
        assertEquals(newest.size(), live.size());
    }

    private static String start(String record) {
        return record.substring(0, Math.min(20, record.length()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
