package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The file of pages under the journal. It only ever grows, filled with zeros, so that a full disk shows while growing
 * and not when a committed page has to be put in its place. One thread at a time; {@link #force()} from any.
 */
final class MainFile implements Closeable {
    private static final int STAGING_BYTES = 1 << 16;

    private final DiskFile file;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private long length;

    MainFile(DiskFile file) throws IOException {
        this.file = file;
        this.length = file.length();
    }

    long length() {
        return length;
    }

    void growTo(long bytes) throws IOException {
        while (length < bytes) {
            staging.clear().limit((int) Math.min(STAGING_BYTES, bytes - length));
            int size = staging.limit();
            for (int position = 0; position < size; position++) {
                staging.put(position, (byte) 0);
            }
            file.write(length, staging);
            length += size;
        }
    }

    /** Puts committed pages in their places, neighbours in one write. */
    void apply(PageChanges changes) throws IOException {
        staging.clear();
        long start = 0;
        for (int index = 0; index < changes.count(); index++) {
            long offset = (long) changes.number(index) << PAGE_SHIFT;
            if (!staging.hasRemaining() || start + staging.position() != offset) {
                flush(start);
                start = offset;
            }
            staging.put(changes.content(index), 0, PAGE_BYTES);
        }
        flush(start);
    }

    private void flush(long start) throws IOException {
        staging.flip();
        if (staging.hasRemaining()) {
            length = Math.max(length, start + staging.limit());
            file.write(start, staging);
        }
        staging.clear();
    }

    ByteBuffer map(long position, int bytes) throws IOException {
        return file.map(position, bytes);
    }

    /** Returns when every page applied before the call is on the disk itself. */
    void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
