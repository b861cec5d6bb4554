package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.id;
import static io.lanyard.daemon.engine.EngineBench.operation;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.message.Message.Device;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** What becomes of what programs ask for. */
class LocalWriterTest {
    private final EngineBench bench = new EngineBench("a");

    private static Operation delete(String document) {
        return Operation.delete(id(document), Condition.NONE);
    }

    private static List<Outcome> outcomes(List<Item> items) {
        return items.stream().map(Item::outcome).toList();
    }

    @Test
    void put_newThenChangedThenSame_saysWhich() {
        assertEquals(Outcome.CREATED, bench.outcome(put("d", "/x", "1")));
        assertEquals(Outcome.UPDATED, bench.outcome(put("d", "/x", "2")));
        assertEquals(Outcome.UNCHANGED, bench.outcome(put("d", "/x", "2")));
        assertEquals(Map.of("/x", "2"), bench.read("d"));
    }

    @Test
    void put_replacesWhatItDoesNotName() {
        bench.outcome(put("d", "/x", "1"));
        bench.outcome(put("d", "/y", "2"));
        assertEquals(Map.of("/y", "2"), bench.read("d"));
    }

    @Test
    void put_otherDigitsOfTheSameNumber_isAChange() {
        bench.outcome(put("d", "/x", "12.10"));
        assertEquals(Outcome.UPDATED, bench.outcome(put("d", "/x", "12.1")));
    }

    @Test
    void create_documentIsThere_isRefused() {
        bench.outcome(put("d", "/x", "1"));
        assertEquals(Outcome.ALREADY_EXISTS, bench.outcome(operation(Kind.CREATE, "d", Condition.NONE, "/x", "2")));
        assertEquals(Map.of("/x", "1"), bench.read("d"));
    }

    @Test
    void create_documentWasDeleted_startsClean() {
        bench.outcome(put("d", "/x", "1"));
        assertEquals(Outcome.DELETED, bench.outcome(delete("d")));
        assertEquals(Outcome.CREATED, bench.outcome(operation(Kind.CREATE, "d", Condition.NONE, "/y", "2")));
        assertEquals(Map.of("/y", "2"), bench.read("d"));
    }

    @Test
    void patch_documentIsNotThere_isNotFound() {
        assertEquals(Outcome.NOT_FOUND, bench.outcome(operation(Kind.PATCH, "d", Condition.NONE, "/x", "1")));
    }

    @Test
    void delete_documentIsNotThere_hasNothingToDo() {
        assertEquals(Outcome.ABSENT, bench.outcome(delete("d")));
        assertEquals(0, bench.store.lastArrival());
    }

