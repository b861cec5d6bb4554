package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class VersionVectorTest {

    private static final int SEEDS = 2_000;

    @Test
    void join_isTheLeastThatCoversBoth() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector other = vector(random);
            VersionVector joined = joined(one, other);

            assertTrue(joined.covers(one) && joined.covers(other));
            joined.entries()
                    .forEach((replica, sequence) ->
                            assertEquals(sequence, Math.max(one.get(replica), other.get(replica))));
        });
    }

    @Test
    void join_isCommutativeAssociativeIdempotent() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector two = vector(random);
            VersionVector three = vector(random);

            assertEquals(joined(one, two), joined(two, one));
            assertEquals(joined(joined(one, two), three), joined(one, joined(two, three)));
            assertEquals(one, joined(one, one));
        });
    }

    @Test
    void join_tellsWhetherAnythingWasRaised() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector other = vector(random);

            assertEquals(!one.covers(other), one.copy().join(other));
        });
    }

    @Test
    void covers_isAPartialOrder() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector other = vector(random);

            assertTrue(one.covers(one));
            assertEquals(one.equals(other), one.covers(other) && other.covers(one));
            assertEquals(one.covers(other), joined(one, other).equals(one));
        });
    }

    @Test
    void covers_dot_upToTheSequence() {
        ReplicaId replica = new ReplicaId(1);
        VersionVector vector = new VersionVector();
        assertFalse(vector.covers(new Dot(replica, 1)));
        vector.raise(replica, 3);

        assertTrue(vector.covers(new Dot(replica, 1)));
        assertTrue(vector.covers(new Dot(replica, 3)));
        assertFalse(vector.covers(new Dot(replica, 4)));
        assertFalse(vector.covers(new Dot(new ReplicaId(2), 1)));
    }

    @Test
    void beyond_isWhatTheOtherLacks() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector other = vector(random);
            VersionVector beyond = one.beyond(other);

            assertEquals(joined(one, other), joined(beyond, other));
            assertTrue(one.covers(beyond));
            assertEquals(other.covers(one), beyond.isEmpty());
            beyond.entries().forEach((replica, sequence) -> assertTrue(sequence > other.get(replica)));
        });
    }

    @Test
    void raise_lower_changesNothing() {
        VersionVector vector = new VersionVector();

        assertTrue(vector.raise(new ReplicaId(1), 5));
        assertFalse(vector.raise(new ReplicaId(1), 5));
        assertFalse(vector.raise(new ReplicaId(1), 4));
        assertFalse(vector.raise(new ReplicaId(2), 0));
        assertEquals(1, vector.size());
    }

    @Test
    void copy_isIndependent() {
        VersionVector vector = new VersionVector();
        VersionVector copy = vector.copy();
        vector.raise(new ReplicaId(1), 5);

        assertTrue(copy.isEmpty());
        assertThrows(UnsupportedOperationException.class, () -> vector.entries().clear());
    }

    @Test
    void hash_ofEqualVectors_isEqualWhateverTheOrderOfRaising() {
        Seeds.check(SEEDS, random -> {
            VersionVector one = vector(random);
            VersionVector other = vector(random);
            assertEquals(joined(one, other).hash(), joined(other, one).hash());
            assertEquals(one.equals(other), one.hash().equals(other.hash()));
        });
    }

    @Test
    void forEach_visitsInUnsignedOrder() {
        VersionVector vector = new VersionVector();
        for (long bits : new long[] {-1, 1, Long.MIN_VALUE, Long.MAX_VALUE, 0}) {
            vector.raise(new ReplicaId(bits), 1);
        }
        List<Long> visited = new ArrayList<>();
        vector.forEach((replica, sequence) -> visited.add(replica.bits()));

        assertEquals(List.of(0L, 1L, Long.MAX_VALUE, Long.MIN_VALUE, -1L), visited);
    }

    @Test
    void replicaId_text_isSixteenDigitsBothWays() {
        for (long bits : new long[] {0, 1, -1, Long.MIN_VALUE, 0xABCDEFL}) {
            ReplicaId replica = new ReplicaId(bits);
            assertEquals(16, replica.toString().length());
            assertEquals(replica, ReplicaId.parse(replica.toString()));
        }
        assertThrows(NumberFormatException.class, () -> ReplicaId.parse("xyz"));
        assertThrows(IllegalArgumentException.class, () -> new Dot(new ReplicaId(1), 0));
        assertNotEquals(new Dot(new ReplicaId(1), 1), new Dot(new ReplicaId(1), 2));
    }

    private static VersionVector joined(VersionVector one, VersionVector other) {
        VersionVector joined = one.copy();
        joined.join(other);
        return joined;
    }

    private static VersionVector vector(RandomGenerator random) {
        VersionVector vector = new VersionVector();
        for (int left = random.nextInt(4); left > 0; left--) {
            vector.raise(new ReplicaId(random.nextInt(4) - 1), 1 + random.nextInt(3));
        }
        return vector;
    }
}
