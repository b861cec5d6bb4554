package io.lanyard.crdt;

import java.util.Comparator;
import java.util.Objects;

/**
 * A last-writer-wins register: the value of one field, or its absence, and when and by which write it came.
 *
 * @param time the packed {@link Timestamp} of the write; with the dot's replica it makes the {@link Stamp}
 * @param dot the write
 * @param value the field's value as JSON text exactly as it was written, or {@code null} for a tombstone
 */
public record Register(long time, Dot dot, String value) {

    /**
     * The order in which registers win: by stamp. Two different values under one stamp cannot happen; if they do, the
     * larger text wins everywhere, so that replicas agree all the same.
     */
    public static final Comparator<Register> WINNING_ORDER = Register::compareForWinning;

    /** Returns the total order's key. */
    public Stamp stamp() {
        return new Stamp(time, dot.replica());
    }

    /** Returns true if the field has a value, false for a tombstone. */
    public boolean isPresent() {
        return value != null;
    }

    /** Returns true if this register replaces {@code other}, which may be {@code null}. */
    public boolean beats(Register other) {
        return other == null || compareForWinning(this, other) > 0;
    }

    /** Returns true if one stamp stands on two different values, which only damage or a bug explains. */
    boolean clashesWith(Register other) {
        return other != null
                && time == other.time
                && dot.replica().equals(other.dot.replica())
                && !Objects.equals(value, other.value);
    }

    private static int compareForWinning(Register left, Register right) {
        int byTime = Timestamp.compare(left.time, right.time);
        if (byTime != 0) {
            return byTime;
        }
        int byDot = left.dot.replica().compareTo(right.dot.replica());
        if (byDot != 0) {
            return byDot;
        }
        int byValue = compareValues(left.value, right.value);
        return byValue != 0 ? byValue : left.dot.compareTo(right.dot);
    }

    private static int compareValues(String left, String right) {
        if (left == null || right == null) {
            return Boolean.compare(left != null, right != null);
        }
        return left.compareTo(right);
    }
}
