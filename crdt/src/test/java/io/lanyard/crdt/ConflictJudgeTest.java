package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.leaves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which losses a merge tells, case by case: the loser's path and value, on the winner's side and on the loser's. */
class ConflictJudgeTest {

    private final TestReplica left = new TestReplica(1);
    private final TestReplica right = new TestReplica(2);
    private final TestReplica third = new TestReplica(3);

    @Test
    void sameFieldEdited_bothSidesTellTheOlder() {
        shareDocument("/a", "1", "/b", "2");
        Document older = left.patch("/a", "10");
        Document newer = right.patch("/a", "20");

        assertTold(left.merge(newer), "/a", "10", left, right);
        assertTold(right.merge(older), "/a", "10", left, right);
    }

    @Test
    void sameFieldSameValue_isNoConflict() {
        shareDocument("/a", "1");
        Document one = left.patch("/a", "10");
        Document other = right.patch("/a", "10");

        assertNone(left.merge(other));
        assertNone(right.merge(one));
    }

    @Test
    void differentFieldsEdited_isNoConflict() {
        shareDocument("/a", "1", "/b", "2");
        Document one = left.patch("/a", "10");

        assertNone(left.merge(right.patch("/b", "20")));
        assertNone(right.merge(one));
    }

    @Test
    void winnerHadSeenTheLoser_isNoConflict() {
        shareDocument("/a", "1");
        right.merge(left.patch("/a", "10"));

        assertNone(left.merge(right.patch("/a", "20")));
        assertNone(third.merge(right.document));
        assertNone(left.merge(right.delete()));
        assertNone(left.merge(right.put("/a", "30")));
    }

    @Test
    void removalOlderThanEdit_isToldAsALostRemoval() {
        shareDocument("/a", "1", "/b", "2");
        Document removal = left.patch("/a", "null");
        Document edit = right.patch("/a", "10");

        assertTold(left.merge(edit), "/a", null, left, right);
        assertTold(right.merge(removal), "/a", null, left, right);
    }

    @Test
    void removalNewerThanEdit_isToldAsALostValue() {
        shareDocument("/a", "1", "/b", "2");
        Document edit = left.patch("/a", "10");
        Document removal = right.patch("/a", "null");

        assertTold(left.merge(removal), "/a", "10", left, right);
        assertTold(right.merge(edit), "/a", "10", left, right);
    }

    @Test
    void bothRemove_isNoConflict() {
        shareDocument("/a", "1", "/b", "2");
        Document removal = left.patch("/a", "null");

        assertNone(left.merge(right.patch("/a", "null")));
        assertNone(right.merge(removal));
    }

    @Test
    void deleteNewerThanEdit_isToldAsTheLostValue() {
        shareDocument("/a", "1", "/b", "2");
        Document edit = left.patch("/a", "10");
        Document delete = right.delete();

        assertTold(left.merge(delete), "/a", "10", left, right);
        assertTold(right.merge(edit), "/a", "10", left, right);
    }

    @Test
    void deleteNewerThanRemovalOfAField_isToldAsALostDocument() {
        shareDocument("/a", "1", "/b", "2");
        Document edit = left.patch("/a", "null");
        Document delete = right.delete();

        assertTold(left.merge(delete), null, "{}", left, right);
        assertTold(right.merge(edit), null, "{}", left, right);
    }

    @Test
    void deleteOlderThanEdit_isToldAsALostDelete() {
        shareDocument("/a", "1", "/b", "2");
        Document delete = left.delete();
        Document edit = right.patch("/a", "10");

        assertTold(left.merge(edit), null, null, left, right);
        assertTold(right.merge(delete), null, null, left, right);
    }

    @Test
    void bothDelete_isNoConflict() {
        shareDocument("/a", "1");
        Document delete = left.delete();

        assertNone(left.merge(right.delete()));
        assertNone(right.merge(delete));
    }

    @Test
    void pathAboveWrittenLater_tellsWhatStoodBelow() {
        shareDocument("/x", "0");
        Document below = left.patch("/a/b", "1");
        Document above = right.patch("/a", "2");

        assertTold(left.merge(above), "/a/b", "1", left, right);
        assertTold(right.merge(below), "/a/b", "1", left, right);
    }

