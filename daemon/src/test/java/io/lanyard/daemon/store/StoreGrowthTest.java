package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small form of {@link StoreGrowth}. */
class StoreGrowthTest {
    @TempDir
    private Path directory;

    @Test
    void muchWritten_copyGivesBackWhatIsNotNeeded_andItsSizeIsForeseen() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory.resolve("store"))) {
            StoreGrowth growth = new StoreGrowth(store, 20_000, 50);
            growth.load();
            long fresh = store.compact().bytesAfter();
            growth.churn(60_000);
            long foreseen = store.copyBytes();
            CompactionResult result = store.compact();
            assertEquals(Outcome.DONE, result.outcome(), result::message);
            System.out.println("store growth: " + (result.bytesBefore() >> 10) + " KiB, a fresh copy "
                    + (result.bytesAfter() >> 10) + " KiB, foreseen " + (foreseen >> 10) + " KiB, commits stopped for "
                    + result.longestStopMicros() + " us");
            assertTrue(result.bytesBefore() > result.bytesAfter() * 5 / 4, result::toString);
            assertTrue(result.bytesAfter() <= fresh * 3 / 2, () -> "began with " + fresh + ": " + result);
            assertTrue(
                    foreseen < result.bytesAfter() * 5 / 4 && foreseen > result.bytesAfter() * 3 / 4,
                    () -> "foresaw " + foreseen + ": " + result);
        }
    }
}
