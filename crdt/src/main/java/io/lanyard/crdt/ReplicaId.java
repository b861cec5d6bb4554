package io.lanyard.crdt;

import java.util.random.RandomGenerator;

/**
 * Names one numbering of writes: 64 random bits, taken afresh at the first write after every opening of a store.
 *
 * <p>A device goes through many replica ids in its life and never uses one again, so no {@link Dot} can be issued
 * twice: not after a crash, a restored backup or by a cloned disk. Ordered as unsigned numbers.
 *
 * @param bits the 64 random bits
 */
public record ReplicaId(long bits) implements Comparable<ReplicaId> {

    /** Draws a new id from {@code random}, which must be cryptographically strong outside of simulations. */
    public static ReplicaId draw(RandomGenerator random) {
        return new ReplicaId(random.nextLong());
    }

    /**
     * Reads the form of {@link #toString()}.
     *
     * @throws NumberFormatException if {@code text} is not 1 to 16 hexadecimal digits
     */
    public static ReplicaId parse(String text) {
        return new ReplicaId(Long.parseUnsignedLong(text, 16));
    }

    @Override
    public int compareTo(ReplicaId other) {
        return Long.compareUnsigned(bits, other.bits);
    }

    /** Returns the id as 16 hexadecimal digits. */
    @Override
    public String toString() {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
