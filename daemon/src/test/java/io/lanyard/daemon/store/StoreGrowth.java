package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.ChangeSet.Removal;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.watch.Heartbeat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Prints how large a store grows that is written to for long, beside a fresh copy of it, and for how long compactions
 * hold up commits: overwrites, deletes and creations over a constant number of living documents, dead documents that lose
 * their fields and are removed later, entries that come and go, conflicts.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -cp 'daemon/target/test-classes:cli/target/lanyard/lib/*' \
 *     io.lanyard.daemon.store.StoreGrowth [DOCUMENTS] [OPERATIONS] [OPERATIONS A COMMIT] [DIRECTORY]
 * </pre>
 *
 * Defaults: 100,000 documents, 5,000,000 operations, 50 a commit, a new directory under {@code java.io.tmpdir}, deleted at
 * the end.
 */
final class StoreGrowth {
    private static final int DEAD_DOCUMENTS = 2_000;
    private static final int LARGE_ENTRIES = 20;

    private final Random random = new Random(1);
    private final MapDbStore store;
    private final int batch;
    private final DocumentId[] living;
    private final long[] numbers;
    private final ArrayDeque<Removal> dead = new ArrayDeque<>();
    private final List<Long> commitMicros = new ArrayList<>();
    private long operations;
    private long created;
    private long lastNumber;
    private long lastAmended;

    StoreGrowth(MapDbStore store, int documents, int batch) {
        this.store = store;
        this.batch = batch;
        living = new DocumentId[documents];
        numbers = new long[documents];
    }

