package io.lanyard.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A disk that from some operation on takes no writes any more, or no further bytes, until it is mended. What is written
 * already can be read, and a write that fails may have been done by half.
 */
final class FaultyDisk implements Disk {

    /** How it fails. */
    enum Mode {
        NO_SPACE("No space left on device"),
        READ_ONLY("Read-only file system"),
        IO_ERROR("Input/output error");

        private final String message;

        Mode(String message) {
            this.message = message;
        }
    }

    private final Disk disk;
    private final Mode mode;
    private int operationsLeft = Integer.MAX_VALUE;
    private boolean isStruck;

    FaultyDisk(Disk disk, Mode mode) {
        this.disk = disk;
        this.mode = mode;
    }

    /** Fails from the operation of this number on, counted from 1; where space runs out only those count that need some. */
    void failFrom(int operation) {
        operationsLeft = operation;
    }

    void mend() {
        operationsLeft = Integer.MAX_VALUE;
    }

    /** Whether anything ever failed. */
    boolean hasStruck() {
        return isStruck;
    }

    private boolean isDown() {
        return operationsLeft <= 0;
    }

    /** Counts an operation and returns whether it fails. */
    private boolean fails(boolean needsRoom) {
        if (!needsRoom && mode == Mode.NO_SPACE) {
            return false;
        }
        if (operationsLeft != Integer.MAX_VALUE && operationsLeft > 0) {
            operationsLeft--;
        }
        boolean fails = isDown();
        isStruck |= fails;
        return fails;
    }

    private IOException failure() {
        return new IOException(mode.message);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        if (!disk.exists(name) && fails(true)) {
            throw failure();
        }
        return new FaultyFile(disk.open(name));
    }

    @Override
    public boolean exists(String name) throws IOException {
        return disk.exists(name);
    }

    @Override
    public List<String> names() throws IOException {
        return disk.names();
    }

    @Override
    public void delete(String name) throws IOException {
        if (fails(false)) {
            throw failure();
        }
        disk.delete(name);
    }

    @Override
    public long freeBytes() throws IOException {
        return isDown() && mode == Mode.NO_SPACE ? 0 : disk.freeBytes();
    }

    @Override
    public boolean isReadOnly() {
        return isDown() && mode == Mode.READ_ONLY;
    }

    @Override
    public void forceNames() throws IOException {
        if (fails(false)) {
            throw failure();
        }
        disk.forceNames();
    }

    @Override
    public String freshAside() throws IOException {
        return disk.freshAside();
    }

    @Override
    public String whereIs(String aside) {
        return disk.whereIs(aside);
    }

    @Override
    public void moveAside(String aside, Iterable<String> names) throws IOException {
        disk.moveAside(aside, names);
    }

    @Override
    public String description() {
        return disk.description();
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }

    private final class FaultyFile implements DiskFile {
        private final DiskFile file;

        FaultyFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void read(long position, ByteBuffer target) throws IOException {
            file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            if (!fails(position + source.remaining() > file.length())) {
                file.write(position, source);
                return;
            }
            if (mode != Mode.READ_ONLY) {
                file.write(position, source.slice().limit(source.remaining() / 2));
            }
            throw failure();
        }

        @Override
        public void force() throws IOException {
            if (fails(false)) {
                throw failure();
            }
            file.force();
        }

        @Override
        public ByteBuffer map(long position, int bytes) throws IOException {
            return file.map(position, bytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
