package io.lanyard.daemon.node;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.node.PastChange.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this device saw happen to each document, newest changes only, kept in the store beside the documents and written
 * in the same commit.
 *
 * <p>A document has a ring of places in the store, under names that are used again and again, so that the store does not
 * grow by what comes and goes. What is older than allowed is not shown any more, and is removed by and by, with the
 * writes that come. What a new device takes over from its peers is no change that it saw, and is not kept.
 *
 * <p>Changes are recorded by the node's thread; anybody may read.
 */
final class ChangeHistory {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeHistory.class);
    private static final String PREFIX = "history/";

    /** A change larger than this is kept without its values. */
    private static final int MAX_CHANGE_BYTES = 32 << 10;

    private static final int MAX_KNOWN_PLACES = 4_096;
    private static final int SWEPT_AT_ONCE = 64;
    private static final int REMOVED_AT_ONCE = 1_000;
    private static final long SWEEP_EVERY_MILLIS = 3_600_000;

    private final Store store;
    private final HistoryLimits limits;
    private final Map<Long, Applied> applied = new HashMap<>();
    private final Map<DocumentId, PastChange> undoing = new ConcurrentHashMap<>();
    private final Map<DocumentId, Integer> nextPlaces = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DocumentId, Integer> eldest) {
            return size() > MAX_KNOWN_PLACES;
        }
    };

    private String sweptTo;
    private long sweptBytes;
    private long oldestMillis;
    private long cutoffMillis;
    private long nextSweepMillis;

    ChangeHistory(Store store, HistoryLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    /**
     * Removes everything if no history is wanted.
     *
     * @throws IOException if the disk does not take that
     */
    void removeIfOff() throws IOException {
        SortedMap<String, byte[]> rest = limits.isOff() ? store.entries(PREFIX, "", REMOVED_AT_ONCE) : new TreeMap<>();
        while (!rest.isEmpty()) {
            Map<String, byte[]> removals = new HashMap<>();
            rest.keySet().forEach(name -> removals.put(name, null));
            store.commit(new ChangeSet(List.of(), removals, List.of(), Integer.MAX_VALUE));
            rest = store.entries(PREFIX, rest.lastKey(), REMOVED_AT_ONCE);
        }
    }

    /** Expects a write that takes a change back, to note it as that. Any thread. */
    void expectUndo(DocumentId id, PastChange undone) {
        undoing.put(id, undone);
    }

    /** Expects no such write any more. Any thread. */
    void undoEnded(DocumentId id, PastChange undone) {
        undoing.remove(id, undone);
    }

    /** Takes note of who made the changes that the commits among {@code effects} will make. */
    void note(List<Effect> effects) {
        applied.clear();
        if (limits.isOff()) {
            return;
        }
        for (Effect effect : effects) {
            if (effect instanceof Effect.Notify notify) {
                notify.changes().forEach(change -> applied.put(change.number(), change));
            }
        }
    }

    /** Returns a change set with what it does to the history. */
    ChangeSet recording(ChangeSet changes, long nowMillis) {
        if (limits.isOff() || changes.documents().isEmpty()) {
            return changes;
        }
        Map<String, byte[]> entries = new TreeMap<>();
        sweep(entries, nowMillis);
        for (DocumentChange change : changes.documents()) {
            Applied known = applied.get(change.number());
            if (known != null && isToKeep(known)) {
                record(change, known, entries, nowMillis);
            }
        }
        if (entries.isEmpty()) {
            return changes;
        }
        entries.putAll(changes.entries());
        return new ChangeSet(
                changes.documents(),
                changes.amendments(),
                changes.removals(),
                entries,
                changes.journalRecords(),
                changes.journalLimit());
    }

    private static boolean isToKeep(Applied change) {
        boolean isTakenOver = change.previousNumber() == 0 && change.author().isEmpty();
        return change.isTold() && !isTakenOver && !change.id().collection().startsWith("$");
    }

    private void record(DocumentChange change, Applied known, Map<String, byte[]> entries, long nowMillis) {
        Author author = known.author().orElse(new Author("", ""));
        Kind kind = !known.isVisible() ? Kind.DELETED : known.wasVisible() ? Kind.UPDATED : Kind.CREATED;
        try {
            PastChange past = new PastChange(
                    nowMillis,
                    change.number(),
                    kind,
                    author.deviceId(),
                    author.client(),
                    author.clientTimestamp(),
                    PastChange.difference(
                            known.wasVisible() ? leavesBefore(change.id()) : new TreeMap<>(), leaves(change.record())),
                    0,
                    true);
            PastChange undone = undoing.get(change.id());
            past = undone != null && past.reverses(undone) ? past.undoing(undone) : past;
            int place = nextPlaces.computeIfAbsent(change.id(), this::nextPlace);
            nextPlaces.put(change.id(), (place + 1) % limits.changesPerDocument());
            entries.put(name(change.id(), place), bounded(past));
        } catch (Store.DamagedException | CodecException e) {
            LOG.warn("a change of {} is not in its history: {}", change.id(), e.getMessage());
        }
    }

    private SortedMap<FieldPath, String> leavesBefore(DocumentId id) {
        return store.document(id).map(ChangeHistory::leaves).orElseGet(TreeMap::new);
    }

    private static SortedMap<FieldPath, String> leaves(byte[] record) {
        return StoredDocument.decode(record).document().leaves();
    }

    private static byte[] bounded(PastChange change) {
        byte[] bytes = change.encode();
        bytes = bytes.length > MAX_CHANGE_BYTES ? change.withoutValues().encode() : bytes;
        return bytes.length > MAX_CHANGE_BYTES ? change.withoutFields().encode() : bytes;
    }

    private int nextPlace(DocumentId id) {
        SortedMap<String, byte[]> places = store.entries(prefix(id));
        int next = 0;
        long newest = 0;
        for (Map.Entry<String, byte[]> place : places.entrySet()) {
            PastChange change = PastChange.decode(place.getValue());
            if (change.number() > newest) {
                newest = change.number();
                next = placeOf(place.getKey()) + 1;
            }
        }
        return next % limits.changesPerDocument();
    }

    private static int placeOf(String name) {
        return Integer.parseInt(name.substring(name.lastIndexOf('/') + 1), 16);
    }

    private static String prefix(DocumentId id) {
        return PREFIX + id + "/";
    }

    private static String name(DocumentId id, int place) {
        return prefix(id) + Integer.toHexString(0x100 + place).substring(1);
    }

    /** Looks at some more of what is kept, and removes what may not be any longer. */
    private void sweep(Map<String, byte[]> entries, long nowMillis) {
        if (sweptTo == null && nowMillis < nextSweepMillis) {
            return;
        }
        if (sweptTo == null) {
            sweptTo = "";
            sweptBytes = 0;
            oldestMillis = nowMillis;
            cutoffMillis = Math.max(cutoffMillis, nowMillis - limits.maxAgeMillis());
        }
        SortedMap<String, byte[]> some = store.entries(PREFIX, sweptTo, SWEPT_AT_ONCE);
        some.forEach((name, bytes) -> {
            long atMillis = atMillisOf(bytes);
            if (atMillis < cutoffMillis || placeOf(name) >= limits.changesPerDocument()) {
                entries.put(name, null);
            } else {
                sweptBytes += name.length() + bytes.length;
                oldestMillis = Math.min(oldestMillis, atMillis);
            }
        });
        sweptTo = some.size() < SWEPT_AT_ONCE ? null : some.lastKey();
        if (sweptTo == null && sweptBytes > limits.maxBytes()) {
            cutoffMillis = oldestMillis + Math.max(1, (nowMillis - oldestMillis) / 4);
        } else if (sweptTo == null) {
            nextSweepMillis = nowMillis + SWEEP_EVERY_MILLIS;
        }
    }

    private static long atMillisOf(byte[] bytes) {
        try {
            return PastChange.decode(bytes).atMillis();
        } catch (CodecException e) {
            LOG.warn("something in the history cannot be read and is removed: {}", e.getMessage());
            return Long.MIN_VALUE;
        }
    }

    /** Returns what is known of a document's past, the newest change first. Committed state; any thread. */
    List<PastChange> of(DocumentId id, long nowMillis) {
        List<PastChange> changes = new ArrayList<>();
        if (!limits.isOff()) {
            for (byte[] bytes : store.entries(prefix(id)).values()) {
                PastChange change = PastChange.decode(bytes);
                if (change.atMillis() >= nowMillis - limits.maxAgeMillis()) {
                    changes.add(change);
                }
            }
        }
        changes.sort(Comparator.comparingLong(PastChange::number).reversed());
        return changes;
    }
}
