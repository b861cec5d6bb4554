package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Compares many documents at once, and tells of few. */
final class Documents {

    private static final int TOLD = 5;

    private Documents() {}

    /** Fails unless both hold the same under the same ids; says which differ, by way of the first few. */
    static void assertSame(Map<String, ?> expected, Map<String, ?> actual, String where) {
        Set<String> ids = new TreeSet<>(expected.keySet());
        ids.addAll(actual.keySet());
        ids.removeIf(id -> Objects.equals(expected.get(id), actual.get(id)));
        assertTrue(
                ids.isEmpty(),
                () -> ids.stream()
                        .limit(TOLD)
                        .map(id -> id + "\n  should be " + expected.get(id) + "\n  but is    " + actual.get(id))
                        .collect(Collectors.joining("\n", where + ": " + ids.size() + " documents differ:\n", "")));
    }
}
