package io.lanyard.crdt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link Encoder} wrote, trusting none of it.
 *
 * <p>Every method throws {@link CodecException}, and nothing else, on bytes that are cut off or not of the expected
 * form. No length is believed before that many bytes are known to be there. Not thread-safe.
 */
public final class Decoder {

    private final byte[] bytes;
    private final int end;
    private int position;

    /** Reads all of {@code bytes}, which must not change meanwhile. */
    public Decoder(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Reads a stretch of {@code bytes}, which must not change meanwhile. */
    public Decoder(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.position = offset;
        this.end = offset + length;
    }

    /** Returns how many bytes are left. */
    public int remaining() {
        return end - position;
    }

    /** Refuses what is left over at the end. */
    public void expectEnd() {
        if (position != end) {
            throw new CodecException(remaining() + " bytes too many");
        }
    }

    /** Returns the next byte, 0 to 255. */
    public int takeByte() {
        need(1);
        return bytes[position++] & 0xFF;
    }

    /** Returns the next 8 bytes as a number. */
    public long takeLong() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | bytes[position++] & 0xFF;
        }
        return value;
    }

    /** Returns an unsigned varint; a form longer than needed is refused. */
    public long takeVarint() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int next = takeByte();
            if (shift == 63 && next > 1 || next == 0 && shift > 0) {
                break;
            }
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new CodecException("not a number's shortest form");
    }

    /** Returns a varint that must lie between {@code least} and {@code most}. */
    public long takeVarint(long least, long most) {
        long value = takeVarint();
        if (value < least || value > most) {
            throw new CodecException("number " + Long.toUnsignedString(value) + " is out of range");
        }
        return value;
    }

    /**
     * Returns the number of elements that follow, each of which takes at least {@code leastBytes}: a number that the
     * remaining bytes cannot hold is refused, so it is safe to allocate by it.
     */
    public int takeCount(int leastBytes) {
        long count = takeVarint();
        if (count < 0 || count > remaining() / leastBytes) {
            throw new CodecException("count " + Long.toUnsignedString(count) + " does not fit into the bytes left");
        }
        return (int) count;
    }

    /** Returns the next {@code length} bytes. */
    public byte[] takeBytes(int length) {
        need(length);
        byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return copy;
    }

    /** Returns a block: its length as a varint, and its bytes. */
    public byte[] takeBlock() {
        return takeBytes(takeCount(1));
    }

    /** Returns a text; what is not UTF-8 is refused. */
    public String takeText() {
        int length = takeCount(1);
        boolean ascii = true;
        for (int i = position; i < position + length; i++) {
            ascii &= bytes[i] >= 0;
        }
        try {
            return ascii
                    ? new String(bytes, position, length, StandardCharsets.ISO_8859_1)
                    : StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes, position, length))
                            .toString();
        } catch (CharacterCodingException e) {
            throw new CodecException("text is not UTF-8", e);
        } finally {
            position += length;
        }
    }

    /** Returns the 16 bytes of a hash. */
    public Hash takeHash() {
        return new Hash(takeLong(), takeLong());
    }

    /** Returns a positive sequence number. */
    public long takeSequence() {
        return takeVarint(1, Long.MAX_VALUE);
    }

    /** Returns a vector; an entry out of order or given twice is refused. */
    public VersionVector takeVector() {
        int count = takeCount(9);
        VersionVector vector = new VersionVector();
        ReplicaId previous = null;
        for (int i = 0; i < count; i++) {
            ReplicaId replica = new ReplicaId(takeLong());
            if (previous != null && previous.compareTo(replica) >= 0) {
                throw new CodecException("vector entries out of order");
            }
            vector.raise(replica, takeSequence());
            previous = replica;
        }
        return vector;
    }

    private void need(int length) {
        if (length < 0 || length > remaining()) {
            throw new CodecException("cut off: " + length + " bytes wanted, " + remaining() + " left");
        }
    }
}
