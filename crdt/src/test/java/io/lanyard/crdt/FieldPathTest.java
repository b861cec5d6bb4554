package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldPathTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a/b", "~0", "/~", "/a~", "/~2", "/a~/b", "/~0~"})
    void pointer_notOfAField_isRefused(String pointer) {
        assertThrows(IllegalArgumentException.class, () -> new FieldPath(pointer));
    }

    @Test
    void child_anyName_comesBackInItsSegments() {
        for (String name : new String[] {"", "a", "/", "~", "~0", "~1", "~01", "a/b~c", "名 前", "a\"b", "//", "~~"}) {
            FieldPath path = FieldPath.of("top").child(name).child("leaf");

            assertEquals(List.of("top", name, "leaf"), path.segments());
            assertEquals(List.of(name), FieldPath.of(name).segments());
            assertEquals(FieldPath.of("top").child(name), path.parent());
            assertEquals(path, new FieldPath(path.pointer()));
        }
    }

    @Test
    void of_slashAndTilde_areEscapedAsTheRfcSays() {
        assertEquals("/a~1b", FieldPath.of("a/b").pointer());
        assertEquals("/m~0n", FieldPath.of("m~n").pointer());
        assertEquals("/~01", FieldPath.of("~1").pointer());
        assertEquals("/", FieldPath.of("").pointer());
    }

    @Test
    void parent_ofATopLevelField_isNone() {
        assertNull(FieldPath.of("a").parent());
        assertNull(FieldPath.of("").parent());
        assertEquals(FieldPath.of(""), new FieldPath("//").parent());
    }

    @Test
    void isBelow_prefixNeighbours_areNotBelow() {
        FieldPath a = new FieldPath("/a");

        assertTrue(new FieldPath("/a/b").isBelow(a));
        assertTrue(new FieldPath("/a/").isBelow(a));
        assertTrue(new FieldPath("/a/b/c").isBelow(a));
        for (String other : new String[] {"/a", "/a-b", "/a0", "/ab", "/a~1b", "/a.", "/", "/b/a"}) {
            assertFalse(new FieldPath(other).isBelow(a), other);
            assertFalse(new FieldPath(other).clashesWith(a), other);
        }
        assertTrue(a.clashesWith(new FieldPath("/a/b")));
    }

    @Test
    void range_below_holdsExactlyWhatIsBelow() {
        List<FieldPath> paths = Stream.of(
                        "/",
                        "//",
                        "/0",
                        "/a",
                        "/a!",
                        "/a-b",
                        "/a.",
                        "/a/",
                        "/a//",
                        "/a/b",
                        "/a/b/c",
                        "/a/~0",
                        "/a/\uFFFF",
                        "/a0",
                        "/a0/b",
                        "/aa",
                        "/a~0",
                        "/a~1b",
                        "/b",
                        "/\uD83D\uDE00/x")
                .map(FieldPath::new)
                .toList();
        TreeSet<FieldPath> sorted = new TreeSet<>(paths);
        for (FieldPath path : paths) {
            TreeSet<FieldPath> below = new TreeSet<>(paths);
            below.removeIf(other -> !other.isBelow(path));

            assertEquals(below, sorted.subSet(path.firstBelow(), path.endBelow()), path.pointer());
        }
    }

    @Test
    void isBelow_randomPaths_agreesWithTheSegments() {
        Seeds.check(2_000, random -> {
            FieldPath one = randomPath(random);
            FieldPath other = randomPath(random);
            List<String> upper = other.segments();
            List<String> lower = one.segments();
            boolean below = lower.size() > upper.size()
                    && lower.subList(0, upper.size()).equals(upper);

            assertEquals(below, one.isBelow(other));
            assertEquals(below, one.compareTo(other.firstBelow()) >= 0 && one.compareTo(other.endBelow()) < 0);
        });
    }

    private static FieldPath randomPath(SplittableRandom random) {
        String[] names = {"", "a", "/", "~", "-", "0", "a0"};
        FieldPath path = FieldPath.of(names[random.nextInt(names.length)]);
        for (int left = random.nextInt(3); left > 0; left--) {
            path = path.child(names[random.nextInt(names.length)]);
        }
        return path;
    }
}
