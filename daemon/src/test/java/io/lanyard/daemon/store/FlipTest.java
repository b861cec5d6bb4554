package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Damages a store of 3,000 documents at random places of all its files, opens it and compares all that can be read with
 * what was written: a place is harmless, mended, or noticed; nothing is ever wrong, missing without a word, or endless.
 *
 * <pre>
 * mvn -q -pl crdt,daemon -am -Dtest=FlipTest -Dsurefire.failIfNoSpecifiedTests=false -Ddamage.flips=1000 test
 * </pre>
 */
class FlipTest {
    private static final int DOCUMENTS = 3_000;
    /** MapDB keeps numbers of records before that, and the records from there on. */
    private static final int DATA_START = 1 << 20;

    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int FLIPS = Integer.getInteger("damage.flips", 100);

    private enum Outcome {
        HARMLESS,
        MENDED,
        SALVAGED,
        LOST_SOME,
        BEGAN_EMPTY
    }

    /** What was written. */
    private static final class Truth {
        final TreeMap<String, byte[]> documents = new TreeMap<>();
        final TreeMap<String, byte[]> entries = new TreeMap<>();
        final List<byte[]> conflicts = new ArrayList<>();
        long last;
    }

    private final Truth truth = new Truth();

    @Test
    void oneBitFlipped_afterClosing_nothingIsLost() throws IOException {
        run("a bit of a closed store", true, (disk, random) -> flip(disk, random), true);
    }

    @Test
    void oneBitFlipped_afterAKill_nothingIsLost() throws IOException {
        run("a bit of a killed store", false, (disk, random) -> flip(disk, random), true);
    }

    @Test
    void sectorOverwritten_nothingIsWrong() throws IOException {
        run("a sector of a closed store", true, (disk, random) -> overwriteSector(disk, random), false);
    }

    @Test
    void sectorOverwritten_afterAKill_nothingIsWrong() throws IOException {
        run("a sector of a killed store", false, (disk, random) -> overwriteSector(disk, random), false);
    }

