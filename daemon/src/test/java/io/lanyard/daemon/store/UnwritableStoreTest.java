package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store.UnwritableException;
import io.lanyard.daemon.engine.Store.UnwritableException.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A disk that fills up, is mounted read-only or fails at the n-th operation of a workload, for every n: what was
 * acknowledged can be read all along, the store goes on without being closed once the disk takes writes again, and can be
 * closed while it does not.
 */
class UnwritableStoreTest {
    private static final long SEGMENT_BYTES = 48 << 10;
    private static final int COMMITS = 12;
    private static final int BLOB_BYTES = 1 << 20;
    private static final int BLOBS = 9;

    /** Beyond so many operations only every seventh is tried, unless more is asked for. */
    private static final int EACH_UP_TO = Integer.getInteger("unwritable.each", 12);

    private static final int STEP = 7;

    @ParameterizedTest
    @EnumSource(names = {"READ_ONLY", "IO_ERROR"})
    void everyOperation_failsFromThereOn_nothingAcknowledgedIsLost(FaultyDisk.Mode mode) throws IOException {
        int operation = 1;
        int recovered = 0;
        for (boolean isHit = true; isHit; operation += operation < EACH_UP_TO ? 1 : STEP) {
            for (boolean goesOn : new boolean[] {true, false}) {
                isHit = live(mode, operation, goesOn);
                recovered += isHit && goesOn ? 1 : 0;
            }
        }
        System.out.println("disk " + mode + ": went on after a failure at each of " + recovered + " operations");
        assertTrue(recovered >= EACH_UP_TO, "only " + recovered);
    }

    /** Returns whether anything failed. */
    private static boolean live(FaultyDisk.Mode mode, int operation, boolean goesOn) throws IOException {
        FaultyDisk disk = new FaultyDisk(new SimulatedDisk(new Random(operation)), mode);
        BatchWorkload workload = new BatchWorkload(7);
        MapDbStore store = open(disk);
        disk.failFrom(operation);
        for (int commit = 0; commit < COMMITS; commit++) {
            ChangeSet changes = workload.next();
            try {
                store.commit(changes);
                workload.advance(changes);
            } catch (UnwritableException e) {
                assertEquals(reasonOf(mode), e.reason(), "operation " + operation + ": " + e.getMessage());
                workload.verify(store);
                assertThrows(UnwritableException.class, () -> store.commit(workload.next()));
                workload.verify(store);
                if (!goesOn) {
                    break;
                }
                goOn(disk, store, workload, mode);
            }
        }
        workload.verify(store);
        closeAsFarAsPossible(store);
        boolean wasHit = disk.hasStruck();
        disk.mend();
        try (MapDbStore reopened = open(disk)) {
            workload.verifyAndFollow(reopened);
        }
        return wasHit;
    }

