package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.NOTHING_HELD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What holds of merging, over random documents and random histories. */
class DocumentLawsTest {

    private static final int SEEDS = 5_000;
    private static final long YEAR_MILLIS = 365L * 86_400_000;

    @Test
    void merge_anyDocuments_isCommutative() {
        Seeds.check(SEEDS, random -> {
            Document one = RandomDocuments.arbitrary(random);
            Document other = RandomDocuments.arbitrary(random);

            assertSame(merged(one, other), merged(other, one));
        });
    }

    @Test
    void merge_anyDocuments_isAssociative() {
        Seeds.check(SEEDS, random -> {
            Document one = RandomDocuments.arbitrary(random);
            Document two = RandomDocuments.arbitrary(random);
            Document three = RandomDocuments.arbitrary(random);

            assertSame(merged(merged(one, two), three), merged(one, merged(two, three)));
        });
    }

    @Test
    void merge_again_isIdempotentMarksAndAll() {
        Seeds.check(SEEDS, random -> {
            Document one = RandomDocuments.arbitrary(random);
            Document other = RandomDocuments.arbitrary(random);
            Document once = merged(one, other);
            Document twice = once.copy();
            MergeResult again = twice.merge(other, NOTHING_HELD);

            assertEquals(once, twice);
            assertTrue(!again.changed());
            assertEquals(List.of(), again.conflicts());
            assertEquals(once, merged(once, once));
        });
    }

    @Test
    void merge_anyDocuments_leavesTheIncomingOneAlone() {
        Seeds.check(SEEDS, random -> {
            Document incoming = RandomDocuments.arbitrary(random);
            Document before = incoming.copy();
            merged(RandomDocuments.arbitrary(random), incoming);

            assertEquals(before, incoming);
        });
    }

    @Test
    void merge_anyDocuments_tellsExactlyWhatChanged() {
        Seeds.check(SEEDS, random -> {
            Document document = RandomDocuments.arbitrary(random);
            Document before = document.copy();
            MergeResult result = document.merge(RandomDocuments.arbitrary(random), NOTHING_HELD);

            assertEquals(!before.equals(document), result.changed());
            assertEquals(differences(before.leaves(), document.leaves()), result.changedPaths());
            assertTrue(document.context().covers(before.context()));
            assertTrue(document.marks().size() <= Document.MAX_MARKS);
        });
    }