    /** Some are found by reading, some by a scrub. */
    @Test
    void oneBitFlipped_whileOpen_nothingIsLost() throws IOException {
        SimulatedDisk whole = filled(true);
        Random seeds = new Random(29);
        int mended = 0;
        for (int round = 0; round < FLIPS; round++) {
            long seed = seeds.nextLong();
            SimulatedDisk disk = whole.copy();
            boolean isScrubbed = round % 2 == 0;
            int[] found = new int[1];
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                try (MapDbStore store = open(disk)) {
                    Random random = new Random(seed);
                    disk.flipBit(StoreFiles.FIRST.main(), DATA_START + random.nextInt(900_000), random.nextInt(8));
                    if (isScrubbed) {
                        store.scrub();
                        found[0] = store.mendedPages();
                    }
                    String failing = "while open, seed " + seed;
                    for (Map.Entry<String, byte[]> document : truth.documents.entrySet()) {
                        assertTrue(isThere(document, store, Optional.empty(), failing), failing);
                    }
                    assertEntriesAreThere(store, failing);
                    found[0] = isScrubbed ? found[0] : store.mendedPages();
                }
            });
            assertTrue(!isScrubbed || found[0] == 1, "the scrub missed the bit of seed " + seed);
            mended += found[0];
        }
        System.out.println("damage to a bit of an open store: " + mended + " of " + FLIPS + " mended");
    }

    @Test
    void sectorOverwritten_whileOpen_isNoticedByTheScrub_andSalvaged() throws Exception {
        SimulatedDisk disk = filled(true);
        try (MapDbStore store = open(disk)) {
            for (int offset = 0; offset < 512; offset++) {
                disk.flipBit(StoreFiles.FIRST.main(), DATA_START + 400_384 + offset, offset % 8);
            }
            assertFalse(store.isDamaged());
            store.scrub();
            assertTrue(store.isDamaged());
            store.salvage();
            assertFalse(store.isDamaged());
            Outcome outcome = judge(store, "while open");
            assertTrue(outcome == Outcome.LOST_SOME || outcome == Outcome.SALVAGED, outcome.toString());
            store.commit(new ChangeSet(List.of(), Map.of("vector/0", new byte[3]), List.of(), 1_000));
        }
    }

    private interface Damage {
        void to(SimulatedDisk disk, Random random) throws IOException;
    }

    private void run(String what, boolean isClosed, Damage damage, boolean mustAllBeThere) throws IOException {
        SimulatedDisk whole = filled(isClosed);
        EnumMap<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        Random seeds = new Random(23);
        for (int round = 0; round < FLIPS; round++) {
            long seed = seeds.nextLong();
            String failing = what + ", seed " + seed;
            SimulatedDisk disk = whole.copy();
            damage.to(disk, new Random(seed));
            Outcome outcome = assertTimeoutPreemptively(
                    Duration.ofSeconds(60), () -> judge(disk, failing), failing + " does not come to an end");
            assertTrue(!mustAllBeThere || outcome.compareTo(Outcome.MENDED) <= 0, failing + ": " + outcome);
            outcomes.merge(outcome, 1, Integer::sum);
        }
        System.out.println("damage to " + what + ": " + outcomes);
    }

    /** Half of the places are anywhere, half of them where files are in use. */
    private static void flip(SimulatedDisk disk, Random random) throws IOException {
        String name = disk.names().get(random.nextInt(disk.names().size()));
        disk.flipBit(name, place(disk, name, random), random.nextInt(8));
    }

    private static void overwriteSector(SimulatedDisk disk, Random random) throws IOException {
        String name = random.nextInt(5) > 0
                ? StoreFiles.FIRST.main()
                : disk.names().get(random.nextInt(disk.names().size()));
        long sector = place(disk, name, random) / 512 * 512;
        for (int offset = 0; offset < 512; offset++) {
            disk.flipBit(name, sector + offset, random.nextInt(8));
        }
    }

    private static long place(SimulatedDisk disk, String name, Random random) throws IOException {
        long length;
        try (DiskFile file = disk.open(name)) {
            length = file.length();
        }
        long from = name.equals(StoreFiles.FIRST.main()) ? DATA_START : 0;
        return random.nextBoolean() ? random.nextLong(length) : random.nextLong(from, Math.min(length, from + 900_000));
    }

    private SimulatedDisk filled(boolean isClosed) throws IOException {
        Random random = new Random(11);
        SimulatedDisk disk = new SimulatedDisk(random);
        MapDbStore store = open(disk);
        long[] numbers = new long[DOCUMENTS];
        for (int commit = 0; commit < 60; commit++) {
            List<DocumentChange> changes = new ArrayList<>();
            for (int count = 0; count < 100; count++) {
                int index = commit < 30 ? commit * 100 + count : (random.nextInt(DOCUMENTS / 100) * 100 + count);
                changes.add(change(index, numbers, random));
            }
            byte[] vector = ("vector " + commit).getBytes(StandardCharsets.US_ASCII);
            byte[] conflict = ("conflict " + commit).getBytes(StandardCharsets.US_ASCII);
            truth.entries.put("vector/" + commit % 7, vector);
            truth.conflicts.add(conflict);
            store.commit(new ChangeSet(changes, Map.of("vector/" + commit % 7, vector), List.of(conflict), 1_000));
        }
        if (isClosed) {
            store.close();
        }
        return disk;
    }

    private DocumentChange change(int index, long[] numbers, Random random) {
        byte[] record = new byte[8 + random.nextInt(400)];
        random.nextBytes(record);
        long previous = numbers[index];
        numbers[index] = ++truth.last;
        ByteBuffer.wrap(record).putLong(truth.last);
        DocumentChange change = StoreContract.change("a/d" + index, truth.last, previous, "");
        truth.documents.put(change.id().toString(), record);
        return new DocumentChange(change.id(), truth.last, previous, change.context(), record);
    }

    private static MapDbStore open(SimulatedDisk disk) throws IOException {
        return MapDbStore.open(
                disk,
                SEGMENT_BYTES,
                Runnable::run,
                record -> ByteBuffer.wrap(record).getLong(),
                () -> {});
    }

    private Outcome judge(SimulatedDisk disk, String failing) throws IOException {
        try (MapDbStore store = open(disk)) {
            return judge(store, failing);
        }
    }

    private Outcome judge(MapDbStore store, String failing) {
        Optional<SalvageReport> report = store.lastSalvage();
        assertEquals(report.isPresent(), store.lostData(), failing);
        int wrong = 0;
        for (Map.Entry<String, byte[]> document : truth.documents.entrySet()) {
            wrong += isThere(document, store, report, failing) ? 0 : 1;
        }
        if (report.isEmpty()) {
            assertEquals(0, wrong, failing);
            assertEntriesAreThere(store, failing);
        }
        if (report.isPresent() && report.get().isEverythingLost()) {
            return Outcome.BEGAN_EMPTY;
        }
        if (report.isPresent()) {
            return wrong == 0 ? Outcome.SALVAGED : Outcome.LOST_SOME;
        }
        return store.mendedPages() > 0 ? Outcome.MENDED : Outcome.HARMLESS;
    }

    /** Nothing that was lost may be told to be absent, unless the report says that not all is known. */
    private static boolean isThere(
            Map.Entry<String, byte[]> document, MapDbStore store, Optional<SalvageReport> report, String failing) {
        try {
            Optional<byte[]> found = store.document(StoreContract.id(document.getKey()));
            if (found.isEmpty()) {
                assertTrue(
                        report.isPresent()
                                && (report.get().isEverythingLost()
                                        || !report.get().otherLosses().isEmpty()),
                        failing + ": " + document.getKey() + " is missing without a word");
                return false;
            }
            assertArrayEquals(document.getValue(), found.get(), failing + ": " + document.getKey());
            return true;
        } catch (DamagedException e) {
            assertTrue(report.isPresent() && report.get().lostDocuments() > 0, failing + ": " + e.getMessage());
            return false;
        }
    }

    private void assertEntriesAreThere(MapDbStore store, String failing) {
        truth.entries.forEach((name, content) ->
                assertArrayEquals(content, store.entry(name).orElseThrow(), failing + ": entry " + name));
        assertEquals(truth.last, store.lastArrival(), failing);
        List<byte[]> conflicts = List.copyOf(store.journal(0, 1_000).values());
        assertEquals(truth.conflicts.size(), conflicts.size(), failing);
        for (int index = 0; index < conflicts.size(); index++) {
            assertArrayEquals(truth.conflicts.get(index), conflicts.get(index), failing);
        }
        Map<String, Long> newest = new TreeMap<>();
        for (Arrival arrival : store.arrivals(0, 100_000)) {
            newest.put(arrival.id().toString(), arrival.number());
        }
        truth.documents.forEach((id, record) ->
                assertEquals(ByteBuffer.wrap(record).getLong(), newest.get(id), failing + ": arrival of " + id));
    }
}
