package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.store.SimulatedDisk.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Compactions: what they keep, what they give back, and what is left when one does not come to its end. */
class CompactionTest {
    private static final long SEGMENT_BYTES = 48 << 10;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));

    @Test
    void compacted_holdsTheSameInLess_andGoesOn() throws IOException {
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= 20_000; number++) {
            changes.add(change("a/" + number, number, 0, number + " " + "x".repeat(500)));
        }
        try (MapDbStore store = open(disk)) {
            store.commit(documents(changes.toArray(DocumentChange[]::new)));
            List<ChangeSet.Removal> removals = changes.stream()
                    .filter(change -> change.number() % 20 > 0)
                    .map(change -> new ChangeSet.Removal(change.id(), change.number()))
                    .toList();
            store.commit(new ChangeSet(List.of(), List.of(), removals, Map.of(), List.of(), 1));
            long before = store.sizeBytes();
            CompactionResult result = store.compact();
            assertEquals(Outcome.DONE, result.outcome(), result::message);
            assertEquals(before, result.bytesBefore());
            assertEquals(store.sizeBytes(), result.bytesAfter());
            assertTrue(result.bytesAfter() * 2 < before, result::toString);
            assertEquals(result, store.lastCompaction().orElseThrow());
            assertEquals(1_000, store.arrivals(0, 100_000).size());
            assertEquals(List.of("documents-1", "generation", "journal-1-0", "journal-1-1"), storeFiles());
            store.commit(documents(change("a/1", 20_001, 0, "20001 again")));
            assertEquals(Outcome.DONE, store.compact().outcome());
        }
        assertEquals(List.of("documents-2", "generation", "journal-2-0", "journal-2-1"), storeFiles());
        try (MapDbStore store = open(disk)) {
            assertEquals(1_001, store.arrivals(0, 100_000).size());
            assertTrue(store.document(StoreContract.id("a/1")).isPresent());
        }
    }

    @Test
    void empty_isCompacted() throws IOException {
        try (MapDbStore store = open(disk)) {
            assertEquals(Outcome.DONE, store.compact().outcome());
            store.commit(documents(change("a/1", 1, 0, "1 v")));
        }
        try (MapDbStore store = open(disk)) {
            assertEquals(1, store.lastArrival());
        }
    }

    @Test
    void commitsMeanwhile_areThere() throws IOException {
        for (long seed = 0; seed < 10; seed++) {
            SimulatedDisk own = new SimulatedDisk(new Random(seed));
            Commits commits = new Commits(seed, own, 40);
            commits.advance(commits.random.nextInt(300));
            assertEquals(Outcome.DONE, commits.compact().outcome());
            commits.advance(20);
            commits.workload.verifyAndFollow(commits.store);
            commits.store.close();
            try (MapDbStore store = open(own)) {
                commits.workload.verifyAndFollow(store);
            }
        }
    }

    /** Every operation of a compaction that changes something on the disk, with commits in between, is the last one. */
    @Test
    void powerLostAtEveryStep_nothingAcknowledgedIsLost() throws IOException {
        int furthest = 0;
        for (int operation = 1; operation <= Integer.getInteger("compaction.operations", 110); operation++) {
            for (int seed = 0; seed < Integer.getInteger("compaction.seeds", 2); seed++) {
                SimulatedDisk own = new SimulatedDisk(new Random(seed * 1_000L + operation));
                Commits commits = new Commits(seed, own, 150);
                commits.advance(30 + 10 * seed);
                own.arm(Fault.POWER_LOSS, operation);
                CompactionResult result = commits.compact();
                furthest = own.isDead() ? Math.max(furthest, operation) : furthest;
                assertTrue(own.isDead() || result.outcome() == Outcome.DONE, result::toString);
                own.restorePower();
                if (seed % 2 == 1) {
                    own.arm(Fault.POWER_LOSS, 1 + commits.random.nextInt(20));
                    try {
                        open(own).close();
                    } catch (IOException e) {
                        assertTrue(own.isDead());
                    }
                    own.restorePower();
                }
                try (MapDbStore store = open(own)) {
                    assertEquals(0, own.asides(), "operation " + operation + " seed " + seed);
                    commits.workload.verifyAndFollow(store);
                    assertTrue(own.names().size() <= 5, () -> "left behind: " + own.names());
                    assertEquals(Outcome.DONE, store.compact().outcome());
                    commits.workload.verifyAndFollow(store);
                }
            }
        }
        System.out.println("compaction: power lost at each of its first " + furthest + " operations");
        assertTrue(furthest >= 60, "reached only operation " + furthest);
    }

    @Test
    void diskRefusesAtEveryStep_storeGoesOn() throws IOException {
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        for (int operation = 1; operation <= 130; operation += 2) {
            SimulatedDisk own = new SimulatedDisk(new Random(operation));
            Commits commits = new Commits(operation, own, 200);
            commits.advance(40);
            own.arm(Fault.WRITE_ERROR, operation);
            outcomes.merge(commits.compact().outcome(), 1, Integer::sum);
            own.disarm();
            commits.store.recover();
            commits.workload.verifyAndFollow(commits.store);
            commits.advance(10);
            assertEquals(Outcome.DONE, commits.compact().outcome());
            commits.store.close();
            try (MapDbStore store = open(own)) {
                commits.workload.verifyAndFollow(store);
            }
            assertEquals(0, own.asides());
        }
        assertTrue(outcomes.keySet().containsAll(Set.of(Outcome.DONE, Outcome.FAILED)), outcomes::toString);
    }

    @Test
    void tooLittleRoom_doesNotBegin() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v")));
            disk.setFreeBytes(20 << 20);
            List<String> files = disk.names();
            CompactionResult result = store.compact();
            assertEquals(Outcome.NO_ROOM, result.outcome());
            assertTrue(result.message().contains("20 MiB"), result::message);
            assertEquals(files, disk.names());
            assertTrue(store.document(StoreContract.id("a/1")).isPresent());
        }
    }

    @Test
    void leftovers_areRemovedAtTheNextOpening() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v")));
            store.compact();
        }
        disk.open("documents-2");
        disk.open("journal-2-0");
        try (MapDbStore store = open(disk)) {
            assertEquals(1, store.lastArrival());
        }
        assertEquals(List.of("documents-1", "generation", "journal-1-0", "journal-1-1"), storeFiles());
        assertEquals(0, disk.asides());
    }

    /** On Windows files stay as long as they are mapped. */
    @Test
    void leftoverCannotBeRemovedYet_isNotWrittenOver() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v")));
            disk.open("documents-7").write(0, ByteBuffer.wrap("left behind".getBytes(StandardCharsets.US_ASCII)));
            assertEquals(Outcome.DONE, store.compact().outcome());
            assertTrue(disk.exists("documents-8"));
        }
        try (MapDbStore store = open(disk)) {
            assertEquals(1, store.lastArrival());
        }
    }

    @Test
    void pointer_onePlaceDamaged_otherCounts() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v")));
            store.compact();
        }
        for (int place = 0; place < 2; place++) {
            disk.flipBit(GenerationPointer.NAME, place * 512 + 15, 0);
            try (MapDbStore store = open(disk)) {
                assertEquals(1, store.lastArrival());
            }
        }
        assertEquals(0, disk.asides());
    }

    @Test
    void mainFileOfThePresentGenerationMissing_isMovedAside() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v")));
            store.compact();
        }
        disk.delete("documents-1");
        try (MapDbStore store = open(disk)) {
            assertTrue(store.lostData());
            assertEquals(0, store.lastArrival());
            store.commit(documents(change("a/1", 1, 0, "1 v")));
        }
        try (MapDbStore store = open(disk)) {
            assertTrue(store.lostData(), "nobody made it good");
            assertEquals(1, store.lastArrival());
        }
    }

    @Test
    void closedMeanwhile_givesUpAndLeavesNothing() throws IOException {
        Commits commits = new Commits(1, disk, 1_000);
        commits.advance(50);
        Thread closing = new Thread(() -> {
            try {
                commits.store.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Outcome outcome;
        try {
            outcome = commits.store
                    .compact(() -> {
                        if (closing.getState() == Thread.State.NEW) {
                            closing.start();
                        }
                        // It is over, or waits for the compaction.
                        while (closing.getState() == Thread.State.RUNNABLE) {
                            Thread.onSpinWait();
                        }
                    })
                    .outcome();
        } catch (IllegalStateException e) {
            // Closed before the copy was begun.
            outcome = Outcome.GIVEN_UP;
        }
        assertEquals(Outcome.GIVEN_UP, outcome);
        assertThrows(IllegalStateException.class, commits.store::compact);
    }

    /** It takes the files away in the end, from under whoever would be reading all of them. */
    @Test
    void askedMeanwhile_forTheSizeOrAnotherOne_waitsForItsEnd() throws Exception {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(change("a/1", 1, 0, "1 v"), change("a/2", 2, 0, "2 v")));
            AtomicBoolean isTooEarly = new AtomicBoolean();
            FutureTask<Long> size = new FutureTask<>(store::copyBytes);
            FutureTask<CompactionResult> another = new FutureTask<>(() -> store.compact(
                    () -> isTooEarly.compareAndSet(false, store.lastCompaction().isEmpty())));
            List<Thread> asking = List.of(new Thread(size), new Thread(another));
            CompactionResult first = store.compact(() -> asking.forEach(CompactionTest::letRunUntilItWaits));
            assertEquals(Outcome.DONE, first.outcome(), first::message);
            assertEquals(Outcome.DONE, another.get().outcome());
            assertTrue(size.get() > 0);
            assertFalse(isTooEarly.get());
        }
    }

    private static void letRunUntilItWaits(Thread thread) {
        if (thread.getState() == Thread.State.NEW) {
            thread.start();
        }
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.getState() != Thread.State.TERMINATED, "it did not wait");
            Thread.onSpinWait();
        }
    }

    @Test
    void damagedDocument_staysDamagedAndIsTold() throws IOException {
        try (MapDbStore store = open(disk)) {
            store.commit(documents(
                    change("a/1", 1, 0, "1 " + "sound".repeat(800)),
                    change("a/2", 2, 0, "2 " + "broken".repeat(800)),
                    change("a/3", 3, 0, "3 " + "sound".repeat(800))));
            breakBeyondMending(StoreFiles.FIRST.main(), "brokenbroken".repeat(200));
            CompactionResult result = store.compact();
            assertEquals(Outcome.DONE, result.outcome(), result::message);
            assertEquals(1, result.damagedValues());
            assertTrue(store.document(StoreContract.id("a/1")).isPresent());
            assertThrows(DamagedException.class, () -> store.document(StoreContract.id("a/2")));
            assertTrue(store.document(StoreContract.id("a/3")).isPresent());
            assertEquals(3, store.arrivals(0, 10).size());
        }
    }

    private void breakBeyondMending(String name, String content) throws IOException {
        DiskFile file = disk.open(name);
        ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
        file.read(0, bytes);
        int position = new String(bytes.array(), StandardCharsets.ISO_8859_1).indexOf(content);
        for (int offset = 0; offset < 5; offset++) {
            disk.flipBit(name, position + 1_100 + 3 * offset, offset);
        }
    }

    private List<String> storeFiles() {
        return disk.names().stream()
                .filter(name -> name.equals(GenerationPointer.NAME)
                        || StoreFiles.of(name).isPresent())
                .toList();
    }

    private static MapDbStore open(SimulatedDisk disk) throws IOException {
        return MapDbStore.open(disk, SEGMENT_BYTES, Runnable::run, BatchWorkload::numberOf, () -> {});
    }

    /** A store, what must be in it, and commits now and then while it is compacted. */
    private static final class Commits {
        private final Random random;
        private final BatchWorkload workload;
        private final MapDbStore store;
        private final int pace;

        Commits(long seed, SimulatedDisk disk, int pace) throws IOException {
            random = new Random(seed);
            workload = new BatchWorkload(seed);
            store = open(disk);
            this.pace = pace;
        }

        void advance(int commits) throws IOException {
            for (int count = 0; count < commits; count++) {
                commit();
            }
        }

        private void commit() throws IOException {
            ChangeSet changes = workload.next();
            store.commit(changes);
            workload.advance(changes);
        }

        /** A commit that the disk does not take ends the compaction, sooner or later. */
        CompactionResult compact() {
            return store.compact(() -> {
                if (random.nextInt(pace) == 0) {
                    try {
                        commit();
                    } catch (IOException e) {
                        assertTrue(e.getMessage() != null);
                    }
                }
            });
        }
    }
}
