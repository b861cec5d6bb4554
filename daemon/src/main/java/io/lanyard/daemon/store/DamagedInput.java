package io.lanyard.daemon.store;

import java.io.IOException;
import org.mapdb.DataInput2;
import org.mapdb.serializer.SerializerByteArray;

/**
 * Content that lies in a damaged page, while a damaged store is salvaged. Nothing can be read from it as if it were
 * sound; only {@link Values}, which carry a checksum of their own, look at it all the same.
 */
final class DamagedInput extends DataInput2 {
    private final byte[] content;
    private final DamagedPageException damage;

    DamagedInput(byte[] content, DamagedPageException damage) {
        this.content = content;
        this.damage = damage;
    }

    /** Values of trees. One in a damaged page is read if it can be; its own checksum tells whether it is sound. */
    static final class Values extends SerializerByteArray {

        @Override
        public byte[] deserialize(DataInput2 in, int available) throws IOException {
            if (!(in instanceof DamagedInput damaged)) {
                return super.deserialize(in, available);
            }
            try {
                return super.deserialize(new DataInput2.ByteArray(damaged.content), available);
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                return TreeSlices.UNREADABLE;
            }
        }
    }

    @Override
    public int getPos() {
        throw damage;
    }

    @Override
    public void setPos(int position) {
        throw damage;
    }

    @Override
    public byte[] internalByteArray() {
        throw damage;
    }

    @Override
    public java.nio.ByteBuffer internalByteBuffer() {
        throw damage;
    }

    @Override
    public void close() {
        // There is nothing to close.
    }

    @Override
    public long unpackLong() {
        throw damage;
    }

    @Override
    public int unpackInt() {
        throw damage;
    }

    @Override
    public long[] unpackLongArrayDeltaCompression(int size) {
        throw damage;
    }

    @Override
    public void unpackLongArray(long[] target, int start, int end) {
        throw damage;
    }

    @Override
    public void unpackIntArray(int[] target, int start, int end) {
        throw damage;
    }

    @Override
    public void unpackLongSkip(int count) {
        throw damage;
    }

    @Override
    public void readFully(byte[] target, int offset, int length) {
        throw damage;
    }

    @Override
    public int skipBytes(int count) {
        throw damage;
    }

    @Override
    public boolean readBoolean() {
        throw damage;
    }

    @Override
    public byte readByte() {
        throw damage;
    }

    @Override
    public int readUnsignedByte() {
        throw damage;
    }

    @Override
    public short readShort() {
        throw damage;
    }

    @Override
    public char readChar() {
        throw damage;
    }

    @Override
    public int readInt() {
        throw damage;
    }

    @Override
    public long readLong() {
        throw damage;
    }
}
