package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copied home directories: both run, restarts and new addresses that look like it and are none. */
class CloneCasesTest {

    private static final long NOTICED_MILLIS = 6_000;

    /** By station, what people are told of clones now. */
    private final Map<Integer, Map<String, String>> notices = new TreeMap<>();

    private final List<String> saidByRefusing = new ArrayList<>();

    private Case allUp(int stations) {
        Case written = new Case(stations);
        Cluster.Mishaps crashes = written.cluster.mishaps;
        written.cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public boolean crashesBefore(Station station, Effect effect) {
                return crashes.crashesBefore(station, effect);
            }

            @Override
            public void done(Station station, Effect effect) {
                crashes.done(station, effect);
                watch(station, effect);
            }
        };
        for (int slot = 0; slot < stations; slot++) {
            written.start(slot);
        }
        written.run(500);
        return written;
    }

    private void watch(Station station, Effect effect) {
        if (effect instanceof Effect.Notice notice && notice.about().startsWith("clone ")) {
            Map<String, String> told = notices.computeIfAbsent(station.slot, absent -> new TreeMap<>());
            if (notice.isOver()) {
                told.remove(notice.about());
            } else {
                told.put(notice.about(), notice.sentence());
            }
        }
        Message sent = effect instanceof Effect.Broadcast broadcast
                ? broadcast.message()
                : effect instanceof Effect.Send send ? send.message() : null;
        if (sent != null && station.isUp() && station.engine.status().isRefusing()) {
            boolean isRefusal = sent instanceof Summary summary && summary.isRefusing();
            saidByRefusing.add(isRefusal ? "refusal" : sent.getClass().getSimpleName());
        }
    }

    private static Station clone(Case written, int slot) {
        Station clone = written.cluster.add(written.station(slot).settings);
        clone.disk = written.station(slot).disk.copy();
        clone.wallOffsetMillis = written.station(slot).wallOffsetMillis;
        written.cluster.start(clone);
        return clone;
    }

    private static EngineStatus status(Case written, int slot) {
        return written.station(slot).engine.status();
    }

    private String told(int slot) {
        return String.join(" ", notices.getOrDefault(slot, Map.of()).values());
    }

    private static void assertRefusing(Case written, boolean... expected) {
        for (int slot = 0; slot < expected.length; slot++) {
            assertEquals(expected[slot], status(written, slot).isRefusing(), "station " + slot);
        }
    }

    @Test
    void copiedHome_bothRun_theLaterRefuses_andEveryDeviceSaysIt() {
        Case written = allUp(3);
        written.write(0, put("a", "/x", "1"));
        written.run(500);
        clone(written, 0);
        written.run(NOTICED_MILLIS);

        assertRefusing(written, false, false, false, true);
        assertTrue(told(3).contains("Run 'lanyard identity new' on this device"), told(3));
        assertTrue(told(0).contains("run 'lanyard identity new' there"), told(0));
        assertTrue(told(1).contains("identity of device0") && told(2).contains("identity of device0"), told(1));
    }

    @Test
    void refusing_tellsNothingElse_takesNothing_servesNothing_andWorksForItsOwn() {
        Case written = allUp(2);
        clone(written, 0);
        written.run(NOTICED_MILLIS);
        saidByRefusing.clear();
        Dot theirs = written.write(0, put("theirs", "/x", "1"));
        Dot own = written.write(2, put("own", "/x", "1"));
        written.run(5_000);

        assertEquals(Map.of("/x", "1"), written.read(2, "own"), "local work goes on");
        assertFalse(written.claims(2, theirs));
        assertFalse(written.claims(0, own) || written.claims(1, own));
        assertTrue(written.claims(1, theirs), "the others sync");
        assertEquals(List.of("refusal"), saidByRefusing.stream().distinct().toList());
        assertEquals(1, status(written, 1).members(), "it counts for nobody");
        assertEquals(0, status(written, 2).members());
        assertTrue(status(written, 1).peers().stream().anyMatch(peer -> peer.isOnline() && peer.isInStep()));
    }

    @Test
    void refusing_becomesAnotherDevice_syncsAndBringsWhatItWrote() {
        Case written = allUp(2);
        clone(written, 0);
        written.run(NOTICED_MILLIS);
        written.write(2, put("own", "/x", "1"));
        written.crash(2);
        written.station(2).settings = Cluster.settings("device2", 1, 50);
        written.start(2);
        written.settle();

        assertRefusing(written, false, false, false);
        assertEquals(Map.of("/x", "1"), written.read(0, "own"));
        assertEquals("", told(0) + told(1), "and nobody speaks of it any more");
    }

    @Test
    void earlierOneRestarts_whileTheLaterRefuses_keepsSyncing() {
        Case written = allUp(2);
        clone(written, 0);
        written.run(NOTICED_MILLIS);
        written.crash(0);
        written.run(500);
        written.start(0);
        written.run(2 * NOTICED_MILLIS);

        assertRefusing(written, false, false, true);
        Dot theirs = written.write(0, put("a", "/x", "1"));
        written.run(2_000);
        assertTrue(written.claims(1, theirs));
    }

    @Test
    void threeOfOneIdentity_onlyTheFirstSyncs() {
        Case written = allUp(2);
        clone(written, 0);
        clone(written, 0);
        written.run(2 * NOTICED_MILLIS);
        assertRefusing(written, false, false, true, true);
    }

    /** By its own clock the copy was opened first: that is what both go by. */
    @Test
    void laterIsToldByTheClocks_alikeOnBothSides() {
        Case written = allUp(2);
        Station clone = written.cluster.add(written.station(0).settings);
        clone.disk = written.station(0).disk.copy();
        clone.wallOffsetMillis = -3_600_000;
        written.cluster.start(clone);
        written.run(NOTICED_MILLIS);
        assertRefusing(written, true, false, false);
    }

    /** Neither hears the other, but a third device hears both. */
    @Test
    void twoWhoDoNotHearEachOther_areToldByTheThird() {
        Case written = allUp(2);
        Station clone = written.cluster.add(written.station(0).settings);
        clone.disk = written.station(0).disk.copy();
        written.cut(0, 2);
        written.cluster.start(clone);
        written.run(NOTICED_MILLIS);
        assertRefusing(written, false, false, false);
        assertTrue(told(1).contains("identity of device0"), told(1));
        written.mend();
        written.run(NOTICED_MILLIS);
        assertRefusing(written, false, false, true);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10, 300, 2_000, 10_000})
    void restart_isNoClone(long downMillis) {
        Case written = allUp(3);
        for (int round = 0; round < 4; round++) {
            written.write(0, put("a" + round, "/x", "1"));
            written.crash(0);
            written.run(downMillis);
            written.start(0);
            written.run(NOTICED_MILLIS);
        }
        assertRefusing(written, false, false, false);
        assertEquals(Map.of(), withoutEmpty());
        written.settle();
    }

    /** The old process is gone, and still a member for some, who hear its last messages after the new one's first. */
    @Test
    void restart_lastMessagesOfTheOldProcessComeLate_isNoClone() {
        Case written = allUp(3);
        MemberId old = written.station(0).member;
        List<Summary> said = new ArrayList<>();
        written.cluster.network.filter = (from, to, message) -> {
            if (message instanceof Summary summary && from.slot == 0 && to.slot == 1) {
                said.add(summary);
            }
            return false;
        };
        written.run(3_000);
        written.cluster.network.filter = (from, to, message) -> false;
        written.cluster.maxViewLagMillis = 4_000;
        written.crash(0);
        written.start(0);
        written.run(100);
        for (int i = 0; i < 5; i++) {
            for (int slot = 0; slot < 3; slot++) {
                written.cluster.receive(written.station(slot), old, said.get(said.size() - 1));
            }
            written.run(250);
        }
        written.run(2 * NOTICED_MILLIS);
        assertRefusing(written, false, false, false);
        assertEquals(Map.of(), withoutEmpty());
    }

    @Test
    void anotherAddress_isNoClone() {
        Case written = allUp(3);
        written.cluster.maxViewLagMillis = 1_000;
        for (int round = 0; round < 6; round++) {
            MemberId before = written.station(0).member;
            written.cluster.join(written.station(0));
            assertNotEquals(before, written.station(0).member);
            written.run(1_700);
        }
        written.run(NOTICED_MILLIS);
        assertRefusing(written, false, false, false);
        assertEquals(Map.of(), withoutEmpty());
    }

    private Map<Integer, Map<String, String>> withoutEmpty() {
        Map<Integer, Map<String, String>> said = new TreeMap<>(notices);
        said.values().removeIf(Map::isEmpty);
        return said;
    }
}
