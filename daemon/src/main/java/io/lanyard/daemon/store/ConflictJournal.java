package io.lanyard.daemon.store;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.mapdb.BTreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded conflict journal: records numbered 1, 2, 3 …, the oldest of which are dropped. They lie in chunks of 16,
 * dropped whole, for the reason given at {@link ArrivalIndex}; what is too old in the oldest chunk is passed over.
 *
 * <p>Not thread-safe; the store's lock guards it.
 */
final class ConflictJournal {
    private static final Logger LOG = LoggerFactory.getLogger(ConflictJournal.class);
    private static final int CHUNK_SHIFT = 4;
    private static final int CHUNK_RECORDS = 1 << CHUNK_SHIFT;

    private final BTreeMap<byte[], byte[]> chunks;
    private long first;
    private long last;

    /**
     * @param first the number of the oldest record kept
     * @param last the number of the newest record, {@code first - 1} if there is none
     */
    ConflictJournal(BTreeMap<byte[], byte[]> chunks, long first, long last) {
        this.chunks = chunks;
        this.first = first;
        this.last = last;
    }

    BTreeMap<byte[], byte[]> tree() {
        return chunks;
    }

    long first() {
        return first;
    }

    long last() {
        return last;
    }

    long size() {
        return last - first + 1;
    }

    void append(List<byte[]> records, int limit) {
        if (records.isEmpty() && size() <= limit) {
            return;
        }
        if (isDamaged(last >>> CHUNK_SHIFT)) {
            last |= CHUNK_RECORDS - 1;
        }
        int appended = 0;
        while (appended < records.size()) {
            long chunk = (last + 1) >>> CHUNK_SHIFT;
            int room = (int) (((chunk + 1) << CHUNK_SHIFT) - 1 - last);
            int count = Math.min(room, records.size() - appended);
            extend(chunk, records.subList(appended, appended + count));
            appended += count;
            last += count;
        }
        long newFirst = Math.max(first, last - limit + 1);
        for (long chunk = first >>> CHUNK_SHIFT; chunk < newFirst >>> CHUNK_SHIFT; chunk++) {
            chunks.remove(key(chunk));
        }
        first = newFirst;
    }

    /** A damaged chunk is left as it is, and its remaining numbers stay without a record. */
    private boolean isDamaged(long chunk) {
        byte[] value = chunks.get(key(chunk));
        return value != null && !CheckedValue.isSound(key(chunk), value);
    }

    private void extend(long chunk, List<byte[]> records) {
        byte[] key = key(chunk);
        byte[] present = chunks.get(key);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        if (present != null) {
            content.writeBytes(CheckedValue.unwrap(key, present, name(chunk)));
        }
        for (byte[] bytes : records) {
            content.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length).array());
            content.writeBytes(bytes);
        }
        chunks.put(key, CheckedValue.wrap(key, content.toByteArray()));
    }

    SortedMap<Long, byte[]> after(long number, int limit) {
        SortedMap<Long, byte[]> found = new TreeMap<>();
        long from = Math.max(number + 1, first);
        if (from > last) {
            return found;
        }
        for (Map.Entry<byte[], byte[]> entry :
                chunks.tailMap(key(from >>> CHUNK_SHIFT), true).entrySet()) {
            long chunk = ByteBuffer.wrap(entry.getKey()).getLong();
            if (!CheckedValue.isSound(entry.getKey(), entry.getValue())) {
                LOG.warn("{} is damaged, and passed over", name(chunk));
                continue;
            }
            ByteBuffer content = ByteBuffer.wrap(CheckedValue.unwrap(entry.getKey(), entry.getValue(), name(chunk)));
            long next = Math.max(1, chunk << CHUNK_SHIFT);
            while (content.hasRemaining() && found.size() < limit) {
                byte[] bytes = new byte[content.getInt()];
                content.get(bytes);
                if (next >= from) {
                    found.put(next, bytes);
                }
                next++;
            }
            if (found.size() >= limit) {
                break;
            }
        }
        return found;
    }

    /** Whether the chunk under this key has records up to this number. */
    static boolean isWithin(byte[] key, long lastNumber) {
        return ByteBuffer.wrap(key).getLong() <= lastNumber >>> CHUNK_SHIFT && lastNumber > 0;
    }

    /** The value of a sound chunk with its records up to this number only. */
    static byte[] upTo(long lastNumber, byte[] key, byte[] value) {
        long chunk = ByteBuffer.wrap(key).getLong();
        ByteBuffer content = ByteBuffer.wrap(CheckedValue.unwrap(key, value, name(chunk)));
        long next = Math.max(1, chunk << CHUNK_SHIFT);
        while (content.hasRemaining() && next <= lastNumber) {
            content.position(content.position() + Integer.BYTES + content.getInt(content.position()));
            next++;
        }
        return content.hasRemaining()
                ? CheckedValue.wrap(key, Arrays.copyOf(content.array(), content.position()))
                : value;
    }

    /** Names the chunk under this key for people. */
    static String name(byte[] key) {
        return name(ByteBuffer.wrap(key).getLong());
    }

    private static String name(long chunk) {
        long from = chunk << CHUNK_SHIFT;
        return "the conflict journal from " + Math.max(1, from) + " to " + (from + CHUNK_RECORDS - 1);
    }

    private static byte[] key(long chunk) {
        return ByteBuffer.allocate(Long.BYTES).putLong(chunk).array();
    }
}
