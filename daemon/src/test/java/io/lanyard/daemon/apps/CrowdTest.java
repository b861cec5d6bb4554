package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many programs on one daemon, which is a process of its own, as they are.
 *
 * <p>Longer: {@code -Dlanyard.crowd.changes=3000} (how many changes each of 500 clients is told of, at 20 a second) and
 * {@code -Dlanyard.crowd.rounds=200} (how often 20 documents of 256 KiB are written beside 300 stalled readers).
 */
class CrowdTest {

    private static final int CHANGES = Integer.getInteger("lanyard.crowd.changes", 60);
    private static final int ROUNDS = Integer.getInteger("lanyard.crowd.rounds", 1);
    private static final int CLIENTS = 500;
    private static final int STALLED = 300;
    private static final int DOCUMENTS = 20;
    private static final long MAX_GROWTH_BYTES = 64L << 20;

    @Test
    void fiveHundredClients_eachSeeEveryChange_andAtAHigherRateTheLastState(@TempDir Path folder) throws Exception {
        try (DeviceProcess device = start(folder)) {
            int all = CHANGES;
            String seen = listen(device, all, 20, all);
            assertEquals(CLIENTS, number(seen, "gotLast"), seen);
            assertEquals(all, number(seen, "fewestSeen"), seen);
            int fast = 5 * CHANGES;
            String last = listen(device, fast, 100, 1);
            assertEquals(CLIENTS, number(last, "gotLast"), last);
        }
    }

    private static String listen(DeviceProcess device, int changes, int perSecond, int documents) throws Exception {
        ApiClient client = device.client();
        try (Crowd.Running crowd = new Crowd.Running(
                "listen",
                client.api().toString(),
                client.token(),
                Integer.toString(CLIENTS),
                Integer.toString(changes),
                Integer.toString(perSecond),
                Integer.toString(documents))) {
            System.out.println("at " + perSecond + "/s: " + crowd.line());
            return crowd.line();
        }
    }

    @Test
    void stalledReaders_costLittleMemory_andDoNotDelayOthers(@TempDir Path folder) throws Exception {
        try (DeviceProcess device = start(folder)) {
            ApiClient client = device.client();
            try (Subscriber healthy = Subscriber.of(client, "now", "probe")) {
                healthy.synced();
                write(client, healthy, 0, 1);
                long before = device.heapInUse();
                long most = before;
                long slowest;
                try (Crowd.Running crowd = new Crowd.Running(
                        "stall", client.api().toString(), client.token(), Integer.toString(STALLED))) {
                    assertEquals("stalled=" + STALLED, crowd.line());
                    slowest = write(client, healthy, 1, ROUNDS + 1);
                    most = Math.max(most, device.heapInUse());
                    slowest = Math.max(slowest, write(client, healthy, ROUNDS + 1, ROUNDS + 2));
                    most = Math.max(most, device.heapInUse());
                }
                String figure = STALLED + " stalled readers: heap grew from " + (before >> 10) + " to " + (most >> 10)
                        + " KiB; the slowest event to a reader that reads took "
                        + TimeUnit.NANOSECONDS.toMillis(slowest) + " ms";
                System.out.println(figure);
                assertTrue(most - before <= MAX_GROWTH_BYTES, figure);
                assertTrue(slowest < TimeUnit.SECONDS.toNanos(5), figure);
            }
        }
    }

    /** Writes all large documents once a round, a small one after each, and returns the slowest event about those. */
    private static long write(ApiClient client, Subscriber healthy, int from, int to) {
        long slowest = 0;
        for (int round = from; round < to; round++) {
            for (int i = 0; i < DOCUMENTS; i++) {
                String filler = Character.toString('a' + (round + i) % 26).repeat(250_000);
                client.put("large/d" + i, Json.object("filler", filler));
                long begin = System.nanoTime();
                String id = "p" + round + "-" + i;
                client.put("probe/" + id, Json.object("n", Json.number(i)));
                healthy.awaitEvent("probe_created", id);
                slowest = Math.max(slowest, System.nanoTime() - begin);
            }
        }
        return slowest;
    }

    private static DeviceProcess start(Path folder) throws Exception {
        List<Integer> ports = Group.freePorts(1);
        return DeviceProcess.start(folder, "crowded", ports.get(0), ports);
    }

    private static long number(String line, String name) {
        return Long.parseLong(line.replaceAll(".*\\b" + name + "=(\\d+).*", "$1"));
    }
}
