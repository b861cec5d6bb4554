package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static io.lanyard.daemon.store.StoreContract.entries;
import static io.lanyard.daemon.store.StoreContract.id;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.SalvageReport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What damaged files do: they are noticed, named and kept, and cost no more than themselves. */
class StoreDamageTest {
    @TempDir
    private Path home;

    private Path directory;

    @BeforeEach
    void fill() throws IOException {
        directory = home.resolve("store");
        try (MapDbStore store = MapDbStore.open(directory)) {
            store.commit(documents(
                    change("contact/anna", 1, 0, "the record of Anna"),
                    change("contact/bela", 2, 0, "the record of Bela")));
            store.commit(entries(Map.of("vector", StoreContract.bytes("the vector"))));
        }
    }

    @Test
    void bitFlipped_isMendedAtOpening() throws IOException {
        flipBitOf("the record of Anna", StoreFiles.FIRST.main());
        overwrite(StoreFiles.FIRST.main(), 100, new byte[] {1});
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertEquals(2, store.mendedPages());
            assertHoldsTheRecordOfAnna(store);
        }
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertEquals(0, store.mendedPages());
            assertHoldsTheRecordOfAnna(store);
        }
    }

    /** A tree that leads in circles is read from pages that were read before. */
    @Test
    void damagedFiles_readForTooLong_endsOnPagesThatAreKnownToo() throws IOException {
        try (Disk disk = DirectoryDisk.open(directory)) {
            JournaledVolume volume = JournaledVolume.openDamaged(disk, StoreFiles.FIRST, true);
            Trees trees = Trees.open(volume);
            assertTrue(trees.documents("contact", "", 10).size() > 0);
            volume.salvageUntil(System.nanoTime() - 1);
            assertThrows(Salvage.TooLongException.class, () -> trees.documents("contact", "", 10));
            volume.fail(new IOException("read enough"));
            volume.close();
        }
    }

    @Test
    void bitFlipped_whileOpen_isMendedWhenRead() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory)) {
            flipBitOf("the record of Anna", StoreFiles.FIRST.main());
            assertEquals(0, store.mendedPages());
            assertHoldsTheRecordOfAnna(store);
            assertEquals(1, store.mendedPages());
        }
    }

    @Test
    void bitFlipped_whileOpen_isMendedBeforeItIsWrittenBesides() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory)) {
            flipBitOf("the record of Anna", StoreFiles.FIRST.main());
            store.commit(documents(change("contact/bela", 3, 2, "the new record of Bela")));
            assertHoldsTheRecordOfAnna(store);
        }
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertHoldsTheRecordOfAnna(store);
        }
    }

    @Test
    void sumFlipped_isMendedAtOpening() throws IOException {
        long sums = MainFile.SLICE_BYTES;
        byte[] before = read(StoreFiles.FIRST.main(), sums, 1);
        overwrite(StoreFiles.FIRST.main(), sums, new byte[] {(byte) (before[0] ^ 4)});
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertEquals(1, store.mendedPages());
        }
        assertArrayEquals(before, read(StoreFiles.FIRST.main(), sums, 1));
    }

    private static void assertHoldsTheRecordOfAnna(MapDbStore store) {
        assertArrayEquals(
                "the record of Anna".getBytes(ISO_8859_1),
                store.document(id("contact/anna")).orElseThrow());
    }

    @Test
    void mainFile_headerOverwritten_isMovedAside() throws IOException {
        overwrite(StoreFiles.FIRST.main(), 0, new byte[64]);
        assertIsMovedAside(List.of());
    }

    @Test
    void mainFile_shortened_isMovedAside() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory)) {
            store.commit(documents(change("file/large", 3, 0, "x".repeat(5 << 20))));
        }
        try (FileChannel channel =
                FileChannel.open(directory.resolve(StoreFiles.FIRST.main()), StandardOpenOption.WRITE)) {
            channel.truncate(1 << 22);
        }
        assertIsMovedAside(List.of());
    }

    @Test
    void mainFile_missing_journalIsMovedAside() throws IOException {
        Files.delete(directory.resolve(StoreFiles.FIRST.main()));
        assertIsMovedAside(List.of());
    }

    @Test
    void journal_missing_isSalvaged() throws IOException {
        Files.delete(directory.resolve(StoreFiles.FIRST.journal(1)));
        assertIsMovedAside(List.of("contact"));
    }

    @Test
    void journal_damagedInTheMiddle_isMovedAsideWithTheRest() throws IOException {
        SimulatedDisk disk = killedWithThreeRecords();
        disk.flipBit(StoreFiles.FIRST.journal(0), 1_024 + 5_000, 3);
        disk.flipBit(StoreFiles.FIRST.journal(0), 1_024 + 6_000, 3);
        try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
            assertEquals(Optional.of("aside-1"), store.damagedFilesMovedTo());
        }
    }

    @Test
    void salvage_powerFailsAtAnyPoint_keepsTheDamagedFilesAndTellsWhereTheyAre() throws IOException {
        SimulatedDisk undisturbed = killedAndDamaged();
        MapDbStore.open(undisturbed, 1 << 20, Runnable::run, () -> {});
        int operations = undisturbed.operations();
        for (int operation = 1; operation <= operations; operation += operation < operations - 25 ? 25 : 1) {
            SimulatedDisk disk = killedAndDamaged();
            disk.arm(SimulatedDisk.Fault.POWER_LOSS, operation);
            assertThrows(Exception.class, () -> MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {}));
            assertTrue(disk.isDead());
            disk.restorePower();
            String where = "power lost at operation " + operation + " of " + operations;
            try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
                assertTrue(store.lostData(), where);
                assertTrue(disk.movedAside().contains(StoreFiles.FIRST.journal(0)), where);
                assertTrue(disk.movedAside().contains(StoreFiles.FIRST.main()), where);
                assertEquals(Optional.of("aside-1"), store.lastSalvage().map(SalvageReport::movedTo), where);
            }
        }
    }

    private static SimulatedDisk killedAndDamaged() throws IOException {
        SimulatedDisk disk = killedWithThreeRecords();
        disk.flipBit(StoreFiles.FIRST.journal(0), 1_024 + 5_000, 3);
        disk.flipBit(StoreFiles.FIRST.journal(0), 1_024 + 6_000, 3);
        return disk.copy();
    }

    @Test
    void journal_anyBitFlipped_nothingIsLost() throws IOException {
        long records = 0;
        for (JournalSegment.Entry entry : entriesOf(killedWithThreeRecords())) {
            records += entry.bytes();
        }
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            SimulatedDisk disk = killedWithThreeRecords();
            boolean isInFront = round < 100;
            long position = isInFront
                    ? entriesOf(disk).get(random.nextInt(4)).position() + random.nextInt(64)
                    : random.nextLong(1_024 + records);
            disk.flipBit(StoreFiles.FIRST.journal(round % 10 == 0 ? 1 : 0), position, random.nextInt(8));
            try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
                String where = "bit at byte " + position;
                assertEquals(Optional.empty(), store.damagedFilesMovedTo(), where);
                assertEquals(3, store.lastArrival(), where);
                assertArrayEquals(
                        "v".getBytes(ISO_8859_1), store.document(id("a/3")).orElseThrow(), where);
            }
        }
    }

    private static List<JournalSegment.Entry> entriesOf(SimulatedDisk disk) throws IOException {
        String name = StoreFiles.FIRST.journal(0);
        JournalSegment segment = new JournalSegment(name, disk.open(name), 1 << 20);
        assertTrue(segment.readHeader());
        return segment.entries();
    }

    /** What a store leaves whose process was killed: everything is in the journal and in the main file. */
    private static SimulatedDisk killedWithThreeRecords() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        MapDbStore killed = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {});
        for (int number = 1; number <= 3; number++) {
            killed.commit(documents(change("a/" + number, number, 0, "v")));
        }
        return disk;
    }

    @Test
    void open_twice_secondIsRefused() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory)) {
            StoreInUseException thrown = assertThrows(StoreInUseException.class, () -> MapDbStore.open(directory));
            assertTrue(thrown.getMessage().contains(directory.toString()), thrown.getMessage());
            assertEquals(2, store.lastArrival());
        }
        MapDbStore.open(directory).close();
    }

    @Test
    void open_inAnotherProcess_isRefused() throws Exception {
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertEquals(1, new WriterProcess(home).runFirst(directory.toString(), "1", "1", "0"));
            assertEquals(2, store.lastArrival());
        }
    }

    @Test
    void commit_threadIsInterrupted_isDoneAllTheSame() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory)) {
            Thread.currentThread().interrupt();
            store.commit(documents(change("contact/cili", 3, 0, "the record of Cili")));
            assertTrue(Thread.interrupted());
            store.commit(documents(change("contact/dora", 4, 0, "the record of Dora")));
            assertEquals(4, store.lastArrival());
        }
    }

    private void assertIsMovedAside(List<String> collections) throws IOException {
        Path aside;
        try (MapDbStore store = MapDbStore.open(directory)) {
            aside = Path.of(store.damagedFilesMovedTo().orElseThrow());
            assertTrue(store.lostData());
            assertEquals(collections, store.collections());
            assertTrue(store.lostData());
            store.commit(documents(change("contact/cili", 11, 0, "the record of Cili")));
        }
        try (var kept = Files.list(aside)) {
            assertTrue(kept.findAny().isPresent(), "nothing was kept");
        }
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertFalse(store.damagedFilesMovedTo().isPresent());
            assertEquals(Optional.of(aside.toString()), store.lastSalvage().map(SalvageReport::movedTo));
            assertTrue(store.lostData(), "nobody made it good");
            assertEquals(11, store.lastArrival());
        }
    }

    private void flipBitOf(String content, String file) throws IOException {
        String bytes = Files.readString(directory.resolve(file), ISO_8859_1);
        int position = bytes.indexOf(content);
        assertTrue(position > 0, content + " is not in the file");
        overwrite(file, position, new byte[] {(byte) (content.charAt(0) ^ 1)});
    }

    private byte[] read(String file, long position, int count) throws IOException {
        try (RandomAccessFile access =
                new RandomAccessFile(directory.resolve(file).toFile(), "r")) {
            byte[] bytes = new byte[count];
            access.seek(position);
            access.readFully(bytes);
            return bytes;
        }
    }

    private void overwrite(String file, long position, byte[] bytes) throws IOException {
        try (RandomAccessFile access =
                new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
            access.seek(position);
            access.write(bytes);
        }
    }
}
