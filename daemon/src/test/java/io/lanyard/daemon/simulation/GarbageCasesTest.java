package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.id;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Summary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Garbage that goes too early, or comes back: one schedule for each sentence of the design that looks over-careful. */
class GarbageCasesTest {
    private static final long QUIET_MILLIS = 5_000;
    private static final long MINUTE_MILLIS = 60_000;
    private static final long AWAY_MILLIS = 400L * 24 * 3_600_000;
    private static final FieldPath X = new FieldPath("/x");

    private static Document held(Case written, int slot, String document) {
        return written.station(slot).disk.documents.getOrDefault(id(document), new Document());
    }

    private static boolean hasTombstone(Case written, int slot) {
        return held(written, slot, "a").fields().containsKey(X);
    }

    /** All hold document a with two fields, one of which was removed knowingly. */
    private static Case removedFieldOnAll(int stations) {
        Case written = Case.allUp(stations);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(500);
        written.write(0, patch("a", "/x", "null"));
        return written;
    }

    @Test
    void quietGroup_allInStep_nothingIsLeftButWhatIsShown() {
        Case written = removedFieldOnAll(3);
        written.write(1, put("b", "/x", "1"));
        written.run(500);
        written.write(2, delete("b"));
        written.run(QUIET_MILLIS);
        for (int slot = 0; slot < 3; slot++) {
            assertFalse(hasTombstone(written, slot));
            assertTrue(held(written, slot, "a").context().isEmpty());
            assertTrue(held(written, slot, "b").isEmpty(), "a grave");
        }
        written.settle();
    }

