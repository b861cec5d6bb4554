package io.lanyard.daemon.apps;

import java.util.Map;
import java.util.Set;

/**
 * A write that a daemon acknowledged, with all that a program can know of it.
 *
 * @param device on which device it was made
 * @param place its place in its batch
 * @param batch the batch, or the number of the write that was none; no two share it
 * @param after a stamp that is older than the write's, or the write's own
 * @param before a stamp that is newer than the write's, or the write's own
 * @param sentNanos when it was sent, by this process's clock
 * @param answeredNanos when its answer was there
 * @param kind what was done
 * @param sets the values by path, none of which was ever written elsewhere
 * @param removes the paths that a patch took away
 */
record Deed(
        int device,
        int batch,
        int place,
        WriteStamp after,
        WriteStamp before,
        long sentNanos,
        long answeredNanos,
        Kind kind,
        Map<String, Object> sets,
        Set<String> removes) {

    /** What a write did to its document. */
    enum Kind {
        /** It was not there for its device, and then it was. */
        CREATED,
        /** It was there, and then had exactly these fields. */
        REPLACED,
        /** It was there, and some fields changed. */
        PATCHED,
        /** It was there, and then it was not. */
        DELETED
    }

    boolean isEdit() {
        return kind != Kind.DELETED;
    }

    /** Returns whether its stamp is newer than the other's beyond doubt. */
    boolean isSurelyNewerThan(Deed other) {
        return batch == other.batch ? place > other.place : after.compareTo(other.before) >= 0;
    }

    /** Returns whether its stamp may be newer than the other's. */
    boolean mayBeNewerThan(Deed other) {
        return this != other && !other.isSurelyNewerThan(this);
    }

    /** Returns whether this takes the value at {@code path} away, where its device holds one. */
    boolean takesAway(String path) {
        return switch (kind) {
            case CREATED, DELETED -> false;
            case REPLACED -> !sets.containsKey(path);
            case PATCHED -> removes.stream().anyMatch(removed -> path.equals(removed) || isAbove(removed, path));
        };
    }

    /** Returns whether this writes a value above or below {@code path}. */
    boolean clashesWith(String path) {
        return sets.keySet().stream().anyMatch(own -> isAbove(own, path) || isAbove(path, own));
    }

    private static boolean isAbove(String ancestor, String path) {
        return path.startsWith(ancestor + "/");
    }
}
