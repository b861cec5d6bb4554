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
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
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
    void document_bitFlipped_throwsAndNamesIt() throws IOException {
        flipBitOf("the record of Anna", StoreFiles.FIRST.main());
        try (MapDbStore store = MapDbStore.open(directory)) {
            DamagedException thrown = assertThrows(DamagedException.class, () -> store.document(id("contact/anna")));
            assertTrue(thrown.getMessage().contains("contact/anna"), thrown.getMessage());
            assertArrayEquals(
                    "the record of Bela".getBytes(ISO_8859_1),
                    store.document(id("contact/bela")).orElseThrow());
            assertThrows(DamagedException.class, () -> store.documents("contact", "", document -> true));
            store.commit(documents(change("contact/anna", 3, 1, "the new record of Anna")));
            assertTrue(store.document(id("contact/anna")).isPresent());
        }
    }

    @Test
    void entryAndArrival_bitFlipped_throw() throws IOException {
        flipBitOf("the vector", StoreFiles.FIRST.main());
        flipBitOf("context of contact/bela", StoreFiles.FIRST.main());
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertThrows(DamagedException.class, () -> store.entry("vector"));
            assertThrows(DamagedException.class, () -> store.entries(""));
            assertEquals(1, store.arrivals(0, 1).size());
            DamagedException thrown = assertThrows(DamagedException.class, () -> store.arrivals(1, 1));
            assertTrue(thrown.getMessage().contains("arrival 2"), thrown.getMessage());
            assertEquals(2, store.lastArrival());
        }
    }

    @Test
    void mainFile_headerOverwritten_isMovedAside() throws IOException {
        overwrite(StoreFiles.FIRST.main(), 0, new byte[64]);
        assertIsMovedAside();
    }

    @Test
    void mainFile_headerBitFlipped_isMovedAside() throws IOException {
        overwrite(StoreFiles.FIRST.main(), 100, new byte[] {1});
        assertIsMovedAside();
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
        assertIsMovedAside();
    }

    @Test
    void mainFile_missing_journalIsMovedAside() throws IOException {
        Files.delete(directory.resolve(StoreFiles.FIRST.main()));
        assertIsMovedAside();
    }

    @Test
    void journal_missing_isMovedAside() throws IOException {
        Files.delete(directory.resolve(StoreFiles.FIRST.journal(1)));
        assertIsMovedAside();
    }

    @Test
    void journal_damagedInTheMiddle_isMovedAsideWithTheRest() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        MapDbStore abandoned = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {});
        for (int number = 1; number <= 3; number++) {
            abandoned.commit(documents(change("a/" + number, number, 0, "v")));
        }
        disk.flipBit(StoreFiles.FIRST.journal(0), 1_024 + 5_000, 3);
        try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
            assertEquals(Optional.of("aside-1"), store.damagedFilesMovedTo());
            assertEquals(List.of(), store.collections());
        }
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

    @Test
    void anyBitFlipped_neverGivesWrongBytes() throws IOException {
        int rounds = Integer.getInteger("bitflip.rounds", 60);
        int[] outcomes = new int[3];
        for (int seed = 0; seed < rounds; seed++) {
            int flipSeed = seed;
            outcomes[
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(30), () -> outcomeOfOneFlip(flipSeed), "hangs with seed " + seed)]++;
        }
        System.out.println("bit flips: " + outcomes[0] + " changed nothing, " + outcomes[1] + " were noticed on read, "
                + outcomes[2] + " at opening");
        assertTrue(outcomes[1] > 0, "no flip was noticed");
    }

    private static int outcomeOfOneFlip(int seed) throws IOException {
        Random random = new Random(seed);
        SimulatedDisk disk = new SimulatedDisk(random);
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= 600; number++) {
            changes.add(change("a/" + number, number, 0, "record " + number + "x".repeat(random.nextInt(900))));
        }
        try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
            store.commit(documents(changes.toArray(DocumentChange[]::new)));
        }
        disk.flipBit(StoreFiles.FIRST.main(), random.nextInt(1_700_000), random.nextInt(8));
        try (MapDbStore store = MapDbStore.open(disk, 1 << 20, Runnable::run, () -> {})) {
            if (store.damagedFilesMovedTo().isPresent()) {
                return 2;
            }
            int noticed = 0;
            for (DocumentChange change : changes) {
                try {
                    Optional<byte[]> found = store.document(change.id());
                    if (found.isPresent()) {
                        assertArrayEquals(change.record(), found.get(), "seed " + seed);
                    } else {
                        noticed = 1;
                    }
                } catch (DamagedException e) {
                    noticed = 1;
                }
            }
            try {
                store.arrivals(0, 10_000).forEach(arrival -> assertEquals("a/" + arrival.number(), arrival.id() + ""));
            } catch (DamagedException e) {
                noticed = 1;
            }
            return noticed;
        }
    }

    private void assertIsMovedAside() throws IOException {
        Path aside;
        try (MapDbStore store = MapDbStore.open(directory)) {
            aside = Path.of(store.damagedFilesMovedTo().orElseThrow());
            assertTrue(store.lostData());
            assertEquals(List.of(), store.collections());
            assertEquals(0, store.lastArrival());
            store.commit(documents(change("contact/cili", 1, 0, "the record of Cili")));
        }
        try (var kept = Files.list(aside)) {
            assertTrue(kept.findAny().isPresent(), "nothing was kept");
        }
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertFalse(store.damagedFilesMovedTo().isPresent());
            assertEquals(1, store.lastArrival());
        }
    }

    private void flipBitOf(String content, String file) throws IOException {
        String bytes = Files.readString(directory.resolve(file), ISO_8859_1);
        int position = bytes.indexOf(content);
        assertTrue(position > 0, content + " is not in the file");
        overwrite(file, position, new byte[] {(byte) (content.charAt(0) ^ 1)});
    }

    private void overwrite(String file, long position, byte[] bytes) throws IOException {
        try (RandomAccessFile access =
                new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
            access.seek(position);
            access.write(bytes);
        }
    }
}
