package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.LifeRegister;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a deleted document showed before, with what was lost by the delete: kept beside a conflict, since the fields of
 * the dead are collected within seconds when everybody is here.
 *
 * @param newestTime the newest packed {@link io.lanyard.crdt.Timestamp} in the document then
 * @param leaves values as JSON text by path
 */
record Stood(long newestTime, SortedMap<FieldPath, String> leaves) {

    static final Stood NOTHING = new Stood(0, new TreeMap<>());

    private static final int LEAST_LEAF_BYTES = 2;

    Stood {
        leaves = Collections.unmodifiableSortedMap(leaves);
    }

    /** Returns what a document showed before it was deleted, as far as it is held; nothing if it is there. */
    static Stood of(Document document) {
        return document.isVisible() ? NOTHING : new Stood(document.newestTime(), document.leavesBeforeDeath());
    }

    /** Returns what is kept beside the conflict of that number in the journal. */
    static Stood beside(long number, Store store) {
        try {
            byte[] record = store.journal(number - 1, 1).get(number);
            return record == null ? NOTHING : JournalRecord.decode(record).stood();
        } catch (Store.DamagedException e) {
            return NOTHING; // as if it had not been kept: the value itself comes back
        }
    }

    boolean isNothing() {
        return leaves.isEmpty();
    }

    /**
     * Returns what a document that is not there shows when it comes back: what is still held of it, and the rest from
     * here, unless it was created anew since.
     */
    SortedMap<FieldPath, String> completing(Document gone) {
        SortedMap<FieldPath, String> held = gone.leavesBeforeDeath();
        LifeRegister alive = gone.alive();
        boolean wasThereSince = alive != null && alive.stamp().time() > newestTime;
        if (isNothing() || wasThereSince && !held.isEmpty()) {
            return held;
        }
        TreeMap<FieldPath, String> all = new TreeMap<>(leaves);
        held.forEach((path, value) -> {
            all.keySet().removeIf(path::clashesWith);
            all.put(path, value);
        });
        return all;
    }

    void encode(Encoder out) {
        out.putLong(newestTime);
        out.putVarint(leaves.size());
        leaves.forEach((path, value) -> {
            out.putText(path.pointer());
            out.putText(value);
        });
    }

    static Stood decode(Decoder in) {
        long newestTime = in.takeLong();
        int count = in.takeCount(LEAST_LEAF_BYTES);
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int left = count; left > 0; left--) {
            leaves.put(new FieldPath(in.takeText()), in.takeText());
        }
        return new Stood(newestTime, leaves);
    }
}
