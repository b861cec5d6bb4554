package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.leaves;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Patches over leaves against RFC 7396 over trees. */
class MergePatchTest {

    @Test
    void apply_value_replacesOrAdds() {
        assertEquals(leaves("/a", "2", "/b", "3"), MergePatch.apply(leaves("/a", "1"), leaves("/a", "2", "/b", "3")));
    }

    @Test
    void apply_null_removes() {
        assertEquals(leaves("/b", "2"), MergePatch.apply(leaves("/a", "1", "/b", "2"), leaves("/a", "null")));
        assertEquals(leaves("/b", "2"), MergePatch.apply(leaves("/a/x", "1", "/b", "2"), leaves("/a", "null")));
        assertEquals(leaves("/b", "2"), MergePatch.apply(leaves("/b", "2"), leaves("/a", "null")));
    }

    @Test
    void apply_nullOfTheLastMember_leavesAnEmptyObject() {
        assertEquals(leaves("/a", "{}"), MergePatch.apply(leaves("/a/x", "1"), leaves("/a/x", "null")));
        assertEquals(leaves("/a/b", "{}"), MergePatch.apply(leaves(), leaves("/a/b/c", "null")));
        assertEquals(leaves("/a", "{}"), MergePatch.apply(leaves("/a", "\"text\""), leaves("/a/x", "null")));
    }

    @Test
    void apply_emptyObject_makesAnObjectAndKeepsOne() {
        assertEquals(leaves("/a/x", "1"), MergePatch.apply(leaves("/a/x", "1"), leaves("/a", "{}")));
        assertEquals(leaves("/a", "{}"), MergePatch.apply(leaves("/a", "[1]"), leaves("/a", "{}")));
        assertEquals(leaves("/a", "{}"), MergePatch.apply(leaves(), leaves("/a", "{}")));
    }

    @Test
    void apply_memberOfAScalarOrEmptyObject_makesItAnObject() {
        assertEquals(leaves("/a/x", "1"), MergePatch.apply(leaves("/a", "5"), leaves("/a/x", "1")));
        assertEquals(leaves("/a/x", "1"), MergePatch.apply(leaves("/a", "{}"), leaves("/a/x", "1")));
    }

    @Test
    void apply_scalarOverAnObject_replacesAll() {
        assertEquals(
                leaves("/a", "5", "/a-b", "3"),
                MergePatch.apply(leaves("/a/x", "1", "/a/y/z", "2", "/a-b", "3"), leaves("/a", "5")));
    }

    @Test
    void apply_nullWithinAnArray_isKept() {
        assertEquals(leaves("/a", "[null]"), MergePatch.apply(leaves("/a", "1"), leaves("/a", "[null]")));
    }

    @Test
    void apply_anything_leavesBothArgumentsAlone() {
        SortedMap<FieldPath, String> current = leaves("/a/x", "1");
        SortedMap<FieldPath, String> patch = leaves("/a", "null");
        MergePatch.apply(current, patch);

        assertEquals(leaves("/a/x", "1"), current);
        assertEquals(leaves("/a", "null"), patch);
    }

    @Test
    void apply_randomTrees_isWhatTheRfcSays() {
        Seeds.check(20_000, random -> {
            TreeMap<String, Object> current = tree(random, 3, false);
            TreeMap<String, Object> patch = tree(random, 3, true);
            SortedMap<FieldPath, String> patched = MergePatch.apply(flat(current), flat(patch));

            assertEquals(flat(mergePatch(current, patch)), patched, () -> current + " patched by " + patch);
        });
    }

    /** The pseudo code of RFC 7396, section 2. */
    private static TreeMap<String, Object> mergePatch(Object target, Map<?, ?> patch) {
        TreeMap<String, Object> result = new TreeMap<>();
        if (target instanceof Map<?, ?> object) {
            object.forEach((name, value) -> result.put((String) name, value));
        }
        patch.forEach((name, value) -> {
            if (value.equals("null")) {
                result.remove(name);
            } else if (value instanceof Map<?, ?> object) {
                result.put((String) name, mergePatch(result.get(name), object));
            } else {
                result.put((String) name, value);
            }
        });
        return result;
    }

    private static SortedMap<FieldPath, String> flat(Map<String, Object> tree) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        tree.forEach((name, value) -> flatten(FieldPath.of(name), value, leaves));
        return leaves;
    }

    private static void flatten(FieldPath path, Object value, TreeMap<FieldPath, String> leaves) {
        if (value instanceof Map<?, ?> object && !object.isEmpty()) {
            object.forEach((name, member) -> flatten(path.child((String) name), member, leaves));
        } else {
            leaves.put(path, value instanceof Map ? MergePatch.EMPTY_OBJECT : (String) value);
        }
    }

    private static TreeMap<String, Object> tree(SplittableRandom random, int depth, boolean isPatch) {
        String[] names = {"a", "a0", "a-b", "b", "/"};
        TreeMap<String, Object> tree = new TreeMap<>();
        for (int left = random.nextInt(4); left > 0; left--) {
            Object value;
            if (depth > 0 && random.nextInt(5) < 3) {
                value = tree(random, depth - 1, isPatch);
            } else if (isPatch && random.nextInt(3) == 0) {
                value = "null";
            } else {
                value = String.valueOf(random.nextInt(10));
            }
            tree.put(names[random.nextInt(names.length)], value);
        }
        return tree;
    }
}
