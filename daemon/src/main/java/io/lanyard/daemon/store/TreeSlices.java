package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store.DamagedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.mapdb.BTreeMap;

/**
 * Reads a tree from its first key to its last, a slice at a time, so that commits go on in between: what is changed
 * meanwhile is seen as it was or as it is.
 */
final class TreeSlices {
    private static final int FIRST_SLICE_VALUES = 4;
    private static final int MOST_SLICE_VALUES = 2048;
    private static final int SLICE_BYTES = 2 << 20;

    /** What takes longer is read in smaller slices: no commit is made meanwhile. */
    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int LEAST_SLICE_VALUES = 256;

    /** Stands for a value that could not be read: too short to be sound, so it stays known as damaged. */
    static final byte[] UNREADABLE = {0};

    /** How the store is read: under its lock, with what MapDB throws on damage as a {@link DamagedException}. */
    interface Reading {
        <T> T read(String what, Supplier<T> reading);
    }

    private final String name;
    private final BTreeMap<byte[], byte[]> tree;
    private final Reading reading;
    /** Grows, so that also a small tree is read in several slices: what can happen in between happens in tests. */
    private int sliceValues = FIRST_SLICE_VALUES;

    TreeSlices(String name, BTreeMap<byte[], byte[]> tree, Reading reading) {
        this.name = name;
        this.tree = tree;
        this.reading = reading;
    }

    /**
     * Hands keys and values over in the order of keys, outside of the lock.
     *
     * @throws DamagedException if keys cannot be read; all before them were handed over
     */
    void forEach(BiConsumer<byte[], byte[]> taker) {
        List<Map.Entry<byte[], byte[]>> slice = slice(null);
        while (!slice.isEmpty()) {
            slice.forEach(entry -> taker.accept(entry.getKey(), entry.getValue()));
            slice = slice(slice.get(slice.size() - 1).getKey());
        }
    }

    private List<Map.Entry<byte[], byte[]>> slice(byte[] after) {
        try {
            return reading.read(name, () -> {
                List<Map.Entry<byte[], byte[]>> found = new ArrayList<>();
                long started = System.nanoTime();
                int bytes = 0;
                var range = after == null ? tree : tree.tailMap(after, false);
                for (Map.Entry<byte[], byte[]> entry : range.entrySet()) {
                    found.add(Map.entry(entry.getKey(), entry.getValue()));
                    bytes += entry.getValue().length;
                    if (found.size() == sliceValues || bytes > SLICE_BYTES) {
                        break;
                    }
                }
                setNextSlice(System.nanoTime() - started);
                return found;
            });
        } catch (DamagedException e) {
            return oneByOne(after);
        }
    }

    private void setNextSlice(long tookNanos) {
        sliceValues = tookNanos > LONG_NANOS && sliceValues > LEAST_SLICE_VALUES
                ? sliceValues / 2
                : Math.min(MOST_SLICE_VALUES, sliceValues * 2);
    }

    private List<Map.Entry<byte[], byte[]>> oneByOne(byte[] after) {
        List<byte[]> keys = reading.read("the keys of " + name, () -> {
            List<byte[]> found = new ArrayList<>();
            Iterator<byte[]> iterator = tree.keyIterator(after, false, null, false);
            while (iterator.hasNext() && found.size() < sliceValues) {
                found.add(iterator.next());
            }
            return found;
        });
        List<Map.Entry<byte[], byte[]>> found = new ArrayList<>();
        for (byte[] key : keys) {
            byte[] value;
            try {
                value = reading.read(name, () -> tree.get(key));
            } catch (DamagedException e) {
                value = UNREADABLE;
            }
            if (value != null) {
                found.add(Map.entry(key, value));
            }
        }
        return found;
    }
}
