package io.lanyard.daemon.node;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The last changes with all that is known of them, so that feeds can tell which fields changed and who did it. Bounded:
 * readers that lag further behind are told less. Thread-safe.
 */
final class RecentChanges {

    private static final int MAX_KEPT = 16_384;

    private final Map<Long, Applied> byNumber = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Applied> eldest) {
            return size() > MAX_KEPT;
        }
    };

    /** Everything that happened to one document between two positions. */
    record History(boolean wasVisible, Set<FieldPath> changedPaths, Optional<Author> author) {}

    synchronized void add(List<Applied> changes) {
        changes.forEach(change -> byNumber.put(change.number(), change));
    }

    /** Forgets what was never committed. */
    synchronized void forgetAfter(long lastNumber) {
        byNumber.keySet().removeIf(number -> number > lastNumber);
    }

    /**
     * Returns what happened to the document that stands at {@code number} since {@code after}; empty if that is not
     * known any more.
     */
    synchronized Optional<History> since(long after, long number) {
        Applied newest = byNumber.get(number);
        if (newest == null) {
            return Optional.empty();
        }
        Applied oldest = newest;
        Set<FieldPath> paths = new HashSet<>(newest.changedPaths());
        Optional<Author> author = newest.author();
        while (oldest.previousNumber() > after) {
            oldest = byNumber.get(oldest.previousNumber());
            if (oldest == null) {
                return Optional.empty();
            }
            paths.addAll(oldest.changedPaths());
            author = author.equals(oldest.author()) ? author : Optional.empty();
        }
        return Optional.of(new History(oldest.wasVisible(), paths, author));
    }
}
