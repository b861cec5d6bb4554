package io.lanyard.crdt;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * 128 bits of SHA-256, which can be summed up.
 *
 * <p>Sums are taken modulo 2^128. They do not depend on the order, and what was added can be subtracted again.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record Hash(long high, long low) {

    /** The sum of nothing. */
    public static final Hash ZERO = new Hash(0, 0);

    /** How many bytes a hash takes. */
    public static final int BYTES = 16;

    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(Hash::sha256);

    /** Hashes a stretch of {@code bytes}. May be called on any thread. */
    public static Hash of(byte[] bytes, int offset, int length) {
        MessageDigest digest = SHA_256.get();
        digest.update(bytes, offset, length);
        ByteBuffer result = ByteBuffer.wrap(digest.digest());
        return new Hash(result.getLong(), result.getLong());
    }

    /** Returns the sum of this and {@code other}. */
    public Hash plus(Hash other) {
        long sum = low + other.low;
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new Hash(high + other.high + carry, sum);
    }

    /** Returns this sum without {@code other}. */
    public Hash minus(Hash other) {
        long borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
        return new Hash(high - other.high - borrow, low - other.low);
    }

    /** Returns 32 hexadecimal digits. */
    @Override
    public String toString() {
        return String.format("%016x%016x", high, low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime must have SHA-256", e);
        }
    }
}
