package io.lanyard.daemon.history;

import static io.lanyard.daemon.history.Story.fields;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.history.Violation.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** For each promise a history that keeps it and one that breaks it. */
class HistoryCheckerTest {

    private static void assertClean(Story story) {
        story.report().requireClean();
    }

    private static void assertFound(Story story, Kind... kinds) {
        Report report = story.report();
        assertEquals(
                Set.of(kinds),
                report.violations().stream().map(Violation::kind).collect(Collectors.toSet()),
                () -> report.violations().toString());
        assertThrows(AssertionError.class, report::requireClean);
    }

    @Test
    void acknowledgedWrite_readableOrSuperseded() {
        assertClean(new Story().create(0, "d", "a", 1).shows("d", "a", 1));
        assertClean(new Story().create(0, "d", "a", 1).patch(1, "d", "a", 2).shows("d", "a", 2));
        assertFound(new Story().create(0, "d", "a", 1).patch(1, "d", "a", 2).shows("d", "a", 1), Kind.LOST);
        assertFound(new Story().create(0, "d", "a", 1, "b", 1).shows("d", "a", 1), Kind.LOST);
        assertFound(new Story().create(0, "d", "a", 1), Kind.LOST);
        assertFound(new Story().create(0, "d", "a", 1).create(0, "e", "a", 2).shows("d", "a", 1), Kind.LOST);
    }

    @Test
    void stampDecides_notTheOrderOfAnswers() {
        Story story = new Story().create(0, "d", "a", 1).clockBehind(9).create(1, "d", "a", 2);
        assertClean(story.shows("d", "a", 1).journals("d", "a", 2));
        assertFound(story.shows("d", "a", 2), Kind.LOST);
    }

    @Test
    void value_vanishesUnderClashingPathAndReplacementAndRemoval() {
        assertClean(new Story().create(0, "d", "a", 1).patch(0, "d", "a/b", 2).shows("d", "a/b", 2));
        assertFound(
                new Story().create(0, "d", "a", 1).patch(0, "d", "a/b", 2).shows("d", "a", 1),
                Kind.LOST,
                Kind.RESURRECTED);
        assertClean(new Story().create(0, "d", "a", 1).replace(0, "d", "b", 2).shows("d", "b", 2));
        assertFound(
                new Story().create(0, "d", "a", 1).replace(0, "d", "b", 2).shows("d", "a", 1, "b", 2),
                Kind.RESURRECTED);
        assertClean(
                new Story().create(0, "d", "a", 1, "b", 1).remove(0, "d", "a").shows("d", "b", 1));
        assertFound(
                new Story().create(0, "d", "a", 1, "b", 1).remove(0, "d", "a").shows("d", "a", 1, "b", 1),
                Kind.RESURRECTED);
    }

    /** What a replacement takes away is only what its device held. */
    @Test
    void replacement_ofSomebodyCutOff_mayLeaveWhatItHadNotSeen() {
        Story story = new Story();
        story.create(0, "d", "a", 1)
                .rest()
                .apart(() -> story.patch(0, "d", "b", 2).replace(1, "d", "a", 3));
        assertClean(story.shows("d", "a", 3, "b", 2));
        assertFound(story.shows("d", "a", 3), Kind.LOST);
    }

    @Test
    void valueNobodyWrote_isInvented() {
        assertFound(new Story().create(0, "d", "a", 1).shows("d", "a", 1, "b", 7), Kind.INVENTED);
        assertFound(new Story().create(0, "d", "a", 1).shows("d", "a", 1).shows("e", "a", 1), Kind.INVENTED);
        assertFound(new Story().create(0, "d", "a", 1).shows("d", "a", 1).journals("d", "a", 9), Kind.INVENTED);
        assertFound(
                new Story().create(0, "d", "a", 1).refused(0, "d", "a", 2).shows("d", "a", 2), Kind.REFUSED_BUT_SHOWN);
        assertClean(new Story().create(0, "d", "a", 1).refused(0, "d", "a", 2).shows("d", "a", 1));
    }

    @Test
    void deleted_staysDeletedUntilEdited() {
        assertClean(new Story().create(0, "d", "a", 1).delete(0, "d"));
        assertFound(new Story().create(0, "d", "a", 1).delete(0, "d").shows("d", "a", 1), Kind.RESURRECTED);
        assertClean(new Story()
                .create(0, "d", "a", 1)
                .delete(0, "d")
                .create(0, "d", "b", 2)
                .shows("d", "b", 2));
        assertFound(
                new Story()
                        .create(0, "d", "a", 1)
                        .delete(0, "d")
                        .create(0, "d", "b", 2)
                        .shows("d", "a", 1, "b", 2),
                Kind.RESURRECTED);
        assertFound(new Story().create(0, "d", "a", 1).delete(0, "d").create(0, "d", "b", 2), Kind.LOST);
    }

