package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapDbStoreTest extends StoreContract {
    @TempDir
    private Path directory;

    @Override
    Store openEmpty() throws Exception {
        return MapDbStore.open(directory.resolve("store"));
    }

    @Test
    void reopened_holdsEverything() throws Exception {
        store().commit(documents(change("contact/anna", 3, 0, "Anna")));
        store().commit(entries(Map.of("vector", bytes("v"))));
        store().commit(journal(List.of(bytes("lost")), JOURNAL_LIMIT));
        reopen();
        assertArrayEquals(bytes("Anna"), store().document(id("contact/anna")).orElseThrow());
        assertEquals(3, store().lastArrival());
        assertEquals(3, store().arrivals(0, 10).get(0).number());
        assertArrayEquals(bytes("v"), store().entry("vector").orElseThrow());
        assertArrayEquals(bytes("lost"), store().journal(0, 10).get(1L));
        store().commit(journal(List.of(bytes("lost again")), JOURNAL_LIMIT));
        assertArrayEquals(bytes("lost again"), store().journal(1, 10).get(2L));
    }

    @Test
    void arrivals_reopenedNowAndThen_oldEntriesDisappearAllTheSame() throws Exception {
        long number = 0;
        for (int commit = 0; commit < 60; commit++) {
            number = rewrite(20, number);
            if (commit % 7 == 0) {
                reopen();
            }
        }
        int kept = store().arrivals(0, 100_000).size();
        assertTrue(kept < 600, "kept " + kept);
    }

    @Test
    void removedFromTheNewestChunkThenReopened_oldEntriesDisappearAllTheSame() throws Exception {
        Map<String, Long> newest = new HashMap<>();
        for (int number = 1; number <= 2_000; number++) {
            store().commit(documents(change("a/" + number, number, 0, "v")));
            newest.put("a/" + number, (long) number);
            if (number > 10) {
                store().commit(removals(newest, "a/" + (number - 10)));
            }
            if (number % 100 == 0) {
                reopen();
            }
        }
        int kept = store().arrivals(0, 100_000).size();
        assertTrue(kept < 600, "kept " + kept);
    }

    /** What an entry replaced stays dead even when the entry itself is removed and the store is opened anew. */
    @Test
    void replacedThenRemovedThenReopened_oldEntriesDisappearAllTheSame() throws Exception {
        Map<String, Long> newest = new HashMap<>();
        put("a/1", newest);
        for (int count = 0; count < 255; count++) {
            put("b/" + count % 3, newest);
        }
        put("a/1", newest);
        store().commit(removals(newest, "a/1"));
        reopen();
        for (int count = 0; count < 600; count++) {
            put("b/" + count % 3, newest);
        }
        assertTrue(store().arrivals(0, 1).get(0).number() > 256, "the first chunk is still there");
    }

    private void put(String name, Map<String, Long> newest) throws IOException {
        long number = store().lastArrival() + 1;
        store().commit(documents(change(name, number, newest.getOrDefault(name, 0L), "v")));
        newest.put(name, number);
    }

    @Test
    void entriesThatComeAndGo_doNotGrowTheMainFile() throws Exception {
        long before = 0;
        for (int round = 0; round < 30; round++) {
            for (int step = 0; step < 2; step++) {
                Map<String, byte[]> changes = new HashMap<>();
                for (int index = 0; index < 12; index++) {
                    changes.put("staged/" + index, step == 0 ? new byte[500_000 - 1_000 * index] : null);
                }
                store().commit(entries(changes));
            }
            before = round == 2 ? mainBytes() : before;
        }
        assertEquals(before, mainBytes());
    }

    @Test
    void rewrittenDocuments_doNotGrowTheMainFile() throws Exception {
        long number = 0;
        long before = 0;
        for (int commit = 0; commit < 60; commit++) {
            number = rewrite(500, number);
            before = commit == 10 ? mainBytes() : before;
        }
        assertEquals(before, mainBytes(), "25,000 changes later");
        assertTrue(store().arrivals(0, 100_000).size() < 1_300);
    }

    /** Writes so many documents anew in one commit, and returns the last number. */
    private long rewrite(int count, long lastNumber) throws IOException {
        List<DocumentChange> changes = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            long number = lastNumber + 1 + index;
            changes.add(change("a/" + index, number, Math.max(0, number - count), "v".repeat(300)));
        }
        store().commit(documents(changes.toArray(DocumentChange[]::new)));
        return lastNumber + count;
    }

    private long mainBytes() throws IOException {
        return Files.size(directory.resolve("store").resolve(StoreFiles.FIRST.main()));
    }

    private void reopen() throws Exception {
        store().close();
        use(openEmpty());
    }
}
