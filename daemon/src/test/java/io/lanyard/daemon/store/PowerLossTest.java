package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.Store.UnwritableException;
import io.lanyard.daemon.store.SimulatedDisk.Fault;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/**
 * Many lives of a store on a disk that loses power, or fills up, at any write, also during recovery: nothing that was
 * acknowledged is lost, and no batch is there by half. A failing seed reruns alone by {@code -Dpowerloss.seed=N}; more
 * rounds by {@code -Dpowerloss.rounds=N}.
 */
class PowerLossTest {
    private static final int LIVES = 6;
    private static final long SEGMENT_BYTES = 48 << 10;

    private final Map<Ending, Integer> endings = new EnumMap<>(Ending.class);
    private final Map<CompactionResult.Outcome, Integer> compactions = new EnumMap<>(CompactionResult.Outcome.class);

    private int recoveries;

    private enum Ending {
        POWER_LOST_WHILE_OPENING,
        POWER_LOST_WHILE_COMMITTING,
        POWER_LOST_WHILE_RECOVERING,
        WRITE_FAILED,
        CLOSED,
        ABANDONED
    }

    @Test
    void everyLife_findsWhatWasAcknowledged() {
        Long only = Long.getLong("powerloss.seed");
        int rounds = only == null ? Integer.getInteger("powerloss.rounds", 500) : 1;
        for (int round = 0; round < rounds; round++) {
            long seed = only == null ? round : only;
            try {
                new Round(seed).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + " fails; rerun it by -Dpowerloss.seed=" + seed, e);
            }
        }
        System.out.println("power loss: " + rounds + " rounds, lives ended by " + endings + ", " + recoveries
                + " went on after a failed write, compactions " + compactions);
        if (only == null) {
            assertTrue(recoveries > 0, "no life went on after a failed write");
            for (Ending ending : Ending.values()) {
                assertTrue(endings.getOrDefault(ending, 0) > 0, ending + " never happened");
            }
        }
    }

    /** What was written but not forced may be read back, though only from the system's cache. */
    @Test
    void commitFailedThenPowerLostWhileRecovering_isAllOrNothing() throws IOException {
        recoverEverywhere((round, store) -> {
            round.disk.arm(Fault.WRITE_ERROR, 2);
            assertThrows(IOException.class, () -> store.commit(round.workload.next()));
            store.close();
        });
    }

    @Test
    void closeFailedThenPowerLostWhileRecovering_losesNothing() throws IOException {
        for (int operation = 3; operation <= 5; operation += 2) {
            int failsAt = operation;
            recoverEverywhere((round, store) -> {
                round.disk.arm(Fault.WRITE_ERROR, failsAt);
                assertThrows(IOException.class, store::close);
            });
        }
    }

    private interface FailingEnd {
        void of(Round round, MapDbStore store) throws IOException;
    }

    /** Ends a life so, and loses power at each of the operations of the recovery that follows. */
    private void recoverEverywhere(FailingEnd end) throws IOException {
        for (int operation = 1; operation <= 40; operation++) {
            for (int seed = 0; seed < 5; seed++) {
                Round round = new Round(seed);
                MapDbStore store = round.open();
                for (int commit = 0; commit < 3; commit++) {
                    ChangeSet changes = round.workload.next();
                    store.commit(changes);
                    round.workload.advance(changes);
                }
                end.of(round, store);
                round.disk.arm(Fault.POWER_LOSS, operation);
                try {
                    round.open();
                } catch (IOException e) {
                    assertTrue(round.disk.isDead());
                }
                round.disk.restorePower();
                try (MapDbStore recovered = round.open()) {
                    round.workload.verifyAndFollow(recovered);
                }
                assertEquals(0, round.disk.asides(), "files were moved aside");
            }
        }
    }

    @Test
    void diskThatForcesNothing_isNoticed() {
        AssertionError noticed = assertThrows(AssertionError.class, () -> {
            for (long seed = 0; seed < 50; seed++) {
                Round round = new Round(seed);
                round.disk.makeForcingDoNothing();
                try {
                    round.run();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        assertTrue(noticed.getMessage() != null);
    }

    private final class Round {
        private final Random random;
        private final SimulatedDisk disk;
        private final BatchWorkload workload;
        private final ArrayDeque<Runnable> background = new ArrayDeque<>();

        Round(long seed) {
            random = new Random(seed);
            disk = new SimulatedDisk(random);
            workload = new BatchWorkload(seed);
        }

        void run() throws IOException {
            for (int life = 0; life < LIVES; life++) {
                Ending ending = live();
                endings.merge(ending, 1, Integer::sum);
            }
            disk.disarm();
            try (MapDbStore store = open()) {
                workload.verifyAndFollow(store);
            }
            assertEquals(0, disk.asides(), "files were moved aside");
        }

        private Ending live() throws IOException {
            background.clear();
            Fault fault = random.nextInt(4) == 0 ? Fault.WRITE_ERROR : Fault.POWER_LOSS;
            if (random.nextInt(8) > 0) {
                disk.arm(fault, 1 + random.nextInt(random.nextBoolean() ? 30 : 500));
            }
            MapDbStore store;
            try {
                store = open();
            } catch (IOException e) {
                return endOfFailedOpening(e);
            }
            workload.verifyAndFollow(store);
            return commitUntilTheEnd(store);
        }

        private MapDbStore open() throws IOException {
            return MapDbStore.open(disk, SEGMENT_BYTES, executor(), BatchWorkload::numberOf, () -> {});
        }

        /** Forcing in the background happens now, later, or when a commit cannot wait any more. */
        private Executor executor() {
            return task -> {
                if (random.nextInt(3) == 0) {
                    task.run();
                } else {
                    background.add(task);
                }
            };
        }

        private Ending endOfFailedOpening(IOException e) throws IOException {
            if (disk.isDead()) {
                disk.restorePower();
                return Ending.POWER_LOST_WHILE_OPENING;
            }
            assertEquals("No space left on device", rootOf(e).getMessage());
            return Ending.WRITE_FAILED;
        }

        private Ending commitUntilTheEnd(MapDbStore store) throws IOException {
            int commits = random.nextInt(60);
            for (int commit = 0; commit < commits; commit++) {
                if (random.nextInt(4) == 0 && !background.isEmpty()) {
                    background.poll().run();
                }
                if (random.nextInt(50) == 0) {
                    compactions.merge(store.compact().outcome(), 1, Integer::sum);
                }
                ChangeSet changes = workload.next();
                try {
                    store.commit(changes);
                } catch (IOException e) {
                    return endOfFailedCommit(store, e);
                }
                workload.advance(changes);
            }
            if (random.nextBoolean()) {
                disk.restorePower();
                return Ending.ABANDONED;
            }
            return close(store);
        }

        private Ending endOfFailedCommit(MapDbStore store, IOException e) throws IOException {
            if (disk.isDead()) {
                disk.restorePower();
                return Ending.POWER_LOST_WHILE_COMMITTING;
            }
            assertEquals("No space left on device", rootOf(e).getMessage());
            assertThrows(UnwritableException.class, () -> store.commit(workload.next()));
            workload.verify(store);
            if (random.nextInt(3) > 0) {
                return recover(store);
            }
            store.close();
            if (random.nextBoolean()) {
                disk.restorePower();
            }
            return Ending.WRITE_FAILED;
        }

        /** Goes on in the same process, with whatever goes wrong next. */
        private Ending recover(MapDbStore store) throws IOException {
            background.clear();
            if (random.nextInt(4) > 0) {
                disk.arm(random.nextBoolean() ? Fault.WRITE_ERROR : Fault.POWER_LOSS, 1 + random.nextInt(60));
            }
            try {
                store.recover();
            } catch (UnwritableException e) {
                if (disk.isDead()) {
                    disk.restorePower();
                    return Ending.POWER_LOST_WHILE_RECOVERING;
                }
                workload.verify(store);
                return recover(store);
            }
            workload.verify(store);
            recoveries++;
            return commitUntilTheEnd(store);
        }

        private Ending close(MapDbStore store) throws IOException {
            try {
                store.close();
                if (disk.isDead()) {
                    disk.restorePower();
                }
                return Ending.CLOSED;
            } catch (IOException e) {
                if (disk.isDead()) {
                    disk.restorePower();
                    return Ending.POWER_LOST_WHILE_COMMITTING;
                }
                return Ending.WRITE_FAILED;
            }
        }

        private static Throwable rootOf(Throwable thrown) {
            return thrown.getCause() == null ? thrown : rootOf(thrown.getCause());
        }
    }
}