    public static void main(String[] arguments) throws IOException {
        int documents = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        long operations = arguments.length > 1 ? Long.parseLong(arguments[1]) : 5_000_000;
        int batch = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 50;
        Path parent = arguments.length > 3 ? Path.of(arguments[3]) : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "lanyard-store-growth");
        try (MapDbStore store = MapDbStore.open(directory.resolve("store"))) {
            new StoreGrowth(store, documents, batch).printGrowth(operations);
        } finally {
            delete(directory);
        }
    }

    private void printGrowth(long until) throws IOException {
        load();
        long fresh = store.compact().bytesAfter();
        System.out.printf("%,d documents: %,d KiB on disk%n", living.length, fresh >> 10);
        store.compactWhenWorthIt(Heartbeat.UNWATCHED);
        long started = System.nanoTime();
        long[] most = new long[2];
        while (operations < until) {
            churn(operations + until / 20);
            CompactionResult last = store.lastCompaction().orElseThrow();
            most[0] = Math.max(most[0], store.sizeBytes());
            System.out.printf(
                    "%,11d operations, %7.1f s: %,9d KiB, last compaction %,d -> %,d KiB in %,d ms, stop %.1f ms%n",
                    operations,
                    (System.nanoTime() - started) / 1e9,
                    store.sizeBytes() >> 10,
                    last.bytesBefore() >> 10,
                    last.bytesAfter() >> 10,
                    last.tookMillis(),
                    last.longestStopMicros() / 1e3);
            most[1] = Math.max(most[1], last.longestStopMicros());
        }
        long[] calm = sorted();
        long end = store.sizeBytes();
        long asked = System.nanoTime();
        long foreseen = store.copyBytes();
        double seconds = (System.nanoTime() - asked) / 1e9;
        CompactionResult copy = store.compact();
        System.out.printf(
                "at the end %,d KiB, a fresh copy %,d KiB (made in %.1f s; foreseen in %.1f s: %,d KiB): %.2f times as"
                        + " much (most seen: %.2f times)%n",
                end >> 10,
                copy.bytesAfter() >> 10,
                copy.tookMillis() / 1e3,
                seconds,
                foreseen >> 10,
                (double) end / copy.bytesAfter(),
                (double) most[0] / copy.bytesAfter());
        commitMicros.clear();
        CompactionResult meanwhile = compactWhileChurning();
        long[] busy = sorted();
        System.out.printf(
                "commits stopped by a compaction: %.1f ms at most; by the last one, made while %,d commits went on in"
                        + " %.1f s, %.1f ms%n",
                Math.max(most[1], meanwhile.longestStopMicros()) / 1e3,
                busy.length,
                meanwhile.tookMillis() / 1e3,
                meanwhile.longestStopMicros() / 1e3);
        System.out.printf(
                "a commit took at most %.1f ms in all that time (99.9 %%: %.1f ms), and %.1f ms (99.9 %%: %.1f ms) during"
                        + " the last compaction%n",
                calm[calm.length - 1] / 1e3,
                calm[calm.length - 1 - calm.length / 1000] / 1e3,
                busy[busy.length - 1] / 1e3,
                busy[busy.length - 1 - busy.length / 1000] / 1e3);
    }

    private long[] sorted() {
        return commitMicros.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /** A copy that is made while commits go on, by a thread of its own. */
    private CompactionResult compactWhileChurning() throws IOException {
        CompletableFuture<CompactionResult> result = CompletableFuture.supplyAsync(store::compact);
        while (!result.isDone()) {
            churn(operations + batch);
        }
        return result.join();
    }

    void load() throws IOException {
        for (int from = 0; from < living.length; from += 1_000) {
            List<DocumentChange> changes = new ArrayList<>();
            for (int index = from; index < Math.min(living.length, from + 1_000); index++) {
                changes.add(create(index));
            }
            store.commit(new ChangeSet(changes, Map.of(), List.of(), 1_000));
        }
    }

    /** Goes on until so many operations were made in all. */
    void churn(long until) throws IOException {
        churn(until, micros -> commitMicros.add(micros));
    }

    private void churn(long until, LongConsumer took) throws IOException {
        while (operations < until) {
            ChangeSet changes = next();
            long started = System.nanoTime();
            store.commit(changes);
            took.accept((System.nanoTime() - started) / 1_000);
        }
    }

    private ChangeSet next() {
        Map<DocumentId, DocumentChange> changes = new HashMap<>();
        List<DocumentChange> ordered = new ArrayList<>();
        List<Amendment> amendments = new ArrayList<>();
        List<Removal> removals = new ArrayList<>();
        for (int count = 0; count < batch; count++) {
            int index = random.nextInt(living.length);
            if (changes.containsKey(living[index])) {
                continue;
            }
            operations++;
            DocumentChange change;
            if (random.nextInt(10) > 0) {
                change = change(living[index], numbers[index], 100 + random.nextInt(200));
                numbers[index] = change.number();
            } else {
                change = change(living[index], numbers[index], 150);
                dead.add(new Removal(change.id(), change.number()));
                ordered.add(change);
                changes.put(change.id(), change);
                change = create(index);
            }
            changes.put(change.id(), change);
            ordered.add(change);
        }
        collect(changes, amendments, removals);
        List<byte[]> conflicts = random.nextInt(200) == 0 ? List.of(new byte[300]) : List.of();
        return new ChangeSet(ordered, amendments, removals, entries(), conflicts, 1_000);
    }

    /** The dead lose their fields first and are removed when there are too many. */
    private void collect(Map<DocumentId, DocumentChange> changes, List<Amendment> amendments, List<Removal> removals) {
        for (Removal next : List.copyOf(dead)) {
            if (amendments.size() >= batch / 8) {
                break;
            }
            if (next.number() > lastAmended && !changes.containsKey(next.id())) {
                amendments.add(new Amendment(next.id(), next.number(), record(next.number(), 40)));
                lastAmended = next.number();
            }
        }
        while (dead.size() > DEAD_DOCUMENTS) {
            removals.add(dead.poll());
        }
    }

    private Map<String, byte[]> entries() {
        Map<String, byte[]> entries = new HashMap<>();
        entries.put("vector", ByteBuffer.allocate(200).putLong(lastNumber).array());
        if (random.nextInt(500) == 0) {
            String name = "staged/expense/" + random.nextInt(LARGE_ENTRIES);
            entries.put(name, random.nextBoolean() ? null : new byte[random.nextInt(60_000)]);
        }
        return entries;
    }

    /** Ids are of two kinds: chosen by people, and such that begin with the time. */
    private DocumentChange create(int index) {
        created++;
        String id =
                created % 2 == 0 ? "e" + random.nextInt(Integer.MAX_VALUE) + created : String.format("t%012d", created);
        living[index] = new DocumentId("expense", id);
        DocumentChange change = change(living[index], 0, 100 + random.nextInt(200));
        numbers[index] = change.number();
        return change;
    }

    private DocumentChange change(DocumentId id, long previous, int bytes) {
        lastNumber++;
        return new DocumentChange(id, lastNumber, previous, new byte[20], record(lastNumber, bytes));
    }

    /** Begins with its number, as records do. */
    private byte[] record(long number, int bytes) {
        byte[] record = new byte[bytes];
        random.nextBytes(record);
        int at = 0;
        long rest = number;
        while (rest > 0x7F) {
            record[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        record[at] = (byte) rest;
        return record;
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
