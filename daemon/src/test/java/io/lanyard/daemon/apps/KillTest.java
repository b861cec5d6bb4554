package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.apps.ApiClient.Answer;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A till whose process is killed in the middle of its work, again and again. {@code -Dkill.seed=N} repeats when, counted
 * in writes.
 */
class KillTest {

    private static final int ROUNDS_ALONE = 3;
    private static final int ROUNDS_TOGETHER = 2;
    private static final int CASHIERS = 4;
    private static final int BATCH = 20;

    private final long seed = Long.getLong("kill.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Cashier> cashiers =
            IntStream.range(0, CASHIERS).mapToObj(Cashier::new).toList();
    private final ExecutorService threads = Executors.newFixedThreadPool(CASHIERS);
    private final List<String> told = new ArrayList<>();
    private String position = "start";

    @TempDir
    private Path folder;

    private List<Integer> ports;
    private DeviceProcess till;

    @Test
    void daemon_killedUnderLoad_holdsAllItAcknowledged() throws Exception {
        ports = Group.freePorts(2);
        till = startTill();
        try {
            // Alone at first: nobody could give back what it lost.
            for (int round = 0; round < ROUNDS_ALONE; round++) {
                killUnderLoad();
                till = startTill();
                check(till.client());
            }
            killTogether();
            try (Subscriber screen = Subscriber.of(till.client(), position, "receipt")) {
                screen.synced();
                takeDown(screen);
            }
            assertEquals(till.client().documents("receipt").keySet(), new TreeSet<>(told), "what was told");
            assertEquals(told.size(), new HashSet<>(told).size(), "told twice");
            int sales = cashiers.stream().mapToInt(Cashier::acknowledged).sum();
            System.out.println("Killed " + (ROUNDS_ALONE + ROUNDS_TOGETHER) + " times, seed " + seed + ": " + sales
                    + " sales acknowledged");
            assertTrue(sales > CASHIERS * (ROUNDS_ALONE + ROUNDS_TOGETHER), "the till hardly worked");
        } catch (Throwable failure) {
            throw new AssertionError("with -Dkill.seed=" + seed, failure);
        } finally {
            threads.shutdownNow();
            till.close();
        }
    }

    private void killTogether() throws Exception {
        Path home = Files.createDirectories(folder.resolve("office"));
        GroupHome.admitOffline(folder.resolve("till"), home, "office", Role.MEMBER);
        try (DeviceProcess office = DeviceProcess.start(home, "office", ports.get(1), ports)) {
            Group.awaitEqual(List.of(till.client(), office.client()));
            for (int round = 0; round < ROUNDS_TOGETHER; round++) {
                killUnderLoad();
                Cashier bystander = new Cashier(CASHIERS + round);
                bystander.sell(office.client());
                till = startTill();
                check(till.client());
                Group.awaitEqual(List.of(till.client(), office.client()));
                check(office.client());
                bystander.check(till.client());
            }
        }
    }

    private DeviceProcess startTill() throws Exception {
        return DeviceProcess.start(Files.createDirectories(folder.resolve("till")), "till", ports.get(0), ports);
    }

    private void check(ApiClient device) {
        cashiers.forEach(cashier -> cashier.check(device));
    }

    private void killUnderLoad() throws InterruptedException {
        Subscriber screen = Subscriber.of(till.client(), position, "receipt");
        workUntilKilled(till);
        screen.awaitEnd();
        takeDown(screen);
    }

    /** A receipt never changes, so over all of its connections a screen is told of each exactly once. */
    private void takeDown(Subscriber screen) {
        for (Map<String, Object> event : screen.events()) {
            told.add(Json.text(event, "id"));
            position = Json.text(event, "position");
        }
    }

    /** The kill comes right after an answer: what was answered but is not written yet would be lost. */
    private void workUntilKilled(DeviceProcess victim) {
        AtomicInteger left = new AtomicInteger(20 + random.nextInt(300));
        CompletableFuture.allOf(cashiers.stream()
                        .map(cashier -> CompletableFuture.runAsync(
                                () -> {
                                    while (cashier.sell(victim.client())) {
                                        if (left.decrementAndGet() == 0) {
                                            victim.kill();
                                        }
                                    }
                                },
                                threads))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    /**
     * Sells one thing after the other: a receipt of its own each, a running total that changes with each, and now and
     * then a delivery, which is a batch. What was under way when the till died may be there, or not, but whole.
     */
    private static final class Cashier {

        private final int number;
        private final Map<String, Object> receipts = new TreeMap<>();
        private final Set<Integer> deliveries = new HashSet<>();
        private int sold;
        private int attempted;

        Cashier(int number) {
            this.number = number;
        }

        int acknowledged() {
            return sold;
        }

        /** Returns whether it was acknowledged; false if the till did not answer. */
        boolean sell(ApiClient till) {
            attempted++;
            try {
                if (attempted % 10 == 0) {
                    till.trySend("POST", "/api/sync/batch", delivery(attempted)).with(200);
                    deliveries.add(attempted);
                } else {
                    till.trySend("PUT", "/api/docs/receipt/" + id(attempted), sale(attempted))
                            .with(201);
                    receipts.put(id(attempted), sale(attempted));
                }
                Map<String, Object> total = Json.object("count", Json.number(attempted), "cashier", "c" + number);
                Answer answer = till.trySend("PUT", "/api/docs/total/c" + number, total);
                assertTrue(answer.status() == 200 || answer.status() == 201, answer::body);
                sold = attempted;
                return true;
            } catch (IOException gone) {
                return false;
            }
        }

        /** Fails unless everything acknowledged is there, and what was not is whole or absent. */
        void check(ApiClient device) {
            Map<String, Object> held = device.documents("receipt");
            receipts.forEach((id, data) -> assertEquals(data, held.get(id), id));
            if (sold > 0) {
                long total =
                        Json.integer(device.get("total/c" + number).with(200).json(), "count");
                assertTrue(total == sold || total == attempted, () -> total + " is not " + sold + ", nor " + attempted);
            }
            Map<String, Object> delivered = device.documents("delivered");
            for (int delivery = 10; delivery <= attempted; delivery += 10) {
                String prefix = id(delivery) + "-";
                long parts = delivered.keySet().stream()
                        .filter(id -> id.startsWith(prefix))
                        .count();
                assertTrue(
                        parts == BATCH || parts == 0 && !deliveries.contains(delivery),
                        () -> prefix + " has " + parts + " parts");
            }
        }

        private String id(int attempt) {
            return "c" + number + "-" + attempt;
        }

        private Map<String, Object> sale(int attempt) {
            return TestData.expense(attempt, "c" + number);
        }

        private List<Object> delivery(int attempt) {
            List<Object> items = new ArrayList<>();
            for (int part = 0; part < BATCH; part++) {
                items.add(ApiClient.create("delivered", id(attempt) + "-" + part, TestData.contact(part)));
            }
            return items;
        }
    }
}
