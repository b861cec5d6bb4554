package io.lanyard.crdt;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the compact binary form: the same bytes on disk and on the wire.
 *
 * <p>A varint is 7 bits to a byte, lowest first, the top bit set on all but the last. A text is a varint of its length
 * in bytes and then UTF-8. Not thread-safe.
 */
public final class Encoder {

    private byte[] bytes;
    private int size;

    /** Makes an encoder with room for {@code expectedBytes}; it grows as needed. */
    public Encoder(int expectedBytes) {
        bytes = new byte[Math.max(16, expectedBytes)];
    }

    /** Returns how many bytes were written. */
    public int size() {
        return size;
    }

    /** Returns a copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    byte[] bytes() {
        return bytes;
    }

    /** Appends the low 8 bits. */
    public void putByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    /** Appends 8 bytes, highest first. */
    public void putLong(long value) {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    /** Appends an unsigned varint of 1 to 10 bytes. */
    public void putVarint(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** Appends the bytes as they are. */
    public void putBytes(byte[] source) {
        putBytes(source, 0, source.length);
    }

    /** Appends a stretch of bytes as it is. */
    public void putBytes(byte[] source, int offset, int length) {
        room(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    /** Appends a varint of the length, and the bytes. */
    public void putBlock(byte[] block) {
        putVarint(block.length);
        putBytes(block);
    }

    /**
     * Appends a text.
     *
     * <p>Lone surrogates have no UTF-8 form and would become question marks: keep them out at the door.
     */
    public void putText(String text) {
        putBlock(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Appends the 16 bytes of a hash. */
    public void putHash(Hash hash) {
        putLong(hash.high());
        putLong(hash.low());
    }

    /** Appends a vector: the number of entries, then replica id and sequence of each. */
    public void putVector(VersionVector vector) {
        putVarint(vector.size());
        vector.forEach((replica, sequence) -> {
            putLong(replica.bits());
            putVarint(sequence);
        });
    }

    private void room(int needed) {
        if (bytes.length - size < needed) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, needed), bytes.length * 2));
        }
    }
}