    @Test
    void merge_moreMarksThanFit_keepsTheSameOnesInAnyOrder() {
        Seeds.check(200, random -> {
            List<Document> documents = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Document document = new Document();
                for (int left = random.nextInt(Document.MAX_MARKS + 1); left > 0; left--) {
                    document.marks.add(RandomDocuments.dot(random));
                }
                documents.add(document);
            }
            Document inOrder = mergedAll(documents);
            Collections.shuffle(documents, new Random(random.nextLong()));

            assertEquals(inOrder, mergedAll(documents));
            assertTrue(inOrder.marks().size() <= Document.MAX_MARKS);
        });
    }

    @Test
    void leaves_anyDocument_haveNoPathBelowAnother() {
        Seeds.check(SEEDS, random -> {
            List<FieldPath> paths =
                    List.copyOf(RandomDocuments.arbitrary(random).leaves().keySet());
            for (FieldPath path : paths) {
                assertTrue(paths.stream().noneMatch(path::clashesWith), () -> paths.toString());
            }
        });
    }

    @Test
    void fragments_inAnyOrderAndNumber_giveTheWholeDocument() {
        Seeds.check(SEEDS, random -> {
            History history = new History(random);
            history.run(2 + random.nextInt(14));
            Document whole = mergedAll(
                    history.replicas.stream().map(replica -> replica.document).toList());
            List<Document> fragments = new ArrayList<>(history.fragments);
            fragments.addAll(history.fragments.subList(0, random.nextInt(fragments.size() + 1)));
            Collections.shuffle(fragments, new Random(random.nextLong()));

            assertSame(whole, mergedAll(fragments));
            assertSame(whole, mergedAll(history.fragments));
            assertEquals(history.specification.shown(history.all()), whole.leaves());
        });
    }

    @Test
    void histories_atEveryStep_showWhatTheSpecificationSays() {
        Seeds.check(SEEDS, random -> new History(random).run(25));
    }

    @Test
    void deleteAndEdit_inAnyHistory_comeBackWhole() {
        Seeds.check(SEEDS, random -> {
            TestReplica deleter = new TestReplica(1);
            TestReplica editor = new TestReplica(2);
            deleter.show(RandomDocuments.leaves(random, 8));
            editor.merge(deleter.document);
            deleter.wallMillis += random.nextInt(3);
            editor.wallMillis += random.nextInt(3);
            Document delete = deleter.delete();
            SortedMap<FieldPath, String> edited = MergePatch.apply(editor.shown(), RandomDocuments.leaves(random, 3));
            Document edit = editor.show(edited);
            deleter.merge(edit);
            editor.merge(delete);

            boolean editIsNewer = edit.alive().stamp().isNewerThan(delete.died().stamp());
            assertEquals(editIsNewer ? edited : TestReplica.leaves(), deleter.shown());
            assertTrue(deleter.document.hasSameRegisters(editor.document));
        });
    }

    /** Two to four replicas with wrong clocks, which write and exchange fragments and whole documents in any order. */
    private static final class History {
        final List<TestReplica> replicas = new ArrayList<>();
        final List<Document> fragments = new ArrayList<>();
        final NaiveHistory specification = new NaiveHistory();
        private final SplittableRandom random;
        private final long[] held;

        History(SplittableRandom random) {
            this.random = random;
            int count = 2 + random.nextInt(3);
            held = new long[count];
            for (int i = 0; i < count; i++) {
                TestReplica replica = new TestReplica(random.nextBoolean() ? i : -i);
                replica.wallMillis +=
                        new long[] {0, 0, 0, 1, 300, -3_600_000, YEAR_MILLIS, -YEAR_MILLIS}[random.nextInt(8)];
                replicas.add(replica);
            }
        }

        long all() {
            return (1L << fragments.size()) - 1;
        }

        void run(int steps) {
            for (int step = 0; step < steps; step++) {
                int at = random.nextInt(replicas.size());
                TestReplica replica = replicas.get(at);
                replica.wallMillis += random.nextInt(2);
                switch (random.nextInt(4)) {
                    case 0 -> write(at, replica);
                    case 1 -> {
                        int from = random.nextInt(replicas.size());
                        replica.merge(replicas.get(from).document.copy());
                        held[at] |= held[from];
                    }
                    default -> {
                        if (!fragments.isEmpty()) {
                            int which = random.nextInt(fragments.size());
                            replica.merge(fragments.get(which));
                            held[at] |= 1L << which;
                        }
                    }
                }
                assertEquals(specification.shown(held[at]), replica.shown(), replica.document::toString);
                assertEquals(specification.isVisible(held[at]), replica.document.isVisible());
            }
        }

        private void write(int at, TestReplica replica) {
            if (replica.document.isVisible() && random.nextInt(4) == 0) {
                Document fragment = replica.delete();
                note(at, fragment, fragment.died().stamp(), null);
                return;
            }
            SortedMap<FieldPath, String> target = RandomDocuments.leaves(random, 5);
            if (replica.document.isVisible() && random.nextBoolean()) {
                target = MergePatch.apply(replica.shown(), target);
            }
            Document fragment = replica.show(target);
            assertEquals(target, replica.shown(), "a writer beats what it has seen");
            note(at, fragment, fragment.alive().stamp(), target);
        }

        private void note(int at, Document fragment, Stamp stamp, SortedMap<FieldPath, String> target) {
            held[at] |= specification.add(stamp, held[at], target);
            fragments.add(fragment);
        }
    }

    private static Document merged(Document one, Document other) {
        Document merged = one.copy();
        merged.merge(other, NOTHING_HELD);
        return merged;
    }

    private static Document mergedAll(List<Document> documents) {
        Document merged = new Document();
        documents.forEach(document -> merged.merge(document, NOTHING_HELD));
        return merged;
    }

    private static void assertSame(Document expected, Document actual) {
        assertTrue(expected.hasSameRegisters(actual), () -> expected + " is not " + actual);
        assertEquals(expected.context(), actual.context());
        assertEquals(expected.leaves(), actual.leaves());
        assertEquals(expected.extensions(), actual.extensions());
    }

    private static Set<FieldPath> differences(
            NavigableMap<FieldPath, String> before, NavigableMap<FieldPath, String> after) {
        Set<FieldPath> paths = new HashSet<>(before.keySet());
        paths.addAll(after.keySet());
        paths.removeIf(path -> before.containsKey(path)
                && after.containsKey(path)
                && before.get(path).equals(after.get(path)));
        return paths;
    }
}
