package io.lanyard.daemon.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of the operating system, held against every other process by a lock on its file {@code lock}.
 *
 * <p>Files are written through channels and read through read-only mappings, as SQLite and LMDB do it: a full disk is
 * then an exception, never a fault in the middle of a memory access. A thread that is interrupted while it writes closes
 * the channel under it, which the store takes for a write error.
 */
final class DirectoryDisk implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryDisk.class);
    private static final boolean IS_WINDOWS = System.getProperty("os.name").startsWith("Windows");
    private static final DateTimeFormatter ASIDE =
            DateTimeFormatter.ofPattern("'damaged-'yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Path directory;
    private final FileChannel lockChannel;
    private final FileLock lock;

    private DirectoryDisk(Path directory, FileChannel lockChannel, FileLock lock) {
        this.directory = directory;
        this.lockChannel = lockChannel;
        this.lock = lock;
    }

    /**
     * Creates the directory if it is missing, and takes its lock.
     *
     * @throws StoreInUseException if another process, or another store of this one, holds it
     */
    static DirectoryDisk open(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (!Files.isDirectory(absolute)) {
            Files.createDirectories(absolute);
            forceDirectory(absolute.getParent());
        }
        FileChannel channel =
                FileChannel.open(absolute.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new StoreInUseException(absolute);
            }
            return new DirectoryDisk(absolute, channel, lock);
        } catch (OverlappingFileLockException heldByThisProcess) {
            channel.close();
            throw new StoreInUseException(absolute);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new ChannelFile(FileChannel.open(
                directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(directory.resolve(name));
    }

    @Override
    public List<String> names() throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> path.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Emptied first: what is still mapped would keep its space otherwise until the mapping is collected. */
    @Override
    public void delete(String name) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0);
            Files.delete(file);
        } catch (IOException e) {
            // Windows neither empties nor deletes a file that is mapped; the next opening tries again.
            if (!IS_WINDOWS) {
                throw e;
            }
            LOG.debug("{} stays until the next opening: {}", file, e.toString());
        }
    }

    @Override
    public long freeBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public boolean isReadOnly() {
        try {
            return Files.getFileStore(directory).isReadOnly();
        } catch (IOException e) {
            LOG.debug("what holds {} cannot be told", directory, e);
            return false;
        }
    }

    @Override
    public void forceNames() throws IOException {
        forceDirectory(directory);
    }

    @Override
    public String freshAside() {
        String base = ASIDE.format(Instant.now());
        String name = base;
        for (int attempt = 2; Files.exists(directory.resolve(name)); attempt++) {
            name = base + "-" + attempt;
        }
        return name;
    }

    @Override
    public String whereIs(String aside) {
        return directory.resolve(aside).toString();
    }

    @Override
    public void moveAside(String name, Iterable<String> names) throws IOException {
        Path aside = Files.createDirectories(directory.resolve(name));
        move(names, aside);
        forceDirectory(aside);
        forceDirectory(directory);
    }

    private void move(Iterable<String> names, Path aside) throws IOException {
        for (String name : names) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                Files.move(file, aside.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    @Override
    public String description() {
        return directory.toString();
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockChannel.close();
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (AccessDeniedException e) {
            // Windows opens no directories; NTFS journals their entries by itself.
            if (!IS_WINDOWS) {
                throw e;
            }
        }
    }

    private record ChannelFile(FileChannel channel) implements DiskFile {

        @Override
        public long length() throws IOException {
            return channel.size();
        }

        @Override
        public void read(long position, ByteBuffer target) throws IOException {
            long at = position;
            while (target.hasRemaining()) {
                int count = channel.read(target, at);
                if (count < 0) {
                    throw new EOFException("the file ends at " + at);
                }
                at += count;
            }
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            long at = position;
            while (source.hasRemaining()) {
                at += channel.write(source, at);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public ByteBuffer map(long position, int bytes) throws IOException {
            return channel.map(FileChannel.MapMode.READ_ONLY, position, bytes);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
