package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournalSegmentTest {
    private static final long CAPACITY = 1 << 20;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));

    @Test
    void entries_areReadBackAsWritten() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 4_096, changes(3, 7));
        writer.append(2, 8_192, changes());
        writer.append(3, 8_192, manyChanges(600));
        JournalSegment reader = reopened();
        assertEquals(3, reader.entries().size());
        JournalSegment.Entry first = reader.entries().get(0);
        assertEquals(4_096, first.volumeBytes());
        PageChanges pages = reader.read(first);
        assertEquals(2, pages.count());
        assertEquals(7, pages.number(1));
        assertArrayEquals(page(7), pages.content(1));
        assertEquals(600, reader.read(reader.entries().get(2)).count());
    }

    @Test
    void entries_ofAnEarlierCycle_areNotSeen() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.append(2, 0, changes(2));
        writer.begin(3, 22, 1, 0);
        assertEquals(0, reopened().entries().size());
        writer.append(1, 0, changes(1));
        assertEquals(
                1, reopened().entries().size(), "the second record of the earlier cycle was taken for one of this");
    }

    @Test
    void entries_belowTheCounterFloor_areNotSeen() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.begin(3, 11, 2, 0);
        assertEquals(0, reopened().entries().size());
    }

    @Test
    void entries_lastOneTorn_isLeftOut() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.append(2, 0, changes(2, 3));
        disk.flipBit("segment", 1_024 + 1_536 + 2_000, 0);
        disk.flipBit("segment", 1_024 + 1_536 + 2_000, 1);
        assertEquals(1, reopened().entries().size());
    }

    @Test
    void entries_oneInTheMiddleDamaged_isRefused() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.append(2, 0, changes(2));
        writer.append(3, 0, changes(3));
        disk.flipBit("segment", 1_024 + 1_536 + 100, 0);
        disk.flipBit("segment", 1_024 + 1_536 + 100, 1);
        DamagedFileException thrown =
                assertThrows(DamagedFileException.class, () -> reopened().entries());
        assertTrue(thrown.getMessage().contains("segment"), thrown.getMessage());
    }

    @Test
    void entries_recordHeaderDamaged_isRefused() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.append(2, 0, changes(2));
        disk.flipBit("segment", 1_024 + 4, 6);
        disk.flipBit("segment", 1_024 + 4, 7);
        assertThrows(DamagedFileException.class, () -> reopened().entries());
    }

    @Test
    void entries_bitInTheMiddleWrong_isMended() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.append(2, 0, changes(2));
        writer.append(3, 0, changes(3));
        disk.flipBit("segment", 1_024 + 1_536 + 100, 0);
        assertEquals(3, reopened().entries().size());
        assertEquals(3, reopened().entries().size());
    }

    @Test
    void header_newerOneTorn_olderOneCounts() throws IOException {
        JournalSegment writer = begun(1, 11);
        writer.append(1, 0, changes(1));
        writer.begin(3, 22, 2, 0);
        disk.flipBit("segment", 512 + 20, 0);
        disk.flipBit("segment", 512 + 20, 1);
        JournalSegment reader = reopened();
        assertEquals(1, reader.cycle());
        assertEquals(1, reader.entries().size());
    }

    @Test
    void header_bothDamaged_isMissing() throws IOException {
        begun(1, 11);
        disk.flipBit("segment", 20, 0);
        disk.flipBit("segment", 20, 1);
        assertFalse(segment().readHeader());
    }

    @Test
    void hasRoomFor_emptySegment_takesAnything() throws IOException {
        JournalSegment writer = begun(1, 11);
        assertTrue(writer.hasRoomFor(5_000));
        writer.append(1, 0, changes(1));
        assertFalse(writer.hasRoomFor(5_000));
        assertTrue(writer.hasRoomFor(1_000));
    }

    private JournalSegment begun(long cycle, long salt) throws IOException {
        JournalSegment segment = segment();
        segment.begin(cycle, salt, 1, 0);
        return segment;
    }

    private JournalSegment reopened() throws IOException {
        JournalSegment segment = segment();
        assertTrue(segment.readHeader());
        return segment;
    }

    private JournalSegment segment() throws IOException {
        return new JournalSegment("segment", disk.open("segment"), CAPACITY);
    }

    private static PageChanges changes(int... numbers) {
        PageChanges changes = new PageChanges();
        for (int number : numbers) {
            changes.add(number, page(number));
        }
        return changes;
    }

    private static PageChanges manyChanges(int count) {
        PageChanges changes = new PageChanges();
        for (int number = 0; number < count; number++) {
            changes.add(number, page(number));
        }
        return changes;
    }

    private static byte[] page(int number) {
        byte[] page = new byte[PageChanges.PAGE_BYTES];
        Arrays.fill(page, (byte) number);
        return page;
    }
}
