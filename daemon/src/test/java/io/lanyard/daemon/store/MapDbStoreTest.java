package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        for (int number = 1; number <= 2_000; number++) {
            store().commit(documents(change("a/" + number % 3, number, Math.max(0, number - 3), "v" + number)));
            if (number % 90 == 0) {
                reopen();
            }
        }
        int kept = store().arrivals(0, 100_000).size();
        assertTrue(kept < 600, "kept " + kept);
    }

    @Test
    void rewrittenDocuments_doNotGrowTheFiles() throws Exception {
        long number = 0;
        for (int index = 0; index < 500; index++) {
            number++;
            store().commit(documents(change("a/" + index, number, 0, "v".repeat(300))));
        }
        long before = 0;
        for (int round = 0; round < 30; round++) {
            for (int index = 0; index < 500; index++) {
                number++;
                store().commit(documents(change("a/" + index, number, number - 500, "v".repeat(300))));
            }
            before = round == 5 ? mainBytes() : before;
        }
        assertEquals(before, mainBytes(), "12,500 changes later");
        assertTrue(store().arrivals(0, 100_000).size() < 1_300);
    }

    private long mainBytes() throws IOException {
        return Files.size(directory.resolve("store").resolve(JournaledVolume.MAIN_NAME));
    }

    private void reopen() throws Exception {
        store().close();
        use(openEmpty());
    }
}
