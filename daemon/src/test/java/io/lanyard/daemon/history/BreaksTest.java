package io.lanyard.daemon.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.history.TinyGroup.Break;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random histories of a small group: found sound when it is, and not when it is broken on purpose. */
class BreaksTest {
    private static final int SEEDS = 20;

    @Test
    void soundGroup_isFoundSound() {
        int fields = 0;
        int lost = 0;
        int reads = 0;
        for (long seed = 0; seed < 6 * SEEDS; seed++) {
            Report report = new TinyGroup(seed, Break.NOTHING).run();
            assertEquals(List.of(), report.violations(), "seed " + seed);
            assertEquals(0, report.missedConflicts());
            fields += report.fields();
            lost += report.lostValues();
            reads += report.reads();
        }
        assertTrue(fields > 1_000 && lost > 100 && reads > 1_000, fields + " fields, " + lost + " lost, " + reads);
    }

    @ParameterizedTest
    @EnumSource(value = Break.class, mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
    void brokenGroup_isFoundBroken(Break broken) {
        int caught = 0;
        int happened = 0;
        Map<Violation.Kind, Integer> kinds = new EnumMap<>(Violation.Kind.class);
        for (long seed = 0; seed < SEEDS; seed++) {
            TinyGroup group = new TinyGroup(seed, broken);
            Report report = group.run();
            happened += group.breaks() > 0 ? 1 : 0;
            caught += report.isClean() ? 0 : 1;
            report.violations().forEach(violation -> kinds.merge(violation.kind(), 1, Integer::sum));
        }
        String what = broken + ": broken in " + happened + " of " + SEEDS + " histories, caught in " + caught + " by "
                + kinds;
        System.out.println("History checker: " + what);
        assertTrue(happened > SEEDS / 4, what);
        assertTrue(caught * 4 > happened, what);
    }
}
