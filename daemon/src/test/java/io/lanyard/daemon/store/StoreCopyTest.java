package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Copies of stores that change while they are copied. */
class StoreCopyTest {
    private static final long SEGMENT_BYTES = 48 << 10;
    private static final StoreFiles NEXT = new StoreFiles(1);

    private final List<String> damaged = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();

    @Test
    void copy_commitsMeanwhile_isEqualOnceTheyAreApplied() throws IOException {
        for (long seed = 0; seed < 12; seed++) {
            try {
                copyAndVerify(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void copyAndVerify(long seed) throws IOException {
        Random random = new Random(seed);
        SimulatedDisk disk = new SimulatedDisk(random);
        BatchWorkload workload = new BatchWorkload(seed);
        Trees source = open(disk);
        int before = random.nextInt(400);
        while (workload.batch() < before) {
            commit(source, workload);
        }
        List<ChangeSet> since = new ArrayList<>();
        int pace = 1 + random.nextInt(30);
        StoreCopy copy = copyOf(source, since, () -> {
            if (random.nextInt(pace) == 0) {
                since.add(commit(source, workload));
            }
        });
        copy.begin();
        JournaledVolume target = JournaledVolume.create(disk, NEXT);
        target.beginWriting();
        Trees trees = copy.into(target);
        while (random.nextInt(100) > 0) {
            since.add(commit(source, workload));
        }
        since.forEach(trees::apply);
        trees.commit();
        assertTrue(trees.isAsFarAs(source));
        GenerationPointer.prepare(disk, StoreFiles.FIRST);
        target.startJournal(disk, NEXT, SEGMENT_BYTES, Runnable::run);
        GenerationPointer.switchTo(disk, NEXT);
        target.close();
        try (MapDbStore store = MapDbStore.open(disk, SEGMENT_BYTES, Runnable::run, () -> {})) {
            workload.verifyAndFollow(store);
            for (int count = 0; count < 300; count++) {
                ChangeSet changes = workload.next();
                store.commit(changes);
                workload.advance(changes);
            }
            workload.verifyAndFollow(store);
            List<Arrival> arrivals = store.arrivals(0, 100_000);
            assertTrue(arrivals.size() < 2_000, "entries of the arrival index stayed: " + arrivals.size());
        }
        assertEquals(List.of(), missing);
        assertEquals(List.of(), damaged);
    }

    private static Trees open(SimulatedDisk disk) throws IOException {
        JournaledVolume volume = JournaledVolume.open(disk, StoreFiles.FIRST, SEGMENT_BYTES, Runnable::run);
        volume.beginWriting();
        return Trees.open(volume);
    }

    private static ChangeSet commit(Trees trees, BatchWorkload workload) {
        ChangeSet changes = workload.next();
        trees.commit(changes);
        workload.advance(changes);
        return changes;
    }

    private StoreCopy copyOf(Trees source, List<ChangeSet> since, Runnable progress) {
        TreeSlices.Reading reading = new TreeSlices.Reading() {
            @Override
            public <T> T read(String what, Supplier<T> action) {
                return action.get();
            }
        };
        StoreCopy.Losses losses = new StoreCopy.Losses() {
            @Override
            public void damaged(String what) {
                damaged.add(what);
            }

            @Override
            public void missing(String what, DamagedException cause) {
                missing.add(what);
            }
        };
        return new StoreCopy(source, reading, BatchWorkload::numberOf, () -> List.copyOf(since), losses, progress);
    }

    @Test
    void copy_ofManyChunks_holdsLivingArrivalsOnly() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Trees source = open(disk);
        for (int number = 1; number <= 2_000; number++) {
            boolean isRewrite = number > 1_000 && number % 10 > 0;
            String name = isRewrite ? "b/" + number % 10 : "a/" + number;
            long before = isRewrite && number > 1_010 ? number - 10 : 0;
            source.commit(documents(change(name, number, before, number + " v")));
        }
        StoreCopy copy = copyOf(source, List.of(), () -> {});
        copy.begin();
        Trees trees = copy.into(JournaledVolume.create(disk, NEXT));
        assertEquals(1_000 + 100 + 9, trees.arrivals(0, 100_000).size());
        assertTrue(source.arrivals(0, 100_000).size() > 1_500);
        assertEquals(List.of(), missing);
    }

    /** The last but one of a chunk moves while the copy is made: the last one must not go with it. */
    @Test
    void copy_documentMovesMeanwhile_keepsItsNeighbour() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Trees source = open(disk);
        for (int number = 1; number <= 3; number++) {
            source.commit(documents(change("z/" + number, number, 0, number + " v")));
        }
        for (int number = 4; number < 300; number++) {
            source.commit(documents(change("f/" + number % 8, number, number < 12 ? 0 : number - 8, number + " v")));
        }
        source.commit(documents(change("z/3", 300, 3, "300 v")));
        List<ChangeSet> since = new ArrayList<>();
        StoreCopy copy = copyOf(source, since, () -> {
            if (since.isEmpty()) {
                since.add(documents(change("z/2", 301, 2, "301 v")));
                source.commit(since.get(0));
            }
        });
        copy.begin();
        JournaledVolume target = JournaledVolume.create(disk, NEXT);
        target.beginWriting();
        Trees trees = copy.into(target);
        since.forEach(trees::apply);
        trees.commit();
        Trees reopened = Trees.open(target);
        for (int number = 302; number < 600; number++) {
            reopened.commit(documents(change("g/" + number % 8, number, number < 310 ? 0 : number - 8, number + " v")));
        }
        assertEquals("z/1", reopened.arrivals(0, 1).get(0).id().toString());
    }

    @Test
    void copy_ofDamagedValues_isAsDamagedAndTellsThem() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Trees source = open(disk);
        source.commit(documents(change("a/1", 1, 0, "1 v"), change("a/2", 2, 0, "2 v")));
        source.documentTree().put("a\0002".getBytes(StandardCharsets.US_ASCII), new byte[100]);
        StoreCopy copy = copyOf(source, List.of(), () -> {});
        copy.begin();
        Trees trees = copy.into(JournaledVolume.create(disk, NEXT));
        assertEquals(List.of("document a/2"), damaged);
        assertEquals(2, trees.arrivals(0, 10).size());
        byte[] value = trees.document(StoreContract.id("a/2"));
        assertThrows(DamagedException.class, () -> Trees.unwrapDocument(StoreContract.id("a/2"), value));
    }

    @Test
    void conflictJournal_partsDamaged_listAndWriterGoOn_andACopyNamesThem() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Trees source = open(disk);
        for (int number = 1; number <= 40; number++) {
            source.commit(conflict(number));
        }
        for (long chunk = 1; chunk <= 2; chunk++) {
            source.conflictTree()
                    .put(ByteBuffer.allocate(Long.BYTES).putLong(0, chunk).array(), new byte[100]);
        }
        assertEquals(15, source.journal(0, 100).size());
        source.commit(conflict(41));
        assertEquals(16, source.journal(0, 100).size());
        assertEquals("conflict 41", new String(source.journal(15, 1).get(48L), StandardCharsets.US_ASCII));
        StoreCopy copy = copyOf(source, List.of(), () -> {});
        copy.begin();
        Trees trees = copy.into(JournaledVolume.create(disk, NEXT));
        assertEquals(List.of("the conflict journal from 16 to 31", "the conflict journal from 32 to 47"), damaged);
        assertEquals(16, trees.journal(0, 100).size());
    }

    private static ChangeSet conflict(int number) {
        byte[] record = ("conflict " + number).getBytes(StandardCharsets.US_ASCII);
        return new ChangeSet(List.of(), Map.of(), List.of(record), 1_000);
    }

    /** A copy never leaves out quietly what is alive, even where records do not tell what they should. */
    @Test
    void copy_recordsNameWrongNumbers_tellsWhatIsMissing() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        Trees source = open(disk);
        source.commit(documents(change("a/1", 1, 0, "2 v"), change("a/2", 3, 0, "3 v")));
        StoreCopy copy = copyOf(source, List.of(), () -> {});
        copy.begin();
        copy.into(JournaledVolume.create(disk, NEXT));
        assertEquals(List.of("some of the arrival index"), missing);
    }
}
