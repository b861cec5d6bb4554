package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Counters and sets, case by case: what two devices do that know nothing of each other. */
class CounterTest {

    private static final FieldPath N = FieldPath.of("n");
    private static final FieldPath S = FieldPath.of("s");

    private final TestReplica one = new TestReplica(1);
    private final TestReplica two = new TestReplica(2);

    private static String plus(String number) {
        return Step.counting(number).text();
    }

    private static String add(String... elements) {
        return Step.changing(List.of(elements), List.of()).text();
    }

    private static String remove(String... elements) {
        return Step.changing(List.of(), List.of(elements)).text();
    }

    private List<Conflict> exchange() {
        Document first = one.document.copy();
        List<Conflict> found = one.merge(two.document).conflicts();
        two.merge(first);
        assertEquals(one.shown(), two.shown());
        assertTrue(one.document.hasSameRegisters(two.document));
        return found;
    }

    private void bothHave(String... pathsAndValues) {
        one.put(pathsAndValues);
        two.merge(one.document);
    }

    private String shown(FieldPath path) {
        return one.shown().get(path);
    }

    @Test
    void increment_byTwoWhoKnowNothingOfEachOther_takesTwo() {
        bothHave("/n", "10");
        one.patch("/n", plus("-1"));
        two.patch("/n", plus("-1"));

        assertEquals(List.of(), exchange());
        assertEquals("8", shown(N));
    }

    @Test
    void increment_ofAFieldThatIsNotThere_countsFromNothingTogether() {
        bothHave("/name", "1");
        one.patch("/n", plus("1"));
        two.patch("/n", plus("2"));

        assertEquals(List.of(), exchange());
        assertEquals("3", shown(N));
    }

    @Test
    void increment_ofADocumentThatBothCreate_countsFromNothingTogether() {
        one.put("/name", "1");
        two.put("/name", "1");
        one.patch("/n", plus("1"));
        two.patch("/n", plus("2"));
        exchange();

        assertEquals("3", shown(N));
    }

    @Test
    void increment_overAndOver_isOneRegisterForEachReplica() {
        bothHave("/n", "1");
        for (int i = 0; i < 100; i++) {
            one.patch("/n", plus("0.01"));
        }
        assertEquals("2.00", shown(N));
        assertEquals(2, one.document.fields().size());
    }

    @Test
    void write_thatHasSeenSome_losesJustTheRest() {
        bothHave("/n", "10");
        two.patch("/n", plus("-2"));
        exchange();
        one.put("/n", "20");
        two.patch("/n", plus("-1"));
        List<Conflict> found = exchange();

        assertEquals("20", shown(N), "a plain write starts a new count");
        assertEquals(1, found.size());
        assertEquals(plus("-1"), found.get(0).lostValue(), "the two before were seen by whoever counted");
        assertEquals(N, found.get(0).path());
        assertEquals("20", found.get(0).standing().value());

        two.patch("/n", plus("-1"));
        exchange();
        assertEquals("19", shown(N));
    }

    @Test
    void write_ofWhatIsSeen_isNoNewCount() {
        bothHave("/n", "10");
        one.patch("/n", plus("-2"));
        two.patch("/n", plus("-1"));
        one.put("/n", "8", "/countedBy", "\"Anna\"");

        assertEquals(List.of(), exchange());
        assertEquals("7", shown(N), "whoever counted saw eight, and one more was sold meanwhile");
    }

    @Test
    void increment_onAValueThatLosesToAnother_isJournaledWithTheReplica() {
        bothHave("/n", "10");
        one.put("/n", "20");
        two.patch("/n", plus("3"));
        List<Conflict> found = one.merge(two.document).conflicts();

        assertEquals("20", shown(N));
        assertEquals(List.of(two.lastDot()), found.stream().map(Conflict::loser).toList());
        assertEquals(List.of(plus("3")), found.stream().map(Conflict::lostValue).toList());
        assertEquals("20", found.get(0).standing().value());
    }

    @Test
    void removal_andIncrement_startAnew() {
        bothHave("/n", "10");
        one.patch("/n", plus("1"));
        exchange();
        one.patch("/n", "null");
        List<Conflict> found;
        two.patch("/n", plus("2"));
        found = exchange();
        assertFalse(one.shown().containsKey(N), "what is gone is not counted from");
        assertEquals(List.of(plus("2")), found.stream().map(Conflict::lostValue).toList());

        one.patch("/n", plus("5"));
        two.patch("/n", plus("6"));
        exchange();
        assertEquals("11", shown(N));
    }

