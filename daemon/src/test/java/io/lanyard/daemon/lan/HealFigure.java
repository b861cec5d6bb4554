package io.lanyard.daemon.lan;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.daemon.lan.SocketHttp.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long five devices take from a healed partition to equal digests, and how much of that is left once
 * membership has merged. Not part of the build. {@code -Dheal.documents=N} (10,000), {@code -Dheal.changed=N} (2,000, on
 * either side), {@code -Dheal.rounds=N} (5).
 */
class HealFigure {
    private static final int HOSTS = 5;
    private static final int ITEMS = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int documents = Integer.getInteger("heal.documents", 10_000);
    private final int changed = Integer.getInteger("heal.changed", 2_000);
    private final int rounds = Integer.getInteger("heal.rounds", 5);

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void partitionOfFive_heals() throws Exception {
        Fleet fleet = Fleet.start(lan, HOSTS, directory);
        fleet.awaitMet();
        write(fleet.device(1), 0, documents, "first");
        System.out.println("Heal: " + documents + " documents on each after " + fleet.awaitEqual() + " ms more");
        measure(fleet, "two from three, " + changed + " documents changed on either side", round -> {
            lan.split(List.of(List.of(1, 2)));
            write(fleet.device(1), 0, changed, "left " + round);
            write(fleet.device(5), changed / 2, changed, "right " + round);
        });
        measure(fleet, "everybody alone, " + changed / HOSTS + " new documents on each", round -> {
            for (Device device : fleet.devices()) {
                lan.cable(device.host(), false);
            }
            for (Device device : fleet.devices()) {
                int from = documents + (round * HOSTS + device.host()) * (changed / HOSTS);
                write(device, from, changed / HOSTS, "alone " + round);
            }
        });
    }

    private interface Break {
        void run(int round) throws Exception;
    }

    private void measure(Fleet fleet, String what, Break partition) throws Exception {
        List<Long> wholes = new ArrayList<>();
        List<Long> afterMerges = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            partition.run(round);
            fleet.awaitApart();
            long healed = System.nanoTime();
            lan.heal();
            for (Device device : fleet.devices()) {
                lan.cable(device.host(), true);
            }
            fleet.awaitMet();
            long merged = System.nanoTime();
            fleet.awaitDigests();
            long equal = System.nanoTime();
            wholes.add((equal - healed) / 1_000_000);
            afterMerges.add((equal - merged) / 1_000_000);
            fleet.awaitEqual();
        }
        System.out.println("Heal: " + what + ": to equal digests " + wholes + " ms, of which after the merge "
                + afterMerges + " ms");
    }

    private static void write(Device device, int from, int count, String text) throws IOException {
        try (SocketHttp http = new SocketHttp(device.socket())) {
            for (int start = 0; start < count; start += ITEMS) {
                List<Object> items = new ArrayList<>();
                for (int i = start; i < Math.min(start + ITEMS, count); i++) {
                    items.add(Map.of(
                            "action",
                            text.equals("first") || text.startsWith("alone") ? "CREATE" : "UPDATE",
                            "resourceType",
                            "order",
                            "resourceId",
                            "o-" + (from + i),
                            "data",
                            Map.of("status", text, "number", i, "note", "a note of some length to carry along")));
                }
                Answer answer = http.send("POST", "/api/sync/batch", device.token(), JSON.writeValueAsString(items));
                if (!answer.isSuccess()) {
                    throw new IOException(device + ": " + answer);
                }
            }
        }
    }
}
