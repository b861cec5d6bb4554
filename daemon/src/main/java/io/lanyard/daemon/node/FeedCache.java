package io.lanyard.daemon.node;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.node.Node.FeedLook;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What readers of the feed saw last: hundreds that stand at the same place get the same look. Bounded in memory.
 * Thread-safe.
 */
final class FeedCache {

    private static final long MAX_BYTES = 4L << 20;
    private static final int LOOK_BYTES = 500;
    private static final int FIELD_BYTES = 150;

    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    private long bytes;

    /**
     * What a look depends on.
     *
     * @param opening of the store
     * @param number where the document stands
     * @param past where it stood when the reader was told of it
     */
    record Key(long opening, long number, long past) {}

    private record Entry(FeedLook look, long bytes) {}

    synchronized Optional<FeedLook> find(Key key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::look);
    }

    synchronized void put(Key key, FeedLook look) {
        long size = sizeOf(look);
        if (size > MAX_BYTES || entries.containsKey(key)) {
            return;
        }
        entries.put(key, new Entry(look, size));
        bytes += size;
        Iterator<Entry> oldest = entries.values().iterator();
        while (bytes > MAX_BYTES) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    private static long sizeOf(FeedLook look) {
        long size = LOOK_BYTES;
        if (look.change().isPresent()) {
            FeedChange change = look.change().get();
            size += change.document().map(view -> sizeOf(view.leaves())).orElse(0L);
            size += change.past().map(past -> sizeOf(past.changed())).orElse(0L);
        }
        return size;
    }

    private static long sizeOf(Map<FieldPath, String> fields) {
        long size = 0;
        for (Map.Entry<FieldPath, String> field : fields.entrySet()) {
            size += FIELD_BYTES
                    + 2L * (field.getKey().pointer().length() + field.getValue().length());
        }
        return size;
    }
}