    @Test
    void editAgainstDelete_theLaterOneWins() {
        Story story = new Story();
        story.create(0, "d", "a", 1).rest().apart(() -> story.delete(0, "d").patch(1, "d", "b", 2));
        assertClean(story.shows("d", "a", 1, "b", 2));
        Story other = new Story();
        other.create(0, "d", "a", 1)
                .rest()
                .apart(() -> other.patch(1, "d", "b", 2).delete(0, "d"));
        assertClean(other.journals("d", "b", 2));
        assertFound(other.shows("d", "a", 1, "b", 2), Kind.RESURRECTED);
    }

    @Test
    void unansweredWrite_isThereOrNot() {
        Story story = new Story().create(0, "d", "a", 1).unanswered(0, WriteEvent.Kind.PUT, "d", "a", 2, "b", 2);
        assertClean(story.shows("d", "a", 1));
        assertClean(story.shows("d", "a", 2, "b", 2));
        assertFound(story.shows("d", "a", 2), Kind.TORN_BATCH);
        Story deleting = new Story().create(0, "d", "a", 1).unanswered(0, WriteEvent.Kind.DELETED, "d");
        assertClean(deleting);
        assertClean(deleting.shows("d", "a", 1));
    }

    @Test
    void batch_isThereWholeOrNotAtAll() {
        Story begun = new Story().create(0, "d", "a", 1).create(0, "e", "a", 2);
        Story story = begun.batch(0, Outcome.UNKNOWN, "a", 3, "d", "e");
        assertClean(story.shows("d", "a", 1).shows("e", "a", 2));
        assertClean(story.shows("d", "a", 3).shows("e", "a", 3));
        assertFound(story.shows("d", "a", 3).shows("e", "a", 2), Kind.TORN_BATCH);
        assertFound(story.shows("d", "a", 1).shows("e", "a", 3), Kind.TORN_BATCH);
    }

    @Test
    void batch_isReadWholeOrNotAtAll() {
        for (int device : new int[] {0, 1}) {
            Story half = new Story()
                    .create(0, "d", "a", 1)
                    .create(0, "e", "a", 2)
                    .rest()
                    .batch(0, Outcome.ACKNOWLEDGED, "a", 3, "d", "e")
                    .shows("d", "a", 3)
                    .shows("e", "a", 3);
            half.history.add(new ReadEvent(
                    device,
                    half.now() + 1,
                    half.now() + 2,
                    true,
                    true,
                    Map.of("d", fields("a", 3), "e", fields("a", 2))));
            assertFound(half, Kind.TORN_BATCH);
        }
        assertFound(
                new Story()
                        .create(0, "d", "a", 1)
                        .create(0, "e", "a", 2)
                        .rest()
                        .batch(0, Outcome.ACKNOWLEDGED, "a", 3, "d", "e")
                        .read(1, "d", fields("a", 3))
                        .read(1, "e", fields("a", 2))
                        .shows("d", "a", 3)
                        .shows("e", "a", 3),
                Kind.WENT_BACK);
    }

    @Test
    void device_showsWhatItAcknowledged() {
        Story story = new Story().create(0, "d", "a", 1).patch(0, "d", "a", 2);
        assertClean(
                story.read(0, "d", fields("a", 2)).read(1, "d", fields("a", 1)).shows("d", "a", 2));
        assertFound(story.read(0, "d", fields("a", 1)), Kind.OWN_WRITE_NOT_READ);
        assertFound(new Story().create(0, "d", "a", 1).read(0, "d", null).shows("d", "a", 1), Kind.OWN_WRITE_NOT_READ);
    }

    @Test
    void device_neverShowsLessThanBefore() {
        Story story = new Story().create(0, "d", "a", 1).patch(0, "d", "a", 2).shows("d", "a", 2);
        assertClean(story.read(1, "d", null).read(1, "d", fields("a", 1)).read(1, "d", fields("a", 2)));
        assertFound(story.read(1, "d", fields("a", 1)), Kind.WENT_BACK);
        assertFound(story.read(1, "d", null), Kind.WENT_BACK);
    }

    @Test
    void devicesInStep_showTheSame() {
        Story story = new Story().create(0, "d", "a", 1).patch(1, "d", "a", 2).shows("d", "a", 2);
        assertFound(story.secondShows("d", "a", 1), Kind.DEVICES_DIFFER, Kind.LOST);
    }

    @Test
    void stamps_beatWhatTheirDeviceHadSeen() {
        assertFound(
                new Story()
                        .create(0, "d", "a", 1)
                        .clockBehind(9)
                        .patch(0, "d", "b", 2)
                        .shows("d", "a", 1, "b", 2),
                Kind.STAMP_NOT_NEWER);
        Story twice = new Story().create(0, "d", "a", 1).clockBehind(1).patch(0, "d", "b", 2);
        assertFound(twice.shows("d", "a", 1, "b", 2), Kind.STAMP_GIVEN_TWICE, Kind.STAMP_NOT_NEWER);
    }

