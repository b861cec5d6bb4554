package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.StoreContract.change;
import static io.lanyard.daemon.store.StoreContract.documents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import java.io.IOException;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The last step of a compaction, for which commits stop, while they come faster than it gets the lock. */
class LastStepTest {
    private static final long SEGMENT_BYTES = 48 << 10;

    /** More than the last step applies while everybody waits. */
    private static final int MANY = 100;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
    private final Host host = new Host();

    @AfterEach
    void close() throws IOException {
        host.opened.volume().close();
    }

    @Test
    void manyCommits_beforeItHasTheLock_areAppliedBeforeItStopsThem() {
        host.triesInTheWay = 3;
        assertEquals(Outcome.DONE, compact().outcome());
        assertEquals(4, host.tries);
        assertEquals(3 * MANY, host.opened.trees().arrivals(0, 10 * MANY).size());
    }

    @Test
    void manyCommits_eachTime_areAppliedWhileTheyStopInTheEnd() {
        host.triesInTheWay = Integer.MAX_VALUE;
        assertEquals(Outcome.DONE, compact().outcome());
        assertEquals(20, host.tries);
        assertEquals(20 * MANY, host.opened.trees().arrivals(0, 100 * MANY).size());
    }

    private CompactionResult compact() {
        Opened before = host.opened;
        Compaction compaction =
                new Compaction(disk, SEGMENT_BYTES, Runnable::run, BatchWorkload::numberOf, 1 << 20, () -> {});
        CompactionResult result = compaction.run(host);
        assertNotSame(before, host.opened);
        return result;
    }

    /** Somebody commits many times just before the lock is given. */
    private final class Host implements Compaction.Host {
        private Opened opened;
        private CommitsSince commits;
        private int triesInTheWay;
        private int tries;
        private long number;

        Host() {
            try {
                opened = Opened.open(disk, SEGMENT_BYTES, Runnable::run);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public Opened opened() {
            return opened;
        }

        @Override
        public <T> T read(String what, Supplier<T> reading) {
            return reading.get();
        }

        @Override
        public void collect(CommitsSince toCollect, Runnable begin) {
            begin.run();
            commits = toCollect;
        }

        @Override
        public boolean alone(Opened present, LastStep step) throws IOException {
            boolean isInTheWay = tries++ < triesInTheWay;
            if (tries > 50) {
                throw new IOException("it tries without end");
            }
            for (int count = 0; isInTheWay && count < MANY; count++) {
                commit();
            }
            Opened next = step.run();
            opened = next == null ? opened : next;
            return next != null;
        }

        private void commit() {
            number++;
            ChangeSet changes = documents(change("a/" + number, number, 0, number + " v"));
            opened.volume().beginWriting();
            opened.trees().commit(changes);
            opened.volume().endWriting();
            commits.add(changes);
        }
    }
}