    @Test
    void deviceAwayFor400Days_whatItHasNotAcknowledgedStays_andGoesWhenItIsBack() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(QUIET_MILLIS);
        written.crash(2);
        written.write(0, patch("a", "/x", "null"));
        written.cluster.skippedMillis += AWAY_MILLIS;
        written.run(QUIET_MILLIS);
        assertTrue(hasTombstone(written, 0) && hasTombstone(written, 1));
        written.start(2);
        written.run(QUIET_MILLIS);
        assertEquals(Map.of("/y", "1"), written.read(2, "a"));
        assertFalse(hasTombstone(written, 0) || hasTombstone(written, 1) || hasTombstone(written, 2));
        assertFalse(written.cluster.occurrences.containsKey(Fault.FENCE_STAGED), "it was away, and nothing else");
    }

    @Test
    void laptopWasAwayItself_takesNobodyForGone() {
        Case written = removedFieldOnAll(3);
        written.run(50);
        written.crash(1);
        written.cut(0, 2);
        written.cluster.skippedMillis += AWAY_MILLIS;
        written.start(1);
        written.write(0, delete("a"));
        written.cut(1, 2);
        written.run(QUIET_MILLIS);
        assertNotNull(held(written, 1, "a").died(), "station 2 has not acknowledged the delete");
        written.mend();
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 1, "a").isEmpty());
        written.settle();
    }

    /** Under level 1 everybody has the tombstone; under level 2 everybody also refuses who has not. */
    @Test
    void tombstoneThatAllHave_notAllHavePromisedIt_stays() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(QUIET_MILLIS);
        Disk older = written.station(2).disk.copy();
        // Station 1 hears the write itself, and nothing that anybody says of what he has.
        written.cluster.network.filter = (from, to, message) -> to.slot == 1 && message instanceof Message.Summary;
        written.write(0, patch("a", "/x", "null"));
        written.run(QUIET_MILLIS);
        assertTrue(hasTombstone(written, 0), "station 1 has not promised it");
        // So a disk that is set back and meets station 1 first gets the tombstone there.
        written.crash(2);
        written.cut(0, 2);
        written.cluster.network.filter = (from, to, message) -> false;
        written.cut(0, 1);
        written.station(2).disk = older;
        written.start(2);
        written.run(QUIET_MILLIS);
        assertEquals(Map.of("/y", "1"), written.read(2, "a"));
        written.mend();
        written.settle();
    }

    @Test
    void tombstoneFromADeviceAhead_isKeptUntilTheOwnClockIsThere() {
        Case written = Case.allUp(2);
        written.station(0).wallOffsetMillis = 10 * MINUTE_MILLIS;
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(100);
        written.write(0, patch("a", "/x", "null"));
        written.run(QUIET_MILLIS);
        assertFalse(hasTombstone(written, 0));
        assertTrue(hasTombstone(written, 1), "or a write here could be stamped under it");
        Dot later = written.write(1, patch("a", "/x", "2"));
        written.run(500);
        assertTrue(written.claims(0, later));
        assertEquals("2", written.read(0, "a").get("/x"));
        written.cluster.skippedMillis += 20 * MINUTE_MILLIS;
        written.write(1, put("b", "/x", "1"));
        written.run(QUIET_MILLIS);
        assertFalse(held(written, 1, "a").hasGarbage());
        written.settle();
    }

    @Test
    void latePage_afterTheGarbageIsGone_bringsNothingBack() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "old", "/y", "1"));
        written.write(0, put("b", "/x", "old"));
        written.run(QUIET_MILLIS);
        written.crash(2);
        written.run(200);
        // Station 2 asks for what it missed; the answer, with the value as it was, stays on its way for long.
        written.write(0, put("c", "/x", "1"));
        Message[] late = new Message[1];
        written.cluster.network.filter = (from, to, message) -> {
            boolean isHeldUp = late[0] == null && to.slot == 2 && message instanceof Page;
            late[0] = isHeldUp ? message : late[0];
            return isHeldUp;
        };
        written.station(2).disk = new Disk();
        written.start(2);
        written.run(QUIET_MILLIS);
        written.write(1, patch("a", "/x", "null"));
        written.write(1, delete("b"));
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 2, "b").isEmpty());
        assertNotNull(late[0]);
        written.cluster.receive(written.station(2), written.station(0).member, late[0]);
        written.cluster.receive(written.station(2), written.station(1).member, late[0]);
        written.run(QUIET_MILLIS);
        assertEquals(Map.of("/y", "1"), written.read(2, "a"));
        assertEquals(Map.of(), written.read(2, "b"));
        written.settle();
    }

    @Test
    void fieldsOfTheDeadAreGone_concurrentEditOfOneWhoCounts_isThereBefore_andNoHusk() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(QUIET_MILLIS);
        written.cut(2, 0);
        written.cut(2, 1);
        written.write(0, delete("a"));
        written.run(500);
        written.write(2, patch("a", "/x", "2"));
        written.run(QUIET_MILLIS);
        assertEquals(2, held(written, 0, "a").fields().size(), "station 2 may have written without knowing");
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "2", "/y", "1"), written.read(0, "a"));
    }

    @Test
    void deleteIsForgotten_documentIsCreatedAgain_startsCleanEverywhere() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(500);
        written.write(1, delete("a"));
        written.run(QUIET_MILLIS);
        assertNull(held(written, 2, "a").died());
        written.write(2, put("a", "/z", "2"));
        written.run(QUIET_MILLIS);
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(Map.of("/z", "2"), written.read(slot, "a"));
        }
        written.settle();
    }

    @Test
    void contextsAreEmpty_freshDeviceComes_getsEverything() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1"));
        written.write(1, put("b", "/x", "1"));
        written.run(500);
        written.write(0, delete("b"));
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 0, "a").context().isEmpty());
        Station fresh = written.cluster.add(Cluster.settings("fresh", 1, 50));
        written.cluster.start(fresh);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(3, "a"));
        assertEquals(Map.of(), written.read(3, "b"));
    }

    /** Starts station 3, whose clock is a minute late, and which never meets station 1. */
    private static void addFreshDeviceWithASlowClock(Case written) {
        Station fresh = written.cluster.add(Cluster.settings("fresh", 1, 50));
        fresh.wallOffsetMillis = -MINUTE_MILLIS;
        written.cut(3, 1);
        written.cluster.start(fresh);
        written.run(QUIET_MILLIS);
    }

    @Test
    void freshDeviceWithASlowClock_writesAboveWhatWasDroppedBeforeItCame() {
        Case written = Case.allUp(3);
        written.station(1).wallOffsetMillis = -10 * MINUTE_MILLIS;
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(100);
        written.write(0, patch("a", "/x", "null"));
        written.run(QUIET_MILLIS);
        assertFalse(hasTombstone(written, 0));
        assertTrue(hasTombstone(written, 1), "its clock is not there yet");
        addFreshDeviceWithASlowClock(written);
        written.write(3, patch("a", "/x", "\"later\""));
        written.mend();
        written.settle();
        assertEquals("\"later\"", written.read(1, "a").get("/x"));
    }

    @Test
    void conflict_contextsAreEmptyBefore_isToldAllTheSame() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "0"));
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 0, "a").context().isEmpty());
        written.cut(0, 1);
        Dot loser = written.write(0, patch("a", "/x", "1"));
        written.run(50);
        written.write(1, patch("a", "/x", "2"));
        written.mend();
        written.settle();
        assertEquals(List.of(loser), written.journal(0));
        assertEquals(List.of(loser), written.journal(1));
    }

    @Test
    void knownWriterReplacesASettledValue_isNoConflict() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "0"));
        written.run(QUIET_MILLIS);
        written.crash(2);
        written.write(1, patch("a", "/x", "1"));
        written.run(500);
        written.start(2);
        written.settle();
        written.run(QUIET_MILLIS);
        written.write(2, patch("a", "/x", "2"));
        written.settle();
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(List.of(), written.journal(slot));
        }
    }

    @Test
    void freshDeviceWithASlowClock_createsAboveTheDeleteThatWasDroppedBeforeItCame() {
        Case written = Case.allUp(3);
        written.station(1).wallOffsetMillis = -10 * MINUTE_MILLIS;
        written.write(0, put("a", "/x", "1"));
        written.run(100);
        written.write(0, delete("a"));
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 0, "a").isEmpty());
        assertNotNull(held(written, 1, "a").died(), "its clock is not there yet");
        addFreshDeviceWithASlowClock(written);
        written.write(3, put("a", "/x", "\"later\""));
        written.mend();
        written.settle();
        assertEquals("\"later\"", written.read(1, "a").get("/x"));
    }

    @Test
    void writerEmptiedItsContextsFirst_whoStillHasThemSeesNoConflict() {
        Case written = Case.allUp(3);
        AtomicReference<Dot> first = new AtomicReference<>();
        written.cluster.network.filter = (from, to, message) -> from.slot == 1
                && to.slot == 0
                && message instanceof Summary summary
                && first.get() != null
                && summary.cleared().changes().covers(first.get());
        first.set(written.write(0, put("a", "/x", "0")));
        written.run(QUIET_MILLIS);
        assertFalse(
                held(written, 0, "a").context().isEmpty(), "it does not know that all know that all have collected it");
        assertTrue(held(written, 2, "a").context().isEmpty());
        written.write(2, patch("a", "/x", "1"));
        written.run(500);
        assertEquals(Map.of("/x", "1"), written.read(0, "a"));
        assertEquals(List.of(), written.journal(0));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
    }

    @Test
    void diskWasSetBackBelowWhatWasPromised_goesThroughTheFenceAndNoOrdinaryWalk() {
        Case written = Case.allUp(2);
        Disk older = written.station(1).disk.copy();
        written.write(0, put("a", "/x", "1"));
        written.run(QUIET_MILLIS);
        written.crash(1);
        written.station(1).disk = older;
        written.cluster.network.filter =
                (from, to, message) -> message instanceof PageRequest request && !request.isForFence();
        written.start(1);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "a"));
        assertTrue(written.cluster.occurrences.containsKey(Fault.FENCE_PASSED));
    }

    /** It has all that was promised, but what lies under a delete that the others know nothing of any more. */
    @Test
    void diskWasSetBackBehindTheDeleteButBeforeItsGarbageWent_recreationShowsNothingOfBefore() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "2"));
        written.run(QUIET_MILLIS);
        written.write(0, delete("a"));
        written.run(20);
        Disk older = written.station(1).disk.copy();
        assertFalse(older.documents.get(Case.id("a")).fields().isEmpty());
        assertNotNull(older.documents.get(Case.id("a")).died());
        written.run(QUIET_MILLIS);
        assertTrue(held(written, 0, "a").isEmpty());
        written.crash(1);
        written.write(0, put("a", "/z", "3"));
        written.station(1).disk = older;
        written.start(1);
        written.settle();
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(Map.of("/z", "3"), written.read(slot, "a"));
        }
        assertTrue(written.cluster.occurrences.containsKey(Fault.FENCE_PASSED));
    }

    /** What it took over still has the fields, and nobody waits for it to drop them. */
    @Test
    void recreated_beforeWhoPassedTheFenceIsCountedOn_showsNothingOfBefore() {
        Case written = new Case(2);
        written.start(0);
        written.run(200);
        Dot created = written.write(0, put("a", "/x", "1", "/y", "2"));
        written.run(QUIET_MILLIS);
        written.cluster.network.filter = (from, to, message) ->
                message instanceof Summary && (from.slot == 1 || written.station(1).disk.fence == FenceState.SWITCH);
        written.start(1);
        written.run(QUIET_MILLIS);
        assertTrue(written.claims(1, created));
        written.cluster.network.filter = (from, to, message) -> message instanceof Summary;
        written.write(0, delete("a"));
        written.run(QUIET_MILLIS);
        assertEquals(Map.of(), written.read(1, "a"));
        assertFalse(held(written, 1, "a").fields().isEmpty());
        written.write(0, put("a", "/z", "3"));
        written.run(500);
        assertEquals(Map.of("/z", "3"), written.read(1, "a"));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/z", "3"), written.read(1, "a"));
    }

    /** Of its writes one device has some, does not claim them, and the other has none: it drops nothing for them. */
    @Test
    void retiredDevicesWritesAreHeldWithoutBeingClaimed_whatTheyBringBackIsWhole() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/x", "1", "/y", "2"));
        written.run(QUIET_MILLIS);
        written.cut(2, 0);
        written.cut(2, 1);
        written.run(100);
        written.write(0, delete("a"));
        written.run(100);
        written.write(2, patch("a", "/z", "3"));
        written.write(2, put("b", "/x", "1"));
        written.cluster.network.filter = (from, to, message) ->
                message instanceof Page page && (from.slot == 2 && page.isTail() || from.slot == 1 && to.slot == 0);
        written.mend();
        written.cut(2, 0);
        written.run(500);
        assertEquals(Map.of("/x", "1", "/y", "2", "/z", "3"), written.read(1, "a"));
        assertFalse(written.station(1).disk.reach.isEmpty());
        written.crash(2);
        written.run(500);
        written.cluster.retire(
                written.station(0), written.station(2).settings.device().id());
        written.run(QUIET_MILLIS);
        assertEquals(Map.of(), written.read(0, "a"));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "1", "/y", "2", "/z", "3"), written.read(0, "a"));
    }

    /** It wrote without knowing of the removal, and nobody waited for that. */
    @Test
    void removed_beforeWhoPassedTheFenceIsCountedOn_staysRemoved() {
        Case written = new Case(2);
        written.start(0);
        written.run(200);
        Dot created = written.write(0, put("a", "/x", "1", "/y", "2"));
        written.run(QUIET_MILLIS);
        written.cluster.network.filter = (from, to, message) -> message instanceof Summary && from.slot == 1;
        written.start(1);
        written.run(QUIET_MILLIS);
        assertTrue(written.claims(1, created));
        written.cluster.network.filter = (from, to, message) -> true;
        written.write(1, patch("a", "/y", "3"));
        written.write(0, patch("a", "/y", "null"));
        written.run(QUIET_MILLIS);
        assertEquals(2, held(written, 0, "a").fields().size(), "the tombstone waits");
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "a"));
    }

    /** What was only applied yet stands nowhere in the index that is swept. */
    @Test
    void deletedInTheStepOfTheSweep_byWhoIsAlone_isNotCollectedUnswept() {
        Case written = new Case(2);
        written.start(0);
        written.run(200);
        written.write(0, put("a", "/x", "1"));
        written.run(QUIET_MILLIS);
        written.crash(0);
        written.start(0);
        written.cluster.write(written.station(0), List.of(delete("a")), Mode.ALL_OR_NOTHING);
        written.cluster.input(written.station(0), new Tick());
        written.run(400);
        written.start(1);
        written.run(QUIET_MILLIS);
        written.write(1, put("a", "/y", "2"));
        written.settle();
        assertEquals(Map.of("/y", "2"), written.read(0, "a"));
    }
}