    @Test
    void removal_whoseTombstoneIsCollected_letsNothingComeBack() {
        bothHave("/x", "1");
        one.patch("/n", plus("5"));
        exchange();
        one.wallMillis += 10;
        one.patch("/n", "null");
        VersionVector everything = one.document.context().copy();
        two.patch("/n", plus("2"));
        exchange();
        assertFalse(one.shown().containsKey(N));

        // All know of the removal and not all of what was counted meanwhile.
        one.document.dropGarbage(everything, Long.MAX_VALUE);
        assertFalse(one.shown().containsKey(N));
        one.document.dropGarbage(one.document.context(), Long.MAX_VALUE);
        assertFalse(one.shown().containsKey(N));
        assertEquals(1, one.document.fields().size());

        one.patch("/n", plus("7"));
        two.patch("/n", plus("8"));
        exchange();
        assertEquals("15", shown(N), "one knew of the removal by its tombstone, the other by nothing at all");
    }

    @Test
    void delete_andIncrement_theLaterWins() {
        bothHave("/n", "10");
        one.patch("/n", plus("1"));
        exchange();
        two.wallMillis += 10;
        one.delete();
        two.patch("/n", plus("2"));
        exchange();
        assertEquals("13", shown(N), "what an edit brings back comes back whole");

        one.wallMillis += 100;
        one.delete();
        two.patch("/n", plus("4"));
        List<Conflict> found = exchange();
        assertEquals(Map.of(), one.shown());
        assertEquals(List.of(plus("4")), found.stream().map(Conflict::lostValue).toList());

        one.put("/n", "1");
        exchange();
        assertEquals("1", shown(N));
    }

    @Test
    void increment_withAndWithoutAPlainValue_thePlainValueCounts() {
        bothHave("/x", "1");
        one.patch("/n", plus("5"));
        two.patch("/n", "100");
        List<Conflict> found = exchange();

        assertEquals("100", shown(N));
        assertEquals(List.of(plus("5")), found.stream().map(Conflict::lostValue).toList());
    }

    @Test
    void increment_ofWhatIsHiddenByAnotherField_doesNotBringBackOldCounts() {
        bothHave("/x", "1");
        one.patch("/n/a", plus("5"));
        two.wallMillis += 10;
        two.patch("/n", "\"text\"");
        exchange();
        assertEquals("\"text\"", shown(N));
        one.patch("/n/a", plus("1"));

        assertEquals("1", shown(new FieldPath("/n/a")));
        assertFalse(one.shown().containsKey(N));
    }

    @Test
    void write_aboveACounter_removesItWhole() {
        bothHave("/n/a", "1");
        one.patch("/n/a", plus("5"));
        one.patch("/n/b", plus("5"));
        one.patch("/n", "0");
        assertEquals(new TreeMap<>(Map.of(N, "0")), one.shown());
        one.patch("/n", "null");
        assertEquals(Map.of(), one.shown());
    }

    @Test
    void write_ofTheSumItself_changesNothing() {
        bothHave("/n", "10");
        one.patch("/n", plus("-1"));
        Hash before = one.document.visibleHash(new DocumentId("c", "d"));
        Document fragment = one.put("/n", "9");

        assertTrue(fragment.fields().isEmpty());
        assertNotEquals(before, one.document.visibleHash(new DocumentId("c", "d")), "but for the stamp of the edit");
    }

    @Test
    void hash_ofASum_changesWithEveryPart() {
        DocumentId id = new DocumentId("c", "d");
        bothHave("/n", "10");
        one.patch("/n", plus("1"));
        two.patch("/n", plus("1"));
        assertNotEquals(one.document.visibleHash(id), two.document.visibleHash(id), "11 and 11 are not the same");
        exchange();
        assertEquals(one.document.visibleHash(id), two.document.visibleHash(id));
    }

    @Test
    void sum_beyondTheLimits_readsAsTheNearestAndComesBack() {
        bothHave("/n", "0");
        one.patch("/n", plus("1e300"));
        two.patch("/n", plus("1"));
        exchange();
        assertEquals("1E+300", shown(N));
        ReplicaId own = one.id;
        assertEquals(
                Step.Refusal.OUT_OF_RANGE,
                Shares.tried(one.document, N, shown(N), Step.counting("1"), own).refusal());
        assertEquals(
                "1",
                Shares.tried(one.document, N, shown(N), Step.counting("-1e300"), own)
                        .value());
        one.patch("/n", plus("-1e300"));
        assertEquals("1", shown(N));
    }

    @Test
    void register_thatNoVersionWrites_countsNothingAndHarmsNothing() {
        bothHave("/n", "1");
        for (String value : List.of(
                "[\"=0\"]", "[\"=" + "f".repeat(32) + "\",1e20000000]", "7", "[\"=" + "x".repeat(32) + "\",1]")) {
            Document fragment = new Document();
            fragment.alive = one.document.alive;
            fragment.fields.put(
                    N.inside(Share.Kind.COUNT, "0"),
                    new Register(one.document.newestTime() + 1, new Dot(one.id, 99), value));
            Document merged = one.document.copy();
            merged.merge(fragment, TestReplica.NOTHING_HELD);
            assertEquals("1", merged.leaves().get(N));
        }
    }

