package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.Input.Belong;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices 0 and 1 are a group; devices 2 and 3 were another before, and device 2 goes over. */
class GroupChangeCasesTest {
    private static final long QUIET_MILLIS = 5_000;

    private static void belong(Case written, int slot, String group, boolean isFounder) {
        written.cluster.input(written.station(slot), new Belong(slot, group, isFounder));
        written.run(20);
    }

    /** Lets only these hear each other. */
    private static void connect(Case written, List<List<Integer>> groups) {
        written.mend();
        for (int one = 0; one < 4; one++) {
            for (int other = 0; other < one; other++) {
                int low = other;
                int high = one;
                if (groups.stream().noneMatch(group -> group.contains(low) && group.contains(high))) {
                    written.cut(low, high);
                }
            }
        }
    }

    /** The group that is left is the older one: by age alone, the others would have to give way to it. */
    private static Case twoGroups() {
        Case written = new Case(4);
        connect(written, List.of(List.of(2, 3)));
        for (int slot : new int[] {2, 3}) {
            written.start(slot);
            belong(written, slot, "left", slot == 2);
        }
        written.write(2, put("a", "/x", "\"left\"", "/left", "\"left\""));
        written.write(3, put("brought", "/x", "\"by 3\""));
        written.write(2, put("gone", "/x", "\"old\""));
        written.run(QUIET_MILLIS);
        written.write(2, delete("gone"));
        written.write(2, patch("brought", "/y", "\"by 2\""));
        written.run(QUIET_MILLIS);
        connect(written, List.of(List.of(2, 3), List.of(0, 1)));
        for (int slot : new int[] {0, 1}) {
            written.start(slot);
            belong(written, slot, "joined", slot == 0);
        }
        written.write(0, put("a", "/x", "\"joined\"", "/joined", "\"joined\""));
        written.write(1, put("theirs", "/x", "\"joined\""));
        written.write(1, put("away", "/x", "\"joined\""));
        written.run(QUIET_MILLIS);
        written.write(0, delete("away"));
        written.run(QUIET_MILLIS);
        return written;
    }

    private static int passed(Case written) {
        return written.cluster.occurrences.getOrDefault(Fault.FENCE_PASSED, 0);
    }

    private static void assertMerged(Case written, int... slots) {
        for (int slot : slots) {
            assertEquals(Map.of("/x", "\"by 3\"", "/y", "\"by 2\""), written.read(slot, "brought"), "at " + slot);
            assertEquals(Map.of("/x", "\"joined\""), written.read(slot, "theirs"), "at " + slot);
            assertEquals(
                    Map.of("/x", "\"joined\"", "/left", "\"left\"", "/joined", "\"joined\""), written.read(slot, "a"));
            assertEquals(Map.of(), written.read(slot, "away"), "at " + slot);
            assertEquals(Map.of(), written.read(slot, "gone"), "at " + slot);
        }
    }

    private static void assertNobodyWaitsForTheGroupThatWasLeft(Case written, int... slots) {
        for (int slot : slots) {
            List<EngineStatus.KnownDevice> devices =
                    written.station(slot).engine.status().devices();
            assertEquals(
                    List.of("device0", "device1", "device2"),
                    devices.stream().map(EngineStatus.KnownDevice::id).toList());
            assertFalse(devices.stream().anyMatch(EngineStatus.KnownDevice::holdsBackGarbage), () -> "" + devices);
        }
    }

    @Test
    void goesToAnotherGroup_withAnOlderPast_isTheOneToGoThroughTheFence_andNothingIsLost() {
        Case written = twoGroups();
        connect(written, List.of(List.of(0, 1)));
        belong(written, 2, "joined", false);
        connect(written, List.of(List.of(0, 1, 2)));
        written.run(QUIET_MILLIS);
        assertEquals(1, passed(written));
        assertMerged(written, 0, 1, 2);
        written.write(2, delete("theirs"));
        written.run(QUIET_MILLIS);
        assertNobodyWaitsForTheGroupThatWasLeft(written, 0, 1, 2);
        assertEquals(Map.of(), written.read(0, "theirs"));
    }

    @Test
    void goesToAnotherGroup_whereNothingWasWrittenYet_bringsWhatItHas() {
        Case written = new Case(2);
        written.cut(0, 1);
        written.start(1);
        belong(written, 1, "left", true);
        written.write(1, put("brought", "/x", "\"old\""));
        written.run(QUIET_MILLIS);
        written.start(0);
        belong(written, 0, "joined", true);
        belong(written, 1, "joined", false);
        written.mend();
        written.run(QUIET_MILLIS);
        written.settle();
        assertEquals(Map.of("/x", "\"old\""), written.read(0, "brought"));
    }

    @Test
    void twoGoOverAndMeetFirst_theGroupStaysAsItIs() {
        Case written = twoGroups();
        connect(written, List.of(List.of(0, 1)));
        belong(written, 2, "joined", false);
        belong(written, 3, "joined", false);
        connect(written, List.of(List.of(0, 1), List.of(2, 3)));
        written.run(QUIET_MILLIS);
        written.mend();
        written.run(2 * QUIET_MILLIS);
        assertMerged(written, 0, 1, 2, 3);
    }

    /** The group that this device is in is known from its certificate, so it is told again after each start. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8, 10})
    void crashesAtAnyCommitOfGoingOver_goesOnWhereItWas(int commits) {
        Case written = twoGroups();
        connect(written, List.of(List.of(0, 1)));
        AtomicInteger left = new AtomicInteger(commits);
        written.crashAfter(
                (station, effect) -> station.slot == 2 && effect instanceof Commit && left.decrementAndGet() == 0);
        belong(written, 2, "joined", false);
        connect(written, List.of(List.of(0, 1, 2)));
        written.run(QUIET_MILLIS);
        if (!written.station(2).isUp()) {
            connect(written, List.of(List.of(0, 1)));
            written.start(2);
            belong(written, 2, "joined", false);
            connect(written, List.of(List.of(0, 1, 2)));
            written.run(QUIET_MILLIS);
        }
        assertMerged(written, 0, 1, 2);
        assertNobodyWaitsForTheGroupThatWasLeft(written, 0, 1, 2);
    }

    @Test
    void foundsAGroupOfItsOwn_keepsEverything_andWaitsForNobody() {
        Case written = twoGroups();
        connect(written, List.of(List.of(0, 1)));
        belong(written, 2, "founded", true);
        written.write(2, delete("brought"));
        written.run(QUIET_MILLIS);
        List<EngineStatus.KnownDevice> devices =
                written.station(2).engine.status().devices();
        assertEquals(
                List.of("device2"),
                devices.stream().map(EngineStatus.KnownDevice::id).toList());
        assertEquals(0, passed(written));
        assertEquals(Map.of("/x", "\"left\"", "/left", "\"left\""), written.read(2, "a"));
    }
}
