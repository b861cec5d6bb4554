package io.lanyard.daemon.history;

import java.util.Map;
import java.util.Set;

/**
 * A write to one document as a program knows it: what it wanted, and what became of it.
 *
 * @param device on which device it was made, counted from 0
 * @param batch what tells it from all others; the items of a batch share it
 * @param place its place in its batch
 * @param isAtomic whether all of its batch is applied or nothing
 * @param document which document, in any form
 * @param kind what was done
 * @param sets the values by path (JSON Pointers of leaves)
 * @param removes the paths that it took away
 * @param isExact whether {@code sets} and {@code removes} are just what it stamped; a program only knows what it asked
 *     for, and what is removed depends on what the device held
 * @param outcome what became of it
 * @param after a stamp that is older than the write's, or the write's own
 * @param before a stamp that is newer than the write's, or the write's own
 * @param invokedAt when it was sent
 * @param answeredAt when its answer was there; {@link #NEVER} if none came
 */
public record WriteEvent(
        int device,
        long batch,
        int place,
        boolean isAtomic,
        String document,
        Kind kind,
        Map<String, Object> sets,
        Set<String> removes,
        boolean isExact,
        Outcome outcome,
        WriteStamp after,
        WriteStamp before,
        long invokedAt,
        long answeredAt) {

    /** When a write was answered that was not. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The device of what the history began with. */
    static final int NOBODY = -1;

    /** What a write does to its document. */
    public enum Kind {
        /** It was not there for its device, and then it was. */
        CREATED,
        /** It was there, and then had exactly these fields. */
        REPLACED,
        /** It then had these fields, and whether it had been there is not known. */
        PUT,
        /** It was there, and some fields changed. */
        PATCHED,
        /** It was there, and then it was not. */
        DELETED
    }

    /** What became of a write. */
    public enum Outcome {
        /** It was promised to be durable. */
        ACKNOWLEDGED,
        /** It was refused: it must not be seen by anybody. */
        FAILED,
        /** No answer came: it may be there or not, but whole. */
        UNKNOWN
    }

    boolean isEdit() {
        return kind != Kind.DELETED;
    }

    boolean isBaseline() {
        return device == NOBODY;
    }

    /** Returns whether its stamp is newer than the other's beyond doubt. */
    boolean isSurelyNewerThan(WriteEvent other) {
        return batch == other.batch ? place > other.place : after.compareTo(other.before) >= 0;
    }

    /** Returns whether its stamp may be newer than the other's. */
    boolean mayBeNewerThan(WriteEvent other) {
        return this != other && !other.isSurelyNewerThan(this);
    }

    /** Returns whether this may take the value at {@code path} away, where its device holds one. */
    boolean mayTakeAway(String path) {
        if (isExact) {
            return removes.contains(path);
        }
        return switch (kind) {
            case CREATED, DELETED -> false;
            case REPLACED, PUT -> !sets.containsKey(path);
            case PATCHED -> removes.stream().anyMatch(removed -> path.equals(removed) || isAbove(removed, path));
        };
    }

    /** Returns whether this takes the value at {@code path} away beyond doubt, where its device holds one. */
    boolean takesAway(String path) {
        return (isExact || kind != Kind.PUT) && mayTakeAway(path);
    }

    /** Returns whether this writes a value above or below {@code path}. */
    boolean clashesWith(String path) {
        return sets.keySet().stream().anyMatch(own -> isAbove(own, path) || isAbove(path, own));
    }

    /** Returns whether this can change what is shown at {@code path}. */
    boolean mayTouch(String path) {
        return kind == Kind.DELETED
                || kind == Kind.CREATED
                || sets.containsKey(path)
                || clashesWith(path)
                || mayTakeAway(path);
    }

    /** Returns the same with another fate. */
    WriteEvent as(Outcome other) {
        return new WriteEvent(
                device,
                batch,
                place,
                isAtomic,
                document,
                kind,
                sets,
                removes,
                isExact,
                other,
                after,
                before,
                invokedAt,
                answeredAt);
    }

    /** Returns the part of it that sets these fields and nothing else. */
    WriteEvent withOnly(Map<String, Object> fields, Outcome fate) {
        return new WriteEvent(
                device,
                batch,
                place,
                isAtomic,
                document,
                Kind.PATCHED,
                fields,
                Set.of(),
                isExact,
                fate,
                after,
                before,
                invokedAt,
                answeredAt);
    }

    /** Returns the same values written once more under a newer stamp, as the fence does; whether it did is not known. */
    WriteEvent reissued(long number, long byWhen) {
        return new WriteEvent(
                device,
                number,
                0,
                false,
                document,
                kind == Kind.DELETED ? Kind.DELETED : Kind.PATCHED,
                sets,
                removes,
                true,
                Outcome.UNKNOWN,
                after,
                WriteStamp.NEWEST,
                invokedAt,
                byWhen);
    }

    private static boolean isAbove(String ancestor, String path) {
        return path.startsWith(ancestor + "/");
    }
}
