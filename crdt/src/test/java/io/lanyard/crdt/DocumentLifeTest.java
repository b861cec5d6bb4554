package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.NOTHING_HELD;
import static io.lanyard.crdt.TestReplica.leaves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** What happens to one document between two or three replicas, case by case. */
class DocumentLifeTest {

    private static final long YEAR_MILLIS = 365L * 86_400_000;

    private final TestReplica left = new TestReplica(1);
    private final TestReplica right = new TestReplica(2);
    private final TestReplica third = new TestReplica(3);

    @Test
    void put_newDocument_showsItsLeaves() {
        left.put("/name", "\"Anna\"", "/address/city", "\"Kraków\"");

        assertTrue(left.document.isVisible());
        assertEquals(leaves("/name", "\"Anna\"", "/address/city", "\"Kraków\""), left.shown());
        assertNull(left.document.floor());
    }

    @Test
    void put_oneLeafDiffers_stampsOnlyThatLeaf() {
        left.put("/a", "1", "/b", "2", "/c", "3");
        Document fragment = left.put("/a", "1", "/b", "20");

        assertEquals(
                Set.of(new FieldPath("/b"), new FieldPath("/c")),
                fragment.fields().keySet());
        assertFalse(fragment.fields().get(new FieldPath("/c")).isPresent());
        assertEquals(leaves("/a", "1", "/b", "20"), left.shown());
    }