    @Test
    void set_twoAdd_holdsBoth() {
        bothHave("/s", "[\"a\"]");
        one.patch("/s", add("\"b\""));
        two.patch("/s", add("\"c\"", "\"a\""));

        assertEquals(List.of(), exchange());
        assertEquals("[\"a\",\"b\",\"c\"]", shown(S));
    }

    @Test
    void set_addAndRemove_theAddWinsThatTheRemovalHasNotSeen() {
        bothHave("/s", "[]");
        one.patch("/s", add("\"a\""));
        exchange();
        one.patch("/s", remove("\"a\""));
        assertEquals("[]", shown(S));
        two.patch("/s", Step.changing(List.of(), List.of("\"a\"")).text());
        two.patch("/s", add("\"a\""));
        one.wallMillis += 1_000;
        exchange();
        assertEquals("[\"a\"]", shown(S), "removed by one, and removed and added again by the other");
    }

    @Test
    void set_removeFromThePlainValue_andAddAgain() {
        bothHave("/s", "[\"a\",1,{\"k\":[1,2]},1]");
        one.patch("/s", remove("1", "{\"k\":[1,2]}"));
        assertEquals("[\"a\"]", shown(S));
        one.patch("/s", add("1"));
        assertEquals("[\"a\",1]", shown(S));
        two.patch("/s", remove("\"a\""));
        exchange();
        assertEquals("[1]", shown(S));
        one.patch("/s", remove("1"));
        exchange();
        assertEquals("[]", shown(S));
    }

    @Test
    void set_plainWriteBeside_losesWhatItHasNotSeen() {
        bothHave("/s", "[\"a\"]");
        one.put("/s", "[\"x\",\"b\"]");
        two.patch(
                "/s", Step.changing(List.of("\"b\"", "\"c\""), List.of("\"a\"")).text());
        List<Conflict> found = exchange();

        assertEquals("[\"x\",\"b\"]", shown(S));
        assertEquals(
                List.of(add("\"c\"")), found.stream().map(Conflict::lostValue).toList(), "b is there and a is not");
    }

    @Test
    void set_addedToAfterItsRemovalByTheSameWriter_isNoConflict() {
        bothHave("/name", "1", "/s", "[\"b\"]");
        two.put("/name", "1");
        two.patch("/s", add("\"a\""));
        one.patch("/name", "2");

        Document first = one.document.copy();
        assertEquals(List.of(), one.merge(two.document).conflicts(), "both came in one document");
        assertEquals(List.of(), two.merge(first).conflicts(), "both were here");
        assertEquals("[\"a\"]", shown(S));
    }

    @Test
    void increment_byOneWhoSawTheRemoval_isNoConflict() {
        bothHave("/name", "1", "/n", "1");
        TestReplica three = new TestReplica(3);
        three.merge(one.document);
        two.put("/name", "1");
        three.merge(two.document);
        three.patch("/n", plus("4"));
        one.patch("/name", "2");

        assertEquals(List.of(), three.merge(one.document).conflicts());
        assertEquals(List.of(), two.merge(three.document).conflicts());
        assertEquals("4", two.shown().get(N));
    }

    @Test
    void set_addedToByOneWhoDidNotSeeTheRemoval_isAConflict() {
        bothHave("/name", "1");
        two.patch("/s", add("\"b\""));
        one.merge(two.document);
        two.put("/name", "1");
        Dot removal = two.lastDot();
        one.put("/name", "1");
        one.wallMillis += 1_000;
        one.patch("/s", add("\"a\""));

        List<Conflict> found = exchange();
        assertEquals("[\"a\"]", shown(S));
        assertEquals(List.of(removal), found.stream().map(Conflict::loser).toList());
    }

    @Test
    void set_ofAFieldThatIsNotThere_andACounter_areDecided() {
        bothHave("/x", "1");
        one.patch("/n", add("\"a\""));
        two.patch("/n", plus("1"));
        List<Conflict> found = exchange();
        assertEquals("1", shown(N));
        assertEquals(
                List.of(add("\"a\"")), found.stream().map(Conflict::lostValue).toList());
    }

    @Test
    void step_anyText_isReadAsItWasWritten() {
        for (Step step : List.of(
                Step.counting("-12.10"),
                Step.changing(List.of("\"]},\\\"\"", "[[1],{\"a\":\"]\"}]"), List.of()),
                Step.changing(List.of(), List.of("1", "null")),
                Step.changing(List.of("1"), List.of("\"x\"", "2")),
                Step.changing(List.of(), List.of()))) {
            assertEquals(step, Step.parse(step.text()));
            assertTrue(Step.isStep(step.text()));
        }
    }
}
