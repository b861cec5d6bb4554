package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many programs on one daemon, which is a process of its own, as they are.
 *
 * <p>Longer: {@code -Dlanyard.crowd.changes=3000} (how many changes each of 500 clients is told of, at 20 a second) and
 * {@code -Dlanyard.crowd.rounds=100} (how many times 20 events are awaited beside 300 stalled readers, each of a document
 * of its own of 256 KiB).
 */
class CrowdTest {

    private static final int CHANGES = Integer.getInteger("lanyard.crowd.changes", 60);
    private static final int ROUNDS = Integer.getInteger("lanyard.crowd.rounds", 1);
    private static final int CLIENTS = 500;
    private static final int STALLED = 300;
    private static final int PARTS = 2;
    private static final int PROBES = 20 * ROUNDS;
    private static final int LARGE = ROUNDS == 1 ? 60 : STALLED;
    private static final int LARGE_BYTES = 250_000;
    private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_GROWTH_BYTES = 64L << 20;

    @Test
    void fiveHundredClients_eachSeeEveryChange_andAtAHigherRateTheLastState(@TempDir Path folder) throws Exception {
        try (DeviceProcess device = start(folder);
                Crowd.Running crowd = new Crowd.Running(
                        "listen",
                        device.client().api().toString(),
                        device.client().token(),
                        Integer.toString(CLIENTS))) {
            assertEquals("listening=" + CLIENTS, crowd.line());
            String seen = tell(device, crowd, CHANGES, 20, CHANGES);
            assertEquals(CLIENTS, number(seen, "gotLast"), seen);
            assertEquals(CHANGES, number(seen, "fewestSeen"), seen);
            String last = tell(device, crowd, 5 * CHANGES, 100, 1);
            assertEquals(CLIENTS, number(last, "gotLast"), last);
        }
    }

    private static String tell(DeviceProcess device, Crowd.Running crowd, int changes, int perSecond, int documents)
            throws Exception {
        Duration before = device.cpuTime();
        String told = crowd.ask(changes + " " + perSecond + " " + documents);
        System.out.println("at " + perSecond + "/s: " + told + " daemonCpuMillis="
                + device.cpuTime().minus(before).toMillis());
        return told;
    }

    @Test
    void stalledReaders_ofDifferentLargeDocuments_costLittleMemory_andDoNotDelayOthers(@TempDir Path folder)
            throws Exception {
        try (DeviceProcess device = start(folder)) {
            ApiClient client = device.client();
            try (Subscriber healthy = Subscriber.of(client, "now", "probe");
                    LargeWrites load = new LargeWrites(client, LARGE)) {
                healthy.synced();
                load.awaitAll();
                long[] alone = probe(client, healthy, "alone");
                long before = device.heapInUse();
                long most = before;
                try (Crowd.Running crowd = new Crowd.Running(
                        "stall",
                        client.api().toString(),
                        client.token(),
                        Integer.toString(STALLED),
                        Integer.toString(LARGE))) {
                    assertEquals("stalled=" + STALLED, crowd.line());
                    long[] beside = new long[0];
                    for (int part = 0; part < PARTS; part++) {
                        beside = concat(beside, probe(client, healthy, "beside" + part));
                        most = Math.max(most, device.heapInUse());
                    }
                    int open = client.sockets() - 1;
                    String figure = STALLED + " stalled readers, " + open + " of them left, of " + LARGE
                            + " texts of 256 KiB, " + load.count() + " large writes: heap grew from " + (before >> 10)
                            + " to " + (most >> 10) + " KiB; events to a reader that reads took " + told(beside)
                            + ", without the stalled ones " + told(alone);
                    System.out.println(figure);
                    assertTrue(most - before <= MAX_GROWTH_BYTES, figure);
                    assertTrue(percentile(beside, 50) < 3 * percentile(alone, 50) + SLACK_NANOS, figure);
                    assertTrue(percentile(beside, 100) < TimeUnit.SECONDS.toNanos(5), figure);
                }
            }
        }
    }

    /** Writes large documents as fast as they are taken, each time with another text, until it is closed. */
    private static final class LargeWrites implements AutoCloseable {
        private final AtomicInteger count = new AtomicInteger();
        private final CountDownLatch all;
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final Future<?> writing;
        private volatile boolean isClosed;

        LargeWrites(ApiClient client, int documents) {
            all = new CountDownLatch(documents);
            writing = thread.submit(() -> {
                Random random = new Random(1);
                while (!isClosed) {
                    int number = count.getAndIncrement();
                    client.put("large.d" + number % documents + "/1", Json.object("filler", text(random, number)));
                    all.countDown();
                }
            });
        }

        /** Every second one is of letters that take two bytes, in the daemon's memory too. */
        private static String text(Random random, int number) {
            boolean isLatin = number % 2 == 0;
            return random.ints(
                            isLatin ? LARGE_BYTES : LARGE_BYTES / 2, isLatin ? 'a' : '\u0430', isLatin ? 'z' : '\u044f')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
        }

        void awaitAll() throws InterruptedException {
            assertTrue(all.await(120, TimeUnit.SECONDS), "the large documents were not written");
        }

        int count() {
            return count.get();
        }

        @Override
        public void close() {
            isClosed = true;
            thread.shutdown();
            try {
                writing.get(60, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new IllegalStateException("the large documents were not written to the end", e);
            }
        }
    }

    /** Writes small documents and returns how long it took each time until the reader was told, sorted. */
    private static long[] probe(ApiClient client, Subscriber healthy, String name) {
        long[] nanos = new long[PROBES];
        for (int i = 0; i < PROBES; i++) {
            String id = name + "-" + i;
            long begin = System.nanoTime();
            client.put("probe/" + id, Json.object("n", Json.number(i)));
            healthy.awaitEvent("probe_created", id);
            nanos[i] = System.nanoTime() - begin;
        }
        return concat(nanos);
    }

    private static long[] concat(long[]... parts) {
        return Arrays.stream(parts).flatMapToLong(Arrays::stream).sorted().toArray();
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private static String told(long[] sorted) {
        return String.format(
                "%.1f ms in the middle, %.1f ms at p99, %.1f ms at most",
                percentile(sorted, 50) / 1e6, percentile(sorted, 99) / 1e6, percentile(sorted, 100) / 1e6);
    }

    private static DeviceProcess start(Path folder) throws Exception {
        List<Integer> ports = Group.freePorts(1);
        return DeviceProcess.start(folder, "crowded", ports.get(0), ports);
    }

    private static long number(String line, String name) {
        return Long.parseLong(line.replaceAll(".*\\b" + name + "=(\\d+).*", "$1"));
    }
}
