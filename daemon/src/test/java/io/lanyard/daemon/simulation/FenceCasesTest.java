package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.message.Message.Page;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fence while something else goes wrong. */
class FenceCasesTest {
    private static final long QUIET_MILLIS = 5_000;
    private static final int COMMON = 6;

    /** A group that retired some devices, which are away with writes that nobody else has; garbage went since. */
    private static Case away(int stations, int... slots) {
        Case written = Case.allUp(stations);
        for (int i = 0; i < COMMON; i++) {
            written.write(0, put("common" + i, "/x", "\"old\"", "/y", "\"old\""));
        }
        written.run(QUIET_MILLIS);
        goAway(written, "", slots);
        written.write(0, delete("common1"));
        written.write(0, patch("common2", "/y", "null"));
        written.run(QUIET_MILLIS);
        return written;
    }

    private static void goAway(Case written, String mark, int... slots) {
        for (int slot : slots) {
            cutOff(written, slot);
        }
        written.run(100);
        for (int slot : slots) {
            written.write(slot, put("own" + slot + mark, "/x", own(slot, mark)));
            written.write(slot, patch("common0", "/x", changed(slot, mark)));
            written.crash(slot);
        }
        written.mend();
        written.run(500);
        for (int slot : slots) {
            long ticket = written.cluster.retire(
                    written.station(0), written.station(slot).settings.device().id());
            written.run(50);
            assertEquals(RetireOutcome.RETIRED, written.cluster.retirements.get(ticket));
        }
        written.run(QUIET_MILLIS);
    }

    private static void cutOff(Case written, int slot) {
        for (Station other : written.cluster.stations) {
            if (other.slot != slot) {
                written.cut(slot, other.slot);
            }
        }
    }

    private static String own(int slot, String mark) {
        return "\"own" + slot + mark + "\"";
    }

    private static String changed(int slot, String mark) {
        return "\"changed" + slot + mark + "\"";
    }

    private static FenceState fence(Case written, int slot) {
        return written.station(slot).disk.fence;
    }

    private static int passed(Case written) {
        return written.cluster.occurrences.getOrDefault(Fault.FENCE_PASSED, 0);
    }

    /** What was written away from all others is shown everywhere, or journaled somewhere. */
    private static void assertKept(Case written, int slot, String mark) {
        for (Station station : written.cluster.stations) {
            assertEquals(Map.of("/x", own(slot, mark)), written.read(station.slot, "own" + slot + mark));
        }
        boolean isShown = changed(slot, mark).equals(written.read(0, "common0").get("/x"));
        assertTrue(isShown || journaled(written, changed(slot, mark)), () -> changed(slot, mark) + " is nowhere");
    }

    private static boolean journaled(Case written, String value) {
        return written.cluster.stations.stream()
                .flatMap(station -> station.disk.store.journal(0, 1_000).values().stream())
                .anyMatch(bytes ->
                        value.equals(JournalRecord.decode(bytes).conflict().lostValue()));
    }

    private static void assertNothingReturned(Case written) {
        for (Station station : written.cluster.stations) {
            assertEquals(Map.of(), written.read(station.slot, "common1"));
            assertEquals(Map.of("/x", "\"old\""), written.read(station.slot, "common2"));
            assertEquals(Map.of("/x", "\"old\"", "/y", "\"old\""), written.read(station.slot, "common3"));
        }
    }

