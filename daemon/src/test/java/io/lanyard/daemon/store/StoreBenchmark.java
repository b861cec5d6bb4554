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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prints what a commit costs: random updates of 200-byte documents at 1, 16, 128 and 1,000 changes a commit, beside a
 * bare append of the same bytes to a file and a force of it, which is the floor under any durable store.
 *
 * <pre>
 * mvn -q -DskipTests test-compile
 * mvn -q -pl daemon dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp daemon/target/test-classes:daemon/target/classes:crdt/target/classes:$(cat daemon/target/classpath) \
 *     io.lanyard.daemon.store.StoreBenchmark [DOCUMENTS] [SECONDS] [DIRECTORY]
 * </pre>
 *
 * Defaults: 1,000,000 documents, 5 seconds for each line, a new directory under {@code java.io.tmpdir}, deleted at the
 * end. Give a DIRECTORY on the disk that is to be measured: a tmpdir in memory forces nothing.
 */
final class StoreBenchmark {
    private static final int RECORD_BYTES = 200;
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
        long seconds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 5;
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
                    "%14s %12s %12s %12s %12s %16s %8s%n",
                    "changes/commit", "commits/s", "changes/s", "us/change", "CPU us/chg", "append+force/s", "ratio");
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
        run(store, changesPerCommit, runMillis / 5);
        long cpuStarted = THREADS.getCurrentThreadCpuTime();
        long started = System.nanoTime();
        long commits = run(store, changesPerCommit, runMillis);
        double seconds = secondsSince(started);
        double cpuMicros = (THREADS.getCurrentThreadCpuTime() - cpuStarted) / 1e3;
        double floor = appendsPerSecond(changesPerCommit * RECORD_BYTES);
        double changes = (double) commits * changesPerCommit;
        System.out.printf(
                "%,14d %,12.0f %,12.0f %12.1f %12.1f %,16.0f %7.0f%%%n",
                changesPerCommit,
                commits / seconds,
                changes / seconds,
                seconds * 1e6 / changes,
                cpuMicros / changes,
                floor,
                100 * commits / seconds / floor);
    }

    private long run(MapDbStore store, int changesPerCommit, long millis) throws IOException {
        long commits = 0;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < end) {
            Map<Integer, Integer> picked = new LinkedHashMap<>();
            while (picked.size() < changesPerCommit) {
                picked.put(random.nextInt(documents), 0);
            }
            List<DocumentChange> changes = new ArrayList<>(changesPerCommit);
            picked.keySet().forEach(index -> changes.add(change(index)));
            commit(store, changes);
            commits++;
        }
        return commits;
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

    private double appendsPerSecond(int bytes) throws IOException {
        Path file = directory.resolve("append");
        ByteBuffer content = ByteBuffer.allocateDirect(bytes);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            long started = System.nanoTime();
            long end = started + TimeUnit.MILLISECONDS.toNanos(runMillis / 2);
            long count = 0;
            while (System.nanoTime() < end) {
                channel.write(content.rewind());
                channel.force(false);
                count++;
            }
            return count / secondsSince(started);
        } finally {
            Files.delete(file);
        }
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
