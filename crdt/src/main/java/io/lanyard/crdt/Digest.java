package io.lanyard.crdt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a replica shows, summed up: equal digests mean equal visible documents, with equal stamps.
 *
 * <p>Documents fall into {@value #BUCKETS} buckets by their name; a bucket is the sum of its documents' hashes, and the
 * {@link #root} is the hash over all buckets: a Merkle tree of two levels, kept in step by one subtraction and one
 * addition a change. Mutable, not thread-safe.
 */
public final class Digest {

    /** How many buckets there are. */
    public static final int BUCKETS = 256;

    private final Hash[] sums;
    /** {@code null} if it has to be worked out. */
    private Hash root;

    /** Makes the digest of no documents. */
    public Digest() {
        sums = new Hash[BUCKETS];
        Arrays.fill(sums, Hash.ZERO);
    }

    private Digest(Hash[] sums) {
        this.sums = sums;
    }

    /** Returns an independent copy. */
    public Digest copy() {
        return new Digest(sums.clone());
    }

    /** Puts {@code after} in the place of {@code before}; {@link Hash#ZERO} stands for a document that is not there. */
    public void replace(DocumentId id, Hash before, Hash after) {
        int bucket = bucketOf(id);
        sums[bucket] = sums[bucket].minus(before).plus(after);
        root = null;
    }

    /** Returns the bucket of a document, 0 to {@value #BUCKETS} - 1. */
    public static int bucketOf(DocumentId id) {
        CRC32C checksum = new CRC32C();
        checksum.update(id.toString().getBytes(StandardCharsets.ISO_8859_1));
        return (int) checksum.getValue() & BUCKETS - 1;
    }

    /** Returns the hash over all buckets, {@link Hash#ZERO} if there are no documents. */
    public Hash root() {
        if (root == null) {
            root = computeRoot();
        }
        return root;
    }

    private Hash computeRoot() {
        for (Hash sum : sums) {
            if (!sum.equals(Hash.ZERO)) {
                byte[] bytes = encode();
                return Hash.of(bytes, 0, bytes.length);
            }
        }
        return Hash.ZERO;
    }

    /** Returns the numbers of the buckets that are not the same in both. */
    public List<Integer> differingBuckets(Digest other) {
        List<Integer> differing = new ArrayList<>();
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            if (!sums[bucket].equals(other.sums[bucket])) {
                differing.add(bucket);
            }
        }
        return differing;
    }

    /** Returns the buckets' sums one after another, 16 bytes each. */
    public byte[] encode() {
        Encoder encoder = new Encoder(BUCKETS * Hash.BYTES);
        for (Hash sum : sums) {
            encoder.putHash(sum);
        }
        return encoder.toByteArray();
    }

    /**
     * Reads what {@link #encode} gave.
     *
     * @throws CodecException if the bytes are of another length
     */
    public static Digest decode(byte[] bytes) {
        Decoder decoder = new Decoder(bytes);
        Hash[] sums = new Hash[BUCKETS];
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            sums[bucket] = decoder.takeHash();
        }
        decoder.expectEnd();
        return new Digest(sums);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest digest && Arrays.equals(sums, digest.sums);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sums);
    }
}