    @Test
    void valueLostToConcurrentWrite_standsInAJournal() {
        Story story = new Story();
        story.create(0, "d", "a", 1)
                .rest()
                .apart(() -> story.patch(0, "d", "a", 2).patch(1, "d", "a", 3));
        story.rest().shows("d", "a", 3);
        assertFound(story, Kind.CONFLICT_MISSED);
        assertEquals(1, story.report().missedConflicts());
        assertClean(story.journals("d", "a", 2));
        assertEquals(1, story.report().lostValues());
        assertEquals(0, story.report().falseConflicts());
        assertClean(story.journals("d", "a", 1));
        assertEquals(1, story.report().falseConflicts(), "both had seen it");
    }

    @Test
    void fencedDevice_mayWriteItsOwnValuesOnceMore() {
        Story story = new Story();
        story.create(0, "d", "a", 1)
                .rest()
                .apart(() -> story.patch(0, "d", "a", 2).patch(1, "d", "a", 3));
        assertFound(story.shows("d", "a", 2), Kind.LOST);
        story.history.addFence(0, story.now() + 1, story.now() + 5);
        assertClean(story.shows("d", "a", 2));
        assertClean(story.shows("d", "a", 3).journals("d", "a", 2));
        assertFound(story.shows("d", "a", 1), Kind.LOST);
        story.history.addFence(1, story.now() + 1, story.now() + 5);
        assertFound(story.shows("d", "a", 4), Kind.INVENTED);
    }

    @Test
    void fencedDevice_mayPutItsValuesIntoAJournalInstead() {
        Story story = new Story();
        story.create(0, "d", "a", 1).rest().apart(() -> story.delete(1, "d").patch(0, "d", "a", 2));
        assertFound(story, Kind.LOST);
        story.history.addFence(0, story.now() + 1, story.now() + 5);
        assertFound(story, Kind.LOST);
        assertClean(story.journals("d", "a", 2));
    }

    @Test
    void rolledBackDevice_mayForgetWhatNobodyElseHeld() {
        Story story = new Story().create(0, "d", "a", 1).rest();
        long copied = story.now();
        story.patch(0, "d", "a", 2);
        assertFound(story.shows("d", "a", 1), Kind.LOST);
        story.history.addRollback(0, copied, story.now() + 9);
        assertClean(story);
        assertClean(story.shows("d", "a", 2));
        assertFound(story.shows("d", "a", 7), Kind.INVENTED);
        Story known = new Story().create(0, "d", "a", 1).patch(0, "d", "a", 2).rest();
        known.history.addRollback(0, 0, known.now() + 9);
        assertFound(known.shows("d", "a", 1), Kind.LOST);
    }

    @Test
    void settledHistory_goesOnFromWhatIsShown() {
        Story story = new Story()
                .create(0, "d", "a", 1)
                .create(0, "e", "a", 1)
                .patch(0, "d", "a", 2)
                .delete(0, "e");
        story.history.settle(Map.of("d", fields("a", 2)));
        assertClean(story.shows("d", "a", 2));
        assertFound(story.shows("d", "a", 1), Kind.RESURRECTED);
        assertClean(story.patch(1, "d", "b", 3).shows("d", "a", 2, "b", 3));
        assertFound(story.shows("e", "a", 1), Kind.RESURRECTED);
    }

    /** A removal also takes away what its device held once and does not show any more. */
    @Test
    void settledHistory_knowsWhatWasHeldBefore() {
        for (boolean wasHeld : new boolean[] {true, false}) {
            Story story =
                    new Story().create(0, "d", "x", 0, wasHeld ? "a/b" : "y", 1).patch(0, "d", "a", 2);
            story.history.settle(Map.of("d", fields("a", 2, "x", 0)));
            story.apart(() -> story.patch(0, "d", "a/b", 3).replace(1, "d", "x", 0, "z", 4));
            story.shows("d", "x", 0, "z", 4).journals("d", "a/b", 3);
            if (wasHeld) {
                assertClean(story);
            } else {
                assertFound(story, Kind.LOST);
            }
        }
    }

    @Test
    void report_countsWhatItSaw() {
        Report report = new Story()
                .create(0, "d", "a", 1)
                .delete(0, "d")
                .refused(0, "d", "a", 2)
                .read(0, "d", null)
                .report();
        assertTrue(report.isClean(), report::summary);
        assertEquals(Map.of("CREATED", 1L, "DELETED", 1L, "FAILED", 1L), report.writes());
        assertEquals(1, report.reads());
        assertEquals(1, report.goneDocuments());
    }
}
