package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Live writes, held back and not, conflicts, and clocks that are wrong. */
class LiveCasesTest {
    private static final long YEAR_MILLIS = 365L * 24 * 3_600_000;

    @Test
    void liveWrite_builtUponWhatTheReceiverLacks_isHeldBackAndThenPulled() {
        Case written = Case.allUp(3);
        written.cluster.network.filter =
                (from, to, message) -> to.slot == 2 && from.slot == 0 && message instanceof LiveWrite;
        Dot first = written.write(0, put("a", "/x", "1"));
        Dot second = written.write(1, patch("a", "/y", "2"));
        written.run(5);
        assertFalse(written.holds(2, "a", second), "the first is not there yet");
        assertEquals(1, written.station(2).engine.status().heldBack());
        written.settle();
        assertTrue(written.claims(2, first));
        assertEquals(Map.of("/x", "1", "/y", "2"), written.read(2, "a"));
    }

    @Test
    void liveWrite_oneBeforeItIsLost_isPulledWithoutWaitingForIt() {
        Case written = Case.allUp(2);
        AtomicInteger sent = new AtomicInteger();
        written.cluster.network.filter =
                (from, to, message) -> message instanceof LiveWrite && sent.incrementAndGet() == 1;
        written.write(0, put("a", "/x", "lost"));
        Dot second = written.write(0, put("b", "/x", "held"));
        assertEquals(1, written.station(1).engine.status().heldBack());
        written.run(500);
        assertTrue(written.claims(1, second), "held live writes are dropped after 3 s: this is far sooner");
        assertEquals(Map.of("/x", "lost"), written.read(1, "a"));
    }

    @Test
    void liveWrite_olderOneNeverCommittedNorHeard_nobodyWaitsForIt() {
        Case written = Case.allUp(2);
        AtomicInteger sent = new AtomicInteger();
        written.cluster.network.filter =
                (from, to, message) -> message instanceof LiveWrite && sent.incrementAndGet() == 1;
        written.crashBefore((station, effect) -> station.slot == 0 && effect instanceof Effect.Commit);
        written.cluster.write(written.station(0), List.of(put("a", "/x", "lost"), put("a", "/x", "held")), Mode.EACH);
        written.run(100);
        written.crashBefore((station, effect) -> false);
        assertEquals(2, sent.get());
        assertEquals(1, written.station(1).engine.status().heldBack());
        written.start(0);
        written.run(500);
        Dot own = written.write(1, put("b", "/x", "1"));
        Dot others = written.write(0, put("c", "/x", "1"));
        written.run(100);
        assertTrue(written.claims(0, own));
        assertTrue(written.claims(1, others));
        written.settle();
        assertEquals(Map.of(), written.read(1, "a"));
    }

    @Test
    void liveWrites_afterAServerDiedHalfWay_arriveAllTheSame() {
        Case written = new Case(3);
        written.start(0);
        written.run(100);
        Dot orphan = written.write(0, put("a", "/x", "1"));
        written.write(0, put("b", "/x", "1"));
        written.crashAfter((station, effect) ->
                station.slot == 0 && effect instanceof Effect.Send send && send.message() instanceof Page);
        written.start(1);
        written.run(1_000);
        written.start(2);
        written.settle();
        assertFalse(written.claims(2, orphan));
        for (int i = 0; i < 5; i++) {
            Dot later = written.write(1, put("c" + i, "/x", "1"));
            written.run(i == 0 ? 300 : 5);
            assertTrue(written.claims(2, later), "once it walked to the tail, live writes need no more walks");
        }
        written.settle();
    }

