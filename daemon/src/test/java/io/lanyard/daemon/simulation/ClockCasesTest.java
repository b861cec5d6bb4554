package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.id;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wall clocks that are wrong, that jump and that are set back. */
class ClockCasesTest {

    private static final long YEAR_MILLIS = 365L * 86_400_000;
    private static final long LONG_ENOUGH_MILLIS = 3_000;

    @ParameterizedTest
    @ValueSource(longs = {90_000, -90_000, YEAR_MILLIS, -50 * YEAR_MILLIS})
    void clockOff_isToldOnEveryDevice_andOverWhenItIsRight(long offsetMillis) {
        Case written = new Case(3);
        written.station(1).wallOffsetMillis = offsetMillis;
        for (int slot = 0; slot < 3; slot++) {
            written.start(slot);
        }
        written.run(LONG_ENOUGH_MILLIS);
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(List.of("device1"), off(written, slot), "on device " + slot);
            long from = written.station(slot)
                    .engine
                    .status()
                    .clocks()
                    .fromMedianMillis()
                    .get("device1");
            assertTrue(Math.abs(from - offsetMillis) < 50, from + " measured");
        }
        written.station(1).wallOffsetMillis = 0;
        written.run(40_000);
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(List.of(), off(written, slot), "on device " + slot);
        }
    }

    @Test
    void clocksOfTwo_apart_areToldOnBoth() {
        Case written = Case.allUp(2);
        written.station(1).wallOffsetMillis = 3_600_000;
        written.run(40_000);
        assertEquals(List.of("device0", "device1"), off(written, 0));
        assertEquals(List.of("device0", "device1"), off(written, 1));
    }

    @ParameterizedTest
    @ValueSource(longs = {YEAR_MILLIS, -YEAR_MILLIS, 7_000 * YEAR_MILLIS, -56 * YEAR_MILLIS})
    void clockYearsOff_neverBlocksSync_andNeverWinsOverWhoSawItsValue(long offsetMillis) {
        Case written = new Case(3);
        written.station(0).wallOffsetMillis = offsetMillis;
        for (int slot = 0; slot < 3; slot++) {
            written.start(slot);
        }
        written.run(200);
        for (int round = 0; round < 5; round++) {
            written.write(0, put("a", "/x", "\"wrong" + round + "\""));
            written.run(300);
            assertEquals(Map.of("/x", "\"wrong" + round + "\""), written.read(1, "a"), "it gets through");
            written.write(1, put("a", "/x", "\"right" + round + "\""));
            written.run(300);
            for (int slot = 0; slot < 3; slot++) {
                assertEquals(Map.of("/x", "\"right" + round + "\""), written.read(slot, "a"), "on device " + slot);
            }
        }
        written.write(2, delete("a"));
        written.settle();
        assertEquals(Map.of(), written.read(0, "a"));
        written.write(0, put("b", "/x", "1"));
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(2, "b"));
    }

    /** It wins concurrent edits until it is repaired, and poisons nobody else's clock with it. */
    @Test
    void clockAYearAhead_movesNoOtherClock() {
        Case written = Case.allUp(2);
        written.station(0).wallOffsetMillis = YEAR_MILLIS;
        written.write(0, put("a", "/x", "1"));
        written.run(300);
        Dot other = written.write(1, put("b", "/x", "1"));
        long stamped = Timestamp.millis(register(written, 1, "b").time());
        assertTrue(stamped < written.cluster.wallMillis(written.station(1)) + 1_000, "stamped " + stamped);
        assertEquals(other, register(written, 1, "b").dot());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5_000, 86_400_000, YEAR_MILLIS})
    void clockSetBackOverARestart_reissuesNoStamp_andOwnLaterWritesWin(long backMillis) {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.write(0, put("b", "/x", "1"));
        long newest = Math.max(
                register(written, 0, "a").time(), register(written, 0, "b").time());
        written.settle();
        written.crash(0);
        written.station(0).wallOffsetMillis -= backMillis;
        written.start(0);
        written.write(0, put("c", "/x", "1"));
        assertTrue(register(written, 0, "c").time() > newest, "a stamp of a new document is newer than all before");
        written.write(0, patch("a", "/x", "2"));
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
    }

    /** What is committed is all that the next opening knows: a stamp that was given out and lost is another replica's. */
    @Test
    void clockSetBackOverACrash_thatLostBroadcastWrites_reissuesNoStamp() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        written.crashBefore((station, effect) -> station.slot == 0 && effect instanceof Effect.Commit);
        written.cluster.write(written.station(0), List.of(put("a", "/x", "2")), Mode.ALL_OR_NOTHING);
        written.run(100);
        written.crashBefore((station, effect) -> false);
        Register lost = register(written, 1, "a");
        written.station(0).wallOffsetMillis -= 10;
        written.start(0);
        written.write(0, put("b", "/x", "3"));
        assertTrue(!register(written, 0, "b").stamp().equals(lost.stamp()));
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(0, "a"));
    }

    @Test
    void clockSetBackWhileRunning_keepsOwnWritesInOrder() {
        Case written = Case.allUp(2);
        long before = 0;
        for (int i = 0; i < 5; i++) {
            written.write(0, put("d" + i, "/x", "1"));
            long time = register(written, 0, "d" + i).time();
            assertTrue(time > before);
            before = time;
            written.station(0).wallOffsetMillis -= 1_000_000;
        }
        written.settle();
    }

    private static List<String> off(Case written, int slot) {
        return written.station(slot).engine.status().clocks().off();
    }

    private static Register register(Case written, int slot, String document) {
        Document stored = StoredDocument.decode(
                        written.station(slot).disk.store.document(id(document)).orElseThrow())
                .document();
        return stored.fields().get(new FieldPath("/x"));
    }
}