    @Test
    void condition_etag_letsOnlyTheOneVersionThrough() {
        Item created = bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "1")).get(0);
        Condition seen = new Condition(created.etag(), false);
        assertEquals(Outcome.UPDATED, bench.outcome(operation(Kind.PATCH, "d", seen, "/x", "2")));
        assertEquals(Outcome.ETAG_MISMATCH, bench.outcome(operation(Kind.PATCH, "d", seen, "/x", "3")));
        assertEquals(Outcome.ETAG_MISMATCH, bench.outcome(Operation.delete(id("d"), seen)));
        assertEquals(Map.of("/x", "2"), bench.read("d"));
    }

    @Test
    void condition_mustBeAbsentOrPresent_isKept() {
        Condition absent = new Condition(null, true);
        Condition present = new Condition("*", false);
        assertEquals(Outcome.ETAG_MISMATCH, bench.outcome(operation(Kind.PUT, "d", present, "/x", "1")));
        assertEquals(Outcome.CREATED, bench.outcome(operation(Kind.PUT, "d", absent, "/x", "1")));
        assertEquals(Outcome.ETAG_MISMATCH, bench.outcome(operation(Kind.PUT, "d", absent, "/x", "2")));
        assertEquals(Outcome.UPDATED, bench.outcome(operation(Kind.PUT, "d", present, "/x", "2")));
    }

    @Test
    void batch_allOrNothing_oneFailsAndNothingIsWritten() {
        List<Item> items = bench.write(
                Mode.ALL_OR_NOTHING, put("a", "/x", "1"), operation(Kind.PATCH, "absent", Condition.NONE, "/x", "1"));
        assertEquals(List.of(Outcome.NOT_APPLIED, Outcome.NOT_FOUND), outcomes(items));
        assertEquals(Map.of(), bench.read("a"));
        assertEquals(Outcome.CREATED, bench.outcome(put("b", "/x", "1")));
        assertEquals(1, bench.vector().entries().values().iterator().next(), "the failed one took no number");
    }

    @Test
    void batch_each_oneFailsAndTheOthersAreWritten() {
        List<Item> items = bench.write(
                Mode.EACH,
                put("a", "/x", "1"),
                operation(Kind.PATCH, "absent", Condition.NONE, "/x", "1"),
                put("b", "/x", "1"));
        assertEquals(List.of(Outcome.CREATED, Outcome.NOT_FOUND, Outcome.CREATED), outcomes(items));
        assertEquals(2, bench.vector().entries().values().iterator().next());
    }

    @Test
    void batch_sameDocumentTwice_seesItsOwnEarlierOperation() {
        List<Item> items = bench.write(
                Mode.ALL_OR_NOTHING,
                put("a", "/x", "1"),
                operation(Kind.PATCH, "a", Condition.NONE, "/y", "2"),
                delete("a"),
                operation(Kind.CREATE, "a", Condition.NONE, "/z", "3"));
        assertEquals(List.of(Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED, Outcome.CREATED), outcomes(items));
        assertEquals(Map.of("/z", "3"), bench.read("a"));
        assertEquals(1, bench.vector().entries().values().iterator().next(), "one write");
    }

    @Test
    void restore_writesOneField_andMakesRoomForIt() {
        bench.outcome(put("d", "/x", "1"));
        assertEquals(Outcome.UPDATED, bench.outcome(restore("d", "/y/z", "2")));
        assertEquals(Map.of("/x", "1", "/y/z", "2"), bench.read("d"));
        assertEquals(Outcome.UPDATED, bench.outcome(restore("d", "/y", "null")));
        assertEquals(Map.of("/x", "1", "/y", "null"), bench.read("d"));
        assertEquals(Outcome.UPDATED, bench.outcome(restore("d", "/y/z", "3")));
        assertEquals(Map.of("/x", "1", "/y/z", "3"), bench.read("d"));
        assertEquals(Outcome.UNCHANGED, bench.outcome(restore("d", "/y/z", "3")));
    }

    @Test
    void restore_documentIsDeleted_comesBackWhole() {
        bench.outcome(put("d", "/x", "1"));
        bench.outcome(operation(Kind.PATCH, "d", Condition.NONE, "/y", "2"));
        bench.outcome(delete("d"));
        assertEquals(Outcome.CREATED, bench.outcome(restore("d", "/x", "10")));
        assertEquals(Map.of("/x", "10", "/y", "2"), bench.read("d"));
    }

    @Test
    void restore_intoADeletedDocument_makesRoomThereToo() {
        bench.outcome(put("d", "/y/z", "1"));
        bench.outcome(delete("d"));
        assertEquals(Outcome.CREATED, bench.outcome(restore("d", "/y", "0")));
        assertEquals(Map.of("/y", "0"), bench.read("d"));
    }

    @Test
    void settle_goesWithTheCommitOfItsWrite_andOnlyWithThat() {
        bench.outcome(put("d", "/x", "1"));
        assertEquals(
                Outcome.ETAG_MISMATCH,
                bench.settle(7, Verdict.RESTORED, restored(new Condition("other", false)))
                        .get(0)
                        .outcome());
        assertEquals(Map.of(), Settlement.all(bench.store));
        assertEquals(
                Outcome.UPDATED,
                bench.settle(7, Verdict.RESTORED, restored(Condition.NONE))
                        .get(0)
                        .outcome());
        assertEquals(Verdict.RESTORED, Settlement.all(bench.store).get(7L).verdict());
        bench.outcome(put("d", "/x", "3"));
        assertEquals(
                Outcome.ALREADY_RESTORED,
                bench.settle(7, Verdict.RESTORED, restored(Condition.NONE))
                        .get(0)
                        .outcome());
        assertEquals(Map.of("/x", "3"), bench.read("d"));
    }

    @Test
    void settle_withoutAnOperation_isCommittedToo_andCanBeFollowedByARestore() {
        assertEquals(List.of(), bench.settle(7, Verdict.DISMISSED));
        assertEquals(Verdict.DISMISSED, Settlement.all(bench.store).get(7L).verdict());
        assertEquals(
                Outcome.CREATED,
                bench.settle(7, Verdict.RESTORED, restored(Condition.NONE))
                        .get(0)
                        .outcome());
        assertEquals(Verdict.RESTORED, Settlement.all(bench.store).get(7L).verdict());
    }

    @Test
    void settlements_areBoundedByTheJournal_theNewestStay() {
        int limit = Settings.of(new Device("a", "a")).journalLimit();
        for (long number = 1; number <= limit + 20; number++) {
            bench.settle(number, Verdict.DISMISSED);
        }
        SortedMap<Long, Settlement> kept = Settlement.all(bench.store);
        assertTrue(kept.size() <= limit + 1, "keeps " + kept.size());
        assertTrue(kept.firstKey() <= 21 && kept.lastKey() == limit + 20, kept.firstKey() + " to " + kept.lastKey());
    }

    private static Operation restore(String document, String path, String value) {
        return operation(Kind.RESTORE, document, Condition.NONE, path, value);
    }

    private static Operation restored(Condition condition) {
        return operation(Kind.RESTORE, "d", condition, "/x", "2");
    }

    @Test
    void put_overTheLimit_isRefused() {
        String large = '"' + "x".repeat(256 << 10) + '"';
        assertEquals(Outcome.TOO_LARGE, bench.outcome(put("d", "/x", large)));
        assertEquals(Map.of(), bench.read("d"));
    }
}
