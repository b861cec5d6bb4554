package io.lanyard.daemon.api.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FrameBudgetTest {

    private static final int LENGTH = 100_000;
    private static final long LATER = TimeUnit.SECONDS.toNanos(1);

    private final FrameBudget budget = new FrameBudget(3 * LENGTH);
    private final List<String> cutOff = new ArrayList<>();

    @Test
    void usedUp_whoIsSlowestIsCutOff_onceItIsSlow() {
        budget.hold(reader("first"), Outgoing.of("a".repeat(LENGTH)), 0);
        budget.hold(reader("second"), Outgoing.of("b".repeat(LENGTH)), 1);
        assertTrue(budget.hasRoom(2));
        budget.hold(reader("third"), Outgoing.of("c".repeat(LENGTH)), 2);
        assertFalse(budget.hasRoom(3), "nobody is slow yet");
        assertEquals(List.of(), cutOff);
        assertTrue(budget.hasRoom(LATER));
        assertEquals(List.of("first"), cutOff);
    }

    @Test
    void taken_makesRoom_andSmallMessagesNeedNone() {
        List<FrameBudget.Holder> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(reader("reader " + i));
            budget.hold(readers.get(i), Outgoing.of("x".repeat(LENGTH)), 0);
        }
        budget.release(readers.get(2));
        assertTrue(budget.hasRoom(1));
        for (int i = 0; i < 1_000; i++) {
            budget.hold(reader("small"), Outgoing.of("x".repeat(1_000)), 0);
        }
        assertTrue(budget.hasRoom(LATER));
        assertEquals(List.of(), cutOff);
    }

    @Test
    void oneTextForMany_countsOnce_untilTheLastTookIt() {
        String shared = "ł".repeat(LENGTH);
        List<FrameBudget.Holder> readers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            readers.add(reader("reader " + i));
            budget.hold(readers.get(i), new Outgoing(shared, "own"), 0);
        }
        assertTrue(budget.hasRoom(LATER));
        readers.subList(1, 300).forEach(budget::release);
        budget.hold(reader("other"), Outgoing.of("x".repeat(LENGTH)), 1);
        assertFalse(budget.hasRoom(2), "letters that are not Latin take two bytes");
        budget.release(readers.get(0));
        assertTrue(budget.hasRoom(3));
    }

    private FrameBudget.Holder reader(String name) {
        return () -> cutOff.add(name);
    }
}
