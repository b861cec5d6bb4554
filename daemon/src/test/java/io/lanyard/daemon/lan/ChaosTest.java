package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.history.DeviceState;
import io.lanyard.daemon.history.HistoryChecker;
import io.lanyard.daemon.history.Report;
import io.lanyard.daemon.lan.Disruption.Scene;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five real daemons on a LAN, several programs on each, and everything that goes wrong with cables, addresses and
 * processes. After every mending all devices must be equal by vectors and digests, and the history must hold.
 *
 * <p>The short form breaks two things at a time, each of them once. {@code -Dchaos.minutes=N} breaks one after the
 * other in random order, each ten times at least, and goes on for N minutes. {@code -Dchaos.only=A,B} breaks only
 * those, by their names in {@link Disruption}. {@code -Dchaos.seed=N} repeats the choices, though not the timing.
 */
class ChaosTest {
    private static final int HOSTS = 5;
    private static final int PROGRAMS_EACH = 3;
    private static final int PACE_MILLIS = 60;
    private static final int LEAST_DECKS = 10;
    private static final long SHORT_HOLD_MILLIS = 8_000;
    private static final long LONG_HOLD_MILLIS = 9_000;

    private final Long minutes = Long.getLong("chaos.minutes");
    private final long seed = Long.getLong("chaos.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<Disruption, Integer> mended = new EnumMap<>(Disruption.class);
    private final List<Report> reports = new ArrayList<>();
    private final List<Long> equalAfterMillis = new ArrayList<>();

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    @Test
    @Timeout(value = 24, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fiveDevices_underLoadAndChaos_loseNothingAndAgree() throws Exception {
        System.out.println("Chaos: seed " + seed + (minutes == null ? ", short form" : ", " + minutes + " minutes"));
        Fleet fleet = Fleet.start(lan, HOSTS, directory);
        try (Load load = new Load(fleet.devices(), PROGRAMS_EACH, seed, PACE_MILLIS)) {
            fleet.awaitMet();
            prepare(fleet, load);
            long hold = minutes == null ? SHORT_HOLD_MILLIS : LONG_HOLD_MILLIS;
            Scene scene = new Scene(lan, fleet, load.history(), random, hold, new int[1]);
            if (minutes == null) {
                shortForm(scene, load);
            } else {
                longForm(scene, load);
            }
        } catch (Throwable failure) {
            throw new AssertionError("with -Dchaos.seed=" + seed, failure);
        } finally {
            System.out.println("Chaos: " + summary());
        }
    }

    private void prepare(Fleet fleet, Load load) throws IOException {
        for (int i = 0; i < HOSTS * PROGRAMS_EACH; i++) {
            load.client(i).createMarks();
        }
        load.client(0).createAll();
        fleet.awaitEqual();
        long now = System.nanoTime();
        load.history().addRest(now, now);
    }

    private void shortForm(Scene scene, Load load) throws Exception {
        round(scene, load, Disruption.SPLIT_ONE_FROM_FOUR, Disruption.KILL);
        round(scene, load, Disruption.SPLIT_TWO_FROM_THREE, Disruption.STOP_AND_GO_ON);
        round(scene, load, Disruption.ONE_WAY, Disruption.ADDRESS_CHANGE);
        round(scene, load, Disruption.FLAPPING_CABLE, Disruption.MULTICAST_OFF_AND_SPLIT);
        round(scene, load, Disruption.DISK_FULL);
        assertTrue(load.refusedAsFull() > 0, "no write met the full disk");
    }

    private void longForm(Scene scene, Load load) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        String only = System.getProperty("chaos.only", "");
        List<Disruption> deck = new ArrayList<>(
                only.isEmpty()
                        ? List.of(Disruption.values())
                        : Stream.of(only.split(",")).map(Disruption::valueOf).toList());
        for (int dealt = 0; dealt < LEAST_DECKS || System.nanoTime() < end; dealt++) {
            Collections.shuffle(deck, random);
            for (Disruption disruption : deck) {
                round(scene, load, disruption);
            }
        }
    }

    /** Breaks things at once under load, mends them, and checks everything. */
    private void round(Scene scene, Load load, Disruption... disruptions) throws Exception {
        load.resume();
        scene.wait(1_000);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (Disruption disruption : disruptions) {
            Scene own = new Scene(
                    scene.lan(),
                    scene.fleet(),
                    scene.history(),
                    new Random(random.nextLong()),
                    scene.holdMillis(),
                    scene.addresses());
            Thread thread = new Thread(
                    () -> {
                        try {
                            disruption.run(own);
                        } catch (IOException | RuntimeException | Error e) {
                            failures.add(e);
                        }
                    },
                    disruption.toString());
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("in " + Arrays.toString(disruptions), failures.get(0));
        }
        long mendedAt = System.nanoTime();
        scene.wait(500);
        load.pause();
        check(scene, load, mendedAt, disruptions);
    }

    private void check(Scene scene, Load load, long mendedAt, Disruption... disruptions) throws IOException {
        scene.fleet().awaitMet();
        scene.fleet().awaitEqual();
        long equalAfter = (System.nanoTime() - mendedAt) / 1_000_000;
        List<DeviceState> states = scene.fleet().states();
        Report report = HistoryChecker.check(load.history(), states);
        System.out.println("Chaos: " + Arrays.toString(disruptions) + " mended, equal after " + equalAfter + " ms; "
                + report.summary());
        report.requireClean();
        load.history().settle(states.get(0).documents());
        for (Disruption disruption : disruptions) {
            mended.merge(disruption, 1, Integer::sum);
        }
        equalAfterMillis.add(equalAfter);
        reports.add(report);
        assertTrue(report.reads() > 0 && !report.writes().isEmpty(), () -> "nothing happened: " + report.summary());
    }

    private String summary() {
        int partitions = mended.entrySet().stream()
                .filter(entry -> entry.getKey().isPartition)
                .mapToInt(Map.Entry::getValue)
                .sum();
        return "seed " + seed + ": mended " + mended + ", " + partitions + " of them partitions; "
                + reports.stream()
                        .flatMap(report -> report.writes().values().stream())
                        .mapToLong(Long::longValue)
                        .sum()
                + " writes, " + sum(Report::reads) + " reads, " + sum(Report::fields) + " fields judged, "
                + sum(Report::writtenApart) + " writes while apart, " + sum(Report::goneDocuments)
                + " times a document rightly gone, " + sum(Report::conflicts) + " conflicts, "
                + sum(Report::missedConflicts) + " missed, " + sum(Report::falseConflicts) + " false; "
                + sum(report -> report.violations().size()) + " violations; ms to equal " + equalAfterMillis;
    }

    private long sum(ToLongFunction<Report> figure) {
        return reports.stream().mapToLong(figure).sum();
    }
}
