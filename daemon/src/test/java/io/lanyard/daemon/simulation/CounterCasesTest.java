package io.lanyard.daemon.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Step;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Counters and sets where something goes wrong, one case for each thing. */
class CounterCasesTest {
    private static final long QUIET_MILLIS = 5_000;
    private static final DocumentId APPLE = new DocumentId(Counting.COLLECTION, "apple");

    private static Operation operation(Kind kind, String... pathsAndValues) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int i = 0; i < pathsAndValues.length; i += 2) {
            leaves.put(new FieldPath(pathsAndValues[i]), pathsAndValues[i + 1]);
        }
        return new Operation(kind, APPLE, leaves, Condition.NONE);
    }

    private static Operation put(String... pathsAndValues) {
        return operation(Kind.PUT, pathsAndValues);
    }

    private static Operation patch(String... pathsAndValues) {
        return operation(Kind.PATCH, pathsAndValues);
    }

    private static Operation sell(int pieces) {
        return patch("/n", Step.counting(String.valueOf(-pieces)).text());
    }

    private static String shown(Case written, int slot, String path) {
        Document document = written.station(slot).disk.documents.get(APPLE);
        return document == null ? null : document.leaves().get(new FieldPath(path));
    }

    private static List<String> lost(Case written, int slot) {
        return written.station(slot).disk.store.journal(0, 1_000).values().stream()
                .map(bytes -> JournalRecord.decode(bytes).conflict().lostValue())
                .toList();
    }

    private static void assertAllShow(Case written, int stations, String value) {
        for (int slot = 0; slot < stations; slot++) {
            assertEquals(value, shown(written, slot, "/n"), "station " + slot);
        }
    }

    @Test
    void twoTills_sellOneEach_offline() {
        Case written = Case.allUp(2);
        written.write(0, put("/n", "10"));
        written.run(500);
        written.cut(0, 1);
        written.write(0, sell(1));
        written.write(1, sell(1));
        written.mend();
        written.settle();
        assertAllShow(written, 2, "8");
        assertEquals(List.of(), lost(written, 0));
    }

    @Test
    void tillThatRestarts_countsOnUnderAnotherId() {
        Case written = Case.allUp(2);
        written.write(0, put("/n", "10"));
        for (int i = 0; i < 3; i++) {
            written.write(0, sell(1));
            written.crash(0);
            written.start(0);
            written.run(1_000);
        }
        written.settle();
        assertAllShow(written, 2, "7");
    }

    @Test
    void batch_countsOneFieldTwice() {
        Case written = Case.allUp(2);
        written.write(0, put("/n", "10"));
        written.write(
                0,
                sell(1),
                sell(2),
                patch("/s", Step.changing(List.of("1"), List.of()).text()),
                sell(3));
        written.settle();
        assertAllShow(written, 2, "4");
        assertEquals("[1]", shown(written, 1, "/s"));
    }

    @Test
    void retiredTill_comesBackThroughTheFence_andCountsNothingTwice() {
        Case written = Case.allUp(3);
        written.write(0, put("/n", "100"));
        written.write(2, sell(1));
        written.run(QUIET_MILLIS);
        written.cut(2, 0);
        // What it sells next reaches one of the others, which is not there when it comes back.
        written.write(2, sell(2));
        written.run(500);
        written.cut(2, 1);
        written.cut(1, 0);
        written.write(
                2,
                sell(4),
                patch("/s", Step.changing(List.of("\"x\""), List.of()).text()));
        written.crash(2);
        written.crash(1);
        retire(written, 1);
        retire(written, 2);
        written.write(0, sell(8));
        written.write(0, new Operation(Kind.PUT, new DocumentId("contact", "other"), new TreeMap<>(), Condition.NONE));
        written.run(QUIET_MILLIS);
        written.mend();

        written.start(2);
        written.run(3_000);
        written.settle();
        assertTrue(written.station(2).disk.passages.size() > 0, "it went through the fence");
        assertEquals("85", shown(written, 0, "/n"), "100 less 1, 2 and 4 of its own, and 8 of the other");
        assertEquals("85", shown(written, 2, "/n"));
        assertEquals("[\"x\"]", shown(written, 0, "/s"));

        written.start(1);
        written.run(3_000);
        written.settle();
        assertAllShow(written, 3, "85");
        assertEquals(FenceState.NONE, written.station(1).disk.fence);
    }

    private static void retire(Case written, int slot) {
        written.cluster.retire(
                written.station(0), written.station(slot).settings.device().id());
        written.run(200);
    }

    @Test
    void removal_whoseTombstoneIsGone_andCountsBesideIt() {
        Case written = Case.allUp(2);
        written.write(0, put("/name", "1"));
        written.write(0, sell(-5));
        written.run(500);
        written.cut(0, 1);
        written.write(1, sell(-1));
        written.run(100);
        written.write(0, patch("/n", "null"));
        written.mend();
        written.settle();
        written.run(30_000);
        written.write(0, put("/name", "2"));
        written.run(30_000);
        String both = shown(written, 0, "/n");
        assertEquals(null, both, "what was counted before the removal is gone with it");
        assertTrue(lost(written, 1).contains("{\"$increment\":1}"), "and stands in the journal");
        assertFalse(written.station(0).disk.documents.get(APPLE).hasGarbage());

        written.cut(0, 1);
        written.write(0, sell(-2));
        written.write(1, sell(-3));
        written.mend();
        written.settle();
        assertAllShow(written, 2, "5");
    }

    @Test
    void plainWrite_andCountsBesideIt_leaveNoGarbage() {
        Case written = Case.allUp(2);
        written.write(0, put("/n", "10"));
        written.write(1, sell(2));
        written.run(500);
        written.cut(0, 1);
        written.write(0, patch("/n", "50"));
        written.write(1, sell(1));
        written.mend();
        written.settle();
        assertAllShow(written, 2, "50");
        assertTrue(
                lost(written, 1).contains("{\"$increment\":-1}"),
                lost(written, 1).toString());
        written.run(30_000);
        written.write(0, sell(1));
        written.run(30_000);
        assertAllShow(written, 2, "49");
        assertEquals(2, written.station(1).disk.documents.get(APPLE).fields().size());
    }
}
