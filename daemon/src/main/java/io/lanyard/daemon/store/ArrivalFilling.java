package io.lanyard.daemon.store;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.mapdb.BTreeMap;

/**
 * Fills the trees of an {@link ArrivalIndex} from living entries in the order of their numbers: packed chunks, the
 * newest chunk's slots, and the counts. Not thread-safe.
 */
final class ArrivalFilling {

    /** Makes a tree of what its taker is given, in the order of keys, until it is finished. */
    interface Sink extends BiConsumer<byte[], byte[]> {
        BTreeMap<byte[], byte[]> finish();
    }

    private final long last;
    private final Sink chunks;
    private final Sink slots;
    private final Sink counts;
    private final TreeMap<Integer, byte[]> entries = new TreeMap<>();
    private long chunk;
    private ArrivalIndex index;

    ArrivalFilling(long last, Sink chunks, Sink slots, Sink counts) {
        this.last = last;
        this.chunks = chunks;
        this.slots = slots;
        this.counts = counts;
    }

    void accept(ArrivalIndex.Raw arrival) {
        if (ArrivalIndex.chunkOf(arrival.number()) != chunk) {
            pack();
            chunk = ArrivalIndex.chunkOf(arrival.number());
        }
        entries.put(ArrivalIndex.slotOf(arrival.number()), arrival.value());
    }

    private void pack() {
        if (!entries.isEmpty()) {
            chunks.accept(ArrivalIndex.chunkKey(chunk), ArrivalIndex.packed(entries));
        }
        entries.clear();
    }

    /**
     * No entry follows.
     *
     * @param found the numbers of all that were given
     * @param absent further ones that were alive, and of which commits that are yet to be applied will say that they
     *     died: they have to be counted until then
     */
    void finish(ArrivalNumbers found, ArrivalNumbers absent) {
        long newest = ArrivalIndex.chunkOf(last);
        if (chunk != newest) {
            pack();
        }
        // What died with these is counted already.
        entries.forEach((slot, value) -> slots.accept(ArrivalIndex.slotKey(slot), ArrivalIndex.withoutDeath(value)));
        TreeMap<Long, Integer> living = new TreeMap<>(found.counts());
        absent.counts().forEach((absentChunk, count) -> living.merge(absentChunk, count, Integer::sum));
        fillCounts(living.headMap(newest));
        int uncounted = absent.counts().getOrDefault(newest, 0);
        index = new ArrivalIndex(chunks.finish(), new LiveCounts(counts.finish()), slots.finish(), last);
        index.addUncounted(uncounted);
    }

    private void fillCounts(SortedMap<Long, Integer> living) {
        TreeMap<Long, short[]> groups = new TreeMap<>();
        for (Map.Entry<Long, Integer> entry : living.entrySet()) {
            LiveCounts.set(groups, entry.getKey(), entry.getValue());
        }
        groups.forEach((group, values) -> {
            byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(group).array();
            counts.accept(key, LiveCounts.encode(key, values));
        });
    }

    /** The index, once it is finished. */
    ArrivalIndex index() {
        return index;
    }
}
