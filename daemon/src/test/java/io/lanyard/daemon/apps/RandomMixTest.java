package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A random mix of writes from nine programs on three devices, through two partitions, against a ledger of all that was
 * acknowledged. {@code -Dmix.seed=N} repeats what the programs want; how it interleaves is new each time.
 */
class RandomMixTest {

    private static final int WRITES = 20_000;
    private static final int PROGRAMS = 3;

    private final long seed = Long.getLong("mix.seed", System.nanoTime());
    private final Ledger ledger = new Ledger();
    private final AtomicInteger numbers = new AtomicInteger();
    private final List<RandomWriter> writers = new ArrayList<>();
    private final Progress progress = new Progress();

    @Test
    void randomWrites_throughTwoPartitions_noAcknowledgedWriteMissing(@TempDir Path folder) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3 * PROGRAMS);
        try (Group group = Group.start(folder, "a", "b", "c")) {
            for (int i = 0; i < 3 * PROGRAMS; i++) {
                ApiClient client = group.device(i % 3).client("program" + i);
                writers.add(new RandomWriter(client, i % 3, "p" + i, seed + i, ledger, numbers));
            }
            progress.add(writers.get(0).createAll());
            rest(group);

            CompletableFuture<Void> writing = writeUntil(WRITES / 2, threads);
            progress.await(WRITES / 8);
            long cut = pull(group, 2);
            progress.await(WRITES * 3 / 8);
            plugIn(group, 2, cut);
            writing.join();
            rest(group);
            judge(group);

            writing = writeUntil(WRITES, threads);
            progress.await(WRITES * 5 / 8);
            long firstCut = pull(group, 0);
            long secondCut = pull(group, 1);
            progress.await(WRITES * 6 / 8);
            plugIn(group, 1, secondCut);
            progress.await(WRITES * 7 / 8);
            plugIn(group, 0, firstCut);
            writing.join();
            rest(group);
            judge(group);
            assertNotVacuous(group);
        } catch (Throwable failure) {
            throw new AssertionError("with -Dmix.seed=" + seed, failure);
        } finally {
            threads.shutdownNow();
        }
    }

    private CompletableFuture<Void> writeUntil(int total, ExecutorService threads) {
        return CompletableFuture.allOf(writers.stream()
                .map(writer -> CompletableFuture.runAsync(
                                () -> {
                                    while (progress.isBelow(total)) {
                                        progress.add(writer.write());
                                    }
                                },
                                threads)
                        .whenComplete((nothing, failure) -> progress.fail(failure)))
                .toArray(CompletableFuture[]::new));
    }

    /** Returns when the cable was out. */
    private long pull(Group group, int device) {
        group.device(device).daemon().disconnect();
        return System.nanoTime();
    }

    private void plugIn(Group group, int device, long cutNanos) {
        ledger.addAbsence(device, cutNanos, System.nanoTime());
        group.device(device).plugIn();
    }

    private void rest(Group group) {
        group.awaitMet();
        group.awaitEqual();
        long now = System.nanoTime();
        ledger.addRest(now, now);
    }

    private void judge(Group group) {
        Map<String, Map<String, Object>> first = group.device(0).client().list(RandomWriter.COLLECTION);
        for (ApiClient client : group.clients()) {
            Documents.assertSame(first, client.list(RandomWriter.COLLECTION), client.api() + "\n" + group.statuses());
        }
        Set<String> documents = ledger.documents();
        documents.addAll(first.keySet());
        List<String> wrong = new ArrayList<>();
        for (String id : documents) {
            Map<String, Object> item = first.get(id);
            List<String> found = ledger.judge(id, item == null ? null : item.get("data"));
            if (!found.isEmpty()) {
                wrong.add(String.join("\n", found) + "\nof " + item + "\n" + ledger.history(id));
            }
        }
        assertTrue(
                wrong.isEmpty(),
                () -> wrong.size() + " of " + documents.size() + " documents are wrong; the first:\n" + wrong.get(0)
                        + "\n" + group.statuses());
    }

    private void assertNotVacuous(Group group) {
        String what =
                ledger.summary() + ", " + group.device(0).client().status().get("conflicts") + " conflicts";
        System.out.println("Random mix, seed " + seed + ": " + what);
        assertTrue(ledger.openFields() * 20 < ledger.fields(), () -> "the ledger cannot tell much: " + what);
        assertTrue(ledger.gone() > 0 && ledger.writtenApart() > WRITES / 10, () -> "too tame: " + what);
    }

    /** How many writes were acknowledged, for whoever waits for so many. */
    private static final class Progress {

        private int done;
        private Throwable failure;

        synchronized void add(int writes) {
            done += writes;
            notifyAll();
        }

        synchronized void fail(Throwable thrown) {
            failure = failure == null ? thrown : failure;
            notifyAll();
        }

        synchronized boolean isBelow(int total) {
            return done < total && failure == null;
        }

        synchronized void await(int total) throws InterruptedException {
            while (isBelow(total)) {
                wait();
            }
            if (failure != null) {
                throw new AssertionError("a program failed", failure);
            }
        }
    }
}
