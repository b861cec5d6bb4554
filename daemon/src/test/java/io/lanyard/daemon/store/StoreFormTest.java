package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static io.lanyard.daemon.store.StoreContract.id;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores that another version of lanyard wrote. */
class StoreFormTest {
    private static final byte[] STATE_KEY = {0};
    private static final String AFTER_ONE_DOCUMENT =
            "00000001" + "0000000000000001" + "0000000000000001" + "00".repeat(8);

    @TempDir
    private Path home;

    private Path directory;

    @BeforeEach
    void fill() throws IOException {
        directory = home.resolve("store");
        try (MapDbStore store = MapDbStore.open(directory)) {
            store.commit(documents(change("contact/anna", 1, 0, "Anna")));
        }
    }

    /** If this fails, stores in use can no longer be opened. */
    @Test
    void state_isWrittenAsItEverWas() throws IOException {
        assertTrue(placeOf(state(AFTER_ONE_DOCUMENT)) >= 0);
    }

    @Test
    void newerMinor_opens_andWritesBackWhatItDoesNotKnow() throws IOException {
        String newer = "0007" + AFTER_ONE_DOCUMENT.substring(4) + "6e65776572";
        replaceState(AFTER_ONE_DOCUMENT, newer);
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertArrayEquals(
                    "Anna".getBytes(StandardCharsets.US_ASCII),
                    store.document(id("contact/anna")).orElseThrow());
            store.commit(documents(change("contact/ben", 2, 0, "Ben")));
        }
        String next = newer.replaceFirst("^(0007.{4}.{15})1", "$12");
        assertTrue(placeOf(state(next)) >= 0, "the newer minor format and what it added are still there");
        try (MapDbStore store = MapDbStore.open(directory)) {
            assertEquals(2, store.lastArrival());
        }
    }

    @Test
    void otherMajor_isRefusedInWords_andLeftAlone() throws IOException {
        replaceState(AFTER_ONE_DOCUMENT, "00030002" + AFTER_ONE_DOCUMENT.substring(8));
        byte[] before = Files.readAllBytes(mainFile());
        IOException refusal = assertThrows(IOException.class, () -> MapDbStore.open(directory));
        assertFalse(refusal instanceof DamagedFileException, "nothing is moved aside");
        assertTrue(refusal.getMessage().contains("format 2.3"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("Use the version that wrote it"), refusal.getMessage());
        assertArrayEquals(before, Files.readAllBytes(mainFile()));
    }

    private Path mainFile() {
        return directory.resolve(StoreFiles.FIRST.main());
    }

    private static byte[] state(String hex) {
        return CheckedValue.wrap(STATE_KEY, HexFormat.of().parseHex(hex));
    }

    private void replaceState(String from, String to) throws IOException {
        int place = placeOf(state(from));
        byte[] bytes = Files.readAllBytes(mainFile());
        ByteBuffer.wrap(bytes).put(place, state(to));
        MainFiles.seal(bytes);
        Files.write(mainFile(), bytes);
    }

    private int placeOf(byte[] wanted) throws IOException {
        byte[] bytes = Files.readAllBytes(mainFile());
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (bytes[at] == wanted[0] && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