    @Test
    void pathBelowWrittenLater_tellsWhatStoodAbove() {
        shareDocument("/x", "0");
        Document above = left.patch("/a", "2");
        Document below = right.patch("/a/b", "1");

        assertTold(left.merge(below), "/a", "2", left, right);
        assertTold(right.merge(above), "/a", "2", left, right);
    }

    @Test
    void valueMakesRoomForAnother_tellsTheValueAndNotTheRoom() {
        shareDocument("/a", "1");
        Document below = left.patch("/a/b", "10");
        Document above = right.patch("/a", "20");

        assertTold(left.merge(above), "/a/b", "10", left, right);
        assertTold(right.merge(below), "/a/b", "10", left, right);
    }

    @Test
    void recreationHidesAnOlderEdit_isTold() {
        shareDocument("/a", "1", "/b", "2");
        Document edit = left.patch("/b", "20");
        right.delete();
        right.put("/c", "3");
        right.wallMillis++;
        Document whole = right.document.copy();
        MergeResult told = right.merge(edit);

        assertEquals(List.of("/b 20"), texts(told));
        assertEquals(List.of("/b 20"), texts(left.merge(whole)));
        assertEquals(left.lastDot(), told.conflicts().get(0).loser());
        assertEquals(right.lastDot(), told.conflicts().get(0).winner());
    }

    @Test
    void whatStandsInstead_isTold_withItsPathAndTime() {
        shareDocument("/a", "1");
        Document below = left.patch("/a/b", "10");
        Document above = right.patch("/a", "20");
        Conflict.Standing standing = left.merge(above).conflicts().get(0).standing();
        assertEquals(new FieldPath("/a"), standing.path());
        assertEquals("20", standing.value());
        assertEquals(right.document.fields().get(new FieldPath("/a")).time(), standing.time());

        Document delete = right.delete();
        third.merge(below);
        assertEquals(
                new Conflict.Standing(null, null, delete.died().stamp().time()),
                third.merge(delete).conflicts().get(0).standing());
    }

    @Test
    void removalBeforeADeleteAndRecreation_isOfNoConcernToALaterEdit() {
        shareDocument("/a", "1", "/b", "2");
        right.patch("/a", "null");
        right.delete();
        right.put("/c", "3");
        left.wallMillis = right.wallMillis + 1;
        Document edit = left.patch("/a", "10");

        assertNone(left.merge(right.document));
        assertNone(right.merge(edit));
        assertEquals(leaves("/a", "10", "/c", "3"), left.shown());
    }

    @Test
    void recreationOfAKnownDelete_isNoConflict() {
        shareDocument("/a", "1");
        right.merge(left.delete());

        assertNone(left.merge(right.put("/b", "2")));
        assertNone(third.merge(right.document));
    }

    @Test
    void sameIdCreatedTwice_tellsOnlyFieldsThatDiffer() {
        Document one = left.put("/a", "1", "/b", "2", "/c", "3");
        Document other = right.put("/a", "10", "/b", "2", "/d", "4");

        assertTold(left.merge(other), "/a", "1", left, right);
        assertTold(right.merge(one), "/a", "1", left, right);
    }

    @Test
    void mark_makesTheHolderOfTheLoserTell() {
        shareDocument("/a", "1", "/b", "2");
        Document loser = left.patch("/a", "10");
        third.merge(loser);
        Document winner = right.patch("/a", "20");
        assertTold(right.merge(loser), "/a", "10", left, right);
        right.patch("/b", "30");

        assertTold(left.merge(right.document), "/a", "10", left, null);
        assertTold(third.merge(right.document), "/a", "10", left, null);
        assertNone(left.merge(winner));
    }

    @Test
    void mark_passedOnByOneWhoLacksTheLoser_makesTheHolderTell() {
        shareDocument("/a", "1", "/b", "2");
        Document loser = left.patch("/a", "10");
        right.patch("/a", "20");
        right.merge(loser);
        assertNone(third.merge(right.document));
        third.patch("/b", "30");

        assertTold(left.merge(third.document), "/a", "10", left, right);
    }

