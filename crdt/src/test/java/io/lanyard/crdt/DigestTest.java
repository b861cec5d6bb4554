package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class DigestTest {

    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

    @Test
    void hash_sums_areThoseOf128BitNumbers() {
        Seeds.check(5_000, random -> {
            Hash one = hash(random);
            Hash other = hash(random);

            assertEquals(number(one).add(number(other)).mod(MODULUS), number(one.plus(other)));
            assertEquals(number(one).subtract(number(other)).mod(MODULUS), number(one.minus(other)));
            assertEquals(one, one.plus(other).minus(other));
            assertEquals(one, one.minus(other).plus(other));
            assertEquals(one.plus(other), other.plus(one));
            assertEquals(Hash.ZERO, one.minus(one));
        });
    }

    @Test
    void hash_carry_reachesTheUpperHalf() {
        assertEquals(new Hash(1, 0), new Hash(0, -1).plus(new Hash(0, 1)));
        assertEquals(new Hash(0, -1), new Hash(1, 0).minus(new Hash(0, 1)));
        assertEquals(Hash.ZERO, new Hash(-1, -1).plus(new Hash(0, 1)));
        assertEquals("0000000000000001000000000000000f", new Hash(1, 15).toString());
    }

    @Test
    void replace_stepByStep_isTheDigestFromScratch() {
        Seeds.check(300, random -> {
            Digest digest = new Digest();
            Map<DocumentId, Hash> documents = new TreeMap<>();
            for (int step = 0; step < 60; step++) {
                DocumentId id = new DocumentId("c", "d" + random.nextInt(20));
                Hash after = random.nextInt(3) == 0 ? Hash.ZERO : hash(random);
                Hash before = documents.put(id, after);
                digest.replace(id, before == null ? Hash.ZERO : before, after);
            }
            List<DocumentId> inAnyOrder = new ArrayList<>(documents.keySet());
            Collections.shuffle(inAnyOrder, new Random(random.nextLong()));
            Digest fromScratch = new Digest();
            inAnyOrder.forEach(id -> fromScratch.replace(id, Hash.ZERO, documents.get(id)));

            assertEquals(fromScratch, digest);
            assertEquals(fromScratch.root(), digest.root());
            assertEquals(digest, Digest.decode(digest.encode()));
            documents.forEach((id, hash) -> digest.replace(id, hash, Hash.ZERO));
            assertEquals(new Digest(), digest);
            assertEquals(Hash.ZERO, digest.root());
        });
    }

    @Test
    void root_oneDocumentDiffers_isAnotherAndNamesItsBucket() {
        Digest digest = new Digest();
        Seeds.check(
                50, random -> digest.replace(new DocumentId("c", "d" + random.nextLong()), Hash.ZERO, hash(random)));
        Digest other = digest.copy();
        DocumentId id = new DocumentId("contact", "anna");
        other.replace(id, Hash.ZERO, new Hash(1, 2));

        assertNotEquals(digest.root(), other.root());
        assertEquals(List.of(Digest.bucketOf(id)), digest.differingBuckets(other));
        assertEquals(List.of(), digest.differingBuckets(digest.copy()));
    }

    @Test
    void root_documentsSwapTheirHashesAcrossBuckets_isAnother() {
        DocumentId one = new DocumentId("c", "1");
        DocumentId two = new DocumentId("c", "2");
        assertNotEquals(Digest.bucketOf(one), Digest.bucketOf(two));
        Digest digest = new Digest();
        digest.replace(one, Hash.ZERO, new Hash(1, 1));
        digest.replace(two, Hash.ZERO, new Hash(2, 2));
        Digest swapped = new Digest();
        swapped.replace(one, Hash.ZERO, new Hash(2, 2));
        swapped.replace(two, Hash.ZERO, new Hash(1, 1));

        assertNotEquals(digest.root(), swapped.root());
    }

    @Test
    void bucketOf_manyDocuments_reachesEveryBucket() {
        TreeSet<Integer> buckets = new TreeSet<>();
        for (int i = 0; i < 5_000; i++) {
            buckets.add(Digest.bucketOf(new DocumentId("expense", String.valueOf(i))));
        }

        assertEquals(Digest.BUCKETS, buckets.size());
        assertTrue(buckets.first() == 0 && buckets.last() == Digest.BUCKETS - 1);
    }

    private static Hash hash(RandomGenerator random) {
        long[] edges = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, random.nextLong()};
        return new Hash(edges[random.nextInt(edges.length)], edges[random.nextInt(edges.length)]);
    }

    private static BigInteger number(Hash hash) {
        return new BigInteger(hash.toString(), 16);
    }
}
