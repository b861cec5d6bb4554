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
 *
 * <p>Thread-safe.
 */
public final class Openings {

    private static final int MAX_KEPT = 256;

    private volatile long current;
    private final Map<Long, Long> ends = new LinkedHashMap<>();
    private long ordinal;
    private volatile long purged;

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
        openings.ordinal = next;
        openings.purged = store.entry(EntryNames.PURGED)
                .map(bytes -> new Decoder(bytes).takeVarint(0, Long.MAX_VALUE))
                .orElse(0L);
        entries.put(nameOf(next), encode(current, 0));
        return openings;
    }

    /**
     * Ends the present opening and begins another one, since what was claimed in it does not hold any more.
     *
     * @param last where the index ends
     */
    synchronized void renew(long opening, long last, EntrySink entries) {
        entries.put(nameOf(ordinal), encode(current, last));
        ends.put(current, last);
        ordinal++;
        current = opening;
        entries.put(nameOf(ordinal), encode(current, 0));
    }

    /** Where changed entries go. */
    interface EntrySink {
        void put(String name, byte[] value);
    }

    /**
     * Notes that readers do not meet anything any more that was removed at {@code number}.
     *
     * @return up to where that is so, if that is new
     */
    OptionalLong purge(long number) {
        if (number <= purged) {
            return OptionalLong.empty();
        }
        purged = number;
        return OptionalLong.of(number);
    }

    private static String nameOf(long ordinal) {
        return EntryNames.OPENING + String.format("%016x", ordinal);
    }

    /** Returns the id of the present opening. */
    public long current() {
        return current;
    }

    /**
     * Returns where a walk that left off at {@code checkpoint} goes on in this store, which now ends at {@code last}.
     * A checkpoint of an earlier opening is good only if it was taken at the tail.
     */
    synchronized long resume(Checkpoint checkpoint, long last) {
        if (checkpoint.opening() == current) {
            return checkpoint.number() <= last ? checkpoint.number() : 0;
        }
        Long end = ends.get(checkpoint.opening());
        return end == null || !checkpoint.isAtTail() ? 0 : Math.min(checkpoint.number(), end);
    }

    /**
     * Returns where a reader at {@code position} goes on in this store, which now ends at {@code last}; empty if that is
     * not known, or if deletes were forgotten since.
     */
    public synchronized OptionalLong resume(Position position, long last) {
        if (position.number() > 0 && position.number() < purged) {
            return OptionalLong.empty();
        }
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
