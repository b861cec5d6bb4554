package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.simulation.Cluster.CommitOutcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** Commits that the disk does not take: the engine is thrown away, a new one goes on in the same membership. */
class FailedCommitCasesTest {

    /** Lets commits fail for which this is true, so often. */
    private static AtomicInteger failing(
            Case written, int times, CommitOutcome outcome, BiPredicate<Station, Commit> condition) {
        AtomicInteger left = new AtomicInteger(times);
        written.cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public CommitOutcome commits(Station station, Commit commit) {
                return condition.test(station, commit) && left.getAndDecrement() > 0 ? outcome : CommitOutcome.DONE;
            }
        };
        return left;
    }

    private static boolean hasDocuments(Commit commit) {
        return !commit.changes().documents().isEmpty();
    }

    private static long tryToWrite(Case written, int slot, String document, String value) {
        long ticket =
                written.cluster.write(written.station(slot), List.of(put(document, "/x", value)), Mode.ALL_OR_NOTHING);
        written.run(20);
        return ticket;
    }

    @Test
    void broadcastThenNotCommitted_peersBringItBack_andItsDotIsNotGivenOutAgain() {
        Case written = Case.allUp(2);
        Dot before = written.write(0, put("a", "/x", "1"));
        failing(written, 1, CommitOutcome.FAILED_AND_LOST, (station, commit) -> station.slot == 0);
        long ticket = tryToWrite(written, 0, "a", "2");
        assertFalse(written.cluster.results.containsKey(ticket), "never acknowledged");
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
        Dot after = written.write(0, put("b", "/x", "3"));
        assertNotEquals(before.replica(), after.replica());
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(0, "a"));
        assertEquals(Map.of("/x", "3"), written.read(1, "b"));
    }

    @Test
    void notCommittedAndHeardByNobody_isNowhere_andNothingElseIsLost() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        written.cut(0, 1);
        written.run(100);
        failing(written, 1, CommitOutcome.FAILED_AND_LOST, (station, commit) -> hasDocuments(commit));
        tryToWrite(written, 0, "a", "2");
        assertEquals(Map.of("/x", "1"), written.read(0, "a"));
        written.write(0, patch("a", "/y", "3"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "1", "/y", "3"), written.read(1, "a"));
    }

    @Test
    void saidToHaveFailedButThere_isKept_andNothingComesTwice() {
        Case written = Case.allUp(2);
        failing(written, 1, CommitOutcome.FAILED_BUT_THERE, (station, commit) -> hasDocuments(commit));
        tryToWrite(written, 0, "a", "1");
        written.write(0, put("a", "/x", "2"));
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
        assertEquals(List.of(), written.journal(0));
        assertEquals(List.of(), written.journal(1));
    }

    @Test
    void openingAfterAFailedCommit_failsToo_goesOnInTheEnd() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        AtomicInteger left = failing(written, 3, CommitOutcome.FAILED_AND_LOST, (station, commit) -> station.slot == 0);
        tryToWrite(written, 0, "a", "2");
        written.run(200);
        assertTrue(left.get() < 0, "one commit and two openings failed");
        written.write(0, put("a", "/x", "3"));
        written.settle();
        assertEquals(Map.of("/x", "3"), written.read(1, "a"));
    }

    @Test
    void pagesOfAWalkAreNotCommitted_walkBeginsAgain_andClaimsNothingTooEarly() {
        Case written = Case.allUp(1);
        for (int i = 0; i < 6; i++) {
            written.write(0, put("d" + i, "/x", "1"));
        }
        Station late = written.cluster.add(Cluster.settings("device1", 1, 50));
        AtomicInteger commits = new AtomicInteger();
        AtomicInteger left = failing(
                written,
                3,
                CommitOutcome.FAILED_AND_LOST,
                (station, commit) -> station.slot == 1 && station.hadPage && commits.incrementAndGet() % 2 == 0);
        written.cluster.start(late);
        written.run(3_000);
        written.settle();
        assertTrue(left.get() <= 0, "the walk was broken three times");
        for (int i = 0; i < 6; i++) {
            assertEquals(Map.of("/x", "1"), written.read(1, "d" + i));
        }
    }

    @Test
    void serverReplacesItsEngineInTheMiddleOfAWalk_pullerStartsOver_andGetsEverything() {
        Case written = Case.allUp(1);
        for (int i = 0; i < 6; i++) {
            written.write(0, put("d" + i, "/x", "1"));
        }
        Station late = written.cluster.add(Cluster.settings("device1", 1, 50));
        AtomicInteger pages = new AtomicInteger();
        written.cluster.network.filter = (from, to, message) -> {
            if (message instanceof Page && pages.incrementAndGet() == 3) {
                failing(written, 1, CommitOutcome.FAILED_AND_LOST, (station, commit) -> station.slot == 0);
                written.cluster.write(written.station(0), List.of(put("d1", "/x", "lost")), Mode.ALL_OR_NOTHING);
            }
            return false;
        };
        written.cluster.start(late);
        written.run(3_000);
        written.write(0, delete("d2"));
        written.settle();
        assertTrue(pages.get() > 3);
        assertEquals(Map.of(), written.read(1, "d2"));
        assertEquals(Map.of("/x", "1"), written.read(1, "d5"));
    }
}
