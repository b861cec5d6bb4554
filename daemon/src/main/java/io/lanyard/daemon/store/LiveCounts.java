package io.lanyard.daemon.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.mapdb.BTreeMap;

/**
 * How many entries of each chunk are alive, 512 chunks to a record. A record that is damaged counts as never empty.
 *
 * <p>Not thread-safe; the store's lock guards it.
 */
final class LiveCounts {
    private static final int GROUP_SHIFT = 9;
    private static final int GROUP_CHUNKS = 1 << GROUP_SHIFT;
    private static final short UNKNOWN = -1;

    private final BTreeMap<byte[], byte[]> groups;

    LiveCounts(BTreeMap<byte[], byte[]> groups) {
        this.groups = groups;
    }

    /** Adds to the counts of chunks, and tells which of them have none left. */
    void add(SortedMap<Long, Integer> changes, LongConsumer empty) {
        SortedMap<Long, Integer> rest = new TreeMap<>(changes);
        while (!rest.isEmpty()) {
            long group = rest.firstKey() >>> GROUP_SHIFT;
            long next = (group + 1) << GROUP_SHIFT;
            addToGroup(group, rest.headMap(next), empty);
            rest = rest.tailMap(next);
        }
    }

    private void addToGroup(long group, SortedMap<Long, Integer> changes, LongConsumer empty) {
        byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(group).array();
        short[] counts = read(key);
        changes.forEach((chunk, change) -> {
            int index = (int) (chunk & (GROUP_CHUNKS - 1));
            if (counts[index] != UNKNOWN) {
                counts[index] += change.shortValue();
                if (counts[index] == 0) {
                    empty.accept(chunk);
                }
            }
        });
        groups.put(key, encode(key, counts));
    }

    /** Sets a count in the groups that are to become a tree. */
    static void set(SortedMap<Long, short[]> groups, long chunk, int count) {
        groups.computeIfAbsent(chunk >>> GROUP_SHIFT, absent -> new short[GROUP_CHUNKS])[
                        (int) (chunk & (GROUP_CHUNKS - 1))] =
                (short) count;
    }

    /** The value of a group as it lies in the tree. */
    static byte[] encode(byte[] key, short[] counts) {
        ByteBuffer content = ByteBuffer.allocate(GROUP_CHUNKS * Short.BYTES);
        content.asShortBuffer().put(counts);
        return CheckedValue.wrap(key, content.array());
    }

    private short[] read(byte[] key) {
        short[] counts = new short[GROUP_CHUNKS];
        byte[] value = groups.get(key);
        if (value != null && CheckedValue.isSound(key, value)) {
            ByteBuffer.wrap(CheckedValue.unwrap(key, value, "live counts"))
                    .asShortBuffer()
                    .get(counts);
        } else if (value != null) {
            Arrays.fill(counts, UNKNOWN);
        }
        return counts;
    }
}
