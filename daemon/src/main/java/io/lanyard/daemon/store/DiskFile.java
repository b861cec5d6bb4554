package io.lanyard.daemon.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One file of a {@link Disk}. What was written is seen by every later read and by every mapping at once; it survives a
 * power loss only after {@link #force()} has returned. Two threads never write the same bytes; {@code
 * force} may run while another writes.
 */
interface DiskFile extends Closeable {

    /** Length in bytes. */
    long length() throws IOException;

    /** Fills {@code target} from {@code position}; an {@link java.io.EOFException} if the file ends before. */
    void read(long position, ByteBuffer target) throws IOException;

    /** Writes all of {@code source} at {@code position}, growing the file if it ends before. */
    void write(long position, ByteBuffer source) throws IOException;

    /** Returns when everything written before the call is on the disk itself. */
    void force() throws IOException;

    /** A read-only view of {@code bytes} bytes that lie within the file. The file must not be shortened afterwards. */
    ByteBuffer map(long position, int bytes) throws IOException;
}
