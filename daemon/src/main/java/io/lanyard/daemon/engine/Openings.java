package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.daemon.message.Message.Checkpoint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * The openings of one store: random ids, and up to which number each committed its arrival index.
 *
 * <p>A number means something only together with the opening in which it was given out: a store that was restored from
 * a copy gives the same numbers out again, for something else.
 */
public final class Openings {

    private static final int MAX_KEPT = 256;

    private final long current;
    private final Map<Long, Long> ends = new LinkedHashMap<>();

    private Openings(long current) {
        this.current = current;
    }

    /**
     * Reads the earlier openings and notes a new one.
     *
     * @param current the new opening's random id
     * @param entries where the change to the store is put
     */
    static Openings begin(Store store, long current, Map<String, byte[]> entries) {
        SortedMap<String, byte[]> stored = store.entries(EntryNames.OPENING);
        long next = 0;
        Openings openings = new Openings(current);
        for (Map.Entry<String, byte[]> entry : stored.entrySet()) {
            long ordinal = Long.parseUnsignedLong(entry.getKey().substring(EntryNames.OPENING.length()), 16);
            Decoder in = new Decoder(entry.getValue());
            long opening = in.takeLong();
            long end = in.takeVarint();
            next = ordinal + 1;
            boolean isLast = entry.getKey().equals(stored.lastKey());
            openings.ends.put(opening, isLast ? store.lastArrival() : end);
            if (isLast) {
                entries.put(entry.getKey(), encode(opening, store.lastArrival()));
            }
        }
        if (stored.size() >= MAX_KEPT) {
            entries.put(stored.firstKey(), null);
        }
        entries.put(EntryNames.OPENING + String.format("%016x", next), encode(current, 0));
        return openings;
    }

    /** Returns the id of the present opening. */
    public long current() {
        return current;
    }

    /**
     * Returns where a walk that left off at {@code checkpoint} goes on in this store, which now ends at {@code last}.
     * A checkpoint of an earlier opening is good only if it was taken at the tail.
     */
    long resume(Checkpoint checkpoint, long last) {
        if (checkpoint.opening() == current) {
            return checkpoint.number() <= last ? checkpoint.number() : 0;
        }
        Long end = ends.get(checkpoint.opening());
        return end == null || !checkpoint.isAtTail() ? 0 : Math.min(checkpoint.number(), end);
    }

    /** Returns where a reader at {@code position} goes on in this store, which now ends at {@code last}; empty if unknown. */
    public OptionalLong resume(Position position, long last) {
        long end = position.opening() == current ? last : ends.getOrDefault(position.opening(), -1L);
        return position.number() <= end ? OptionalLong.of(position.number()) : OptionalLong.empty();
    }

    private static byte[] encode(long opening, long end) {
        Encoder out = new Encoder(20);
        out.putLong(opening);
        out.putVarint(end);
        return out.toByteArray();
    }
}
