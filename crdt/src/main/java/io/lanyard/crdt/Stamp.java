package io.lanyard.crdt;

/**
 * When a register was written, as a total order: hybrid logical time, then the replica as tie-break.
 *
 * @param time the packed {@link Timestamp}
 * @param replica the writer
 */
public record Stamp(long time, ReplicaId replica) implements Comparable<Stamp> {

    @Override
    public int compareTo(Stamp other) {
        int byTime = Timestamp.compare(time, other.time);
        return byTime != 0 ? byTime : replica.compareTo(other.replica);
    }

    /** Returns true if this stamp is strictly newer; anything is newer than {@code null}. */
    public boolean isNewerThan(Stamp other) {
        return other == null || compareTo(other) > 0;
    }

    /** Returns {@code time.counter@replica}, with the time in ISO 8601 and UTC. */
    @Override
    public String toString() {
        return Timestamp.text(time) + "." + Timestamp.counter(time) + "@" + replica;
    }
}
