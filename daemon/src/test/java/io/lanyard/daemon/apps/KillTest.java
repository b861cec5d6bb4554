package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.apps.ApiClient.Answer;
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

    private static final int ROUNDS = 5;
    private static final int CASHIERS = 4;
    private static final int BATCH = 20;

    private final long seed = Long.getLong("kill.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<String> told = new ArrayList<>();
    private String position = "start";

    @Test
    void daemon_killedUnderLoad_holdsAllItAcknowledged(@TempDir Path folder) throws Exception {
        List<Integer> ports = Group.freePorts(2);
        Path till = Files.createDirectories(folder.resolve("till"));
        Path office = Files.createDirectories(folder.resolve("office"));
        List<Cashier> cashiers =
                IntStream.range(0, CASHIERS).mapToObj(Cashier::new).toList();
        ExecutorService threads = Executors.newFixedThreadPool(CASHIERS);
        DeviceProcess victim = DeviceProcess.start(till, "till", ports.get(0), ports);
        try {
            Files.copy(till.resolve("group.p12"), office.resolve("group.p12"));
            try (DeviceProcess witness = DeviceProcess.start(office, "office", ports.get(1), ports)) {
                for (int round = 0; round < ROUNDS; round++) {
                    Subscriber screen = Subscriber.of(victim.client(), position, "receipt");
                    workUntilKilled(victim, cashiers, threads);
                    screen.awaitEnd();
                    takeDown(screen);
                    Cashier bystander = new Cashier(100 + round);
                    bystander.sell(witness.client());
                    victim = DeviceProcess.start(till, "till", ports.get(0), ports);
                    for (Cashier cashier : cashiers) {
                        cashier.check(victim.client());
                    }
                    Group.awaitEqual(List.of(victim.client(), witness.client()));
                    for (Cashier cashier : cashiers) {
                        cashier.check(witness.client());
                    }
                    bystander.check(victim.client());
                }
                try (Subscriber screen = Subscriber.of(victim.client(), position, "receipt")) {
                    screen.synced();
                    takeDown(screen);
                }
                assertEquals(victim.client().documents("receipt").keySet(), new TreeSet<>(told), "what was told");
                assertEquals(told.size(), new HashSet<>(told).size(), "told twice");
                int sales = cashiers.stream().mapToInt(Cashier::acknowledged).sum();
                System.out.println("Killed " + ROUNDS + " times, seed " + seed + ": " + sales + " sales acknowledged");
                assertTrue(sales > ROUNDS * CASHIERS, "the till hardly worked");
            }
        } catch (Throwable failure) {
            throw new AssertionError("with -Dkill.seed=" + seed, failure);
        } finally {
            threads.shutdownNow();
            victim.close();
        }
    }

    /** A receipt never changes, so over all of its connections a screen is told of each exactly once. */
    private void takeDown(Subscriber screen) {
        for (Map<String, Object> event : screen.events()) {
            told.add(Json.text(event, "id"));
            position = Json.text(event, "position");
        }
    }

    /** The kill comes right after an answer: what was answered but is not written yet would be lost. */
    private void workUntilKilled(DeviceProcess victim, List<Cashier> cashiers, ExecutorService threads) {
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