    @Test
    void mark_ofALostDelete_makesItsAuthorTell() {
        shareDocument("/a", "1", "/b", "2");
        Document delete = left.delete();
        right.patch("/a", "20");
        assertTold(right.merge(delete), null, null, left, right);
        right.patch("/b", "30");

        assertTold(left.merge(right.document), null, null, left, null);
    }

    @Test
    void mark_ofALostRemoval_makesItsAuthorTell() {
        shareDocument("/a", "1", "/b", "2");
        Document removal = left.patch("/a", "null");
        right.patch("/a", "20");
        assertTold(right.merge(removal), "/a", null, left, right);
        right.patch("/b", "30");

        assertTold(left.merge(right.document), "/a", null, left, null);
    }

    @Test
    void mark_ofAnEditUnderADelete_makesItsAuthorTell() {
        shareDocument("/a", "1", "/b", "2");
        Document edit = left.patch("/a", "null");
        right.delete();
        assertTold(right.merge(edit), null, "{}", left, right);

        assertTold(left.merge(right.document), null, "{}", left, null);
    }

    @Test
    void mark_travelsWithFragmentsOfLaterWrites() {
        shareDocument("/a", "1", "/b", "2");
        Document loser = left.patch("/a", "10");
        right.patch("/a", "20");
        right.merge(loser);

        assertTrue(right.patch("/b", "30").marks().contains(left.lastDot()));
        assertTrue(right.delete().marks().contains(left.lastDot()));
    }

    @Test
    void redelivery_tellsNothingAgain() {
        shareDocument("/a", "1");
        Document one = left.patch("/a", "10");
        Document other = right.patch("/a", "20");
        left.merge(other);
        right.merge(one);

        assertNone(left.merge(other));
        assertNone(right.merge(one));
        assertNone(left.merge(right.document));
        assertNone(right.merge(left.document));
        assertNone(left.merge(right.document));
        assertFalse(left.merge(right.document).changed());
    }

    @Test
    void marksAreKept_theSmallestGoFirst() {
        shareDocument("/a", "0");
        for (int i = 0; i <= Document.MAX_MARKS; i++) {
            Document loser = left.patch("/a", String.valueOf(i + 10));
            right.wallMillis = left.wallMillis + 1;
            Document winner = right.patch("/a", String.valueOf(i + 100));
            right.merge(loser);
            left.merge(winner);
            left.wallMillis = right.wallMillis + 1;
        }

        assertEquals(Document.MAX_MARKS, left.document.marks().size());
        assertFalse(left.document.marks().contains(new Dot(left.id, 2)));
        assertTrue(left.document.marks().contains(left.lastDot()));
        assertEquals(left.document.marks(), right.document.marks());
    }

    @Test
    void writeAlreadyHeld_isNotToldAsALoser() {
        shareDocument("/a", "1");
        Document older = left.patch("/a", "10");
        right.patch("/a", "20");
        VersionVector held = new VersionVector();
        held.raise(left.lastDot());

        assertNone(right.document.merge(older, held));
        assertEquals(leaves("/a", "20"), right.shown());
    }

    private static void assertNone(MergeResult result) {
        assertEquals(List.of(), result.conflicts());
    }

    private static void assertTold(
            MergeResult result, String path, String lostValue, TestReplica loser, TestReplica winner) {
        assertEquals(1, result.conflicts().size(), () -> result.conflicts().toString());
        Conflict conflict = result.conflicts().get(0);
        assertEquals(path == null ? null : new FieldPath(path), conflict.path());
        assertEquals(lostValue, conflict.lostValue());
        assertEquals(loser.lastDot(), conflict.loser());
        if (winner != null) {
            assertEquals(winner.lastDot(), conflict.winner());
        }
    }

    private static List<String> texts(MergeResult result) {
        return result.conflicts().stream()
                .map(conflict -> conflict.path() + " " + conflict.lostValue())
                .toList();
    }

    /** All three hold the document; after that the right one's clock is a little ahead of the left one's. */
    private void shareDocument(String... pathsAndValues) {
        right.merge(left.put(pathsAndValues));
        third.merge(left.document);
        left.wallMillis++;
        right.wallMillis = left.wallMillis + 1;
        third.wallMillis = left.wallMillis;
    }
}
