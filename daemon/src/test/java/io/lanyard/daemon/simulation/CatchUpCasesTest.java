package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Walks of an arrival index: one schedule for each sentence of the design that looks over-careful. */
class CatchUpCasesTest {

    private static boolean isPage(Effect effect) {
        return effect instanceof Send send
                && send.message() instanceof Page page
                && !page.documents().isEmpty();
    }

    /** Station 0 writes three documents alone, one of them twice, before anybody else is up. */
    private static Case threeDocumentsOnZero(int stations, Dot[] dots) {
        Case written = new Case(stations);
        written.start(0);
        written.run(100);
        dots[0] = written.write(0, put("a", "/x", "1"));
        dots[1] = written.write(0, put("b", "/x", "1"));
        dots[2] = written.write(0, put("c", "/x", "1"));
        return written;
    }

    /** Lets station 0 die for good after it sent its n-th page. */
    private static void dieAfterPage(Case written, int pages) {
        AtomicInteger sent = new AtomicInteger();
        written.crashAfter((station, effect) -> station.slot == 0 && isPage(effect) && sent.incrementAndGet() == pages);
    }

    @Test
    void walk_serverDiesAfterFirstPage_nothingIsClaimed() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(3, dots);
        dieAfterPage(written, 1);
        written.start(1);
        written.run(2_000);
        assertTrue(written.holds(1, "a", dots[0]));
        assertFalse(written.claims(1, dots[0]));
        written.start(2);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(2, "a"));
        written.start(0);
        written.settle();
        assertTrue(written.claims(2, dots[2]));
    }

    @Test
    void walk_writeSupersededInLaterPage_isNotClaimedBefore() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(3, dots);
        written.write(0, patch("a", "/x", "2"));
        dieAfterPage(written, 1);
        written.start(1);
        written.run(2_000);
        assertTrue(written.holds(1, "b", dots[1]));
        assertFalse(written.claims(1, dots[0]), "what superseded it is in a page that never came");
        written.start(0);
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
    }

    @Test
    void checkpoint_midWalkAndServerRolledBack_walksFromTheStart() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(2, dots);
        written.cluster.copyDisk(written.station(0));
        written.write(0, patch("a", "/x", "2"));
        // Its index is now b, c, a. Station 1 gets b and c; in the copy a stands before them.
        dieAfterPage(written, 2);
        written.start(1);
        written.run(2_000);
        assertTrue(written.holds(1, "c", dots[2]));
        assertFalse(written.holds(1, "a", dots[0]));
        written.station(0).disk = written.station(0).copies.get(0);
        written.start(0);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "a"));
    }

    @Test
    void checkpoint_midWalkInSameOpening_goesOnWhereItWas() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(2, dots);
        AtomicInteger pages = new AtomicInteger();
        written.cluster.network.filter = (from, to, message) -> {
            return message instanceof Page && pages.incrementAndGet() == 3;
        };
        written.start(1);
        written.settle();
        assertEquals(4, pages.get(), "two pages, a lost one, and the same again, which is the tail");
    }

    @Test
    void checkpoint_atTailAndServerRestarted_nothingIsSentAgain() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(2, dots);
        written.start(1);
        written.settle();
        written.crash(1);
        written.run(100);
        Dot later = written.write(0, put("d", "/x", "1"));
        written.crash(0);
        written.start(0);
        AtomicInteger documents = new AtomicInteger();
        AtomicInteger pages = new AtomicInteger();
        written.cluster.network.filter = (from, to, message) -> {
            if (message instanceof Page page) {
                pages.incrementAndGet();
                documents.addAndGet(page.documents().size());
            }
            return false;
        };
        written.start(1);
        written.settle();
        assertTrue(written.claims(1, later));
        assertEquals(1, documents.get());
        assertEquals(1, pages.get());
    }

    @Test
    void checkpoint_atTailAndServerRolledBack_getsWhatCameInThePlaceOfTheLost() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(2, dots);
        written.cluster.copyDisk(written.station(0));
        written.write(0, put("lost", "/x", "1"));
        written.write(0, put("lost", "/x", "2"));
        written.start(1);
        written.settle();
        written.crash(1);
        written.crash(0);
        written.station(0).disk = written.station(0).copies.get(0);
        written.start(0);
        written.write(0, put("d", "/x", "1"));
        written.write(0, put("e", "/x", "1"));
        written.write(0, put("f", "/x", "1"));
        written.start(1);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "d"));
        assertEquals(Map.of("/x", "2"), written.read(0, "lost"));
    }

    @Test
    void page_writeInTheSameStepIsNotCommittedYet_isLeftOut() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(2, dots);
        Station server = written.station(0);
        // Every page request finds a write in front of it that the station crashes before committing.
        written.cluster.network.filter = (from, to, message) -> {
            if (message instanceof PageRequest && server.isUp() && server.inbox.isEmpty()) {
                written.cluster.write(server, List.of(put("b", "/x", "3")), Mode.ALL_OR_NOTHING);
            }
            return message instanceof LiveWrite;
        };
        written.crashBefore((station, effect) -> station == server
                && effect instanceof Effect.Commit commit
                && !commit.changes().documents().isEmpty());
        written.start(1);
        written.run(300);
        written.crashBefore((station, effect) -> false);
        written.cluster.network.filter = (from, to, message) -> false;
        written.start(0);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "b"));
    }

    @Test
    void walk_unclaimedDataIsEdited_receiversHoldTheEditBackUntilTheyHaveIt() {
        Dot[] dots = new Dot[3];
        Case written = threeDocumentsOnZero(3, dots);
        dieAfterPage(written, 2);
        written.start(1);
        written.run(1_500);
        assertTrue(written.holds(1, "b", dots[1]));
        written.start(2);
        // Station 2 hears live writes but gets no pages for a while.
        written.cluster.network.filter = (from, to, message) -> message instanceof Page;
        written.run(500);
        Dot edit = written.write(1, patch("a", "/y", "2"));
        written.run(100);
        assertFalse(written.holds(2, "a", edit), "it builds upon what station 2 does not have");
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "1", "/y", "2"), written.read(2, "a"));
        assertEquals(Map.of("/x", "1"), written.read(2, "b"));
    }

    /**
     * Stations 1 and 2 get different parts of what the dead station 0 had, and both reach as far: 1 has the newer write
     * only, 2 both. Their vectors and reaches are equal, and nothing but the digests tells.
     */
    private static Case differingUnderEqualVectors() {
        // All have met, so that nobody promises what 1 and 2 have not.
        Case written = Case.allUp(4);
        written.crash(1);
        written.crash(2);
        written.cut(1, 3);
        written.cut(2, 3);
        written.run(100);
        Dot older = written.write(3, put("later", "/x", "1"));
        Dot newer = written.write(3, put("sooner", "/x", "1"));
        written.run(500);
        written.crash(3);
        written.station(3).isGoneForEver = true;
        // Station 1 writes concurrently to the first document, which therefore moves behind the second at station 0.
        written.cutOneWay(0, 1);
        written.cutOneWay(0, 2);
        written.start(1);
        written.start(2);
        written.run(300);
        written.write(1, put("later", "/y", "1"));
        written.write(1, put("tail", "/y", "1"));
        written.run(1_000);
        AtomicInteger toOne = new AtomicInteger();
        AtomicInteger toTwo = new AtomicInteger();
        written.cluster.network.filter = (from, to, message) -> from.slot == 0
                && message instanceof Page
                && (to.slot == 1 ? toOne.incrementAndGet() > 1 : toTwo.incrementAndGet() > 2);
        written.cut(1, 2);
        written.cluster.network.mend(written.station(0), written.station(1));
        written.cluster.network.mend(written.station(0), written.station(2));
        written.cluster.refreshViews();
        written.run(1_000);
        written.crash(0);
        assertTrue(written.holds(1, "sooner", newer));
        assertFalse(written.holds(1, "later", older));
        assertTrue(written.holds(2, "later", older));
        assertFalse(written.claims(2, older));
        assertEquals(written.station(1).disk.vector, written.station(2).disk.vector);
        assertEquals(written.station(1).disk.reach, written.station(2).disk.reach);
        written.cluster.network.filter = (from, to, message) -> false;
        return written;
    }

    @Test
    void digestsDifferUnderEqualVectors_unclaimedDataOfADeadServer_isFoundAndCopied() {
        Case written = differingUnderEqualVectors();
        written.mend();
        written.settle();
        assertEquals("1", written.read(1, "later").get("/x"));
        assertTrue(written.cluster.occurrences.containsKey(Fault.DIGEST_WALK));
    }

    @Test
    void digestsDifferUnderEqualVectors_walkBreaksOff_isBegunAgainAndNobodyIsAlarmed() {
        Case written = differingUnderEqualVectors();
        AtomicInteger pages = new AtomicInteger();
        written.cluster.network.filter = (from, to, message) -> message instanceof Page && pages.incrementAndGet() < 6;
        written.mend();
        written.settle();
        assertEquals("1", written.read(1, "later").get("/x"));
    }

    @Test
    void digestsDifferUnderEqualVectors_otherSideHasNotWalkedYet_nobodyIsAlarmed() {
        Case written = differingUnderEqualVectors();
        // Station 2 walks in vain, again and again sees the difference, and cannot know that 1 hears nothing.
        written.cluster.network.filter = (from, to, message) -> to.slot == 1 && !(message instanceof PageRequest);
        written.mend();
        written.run(10_000);
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals("1", written.read(1, "later").get("/x"));
    }

    /** What everybody has is in no context any more; a write over it had seen it nevertheless. */
    @Test
    void conflictInOneField_writeToAnother_isNoConflictToWhoLearnsOfBothAtOnce() {
        Case written = Case.allUp(3);
        Dot first = written.write(2, put("a", "/x", "1", "/y", "1"));
        written.run(5_000);
        assertTrue(written.station(0).disk.documents.get(Case.id("a")).context().isEmpty());
        written.cut(2, 0);
        written.cut(2, 1);
        written.cut(1, 0);
        written.run(100);
        Dot loser = written.write(0, patch("a", "/y", "2"));
        written.run(10);
        written.write(1, patch("a", "/y", "3"));
        written.cluster.network.mend(written.station(0), written.station(1));
        written.cluster.network.mend(written.station(1), written.station(0));
        written.cluster.refreshViews();
        written.run(500);
        assertEquals(List.of(loser), written.journal(0));
        written.write(0, patch("a", "/x", "2"));
        written.mend();
        written.settle();
        assertFalse(written.journal(2).contains(first), "it was replaced knowingly");
        assertEquals(Map.of("/x", "2", "/y", "3"), written.read(2, "a"));
    }
}
