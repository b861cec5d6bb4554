package io.lanyard.crdt;

/**
 * A value that a person or a program wrote, and that a concurrent write replaced: neither writer had seen the other.
 *
 * @param path the field, or {@code null} where the document as a whole is meant
 * @param lostValue the value that lost, as JSON text; {@code null} if a removal lost (of the field, or of the document)
 * @param lostTime when the loser was written, a packed {@link Timestamp}
 * @param loser the write that lost
 * @param winner a write that stands instead, or {@code null} if that is a removal that left no trace here
 * @param standing what the winner wrote, or {@code null} if that is not known
 */
public record Conflict(FieldPath path, String lostValue, long lostTime, Dot loser, Dot winner, Standing standing) {

    /** Makes a conflict of which it is not known what stands instead. */
    public Conflict(FieldPath path, String lostValue, long lostTime, Dot loser, Dot winner) {
        this(path, lostValue, lostTime, loser, winner, null);
    }

    /**
     * What stood instead of the lost value when the conflict was found.
     *
     * @param path where, since that may be above or below the path that lost; {@code null} for the document as a whole
     * @param value the value as JSON text; {@code null} for a removal
     * @param time when it was written, a packed {@link Timestamp}
     */
    public record Standing(FieldPath path, String value, long time) {}
}
