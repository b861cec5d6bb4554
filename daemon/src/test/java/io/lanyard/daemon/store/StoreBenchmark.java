package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prints what a commit costs: random updates of 200-byte documents at 1, 16, 128 and 1,000 changes a commit, beside a
 * bare append of the same bytes to a file and a force of it, which is the floor under any durable store. The two take
 * turns, a fifth of a second each, so that a disk that is busy with something else slows both.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -cp 'daemon/target/test-classes:cli/target/lanyard/lib/*' \
 *     io.lanyard.daemon.store.StoreBenchmark [DOCUMENTS] [SECONDS] [DIRECTORY]
 * </pre>
 *
 * Defaults: 1,000,000 documents, 10 seconds for each line, a new directory under {@code java.io.tmpdir}, deleted at the
 * end. Give a DIRECTORY on the disk that is to be measured: a tmpdir in memory forces nothing.
 */
final class StoreBenchmark {
    private static final int RECORD_BYTES = 200;
    private static final long SLICE_MILLIS = 200;
    private static final int LOAD_BATCH = 1_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int documents;
    private final long runMillis;
    private final Path directory;
    private final long[] numbers;
    private final Random random = new Random(1);
    private final byte[] context = new byte[20];
    private long lastNumber;

    private StoreBenchmark(int documents, long runMillis, Path directory) {
        this.documents = documents;
        this.runMillis = runMillis;
        this.directory = directory;
        this.numbers = new long[documents];
    }

    public static void main(String[] arguments) throws IOException {
        int documents = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        long seconds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 10;
        Path parent = arguments.length > 2 ? Path.of(arguments[2]) : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "lanyard-store-benchmark");
        try {
            new StoreBenchmark(documents, TimeUnit.SECONDS.toMillis(seconds), directory).run();
        } finally {
            delete(directory);
        }
    }

    private void run() throws IOException {
        try (MapDbStore store = MapDbStore.open(directory.resolve("store"))) {
            long started = System.nanoTime();
            load(store);
            System.out.printf(
                    "loaded %,d documents in %.1f s, %,d MB on disk%n",
                    documents, secondsSince(started), store.sizeBytes() >> 20);
            System.out.printf(
                    "%14s %12s %12s %12s %16s %8s%n",
                    "changes/commit", "commits/s", "changes/s", "CPU us/chg", "append+force/s", "ratio");
            for (int changes : new int[] {1, 16, 128, 1_000}) {
                measure(store, changes);
            }
            started = System.nanoTime();
            long found = 0;
            for (long after = 0; after < lastNumber; ) {
                var page = store.arrivals(after, 1_000);
                found += page.size();
                after = page.get(page.size() - 1).number();
            }
            System.out.printf("scanned %,d arrivals in %.2f s%n", found, secondsSince(started));
            System.out.printf("%,d MB on disk at the end%n", store.sizeBytes() >> 20);
        }
        long started = System.nanoTime();
        MapDbStore.open(directory.resolve("store")).close();
        System.out.printf("opened and closed in %.3f s%n", secondsSince(started));
    }

    private void load(MapDbStore store) throws IOException {
        for (int from = 0; from < documents; from += LOAD_BATCH) {
            List<DocumentChange> changes = new ArrayList<>();
            for (int index = from; index < Math.min(documents, from + LOAD_BATCH); index++) {
                changes.add(change((int) (index * 7_919L % documents)));
            }
            changes.removeIf(change -> change.previousNumber() > 0);
            commit(store, changes);
        }
    }

    private void measure(MapDbStore store, int changesPerCommit) throws IOException {
        int slices = (int) Math.max(1, runMillis / SLICE_MILLIS);
        commitFor(SLICE_MILLIS, store, changesPerCommit);
        Rate commits = new Rate();
        Rate appends = new Rate();
        Path file = directory.resolve("append");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer content = ByteBuffer.allocateDirect(changesPerCommit * RECORD_BYTES);
            for (int slice = 0; slice < slices; slice += 2) {
                commits.measure(() -> commitFor(SLICE_MILLIS, store, changesPerCommit));
                appends.measure(() -> appendFor(SLICE_MILLIS, channel, content));
            }
        } finally {
            Files.delete(file);
        }
        System.out.printf(
                "%,14d %,12.0f %,12.0f %12.1f %,16.0f %7.0f%%%n",
                changesPerCommit,
                commits.perSecond(),
                commits.perSecond() * changesPerCommit,
                commits.cpuMicros() / changesPerCommit,
                appends.perSecond(),
                100 * commits.perSecond() / appends.perSecond());
    }

    private long commitFor(long millis, MapDbStore store, int changesPerCommit) throws IOException {
        long count = 0;
        for (long end = System.nanoTime() + millis * 1_000_000; System.nanoTime() < end; count++) {
            Set<Integer> picked = new LinkedHashSet<>();
            while (picked.size() < changesPerCommit) {
                picked.add(random.nextInt(documents));
            }
            List<DocumentChange> changes = new ArrayList<>(changesPerCommit);
            picked.forEach(index -> changes.add(change(index)));
            commit(store, changes);
        }
        return count;
    }

    private static long appendFor(long millis, FileChannel channel, ByteBuffer content) throws IOException {
        long count = 0;
        for (long end = System.nanoTime() + millis * 1_000_000; System.nanoTime() < end; count++) {
            channel.write(content.rewind());
            channel.force(false);
        }
        return count;
    }

    /** How often something was done, in how much time. */
    private static final class Rate {
        private long count;
        private long nanos;
        private long cpuNanos;

        interface Counted {
            long run() throws IOException;
        }

        void measure(Counted work) throws IOException {
            long cpuStarted = THREADS.getCurrentThreadCpuTime();
            long started = System.nanoTime();
            count += work.run();
            nanos += System.nanoTime() - started;
            cpuNanos += THREADS.getCurrentThreadCpuTime() - cpuStarted;
        }

        double perSecond() {
            return count * 1e9 / nanos;
        }

        double cpuMicros() {
            return cpuNanos / 1e3 / count;
        }
    }

    private void commit(MapDbStore store, List<DocumentChange> changes) throws IOException {
        byte[] vector = ByteBuffer.allocate(64).putLong(lastNumber).array();
        store.commit(new ChangeSet(changes, Map.of("vector", vector), List.of(), 1_000));
    }

    private DocumentChange change(int index) {
        long previous = numbers[index];
        numbers[index] = ++lastNumber;
        byte[] record = new byte[RECORD_BYTES + random.nextInt(16)];
        random.nextBytes(record);
        return new DocumentChange(new DocumentId("expense", "e" + index), lastNumber, previous, context, record);
    }

    private static double secondsSince(long started) {
        return (System.nanoTime() - started) / 1e9;
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
