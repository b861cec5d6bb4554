package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Store} must do with named entries and with its journal of conflicts. */
abstract class EntriesContract {
    static final int JOURNAL_LIMIT = 50;

    private Store store;

    /** An empty store. */
    abstract Store openEmpty() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = openEmpty();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    final Store store() {
        return store;
    }

    final void use(Store other) {
        store = other;
    }

    @Test
    void entries_areReadInPages() throws Exception {
        Map<String, byte[]> names = new HashMap<>();
        for (int index = 0; index < 300; index++) {
            names.put("staged/c/d" + (1_000 + index), bytes("v" + index));
        }
        names.put("stage", bytes("before"));
        names.put("stagee", bytes("after"));
        store.commit(entries(names));
        List<String> found = new ArrayList<>();
        String after = "";
        while (true) {
            SortedMap<String, byte[]> page = store.entries("staged/", after, 7);
            if (page.isEmpty()) {
                break;
            }
            assertTrue(page.size() <= 7);
            found.addAll(page.keySet());
            after = page.lastKey();
        }
        assertEquals(300, found.size());
        assertEquals("staged/c/d1000", found.get(0));
        assertEquals("staged/c/d1299", found.get(299));
        assertEquals(
                Set.of("staged/c/d1008"),
                store.entries("staged/", "staged/c/d1007", 1).keySet());
        assertEquals(
                Set.of("staged/c/d1000"), store.entries("staged/", "staged", 1).keySet());
        assertTrue(store.entries("staged/", "staged/c/d1299", 1).isEmpty());
        assertTrue(store.entries("absent/", "", 10).isEmpty());
    }

    @Test
    void entriesBefore_areReadBackwardsInPages() throws Exception {
        Map<String, byte[]> names = new HashMap<>();
        for (int index = 0; index < 300; index++) {
            names.put("indexed/1/4\1d" + (1_000 + index), new byte[0]);
        }
        names.put("indexed/0/5", bytes("before"));
        names.put("indexed/2/4", bytes("after"));
        store.commit(entries(names));
        List<String> found = new ArrayList<>();
        String before = "indexed/1/\u007f";
        while (true) {
            SortedMap<String, byte[]> page = store.entriesBefore("indexed/1/", before, 7);
            if (page.isEmpty()) {
                break;
            }
            assertTrue(page.size() <= 7);
            found.addAll(page.keySet());
            before = page.lastKey();
        }
        assertEquals(300, found.size());
        assertEquals("indexed/1/4\1d1299", found.get(0));
        assertEquals("indexed/1/4\1d1000", found.get(299));
        assertTrue(store.entriesBefore("indexed/1/", "indexed/1/4\1d1000", 7).isEmpty());
        assertTrue(store.entriesBefore("absent/", "absent/x", 7).isEmpty());
    }

    @Test
    void entries_largeOnes_comeAndGo() throws Exception {
        for (int round = 0; round < 3; round++) {
            Map<String, byte[]> large = new HashMap<>();
            Map<String, byte[]> gone = new HashMap<>();
            for (int index = 0; index < 40; index++) {
                byte[] value = new byte[(index + 1) * 13_107];
                Arrays.fill(value, (byte) (round + index));
                large.put("leftover/" + index, value);
                gone.put("leftover/" + index, null);
            }
            store.commit(entries(large));
            large.forEach(
                    (name, value) -> assertArrayEquals(value, store.entry(name).orElseThrow()));
            assertEquals(40, store.entries("leftover/").size());
            store.commit(entries(gone));
            assertTrue(store.entries("leftover/").isEmpty());
        }
    }

    @Test
    void lostData_nothingWasDamaged_isFalse() {
        assertFalse(store.lostData());
    }

    @Test
    void entries_arePutReplacedAndDeleted() throws Exception {
        store.commit(entries(Map.of("peer/a", bytes("1"), "peer/b", bytes("2"), "vector", bytes("v"))));
        assertEquals(Set.of("peer/a", "peer/b"), store.entries("peer/").keySet());
        assertEquals(3, store.entries("").size());
        Map<String, byte[]> next = new HashMap<>();
        next.put("peer/a", null);
        next.put("peer/absent", null);
        next.put("vector", bytes("longer ".repeat(100)));
        store.commit(entries(next));
        assertEquals(Set.of("peer/b"), store.entries("peer/").keySet());
        assertEquals(Optional.empty(), store.entry("peer/a"));
        assertArrayEquals(bytes("longer ".repeat(100)), store.entry("vector").orElseThrow());
    }

    @Test
    void entries_mapIsTheCallersOwn() throws Exception {
        store.commit(entries(Map.of("a", bytes("1"))));
        store.entries("").clear();
        assertEquals(1, store.entries("").size());
    }

    @Test
    void journal_keepsTheNewestUpToItsLimit() throws Exception {
        for (int number = 1; number <= 120; number++) {
            store.commit(journal(List.of(bytes("lost " + number)), JOURNAL_LIMIT));
        }
        assertEquals(JOURNAL_LIMIT, store.journalSize());
        assertEquals(71, store.firstJournalNumber());
        assertEquals(71, store.journal(0, 1_000).firstKey());
        assertEquals(120, store.journal(0, 1_000).lastKey());
        assertArrayEquals(bytes("lost 100"), store.journal(99, 1).get(100L));
        assertEquals(Set.of(100L, 101L, 102L), store.journal(99, 3).keySet());
        assertTrue(store.journal(120, 10).isEmpty());
    }

    @Test
    void journal_moreThanTheLimitAtOnce_keepsTheNewest() throws Exception {
        List<byte[]> records = new ArrayList<>();
        for (int number = 1; number <= 200; number++) {
            records.add(bytes("lost " + number));
        }
        store.commit(journal(records, JOURNAL_LIMIT));
        assertEquals(JOURNAL_LIMIT, store.journal(0, 1_000).size());
        assertArrayEquals(bytes("lost 151"), store.journal(0, 1).get(151L));
    }

    static DocumentId id(String name) {
        return DocumentId.parse(name);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static ChangeSet entries(Map<String, byte[]> entries) {
        return new ChangeSet(List.of(), entries, List.of(), JOURNAL_LIMIT);
    }

    static ChangeSet journal(List<byte[]> records, int limit) {
        return new ChangeSet(List.of(), Map.of(), records, limit);
    }
}
