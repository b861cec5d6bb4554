package io.lanyard.crdt;

/**
 * A value that a person or a program wrote, and that a concurrent write replaced: neither writer had seen the other.
 *
 * @param path the field, or {@code null} where the document as a whole is meant
 * @param lostValue the value that lost, as JSON text; {@code null} if a removal lost (of the field, or of the document)
 * @param lostTime when the loser was written, a packed {@link Timestamp}
 * @param loser the write that lost
 * @param winner a write that stands instead, or {@code null} if that is a removal that left no trace here
 */
public record Conflict(FieldPath path, String lostValue, long lostTime, Dot loser, Dot winner) {}