    @Test
    void batch_overSeveralDocuments_comesWholeOrNotAtAll() {
        Case written = Case.allUp(2);
        Dot batch = written.write(0, put("a", "/x", "1"), put("b", "/x", "1"), put("c", "/x", "1"));
        written.run(50);
        assertTrue(written.claims(1, batch));
        assertEquals(Map.of("/x", "1"), written.read(1, "c"));
        written.crashBefore((station, effect) -> station.slot == 0 && effect instanceof Effect.Commit);
        written.cluster.network.filter = (from, to, message) -> message instanceof LiveWrite;
        written.cluster.write(
                written.station(0), List.of(put("a", "/x", "2"), put("b", "/x", "2")), Mode.ALL_OR_NOTHING);
        written.run(50);
        written.crashBefore((station, effect) -> false);
        written.start(0);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(0, "a"));
        assertEquals(Map.of("/x", "1"), written.read(0, "b"));
    }

    @Test
    void stamp_documentComesFromADeviceYearsAhead_aLaterWriteWinsAllTheSame() {
        Case written = Case.allUp(2);
        written.station(0).wallOffsetMillis = 3 * YEAR_MILLIS;
        written.write(0, put("a", "/x", "\"ahead\""));
        written.run(50);
        written.write(1, patch("a", "/x", "\"later\""));
        written.run(50);
        assertEquals(Map.of("/x", "\"later\""), written.read(0, "a"));
        assertEquals(Map.of("/x", "\"later\""), written.read(1, "a"));
        written.write(1, put("b", "/x", "1"));
        long stamped = StoredDocument.decode(
                        written.station(1).disk.store.document(Case.id("b")).orElseThrow())
                .document()
                .newestTime();
        long ahead = Timestamp.millis(stamped) - written.cluster.wallMillis(written.station(1));
        assertTrue(ahead <= 500, () -> "its own clock was dragged " + ahead + " ms ahead");
        written.settle();
    }

    @Test
    void stamp_clockStepsBackAYear_ownLaterWriteWins() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.station(0).wallOffsetMillis = -YEAR_MILLIS;
        written.write(0, patch("a", "/x", "2"));
        written.crash(0);
        written.start(0);
        written.write(0, patch("a", "/x", "3"));
        written.settle();
        assertEquals(Map.of("/x", "3"), written.read(1, "a"));
    }

    @Test
    void conflict_concurrentWritesToAField_bothDevicesJournalTheLoser() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "0"));
        written.run(100);
        written.cut(0, 1);
        Dot loser = written.write(0, patch("a", "/x", "1"));
        written.run(50);
        written.write(1, patch("a", "/x", "2"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(0, "a"));
        assertEquals(List.of(loser), written.journal(0));
        assertEquals(List.of(loser), written.journal(1));
    }

    @Test
    void conflict_writerHadSeenWhatItReplaced_isNone() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "0"));
        written.run(100);
        written.write(1, patch("a", "/x", "1"));
        written.run(100);
        written.write(2, delete("a"));
        written.settle();
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(List.of(), written.journal(slot));
        }
    }

    @Test
    void conflict_foundByAThirdDeviceThatWroteOn_theAuthorLearnsByTheMark() {
        Case written = Case.allUp(4);
        written.write(0, put("a", "/x", "0"));
        written.run(100);
        written.cut(0, 1);
        written.cut(0, 2);
        written.cut(0, 3);
        Dot loser = written.write(0, patch("a", "/x", "1"));
        written.run(50);
        Dot winner = written.write(1, patch("a", "/x", "2"));
        written.run(100);
        // Station 2 hears both and writes over it; station 0 only ever sees what came of it.
        written.crash(1);
        written.cluster.network.mend(written.station(0), written.station(2));
        written.cluster.network.mend(written.station(2), written.station(0));
        written.cluster.network.filter = (from, to, message) -> to.slot == 0 && !(message instanceof PageRequest);
        written.cluster.refreshViews();
        written.run(2_000);
        assertTrue(written.holds(2, "a", loser) && written.holds(2, "a", winner));
        written.write(2, patch("a", "/x", "3"));
        written.cluster.network.filter = (from, to, message) -> false;
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "3"), written.read(0, "a"));
        assertEquals(List.of(loser), written.journal(0));
    }

    @Test
    void conflict_deleteAgainstEdit_theLoserIsJournaledAtItsAuthor() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "0"));
        written.run(100);
        written.cut(0, 1);
        Dot loser = written.write(0, patch("a", "/x", "1"));
        written.run(50);
        written.write(1, delete("a"));
        written.mend();
        written.settle();
        assertEquals(Map.of(), written.read(0, "a"));
        assertTrue(written.journal(0).contains(loser));
    }
}
