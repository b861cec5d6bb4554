package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The process that {@link CrashTest} kills: commits batches and prints which ones were acknowledged. Arguments:
 * directory, seed, how many batches to commit, at which change of a file to halt (0 for never), and whether to compact the
 * store again and again meanwhile. A halting write puts half of its bytes into the file first.
 */
final class CrashingWriter {
    static final long SEGMENT_BYTES = 256 << 10;

    private CrashingWriter() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        BatchWorkload workload = new BatchWorkload(Long.parseLong(arguments[1]));
        long batches = Long.parseLong(arguments[2]);
        AtomicLong writesLeft = new AtomicLong(Long.parseLong(arguments[3]));
        ForceThread background = new ForceThread();
        Disk disk = new HaltingDisk(DirectoryDisk.open(directory), writesLeft);
        MapDbStore store = MapDbStore.open(disk, SEGMENT_BYTES, background, BatchWorkload::numberOf, background::close);
        workload.advanceTo(BatchWorkload.batchOf(store));
        System.out.println("opened " + workload.batch());
        if (arguments.length > 4 && Boolean.parseBoolean(arguments[4])) {
            compactAgainAndAgain(store);
        }
        for (long count = 0; count < batches; count++) {
            ChangeSet changes = workload.next();
            store.commit(changes);
            workload.advance(changes);
            System.out.println("acknowledged " + workload.batch());
        }
        store.close();
    }

    private static void compactAgainAndAgain(MapDbStore store) {
        Thread thread = new Thread(() -> {
            while (true) {
                CompactionResult result = store.compact();
                if (result.outcome() != CompactionResult.Outcome.DONE) {
                    throw new IllegalStateException(result.toString());
                }
                System.out.println("compacted");
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private record HaltingDisk(Disk disk, AtomicLong writesLeft) implements Disk {

        @Override
        public DiskFile open(String name) throws IOException {
            return new HaltingFile(disk.open(name), writesLeft);
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
            haltIfDue();
            disk.delete(name);
        }

        @Override
        public long freeBytes() throws IOException {
            return disk.freeBytes();
        }

        @Override
        public void forceNames() throws IOException {
            haltIfDue();
            disk.forceNames();
        }

        private void haltIfDue() {
            if (writesLeft.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(CrashTest.HALTED);
            }
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
        public boolean isReadOnly() {
            return disk.isReadOnly();
        }

        @Override
        public String description() {
            return disk.description();
        }

        @Override
        public void close() throws IOException {
            disk.close();
        }
    }

    private record HaltingFile(DiskFile file, AtomicLong writesLeft) implements DiskFile {

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
            if (writesLeft.decrementAndGet() == 0) {
                source.limit(source.position() + source.remaining() / 2);
                file.write(position, source);
                Runtime.getRuntime().halt(CrashTest.HALTED);
            }
            file.write(position, source);
        }

        @Override
        public void force() throws IOException {
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
