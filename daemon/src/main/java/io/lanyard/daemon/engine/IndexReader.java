package io.lanyard.daemon.engine;

import io.lanyard.crdt.FieldPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Reads a complete index of a store. Any thread.
 *
 * <p>Its entries stand in the order of their keys, those of one key in the order of ids; both together are a
 * {@linkplain Entry#mark mark}. An entry may be of a document that shows something else by now. What was read is worth
 * nothing unless {@link #isStillGood} after it.
 */
public final class IndexReader {

    private final Store store;
    private final IndexState index;

    private IndexReader(Store store, IndexState index) {
        this.store = store;
        this.index = index;
    }

    /**
     * An entry of an index.
     *
     * @param key the {@link OrderKey} of the field
     * @param id the document's id
     */
    public record Entry(String key, String id) {

        /** Returns the place of the entry: entries sort as their marks do. */
        public String mark() {
            return key + id;
        }
    }

    /** Returns a reader of the complete index over a field of a collection, if there is one. */
    public static Optional<IndexReader> find(Store store, String collection, FieldPath path) {
        return IndexState.all(store).stream()
                .filter(index ->
                        index.collection().equals(collection) && index.path().equals(path) && isGood(store, index))
                .findFirst()
                .map(index -> new IndexReader(store, index));
    }

    /** Returns whether the index was complete from the finding of this reader until now. */
    public boolean isStillGood() {
        return isGood(store, index)
                && IndexState.all(store).stream()
                        .anyMatch(other -> other.number() == index.number() && other.isComplete());
    }

    private static boolean isGood(Store store, IndexState index) {
        return index.isComplete()
                && !store.isDamaged()
                && index.salvagedAtMillis() == IndexState.salvagedAtMillis(store);
    }

    /** Returns the first entries whose mark begins with {@code beginning} and is greater than {@code after}. */
    public List<Entry> after(String beginning, String after, int limit) {
        String prefix = index.prefix() + beginning;
        return decode(store.entries(prefix, index.prefix() + after, limit));
    }

    /** Returns the last entries whose mark begins with {@code beginning} and is less than {@code before}, backwards. */
    public List<Entry> before(String beginning, String before, int limit) {
        String prefix = index.prefix() + beginning;
        return decode(store.entriesBefore(prefix, index.prefix() + before, limit));
    }

    private List<Entry> decode(SortedMap<String, byte[]> entries) {
        int start = index.prefix().length();
        List<Entry> decoded = new ArrayList<>(entries.size());
        for (String name : entries.keySet()) {
            int end = name.indexOf(OrderKey.END, start) + 1;
            decoded.add(new Entry(name.substring(start, end), name.substring(end)));
        }
        return decoded;
    }
}