    @Test
    void joiningWithDataOfItsOwn_duringASplit_nothingOfAnySideIsLost() {
        Case written = Case.allUp(4);
        written.write(0, put("a", "/x", "\"old\""));
        written.write(0, put("b", "/x", "\"old\""));
        written.run(QUIET_MILLIS);
        Station newcomer = written.cluster.add(Cluster.settings("newcomer", 1, 50));
        cutOff(written, newcomer.slot);
        written.cluster.start(newcomer);
        written.run(QUIET_MILLIS);
        written.write(4, put("a", "/z", "\"newcomer\""));
        written.write(4, put("brought", "/x", "\"newcomer\""));
        written.run(QUIET_MILLIS);
        written.mend();
        for (int one : new int[] {0, 1, 4}) {
            written.cut(one, 2);
            written.cut(one, 3);
        }
        written.write(2, patch("a", "/x", "\"other side\""));
        written.write(0, delete("b"));
        written.run(QUIET_MILLIS);
        assertEquals(1, passed(written), "the newcomer went through it on its side of the split");
        assertEquals(Map.of("/x", "\"newcomer\""), written.read(0, "brought"));
        written.write(4, patch("a", "/y", "\"later\""));
        written.mend();
        written.settle();
        for (int slot = 0; slot < 5; slot++) {
            assertEquals(
                    Map.of("/x", "\"other side\"", "/y", "\"later\"", "/z", "\"newcomer\""), written.read(slot, "a"));
            assertEquals(Map.of("/x", "\"newcomer\""), written.read(slot, "brought"));
            assertEquals(Map.of(), written.read(slot, "b"));
        }
    }

