package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.history.DeviceState;
import io.lanyard.daemon.history.DeviceState.Lost;
import io.lanyard.daemon.history.History;
import io.lanyard.daemon.history.HistoryChecker;
import io.lanyard.daemon.history.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A random mix of writes from nine programs on three devices, through two partitions, against the history of all that was
 * acknowledged. {@code -Dmix.seed=N} repeats what the programs want; how it interleaves is new each time.
 */
class RandomMixTest {

    private static final int WRITES = 20_000;
    private static final int PROGRAMS = 3;

    /** How many a daemon keeps. */
    private static final int JOURNAL_ENTRIES = 1_000;

    private final long seed = Long.getLong("mix.seed", System.nanoTime());
    private final History history = new History();
    private final AtomicInteger numbers = new AtomicInteger();
    private final List<RandomWriter> writers = new ArrayList<>();
    private final Progress progress = new Progress();

    @Test
    void randomWrites_throughTwoPartitions_noAcknowledgedWriteMissing(@TempDir Path folder) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3 * PROGRAMS);
        try (Group group = Group.start(folder, "a", "b", "c")) {
            for (int i = 0; i < 3 * PROGRAMS; i++) {
                ApiClient client = group.device(i % 3).client("program" + i);
                writers.add(new RandomWriter(client, i % 3, "p" + i, seed + i, history, numbers));
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
            requireNotVacuous(judge(group));
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
        history.addSeparation(List.of(device), cutNanos, System.nanoTime());
        group.device(device).plugIn();
    }

    private void rest(Group group) {
        group.awaitMet();
        group.awaitEqual();
        long now = System.nanoTime();
        history.addRest(now, now);
    }

    private Report judge(Group group) {
        List<DeviceState> devices = new ArrayList<>();
        for (ApiClient client : group.clients()) {
            devices.add(stateOf(client, devices.size()));
        }
        Report report = HistoryChecker.check(history, devices);
        report.requireClean();
        return report;
    }

    private static DeviceState stateOf(ApiClient client, int device) {
        Map<String, Map<String, Object>> documents = new TreeMap<>();
        client.documents(RandomWriter.COLLECTION)
                .forEach((id, data) -> documents.put(RandomWriter.COLLECTION + "/" + id, Json.leaves(data)));
        List<Lost> journal = new ArrayList<>();
        for (Object item : client.conflicts()) {
            journal.add(new Lost(
                    Json.text(item, "collection") + "/" + Json.text(item, "id"),
                    Json.text(item, "path"),
                    Json.isTrue(item, "lostRemoval"),
                    Json.get(item, "lostValue")));
        }
        return new DeviceState(device, documents, journal, journal.size() < JOURNAL_ENTRIES);
    }

    private void requireNotVacuous(Report report) {
        System.out.println("Random mix, seed " + seed + ": " + report.summary());
        assertTrue(
                report.openFields() * 20 < report.fields(), () -> "the checker cannot tell much: " + report.summary());
        assertTrue(
                report.goneDocuments() > 0 && report.writtenApart() > WRITES / 10,
                () -> "too tame: " + report.summary());
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
