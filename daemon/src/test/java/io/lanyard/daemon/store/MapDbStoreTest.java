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
        return Files.size(directory.resolve("store").resolve(JournaledVolume.MAIN_NAME));
    }

    private void reopen() throws Exception {
        store().close();
        use(openEmpty());
    }
}