    @Test
    void writerIsBehindThePromise_andDoesNotKnowIt_isNotBelieved() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "\"old\""));
        written.run(100);
        Disk older = written.station(1).disk.copy();
        written.write(0, delete("a"));
        written.run(QUIET_MILLIS);
        written.crash(1);
        written.station(1).disk = older;
        written.cluster.network.filter = (from, to, message) -> to.slot == 1;
        written.start(1);
        written.run(500);
        written.write(1, patch("a", "/x", "\"edited\""));
        written.run(500);
        assertEquals(Map.of(), written.read(0, "a"), "nothing here tells any more that the edit knew of no delete");
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(1, passed(written));
        assertEquals(Map.of(), written.read(1, "a"));
        assertTrue(journaled(written, "\"edited\""));
    }

    @Test
    void serverDies_whileItIsStaged_anotherOneServes() {
        Case written = away(3, 2);
        AtomicReference<Station> died = new AtomicReference<>();
        written.crashAfter((station, effect) -> station.slot != 2
                && effect instanceof Send send
                && send.message() instanceof Page page
                && !page.isTail()
                && fence(written, 2) == FenceState.STAGE
                && died.compareAndSet(null, station));
        written.start(2);
        written.run(QUIET_MILLIS);
        assertNotNull(died.get());
        assertEquals(1, passed(written), "with the server that was left");
        written.settle();
        written.cluster.start(died.get());
        written.settle();
        assertKept(written, 2, "");
        assertNothingReturned(written);
    }

    @Test
    void allOthersDie_whileItSwitches_itGetsThereAlone() {
        Case written = away(3, 2);
        AtomicBoolean isDone = new AtomicBoolean();
        written.crashAfter((station, effect) -> {
            if (station.slot == 2
                    && effect instanceof Commit
                    && fence(written, 2) == FenceState.SWITCH
                    && !isDone.getAndSet(true)) {
                written.crash(0);
                written.crash(1);
            }
            return false;
        });
        written.start(2);
        written.run(QUIET_MILLIS);
        assertTrue(isDone.get());
        assertEquals(FenceState.NONE, fence(written, 2));
        assertEquals(1, passed(written));
        written.write(2, put("after", "/x", "\"alone\""));
        written.start(0);
        written.start(1);
        written.settle();
        assertKept(written, 2, "");
        assertNothingReturned(written);
        assertEquals(Map.of("/x", "\"alone\""), written.read(0, "after"));
    }

    @Test
    void twoDevicesInTheFenceAtOnce_bothBringWhatTheyHad() {
        Case written = away(4, 2, 3);
        AtomicBoolean wereAtOnce = new AtomicBoolean();
        written.crashAfter((station, effect) -> {
            if (fence(written, 2) != FenceState.NONE && fence(written, 3) != FenceState.NONE) {
                wereAtOnce.set(true);
            }
            return false;
        });
        written.start(2);
        written.start(3);
        written.settle();
        assertTrue(wereAtOnce.get());
        assertEquals(2, passed(written));
        assertKept(written, 2, "");
        assertKept(written, 3, "");
        assertNothingReturned(written);
    }

    /** Nobody serves the walk any more on which it is when it hears that it was retired. */
    @Test
    void retiredInTheMiddleOfAWalk_goesThroughTheFence() {
        Case written = Case.allUp(3);
        written.write(0, put("before", "/x", "\"old\""));
        written.run(QUIET_MILLIS);
        cutOff(written, 2);
        for (int i = 0; i < COMMON; i++) {
            written.write(0, put("common" + i, "/x", "\"old\""));
        }
        written.run(QUIET_MILLIS);
        AtomicInteger pages = new AtomicInteger();
        written.cluster.network.filter =
                (from, to, message) -> to.slot == 2 && message instanceof Page && pages.incrementAndGet() > 1;
        written.mend();
        written.cut(1, 2);
        while (pages.get() < 2) {
            written.run(5);
        }
        long ticket = written.cluster.retire(
                written.station(1), written.station(2).settings.device().id());
        written.run(QUIET_MILLIS);
        assertEquals(RetireOutcome.RETIRED, written.cluster.retirements.get(ticket));
        written.cluster.network.filter = (from, to, message) -> false;
        written.mend();
        written.settle();
        assertEquals(1, passed(written));
        assertEquals(Map.of("/x", "\"old\""), written.read(2, "common5"));
    }

    @Test
    void damagedHomeAndItsCopy_takeNothingFromEachOther_whileASoundDeviceIsOnlyAway() {
        Case written = Case.allUp(2);
        for (int i = 0; i < COMMON; i++) {
            written.write(0, put("common" + i, "/x", "\"old\""));
        }
        written.run(QUIET_MILLIS);
        written.crash(0);
        written.crash(1);
        written.station(1).disk.loseSome(new SplittableRandom(1));
        written.start(1);
        written.run(QUIET_MILLIS);
        Station copy = written.cluster.add(Cluster.settings("copy", 1, 50));
        copy.disk = written.station(1).disk.copy();
        written.cluster.start(copy);
        written.run(4 * QUIET_MILLIS);
        assertEquals(0, passed(written));
        written.start(0);
        written.settle();
        for (int i = 0; i < COMMON; i++) {
            assertEquals(Map.of("/x", "\"old\""), written.read(1, "common" + i));
            assertEquals(Map.of("/x", "\"old\""), written.read(copy.slot, "common" + i));
        }
    }

    /** It holds the delete, so it has all that was promised, and wrote before it heard of it: nobody waited for that. */
    @Test
    void heardTheOthersAndWasNeverHeard_nothingIsPromisedMeanwhile() {
        Case written = new Case(3);
        written.station(0).wallOffsetMillis = 3_600_000;
        written.cluster.network.filter = (from, to, message) -> from.slot == 0;
        for (int slot = 0; slot < 3; slot++) {
            written.start(slot);
        }
        written.run(500);
        written.write(0, put("a", "/own", "\"mine\""));
        written.write(1, put("a", "/x", "\"theirs\""));
        written.run(500);
        written.write(2, delete("a"));
        written.run(QUIET_MILLIS);
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(0, passed(written), "nobody counts on it in vain");
        assertTrue(
                written.read(1, "a").containsValue("\"mine\"") || journaled(written, "\"mine\""),
                "what it wrote is kept");
    }

    @Test
    void retiredTwice_bothTimesNothingIsLost() {
        Case written = away(3, 2);
        written.start(2);
        written.settle();
        assertEquals(1, passed(written));
        assertKept(written, 2, "");
        goAway(written, "again", 2);
        written.write(1, patch("common0", "/y", "null"));
        written.run(QUIET_MILLIS);
        written.start(2);
        written.settle();
        assertEquals(2, passed(written));
        assertKept(written, 2, "again");
        assertEquals(Map.of("/x", own(2, "")), written.read(0, "own2"));
        assertNothingReturned(written);
        assertEquals(null, written.read(2, "common0").get("/y"));
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceState.class,
            names = {"STAGE", "SWITCH", "REISSUE"})
    void damagedInTheFence_endsEqualToTheOthers_nothingReturns(FenceState phase) {
        Case written = away(3, 2);
        AtomicBoolean isDone = new AtomicBoolean();
        written.crashAfter((station, effect) ->
                station.slot == 2 && effect instanceof Commit && fence(written, 2) == phase && !isDone.getAndSet(true));
        written.start(2);
        written.run(2_000);
        assertTrue(isDone.get());
        written.station(2).disk.loseSome(new SplittableRandom(1));
        written.start(2);
        written.settle();
        assertTrue(passed(written) > 0);
        assertNothingReturned(written);
        written.write(2, patch("common3", "/z", "\"works\""));
        written.settle();
        assertEquals("\"works\"", written.read(0, "common3").get("/z"));
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceState.class,
            names = {"STAGE", "SWITCH", "REISSUE"})
    void diskFullInTheFence_goesOnWhereItWasOnceThereIsRoom(FenceState phase) {
        Case written = away(3, 2);
        AtomicInteger left = new AtomicInteger(30);
        written.cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public Cluster.CommitOutcome commits(Station station, Commit commit) {
                return station.slot == 2 && fence(written, 2) == phase && left.getAndDecrement() > 0
                        ? Cluster.CommitOutcome.FAILED_AND_LOST
                        : Cluster.CommitOutcome.DONE;
            }

            @Override
            public void done(Station station, Effect effect) {
                if (left.get() == 15) {
                    Map<String, String> shown = written.read(2, "own2");
                    boolean isOwn = phase == FenceState.STAGE;
                    assertTrue(!isOwn || shown.equals(Map.of("/x", own(2, ""))), "reads go on");
                }
            }
        };
        written.start(2);
        written.run(4 * QUIET_MILLIS);
        assertTrue(left.get() <= 0, () -> left + " more commits would have failed");
        written.settle();
        assertEquals(1, passed(written));
        assertKept(written, 2, "");
        assertNothingReturned(written);
        assertEquals(
                List.of(),
                List.copyOf(written.station(2)
                        .disk
                        .store
                        .entries("leftover/", "", 10)
                        .keySet()));
    }

    @Test
    void writeWaitsForTheSwitch_overWhatIsKeptAside_thatIsJournaled() {
        Case written = Case.allUp(2);
        written.write(0, put("common0", "/x", "\"old\""));
        written.run(QUIET_MILLIS);
        goAway(written, "", 1);
        AtomicBoolean isDone = new AtomicBoolean();
        written.crashAfter((station, effect) -> {
            if (station.slot == 1
                    && effect instanceof Commit
                    && fence(written, 1) == FenceState.SWITCH
                    && isDone.compareAndSet(false, true)) {
                written.cluster.write(
                        station, List.of(put("own1", "/x", "\"late\"")), WriteRequest.Mode.ALL_OR_NOTHING);
                written.cluster.write(
                        station, List.of(put("common0", "/x", "\"late\"")), WriteRequest.Mode.ALL_OR_NOTHING);
            }
            return false;
        });
        written.start(1);
        written.run(QUIET_MILLIS);
        assertEquals(1, passed(written));
        written.settle();
        for (int slot = 0; slot < 2; slot++) {
            assertEquals(Map.of("/x", "\"late\""), written.read(slot, "own1"));
            assertEquals(Map.of("/x", "\"late\""), written.read(slot, "common0"));
        }
        assertTrue(journaled(written, own(1, "")));
        assertTrue(journaled(written, changed(1, "")));
    }
}