    @Test
    void merge_differentFieldsEdited_keepsBoth() {
        shareDocument("/a", "1", "/b", "2");
        Document leftEdit = left.patch("/a", "10");
        Document rightEdit = right.patch("/b", "20");
        left.merge(rightEdit);
        right.merge(leftEdit);

        assertEquals(leaves("/a", "10", "/b", "20"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void merge_sameIdCreatedOnTwoDevices_mergesFieldByField() {
        Document leftCreate = left.put("/name", "\"Left\"", "/phone", "\"1\"");
        right.wallMillis++;
        Document rightCreate = right.put("/name", "\"Right\"", "/mail", "\"r@x\"");
        left.merge(rightCreate);
        right.merge(leftCreate);

        assertEquals(leaves("/name", "\"Right\"", "/phone", "\"1\"", "/mail", "\"r@x\""), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void merge_secondPartOfTheSameWrite_isApplied() {
        Dot dot = new Dot(left.id, 1);
        Document document = new Document();
        Document create = document.fragmentShowing(leaves("/a", "1"), 100, dot);
        document.merge(create, NOTHING_HELD);
        Document edit = document.fragmentShowing(leaves("/a", "1", "/b", "2"), 101, dot);
        document.merge(edit, NOTHING_HELD);
        create.merge(edit, NOTHING_HELD);

        assertEquals(leaves("/a", "1", "/b", "2"), document.leaves());
        assertTrue(document.hasSameRegisters(create));
    }

    @Test
    void merge_fragmentOvertakenByALaterOne_isNotLost() {
        Document create = left.put("/a", "1");
        Document edit = left.patch("/b", "2");
        right.merge(edit);
        assertEquals(leaves("/b", "2"), right.shown());
        right.merge(create);

        assertEquals(leaves("/a", "1", "/b", "2"), right.shown());
    }

    @Test
    void merge_redelivered_reportsNoChange() {
        Document create = left.put("/a", "1");
        assertTrue(right.merge(create).changed());

        MergeResult again = right.merge(create);
        assertFalse(again.changed());
        assertEquals(Set.of(), again.changedPaths());
    }

    @Test
    void merge_registerWhoseDotIsHeld_isPassedOver() {
        Document create = left.put("/a", "1");
        Document edit = left.patch("/b", "2");
        VersionVector held = new VersionVector();
        held.raise(left.id, 1);
        right.document.merge(create, held);
        right.document.merge(edit, held);

        assertEquals(leaves("/b", "2"), right.shown());
        assertTrue(right.document.context().covers(left.lastDot()));
    }

    @Test
    void merge_aliveWhoseDotIsHeld_isPassedOver_butNoDelete() {
        left.put("/a", "1");
        left.delete();
        left.put("/a", "2");
        VersionVector held = new VersionVector();
        held.raise(left.id, 3);
        right.document.merge(left.document, held);

        assertNull(right.document.alive());
        assertEquals(left.document.died(), right.document.died());
        assertEquals(left.document.floor(), right.document.floor());
    }

    @Test
    void merge_changedPaths_nameWhatShowsAnotherValue() {
        shareDocument("/a", "1", "/b", "2", "/c", "3");
        MergeResult result = right.merge(left.put("/a", "1", "/b", "20", "/d", "4"));

        assertEquals(Set.of(new FieldPath("/b"), new FieldPath("/c"), new FieldPath("/d")), result.changedPaths());
    }

    @Test
    void merge_oneStampWithTwoValues_largerTextWinsEverywhereAndIsTold() {
        Document one = new Document();
        Document other = new Document();
        one.merge(new Document().fragmentShowing(leaves("/a", "1"), 100, new Dot(left.id, 1)), NOTHING_HELD);
        other.merge(new Document().fragmentShowing(leaves("/a", "2"), 100, new Dot(left.id, 1)), NOTHING_HELD);
        Document oneBefore = one.copy();

        assertTrue(one.merge(other, NOTHING_HELD).hasClashingStamps());
        assertTrue(other.merge(oneBefore, NOTHING_HELD).hasClashingStamps());
        assertEquals(leaves("/a", "2"), one.leaves());
        assertEquals(leaves("/a", "2"), other.leaves());
        assertFalse(one.merge(other, NOTHING_HELD).hasClashingStamps());
    }

    @Test
    void delete_visibleDocument_hidesItAndKeepsItsFields() {
        left.put("/a", "1");
        left.delete();

        assertFalse(left.document.isVisible());
        assertTrue(left.shown().isEmpty());
        assertNull(left.document.newestShownStamp());
        assertEquals(1, left.document.fields().size());
    }

    @Test
    void merge_editNewerThanConcurrentDelete_comesBackWhole() {
        shareDocument("/a", "1", "/b", "2", "/c/d", "3");
        Document delete = left.delete();
        right.wallMillis++;
        Document edit = right.patch("/b", "20");
        left.merge(edit);
        right.merge(delete);

        assertEquals(leaves("/a", "1", "/b", "20", "/c/d", "3"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void merge_removalNewerThanConcurrentDelete_bringsTheRestBack() {
        shareDocument("/a", "1", "/b", "2");
        Document delete = left.delete();
        right.wallMillis++;
        left.merge(right.patch("/b", "null"));
        right.merge(delete);

        assertEquals(leaves("/a", "1"), left.shown());
        assertEquals(leaves("/a", "1"), right.shown());
    }

    @Test
    void merge_editOlderThanConcurrentDelete_staysDeleted() {
        shareDocument("/a", "1");
        Document edit = right.patch("/a", "10");
        left.wallMillis++;
        Document delete = left.delete();
        left.merge(edit);
        right.merge(delete);

        assertFalse(left.document.isVisible());
        assertFalse(right.document.isVisible());
    }

    @Test
    void put_deletedDocument_startsClean() {
        left.put("/a", "1", "/b", "2");
        left.delete();
        left.put("/a", "10");

        assertEquals(leaves("/a", "10"), left.shown());
        assertEquals(left.document.died().stamp(), left.document.floor().stamp());
    }

    @Test
    void put_deletedDocumentWithTheSameValue_showsItAgain() {
        left.put("/a", "1", "/b", "2");
        left.delete();
        left.put("/a", "1");

        assertEquals(leaves("/a", "1"), left.shown());
    }

    @Test
    void merge_recreationMeetsTheOldDocument_staysClean() {
        shareDocument("/a", "1", "/b", "2");
        left.delete();
        left.put("/c", "3");
        right.merge(left.document);
        left.merge(right.document);

        assertEquals(leaves("/c", "3"), right.shown());
        assertEquals(leaves("/c", "3"), left.shown());
    }

    @Test
    void merge_editOlderThanTheFloor_staysHidden() {
        shareDocument("/a", "1");
        Document edit = right.patch("/b", "2");
        left.wallMillis++;
        left.delete();
        left.put("/c", "3");
        left.merge(edit);
        right.merge(left.document);

        assertEquals(leaves("/c", "3"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void merge_editBetweenDeleteAndRecreation_showsOnTop() {
        shareDocument("/a", "1", "/b", "2");
        left.delete();
        right.wallMillis++;
        Document edit = right.patch("/b", "20");
        left.wallMillis += 2;
        left.put("/c", "3");
        left.merge(edit);
        right.merge(left.document);

        assertEquals(leaves("/b", "20", "/c", "3"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void merge_twoRecreations_mergeFieldByField() {
        shareDocument("/a", "1");
        right.merge(left.delete());
        Document leftAgain = left.put("/b", "2");
        Document rightAgain = right.put("/c", "3");
        left.merge(rightAgain);
        right.merge(leftAgain);

        assertEquals(leaves("/b", "2", "/c", "3"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void show_undoOfADelete_restoresEveryFieldUnderTheNewStamp() {
        shareDocument("/a", "1", "/b/c", "2");
        var before = left.shown();
        right.merge(left.delete());
        Document undo = right.show(before);
        left.merge(undo);

        assertEquals(before, left.shown());
        long time = undo.alive().stamp().time();
        undo.fields().values().forEach(register -> assertEquals(time, register.time()));
        assertEquals(2, undo.fields().size());
    }

    @Test
    void merge_undoMeetsEditConcurrentToTheDelete_keepsTheNewer() {
        shareDocument("/a", "1", "/b", "2");
        var before = left.shown();
        Document edit = right.patch("/a", "10");
        left.wallMillis++;
        left.delete();
        left.show(before);
        left.merge(edit);
        right.merge(left.document);

        assertEquals(leaves("/a", "1", "/b", "2"), left.shown());
        assertTrue(left.document.hasSameRegisters(right.document));
    }

    @Test
    void put_overAnAncestor_tombstonesWhatLiesBelow() {
        left.put("/a/b", "1", "/a/c", "2", "/a-b", "3", "/a0", "4");
        left.patch("/a", "5");

        assertEquals(leaves("/a", "5", "/a-b", "3", "/a0", "4"), left.shown());
        assertFalse(left.document.fields().get(new FieldPath("/a/b")).isPresent());
        left.patch("/a", "null");
        assertEquals(leaves("/a-b", "3", "/a0", "4"), left.shown());
    }

    @Test
    void put_belowAScalar_tombstonesTheScalar() {
        left.put("/a", "1");
        left.patch("/a/b/c", "2");

        assertEquals(leaves("/a/b/c", "2"), left.shown());
        left.put();
        assertTrue(left.document.isVisible());
        assertTrue(left.shown().isEmpty());
    }

    @Test
    void patch_hiddenClashingRegister_isTombstonedToo() {
        shareDocument("/x", "0");
        Document below = left.patch("/a/b", "1");
        right.wallMillis++;
        Document above = right.patch("/a", "2");
        left.merge(above);
        right.merge(below);
        assertEquals(leaves("/a", "2", "/x", "0"), left.shown());

        right.merge(left.patch("/a", "null"));
        assertEquals(leaves("/x", "0"), left.shown());
        assertEquals(leaves("/x", "0"), right.shown());
    }

    @Test
    void merge_removalOfTheShadowingPath_tombstonesShadowNothing() {
        shareDocument("/x", "0");
        Document below = left.patch("/a/b", "1");
        right.wallMillis++;
        right.patch("/a", "2");
        right.patch("/a", "null");
        left.merge(right.document);
        right.merge(below);

        assertEquals(leaves("/a/b", "1", "/x", "0"), left.shown());
        assertEquals(left.shown(), right.shown());
    }

    @Test
    void patch_shadowOfAShadow_doesNotBringTheHiddenValueBack() {
        shareDocument("/x", "0");
        Document lowest = third.patch("/a/b/c", "1");
        right.wallMillis += 1;
        right.patch("/a", "2");
        left.wallMillis += 2;
        left.patch("/a/d", "3");
        left.merge(right.document);
        left.merge(lowest);
        assertEquals(leaves("/a/d", "3", "/x", "0"), left.shown());

        right.merge(left.document);
        left.patch("/a/d", "4");
        assertEquals(leaves("/a/d", "4", "/x", "0"), left.shown());
        right.put("/x", "0");
        assertEquals(leaves("/x", "0"), right.shown());
    }

    @Test
    void patch_fieldFromADeviceAYearAhead_canBeOverwritten() {
        left.wallMillis += YEAR_MILLIS;
        right.merge(left.put("/a", "1"));
        Document edit = right.patch("/a", "2");
        left.merge(edit);

        assertEquals(leaves("/a", "2"), left.shown());
        assertEquals(leaves("/a", "2"), right.shown());
        right.merge(left.patch("/a", "3"));
        right.merge(left.delete());
        left.merge(right.put("/b", "4"));
        assertEquals(leaves("/b", "4"), left.shown());
    }

    @Test
    void merge_deviceAYearAhead_dragsNobodyElse() {
        left.wallMillis += YEAR_MILLIS;
        for (int round = 0; round < 50; round++) {
            right.merge(left.patch("/a", String.valueOf(round)));
            left.merge(right.patch("/b", String.valueOf(round)));
            third.merge(right.document);
            assertTrue(Timestamp.millis(right.clock.latest()) <= right.wallMillis + HybridClock.MAX_DRAG_MILLIS);
            assertTrue(Timestamp.millis(third.clock.latest()) <= third.wallMillis + HybridClock.MAX_DRAG_MILLIS);
        }
        assertEquals("49", right.shown().get(new FieldPath("/b")));
    }

    @Test
    void patch_deviceAYearBehind_beatsWhatItHasSeen() {
        right.merge(left.put("/a", "1"));
        right.wallMillis -= YEAR_MILLIS;
        left.merge(right.patch("/a", "2"));
        assertEquals(leaves("/a", "2"), left.shown());
        left.merge(right.delete());

        assertFalse(left.document.isVisible());
    }

    @Test
    void visibleHash_tombstonesAndDeadFields_areLeftOut() {
        DocumentId name = new DocumentId("expense", "1");
        left.put("/a", "1", "/b", "2");
        left.patch("/b", "null");
        Hash hash = left.document.visibleHash(name);
        left.document.fields.remove(new FieldPath("/b"));

        assertEquals(hash, left.document.visibleHash(name));
        left.delete();
        assertEquals(Hash.ZERO, left.document.visibleHash(name));
    }

    @Test
    void visibleHash_anotherNameOrStampOrValue_isAnotherHash() {
        left.put("/a", "1");
        right.put("/a", "1");
        Hash hash = left.document.visibleHash(new DocumentId("expense", "1"));

        assertFalse(hash.equals(left.document.visibleHash(new DocumentId("expense", "2"))));
        assertFalse(hash.equals(right.document.visibleHash(new DocumentId("expense", "1"))));
        left.patch("/a", "2");
        assertFalse(hash.equals(left.document.visibleHash(new DocumentId("expense", "1"))));
    }

    private void shareDocument(String... pathsAndValues) {
        right.merge(left.put(pathsAndValues));
        third.merge(left.document);
        left.wallMillis++;
        right.wallMillis = left.wallMillis;
        third.wallMillis = left.wallMillis;
    }
}