    /** What could not be forced at the end is in the journal. */
    private static void closeAsFarAsPossible(MapDbStore store) {
        try {
            store.close();
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("what was committed is safe"), e.getMessage());
        }
    }

    /** Recovers in vain as long as the disk takes nothing, then for good. */
    private static void goOn(FaultyDisk disk, MapDbStore store, BatchWorkload workload, FaultyDisk.Mode mode)
            throws IOException {
        UnwritableException again = assertThrows(UnwritableException.class, store::recover);
        assertEquals(reasonOf(mode), again.reason());
        workload.verify(store);
        disk.mend();
        store.recover();
        workload.verify(store);
        ChangeSet changes = workload.next();
        store.commit(changes);
        workload.advance(changes);
    }

    private static Reason reasonOf(FaultyDisk.Mode mode) {
        return switch (mode) {
            case NO_SPACE -> Reason.DISK_FULL;
            case READ_ONLY -> Reason.READ_ONLY;
            case IO_ERROR -> Reason.IO_ERROR;
        };
    }

    /** Files grow in many writes: by halves of a record, of a slice, of the reserve. */
    @Test
    void roomEndsAtEveryGrowth_nothingAcknowledgedIsLost_andWhatNeedsNoRoomGoesOn() throws IOException {
        int growths = 0;
        boolean isHit = true;
        for (int operation = 1; isHit; operation += operation < EACH_UP_TO ? 1 : STEP) {
            FaultyDisk disk = new FaultyDisk(new SimulatedDisk(new Random(operation)), FaultyDisk.Mode.NO_SPACE);
            MapDbStore store = open(disk);
            disk.failFrom(operation);
            int kept = 0;
            for (int blob = 0; blob < BLOBS; blob++) {
                try {
                    store.commit(blob(blob));
                    kept++;
                } catch (UnwritableException e) {
                    assertEquals(Reason.DISK_FULL, e.reason());
                    verifyBlobs(store, kept);
                    store.recover();
                    verifyBlobs(store, kept);
                    store.commit(new ChangeSet(List.of(), Map.of("small", new byte[100]), List.of(), 10));
                    verifyBlobs(store, kept);
                    break;
                }
            }
            isHit = disk.hasStruck();
            growths += isHit ? 1 : 0;
            if (operation % 2 == 0) {
                store.close();
                store = open(disk);
                verifyBlobs(store, kept);
            }
            disk.mend();
            for (int blob = kept; blob < BLOBS; blob++) {
                store.commit(blob(blob));
            }
            store.close();
            try (MapDbStore reopened = open(disk)) {
                verifyBlobs(reopened, BLOBS);
            }
        }
        System.out.println("disk NO_SPACE: went on after running out of room at each of " + growths + " growths");
        assertTrue(growths >= EACH_UP_TO, "only " + growths);
    }

    private static ChangeSet blob(int number) {
        byte[] bytes = new byte[BLOB_BYTES];
        new Random(number).nextBytes(bytes);
        return new ChangeSet(List.of(), Map.of("blob" + number, bytes), List.of(), 10);
    }

    private static void verifyBlobs(MapDbStore store, int kept) {
        for (int number = 0; number < kept; number++) {
            assertArrayEquals(
                    blob(number).entries().get("blob" + number),
                    store.entry("blob" + number).orElseThrow());
        }
        assertEquals(kept, store.entries("blob").size());
    }

    @Test
    void recovery_failsAtEveryOperation_readersNoticeNothing() throws IOException {
        for (FaultyDisk.Mode mode : List.of(FaultyDisk.Mode.READ_ONLY, FaultyDisk.Mode.IO_ERROR)) {
            boolean isHit = true;
            for (int operation = 1; isHit; operation += operation < EACH_UP_TO ? 1 : STEP) {
                FaultyDisk disk = new FaultyDisk(new SimulatedDisk(new Random(operation)), mode);
                BatchWorkload workload = new BatchWorkload(3);
                MapDbStore store = open(disk);
                for (int commit = 0; commit < 6; commit++) {
                    ChangeSet changes = workload.next();
                    store.commit(changes);
                    workload.advance(changes);
                }
                disk.failFrom(1);
                assertThrows(UnwritableException.class, () -> store.commit(workload.next()));
                disk.mend();
                disk.failFrom(operation);
                isHit = false;
                try {
                    store.recover();
                } catch (UnwritableException e) {
                    isHit = true;
                }
                workload.verify(store);
                disk.mend();
                store.recover();
                workload.verify(store);
                ChangeSet changes = workload.next();
                store.commit(changes);
                workload.advance(changes);
                workload.verify(store);
                store.close();
            }
        }
    }

    @Test
    void recover_nothingFailed_changesNothing() throws IOException {
        BatchWorkload workload = new BatchWorkload(1);
        try (MapDbStore store = open(new SimulatedDisk(new Random(1)))) {
            ChangeSet changes = workload.next();
            store.commit(changes);
            workload.advance(changes);
            store.recover();
            workload.verify(store);
        }
    }

    @Test
    void reserve_isGivenUpForARecoveryThatNeedsRoom_andTakenAgainWhenThereIsPlenty() throws IOException {
        FaultyDisk disk = new FaultyDisk(new SimulatedDisk(new Random(1)), FaultyDisk.Mode.NO_SPACE);
        BatchWorkload workload = new BatchWorkload(2);
        MapDbStore store = open(disk);
        assertTrue(disk.exists(Reserve.NAME));
        disk.failFrom(0);
        store.close();
        assertFalse(disk.exists(Reserve.NAME), "a full disk is closed with the room of the reserve");
        disk.mend();
        try (MapDbStore reopened = open(disk)) {
            workload.verify(reopened);
            assertTrue(disk.exists(Reserve.NAME));
        }
    }

    private static MapDbStore open(Disk disk) throws IOException {
        return MapDbStore.open(disk, SEGMENT_BYTES, Runnable::run, () -> {});
    }
}
