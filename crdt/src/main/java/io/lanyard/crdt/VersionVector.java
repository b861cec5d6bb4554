package io.lanyard.crdt;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * For each replica id the highest sequence known: of a replica, what it claims to hold without gap; of a document's
 * context, what was ever merged into it.
 *
 * <p>The claim rule, which whoever raises a replica's vector must keep: it may claim {@code (o, s)} only while the
 * replica holds that write or what superseded it.
 *
 * <p>After Parker et al., "Detection of Mutual Inconsistency in Distributed Systems" (1983). Mutable, not thread-safe;
 * {@link #copy} what you hand on.
 */
public final class VersionVector {

    private final TreeMap<ReplicaId, Long> sequences;

    /** Makes the empty vector, which covers nothing. */
    public VersionVector() {
        sequences = new TreeMap<>();
    }

    private VersionVector(TreeMap<ReplicaId, Long> sequences) {
        this.sequences = sequences;
    }

    /** Returns an independent copy. */
    public VersionVector copy() {
        return new VersionVector(new TreeMap<>(sequences));
    }

    /** Returns the highest sequence of {@code replica}, 0 if there is none. */
    public long get(ReplicaId replica) {
        Long sequence = sequences.get(replica);
        return sequence == null ? 0 : sequence;
    }

    /** Returns true if the write is at or below what this vector has for its replica. */
    public boolean covers(Dot dot) {
        return get(dot.replica()) >= dot.sequence();
    }

    /** Returns true if this vector covers everything that {@code other} does. */
    public boolean covers(VersionVector other) {
        for (Map.Entry<ReplicaId, Long> entry : other.sequences.entrySet()) {
            if (get(entry.getKey()) < entry.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** Raises the entry of the dot's replica to its sequence; returns false if it was that high already. */
    public boolean raise(Dot dot) {
        return raise(dot.replica(), dot.sequence());
    }

    /** Raises the entry of {@code replica} to {@code sequence}; returns false if it was that high already. */
    public boolean raise(ReplicaId replica, long sequence) {
        if (get(replica) >= sequence) {
            return false;
        }
        sequences.put(replica, sequence);
        return true;
    }

    /** Raises every entry to at least that of {@code other}; returns false if nothing changed. */
    public boolean join(VersionVector other) {
        boolean raised = false;
        for (Map.Entry<ReplicaId, Long> entry : other.sequences.entrySet()) {
            raised |= raise(entry.getKey(), entry.getValue());
        }
        return raised;
    }

    /** Forgets the entry of {@code replica}. */
    public void remove(ReplicaId replica) {
        sequences.remove(replica);
    }

    /** Forgets every entry. */
    public void clear() {
        sequences.clear();
    }

    /** Returns the entries of this vector that are higher than those of {@code other}. */
    public VersionVector beyond(VersionVector other) {
        VersionVector beyond = new VersionVector();
        sequences.forEach((replica, sequence) -> {
            if (sequence > other.get(replica)) {
                beyond.sequences.put(replica, sequence);
            }
        });
        return beyond;
    }

    /** Returns what both this vector and {@code other} cover: of each replica the lower sequence. */
    public VersionVector meet(VersionVector other) {
        VersionVector meet = new VersionVector();
        sequences.forEach((replica, sequence) -> {
            long lower = Math.min(sequence, other.get(replica));
            if (lower > 0) {
                meet.sequences.put(replica, lower);
            }
        });
        return meet;
    }

    /** Calls {@code visitor} for each entry, in the order of replica ids. */
    public void forEach(ObjLongConsumer<ReplicaId> visitor) {
        sequences.forEach((replica, sequence) -> visitor.accept(replica, sequence));
    }

    /** Returns the entries in the order of replica ids, as an unmodifiable view. */
    public NavigableMap<ReplicaId, Long> entries() {
        return Collections.unmodifiableNavigableMap(sequences);
    }

    /** Returns true if there is no entry. */
    public boolean isEmpty() {
        return sequences.isEmpty();
    }

    /** Returns the number of entries. */
    public int size() {
        return sequences.size();
    }

    /** Returns a hash that equal vectors share and unequal ones practically never do. */
    public Hash hash() {
        Encoder encoder = new Encoder(16 * sequences.size());
        sequences.forEach((replica, sequence) -> {
            encoder.putLong(replica.bits());
            encoder.putVarint(sequence);
        });
        return Hash.of(encoder.bytes(), 0, encoder.size());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VersionVector vector && sequences.equals(vector.sequences);
    }

    @Override
    public int hashCode() {
        return sequences.hashCode();
    }

    @Override
    public String toString() {
        return sequences.toString();
    }
}
