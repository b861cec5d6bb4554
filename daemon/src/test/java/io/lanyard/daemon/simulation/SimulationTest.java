package io.lanyard.daemon.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Thousands of random lives of a cluster, one for each seed. {@code -Dsimulation.seeds=100000} runs more, {@code
 * -Dsimulation.first=1} says where to begin, {@code -Dsimulation.seed=N} runs one and tells all that happens.
 */
class SimulationTest {
    private static final int THREADS = 2;
    private static final int MOST_FAILURES = 10;

    private final Map<Fault, Long> occurrences = Collections.synchronizedMap(new EnumMap<>(Fault.class));
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong lostOnDisks = new AtomicLong();
    private final AtomicLong missedByAuthor = new AtomicLong();
    private final AtomicLong journaled = new AtomicLong();
    private final AtomicLong unfounded = new AtomicLong();
    private final AtomicLong doubts = new AtomicLong();
    private final AtomicLong countsShown = new AtomicLong();
    private final AtomicLong countsJournaled = new AtomicLong();
    private final AtomicLong countsExcused = new AtomicLong();

    @Test
    @DisabledIfSystemProperty(named = "simulation.seed", matches = ".+")
    void replicas_anythingGoesWrong_keepEveryPromiseAndEndEqual() throws InterruptedException, ExecutionException {
        long first = Long.getLong("simulation.first", 1);
        long count = Long.getLong("simulation.seeds", 1_000);
        long begun = System.nanoTime();
        AtomicLong next = new AtomicLong(first);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            workers.add(threads.submit(() -> {
                for (long seed = next.getAndIncrement();
                        seed < first + count && failures.size() < MOST_FAILURES;
                        seed = next.getAndIncrement()) {
                    run(seed);
                }
            }));
        }
        for (Future<?> worker : workers) {
            worker.get();
        }
        threads.shutdown();
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "simulation: %d seeds, %d writes, %d events in %.1f s (%.0f events/s)%n",
                count, writes.get(), events.get(), seconds, events.get() / seconds);
        System.out.printf(
                "  values lost to a concurrent write: %d; in no journal that is left: %d; not in their author's: %d%n",
                lost.get(), lostOnDisks.get(), missedByAuthor.get());
        System.out.printf(
                "  conflicts journaled: %d; without a concurrent write: %d; histories in doubt: %d%n",
                journaled.get(), unfounded.get(), doubts.get());
        System.out.printf(
                "  counts shown: %d; ended unseen and journaled: %d; maybe in a journal that is lost: %d%n",
                countsShown.get(), countsJournaled.get(), countsExcused.get());
        for (Fault fault : Fault.values()) {
            System.out.printf("  %,9d  %s%n", occurrences.getOrDefault(fault, 0L), fault);
        }
        failures.forEach(System.out::println);
        assertTrue(failures.isEmpty(), () -> failures.size() + " seeds failed:\n" + String.join("\n", failures));
        for (Fault fault : Fault.values()) {
            assertTrue(count < 500 || occurrences.containsKey(fault), () -> fault + " never occurred");
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "simulation.seed", matches = ".+")
    void replicas_oneSeed_tellsWhatHappens() {
        Scenario scenario = new Scenario(Long.getLong("simulation.seed"), System.out::println);
        scenario.run();
    }

    /** What devices had seen of each other is forgotten when one is retired or set back; then some are told too much. */
    private void judge(Scenario scenario) {
        LostValues values = scenario.lostValues;
        lost.addAndGet(values.lost);
        lostOnDisks.addAndGet(values.excused);
        missedByAuthor.addAndGet(values.missedByAuthor);
        journaled.addAndGet(values.records);
        unfounded.addAndGet(values.unfounded);
        doubts.addAndGet(scenario.doubts);
        countsShown.addAndGet(scenario.counting.shown);
        countsJournaled.addAndGet(scenario.counting.journaled);
        countsExcused.addAndGet(scenario.counting.excused);
        boolean mayBeUnfounded = Fault.FORGETTING.stream().anyMatch(scenario.cluster.occurrences::containsKey);
        if (values.missed > 0 || values.unfounded > 0 && !mayBeUnfounded) {
            throw new Violation("the conflict journals are wrong: " + values.example);
        }
    }

    private static String rareFaults(Cluster cluster) {
        Map<Fault, Integer> rare = new EnumMap<>(cluster.occurrences);
        rare.keySet()
                .removeIf(fault -> fault.ordinal() < Fault.ROLLED_BACK_CLOSED_DISK.ordinal()
                        || fault.ordinal() > Fault.LEFT_BY_THE_FENCE.ordinal());
        return rare.toString();
    }

    private void run(long seed) {
        Scenario scenario = null;
        try {
            scenario = new Scenario(seed, null);
            scenario.run();
            judge(scenario);
        } catch (RuntimeException e) {
            failures.add("seed " + seed + " (-Dsimulation.seed=" + seed + "), after "
                    + (scenario == null ? "nothing" : rareFaults(scenario.cluster)) + ": " + e);
        }
        scenario.cluster.occurrences.forEach((fault, times) -> occurrences.merge(fault, (long) times, Long::sum));
        events.addAndGet(scenario.cluster.events);
        writes.addAndGet(scenario.cluster.ledger.entries().size());
    }
}
