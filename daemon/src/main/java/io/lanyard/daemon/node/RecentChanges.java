package io.lanyard.daemon.node;

import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.node.FeedChange.Past;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The last changes with all that is known of them, so that feeds can tell what a reader has not been told: which fields
 * differ, what they showed before, and who did it. Bounded in number and size: readers that lag further behind are told
 * less. Thread-safe.
 *
 * <p>It holds a stretch of the arrival index without gaps, and who stood where in it until when. So the live end of the
 * index is read from here, however many readers there are.
 */
final class RecentChanges {

    private static final int MAX_KEPT = 16_384;

    /** About how much memory the changes may take. */
    private static final long MAX_BYTES = 8L << 20;

    /** A value longer than this is remembered by its hash. */
    private static final int MAX_VALUE_LENGTH = 1_000;

    private static final int CHANGE_BYTES = 250;
    private static final int FIELD_BYTES = 100;

    private final Map<Long, Change> byNumber = new HashMap<>();

    /** The numbers of the first change that is held and of the one after the last. */
    private long first = 1;

    private long end = 1;
    private long bytes;

    private static final class Change {
        final Applied applied;
        final Map<FieldPath, String> before;
        final long bytes;

        /** The number to which the document moved on, 0 if it stands here. */
        long successor;

        Change(Applied applied, Map<FieldPath, String> before) {
            this.applied = applied;
            this.before = before;
            long sum = CHANGE_BYTES;
            for (Map.Entry<FieldPath, String> field : before.entrySet()) {
                sum += FIELD_BYTES
                        + 2L
                                * (field.getKey().pointer().length()
                                        + field.getValue().length());
            }
            this.bytes = sum;
        }
    }

    /**
     * Everything that happened to a document since a reader was told of it.
     *
     * @param wasVisible whether the reader was told that it is there
     * @param past what else it was told
     * @param author who did it, if it was one alone and is known
     */
    record History(boolean wasVisible, Past past, Optional<Author> author) {}

    synchronized void add(List<Applied> changes) {
        for (Applied applied : changes) {
            if (applied.number() != end) {
                forgetAfter(0);
                first = applied.number();
            }
            end = applied.number() + 1;
            Change change = new Change(lighter(applied), beforeOf(applied));
            byNumber.put(applied.number(), change);
            bytes += change.bytes;
            Change previous = byNumber.get(applied.previousNumber());
            if (previous != null) {
                previous.successor = applied.number();
            }
            while (byNumber.size() > MAX_KEPT || bytes > MAX_BYTES && byNumber.size() > 1) {
                bytes -= byNumber.remove(first++).bytes;
            }
        }
    }

    /** The maps are held in a form of their own. */
    private static Applied lighter(Applied applied) {
        return new Applied(
                applied.number(),
                applied.previousNumber(),
                applied.id(),
                applied.wasVisible(),
                applied.isVisible(),
                Set.of(),
                Map.of(),
                applied.author());
    }

    private static Map<FieldPath, String> beforeOf(Applied applied) {
        Map<FieldPath, String> before = new HashMap<>();
        for (FieldPath path : applied.changedPaths()) {
            before.put(path, shortened(applied.before().getOrDefault(path, Past.ABSENT)));
        }
        return before;
    }

    /** Returns a value as it is remembered: itself, or a string with its hash. */
    static String shortened(String value) {
        if (value.length() <= MAX_VALUE_LENGTH) {
            return value;
        }
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return "\"" + Hash.of(text, 0, text.length) + "\"";
    }

    /** Forgets what was never committed. */
    synchronized void forgetAfter(long lastNumber) {
        while (end > first && end - 1 > lastNumber) {
            Change forgotten = byNumber.remove(--end);
            bytes -= forgotten.bytes;
            Change previous = byNumber.get(forgotten.applied.previousNumber());
            if (previous != null) {
                previous.successor = 0;
            }
        }
    }

    /**
     * Returns the entries of the arrival index after {@code after} as they were when it ended at {@code last}, at most
     * {@code limit}; empty if they are not all held.
     */
    synchronized Optional<List<FeedEntry>> entries(long after, long last, int limit) {
        if (after + 1 < first || last >= end) {
            return Optional.empty();
        }
        List<FeedEntry> entries = new ArrayList<>();
        for (long number = after + 1; number <= last && entries.size() < limit; number++) {
            Change change = byNumber.get(number);
            if (change.successor == 0 || change.successor > last) {
                entries.add(new FeedEntry(number, change.applied.id()));
            }
        }
        return Optional.of(entries);
    }

    /**
     * Returns what happened to the document that came to {@code number} since a reader was told of it; empty if that is
     * not known any more.
     */
    synchronized Optional<History> since(long number, Told told) {
        Change oldest = byNumber.get(number);
        if (oldest == null) {
            return Optional.empty();
        }
        Optional<Author> author = oldest.applied.author();
        Map<FieldPath, String> before = new HashMap<>(oldest.before);
        long previous = oldest.applied.previousNumber();
        while (previous > 0 && !told.has(previous, oldest.applied.number())) {
            if (told.isUnsure(previous, oldest.applied.number())) {
                return Optional.empty();
            }
            oldest = byNumber.get(previous);
            if (oldest == null) {
                return Optional.empty();
            }
            before.putAll(oldest.before);
            author = Author.ofBoth(author, oldest.applied.author());
            previous = oldest.applied.previousNumber();
        }
        return Optional.of(new History(oldest.applied.wasVisible(), new Past(previous, before), author));
    }
}
