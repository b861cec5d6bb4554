package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.Arrival;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
        TreeMap<DocumentId, DocumentChange> changes = new TreeMap<>();
        List<DocumentChange> ordered = new ArrayList<>();
        int size = random.nextInt(10) == 0 ? 40 : 1 + random.nextInt(6);
        for (int index = 0; index < size; index++) {
            int document = random.nextInt(DOCUMENTS);
            DocumentId id = new DocumentId("c" + document % 3, "d" + document);
            if (changes.containsKey(id)) {
                continue;
            }
            int length = random.nextInt(20) == 0 ? random.nextInt(80_000) : random.nextInt(600);
            DocumentChange before = newest.get(id);
            DocumentChange change = new DocumentChange(
                    id,
                    lastNumber + 1 + ordered.size(),
                    before == null ? 0 : before.number(),
                    bytes("context " + number),
                    bytes("batch " + number + " "
                            + Character.toString('a' + document % 26).repeat(length)));
            changes.put(id, change);
            ordered.add(change);
        }
        List<byte[]> records = number % 3 == 0 ? List.of(bytes("conflict " + number)) : List.of();
        Map<String, byte[]> entries = Map.of(BATCH_ENTRY, bytes(Long.toString(number)));
        return new ChangeSet(ordered, entries, records, JOURNAL_LIMIT);
    }

    /** Takes into the model what was committed. */
    void advance(ChangeSet committed) {
        batch++;
        for (DocumentChange change : committed.documents()) {
            newest.put(change.id(), change);
            lastNumber = change.number();
        }
        conflicts.addAll(committed.journalRecords());
    }

    /** Checks that the store holds the batches of the model, whole, or one more, and takes that one too. */
    void verifyAndFollow(Store store) {
        long found = batchOf(store);
        assertTrue(found == batch || found == batch + 1, "acknowledged " + batch + " batches, found " + found);
        advanceTo(found);
        verify(store);
    }

    private void verify(Store store) {
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
            if (change.number() == arrival.number()) {
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
