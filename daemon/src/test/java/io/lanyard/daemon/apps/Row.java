package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the users of an app have today, each by its name: a test shows them one by one, and has to show all. */
final class Row {

    private final Set<String> missing;
    private final List<String> shown = new ArrayList<>();

    /** Something that a test does. */
    interface Step {
        /** Does it, and fails if it is not as it should be. */
        void run() throws Exception;
    }

    Row(String... behaviours) {
        missing = new TreeSet<>(List.of(behaviours));
        assertEquals(behaviours.length, missing.size());
    }

    /** Shows one behaviour, under its name; what is shown later may build upon it. */
    void shows(String behaviour, Step step) throws Exception {
        assertTrue(missing.remove(behaviour), () -> "not in the row, or shown twice: " + behaviour);
        try {
            step.run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("\"" + behaviour + "\" failed, after " + shown + ": " + e.getMessage(), e);
        }
        shown.add(behaviour);
    }

    /** Fails unless everything in the row was shown. */
    void assertWhole() {
        assertEquals(Set.of(), missing, "in the row, and not shown");
    }
}
