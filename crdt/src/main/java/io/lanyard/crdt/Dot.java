package io.lanyard.crdt;

/**
 * Names one write: the {@code sequence}-th write of {@code replica}.
 *
 * @param replica who numbered the write
 * @param sequence 1 for the first write of the replica, then 2, 3 and so on without gap
 */
public record Dot(ReplicaId replica, long sequence) implements Comparable<Dot> {

    /** Checks that the sequence is positive. */
    public Dot {
        if (sequence < 1) {
            throw new IllegalArgumentException("a write's sequence starts at 1, not " + sequence);
        }
    }

    @Override
    public int compareTo(Dot other) {
        int byReplica = replica.compareTo(other.replica);
        return byReplica != 0 ? byReplica : Long.compare(sequence, other.sequence);
    }

    /** Returns {@code replica:sequence}. */
    @Override
    public String toString() {
        return replica + ":" + sequence;
    }
}
