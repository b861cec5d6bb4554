package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import org.junit.jupiter.api.Test;

class CompactionPolicyTest {
    private static final long MIB = 1 << 20;

    private final CompactionPolicy policy = new CompactionPolicy(64 * MIB);

    @Test
    void smallStore_isLeftAlone() {
        assertFalse(policy.isTimeToJudge(63 * MIB, 0));
        assertTrue(policy.isTimeToJudge(64 * MIB, 0));
    }

    @Test
    void storeWasJudged_isJudgedAgainWhenItGrewByATenth() {
        assertFalse(policy.isWorth(100 * MIB, 70 * MIB));
        assertFalse(policy.isTimeToJudge(109 * MIB, 1));
        assertTrue(policy.isTimeToJudge(111 * MIB, 1));
    }

    /** A tenth more than what was not worth it is less than twice as much. */
    @Test
    void store_isWorthItBeforeItIsTwiceItsCopy() {
        assertFalse(policy.isWorth(149 * MIB, 100 * MIB));
        assertTrue(policy.isWorth(152 * MIB, 100 * MIB));
    }

    @Test
    void compacted_restsAsLongAsThatTook() {
        policy.ended(result(Outcome.DONE, 10_000, 50 * MIB), 1_000);
        assertFalse(policy.isTimeToJudge(500 * MIB, 10_999));
        assertTrue(policy.isTimeToJudge(500 * MIB, 11_000));
    }

    @Test
    void compacted_filesGrewTooMuchSince_doesNotRest() {
        policy.isWorth(500 * MIB, 100 * MIB);
        policy.ended(result(Outcome.DONE, 90_000, 120 * MIB), 0);
        assertFalse(policy.isTimeToJudge(169 * MIB, 1));
        assertTrue(policy.isTimeToJudge(172 * MIB, 1));
    }

    @Test
    void patience_isAPartOfTheCopy_withinLimits() {
        assertEquals(4 * MIB, CompactionPolicy.patientBytes(0));
        assertEquals(11 * MIB, CompactionPolicy.patientBytes(44 * MIB));
        assertEquals(32 * MIB, CompactionPolicy.patientBytes(1_000 * MIB));
    }

    @Test
    void failed_restsForTenMinutes() {
        policy.isWorth(500 * MIB, 100 * MIB);
        policy.ended(result(Outcome.NO_ROOM, 1, 500 * MIB), 0);
        assertFalse(policy.isTimeToJudge(500 * MIB, 599_999));
        assertTrue(policy.isTimeToJudge(500 * MIB, 600_000));
    }

    private static CompactionResult result(Outcome outcome, long tookMillis, long bytesAfter) {
        return new CompactionResult(outcome, "", 0, tookMillis, 500 * MIB, bytesAfter, 0, 0);
    }
}
