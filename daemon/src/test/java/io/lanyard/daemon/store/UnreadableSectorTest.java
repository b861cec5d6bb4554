package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static io.lanyard.daemon.store.StoreContract.id;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * A disk that cannot read some sectors any more. A mapping of them must not be touched, since that may end the process:
 * here it would show what nobody can know, so that it is noticed.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class UnreadableSectorTest {
    private static final int DOCUMENTS = 2_000;
    private static final int SECTOR = 4096;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));

    @BeforeEach
    void fill() throws IOException {
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= DOCUMENTS; number++) {
            changes.add(change("a/" + number, number, 0, record(number)));
        }
        try (MapDbStore store = open()) {
            store.commit(documents(changes.toArray(DocumentChange[]::new)));
        }
    }

    @Test
    void sectorOfDocuments_atOpening_costsThose() throws IOException {
        makeUnreadable(placeOf(1_000));
        try (MapDbStore store = open()) {
            assertTrue(store.lastSalvage().isPresent());
            assertLostAbout(1_000, store);
        }
        try (MapDbStore store = open()) {
            assertLostAbout(1_000, store);
        }
    }

    @Test
    void sectorOfDocuments_whileOpen_isNoticedByTheScrub_andCostsThose() throws Exception {
        try (MapDbStore store = open()) {
            makeUnreadable(placeOf(1_000));
            store.scrub();
            assertThrows(DamagedException.class, () -> store.document(id("a/1000")));
            store.salvage();
            assertLostAbout(1_000, store);
        }
    }

    /** Sums of pages are trusted no more; documents have their own. */
    @Test
    void sectorOfSums_costsNothing() throws IOException {
        makeUnreadable(MainFile.SLICE_BYTES);
        try (MapDbStore store = open()) {
            assertTrue(store.lastSalvage().isPresent());
            assertEquals(DOCUMENTS, soundDocuments(store));
        }
    }

    @Test
    void firstSector_opensAllTheSame_andSaysWhatIsLost() throws IOException {
        makeUnreadable(0);
        try (MapDbStore store = open()) {
            assertTrue(store.lastSalvage().isPresent());
            assertTrue(store.lostData());
            store.commit(documents(change("b/1", DOCUMENTS + 1, 0, record(DOCUMENTS + 1))));
            assertEquals(1, disk.asides());
        }
    }

    private void assertLostAbout(int number, MapDbStore store) {
        assertThrows(DamagedException.class, () -> store.document(id("a/" + number)));
        int sound = soundDocuments(store);
        assertTrue(sound < DOCUMENTS && sound >= DOCUMENTS - SECTOR / record(1).length() - 2, () -> "sound: " + sound);
    }

    private static int soundDocuments(MapDbStore store) {
        int sound = 0;
        for (int number = 1; number <= DOCUMENTS; number++) {
            try {
                byte[] found = store.document(id("a/" + number)).orElseThrow();
                assertArrayEquals(StoreContract.bytes(record(number)), found);
                sound++;
            } catch (DamagedException e) {
                assertTrue(e.getMessage().contains("a/" + number), e::getMessage);
            }
        }
        return sound;
    }

    private long placeOf(int number) {
        long place = disk.find(StoreFiles.FIRST.main(), StoreContract.bytes(record(number)));
        return place - place % SECTOR;
    }

    private void makeUnreadable(long place) {
        disk.makeUnreadable(StoreFiles.FIRST.main(), place, SECTOR);
    }

    private MapDbStore open() throws IOException {
        return MapDbStore.open(disk, 1 << 20, Runnable::run, BatchWorkload::numberOf, () -> {});
    }

    private static String record(int number) {
        return number + " " + "x".repeat(300) + number;
    }
}
