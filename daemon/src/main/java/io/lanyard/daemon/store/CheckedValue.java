package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store.DamagedException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The form in which every value lies in MapDB, which checks nothing: CRC32C over key and content (4 bytes), length of
 * the content (4), content, padding. The key is in the sum, so that one value in another's place is noticed; the padding
 * lets a value grow a little and still be replaced where it lies.
 */
final class CheckedValue {
    private static final int HEADER_BYTES = 8;
    private static final int PADDING_BYTES = 64;
    private static final int SMALL_BYTES = 16;

    private CheckedValue() {}

    static byte[] wrap(byte[] key, byte[] content) {
        int bytes = HEADER_BYTES + content.length;
        int unit = bytes <= SMALL_BYTES ? SMALL_BYTES : PADDING_BYTES;
        ByteBuffer value = ByteBuffer.allocate((bytes + unit - 1) / unit * unit);
        value.putInt(checksum(key, content, 0, content.length))
                .putInt(content.length)
                .put(content);
        return value.array();
    }

    /**
     * Returns the content.
     *
     * @param what names the value for the exception
     */
    static byte[] unwrap(byte[] key, byte[] value, String what) {
        if (!isSound(key, value)) {
            throw new DamagedException(what, null);
        }
        byte[] content = new byte[ByteBuffer.wrap(value).getInt(Integer.BYTES)];
        System.arraycopy(value, HEADER_BYTES, content, 0, content.length);
        return content;
    }

    static boolean isSound(byte[] key, byte[] value) {
        if (value.length < HEADER_BYTES) {
            return false;
        }
        ByteBuffer header = ByteBuffer.wrap(value);
        int checksum = header.getInt();
        int length = header.getInt();
        return length >= 0
                && length <= value.length - HEADER_BYTES
                && checksum == checksum(key, value, HEADER_BYTES, length);
    }

    /** The same value without its padding, for where it is not replaced; a damaged one may stay as it is. */
    static byte[] withoutPadding(byte[] value) {
        int length = value.length < HEADER_BYTES ? -1 : ByteBuffer.wrap(value).getInt(Integer.BYTES);
        boolean isPadded = length >= 0 && length < value.length - HEADER_BYTES;
        return isPadded ? Arrays.copyOf(value, HEADER_BYTES + length) : value;
    }

    private static int checksum(byte[] key, byte[] content, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(key, 0, key.length);
        checksum.update(length);
        checksum.update(length >>> 8);
        checksum.update(length >>> 16);
        checksum.update(content, offset, length);
        return (int) checksum.getValue();
    }
}
