package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.HybridClock.ClockExhaustedException;
import org.junit.jupiter.api.Test;

class HybridClockTest {

    private static final long NOON_MILLIS = TestReplica.NOON_MILLIS;
    private static final long YEAR_MILLIS = 365L * 86_400_000;

    @Test
    void next_wallClockAdvances_isTheWallClock() {
        HybridClock clock = new HybridClock(0);

        assertEquals(Timestamp.pack(NOON_MILLIS, 0), clock.next(NOON_MILLIS, 0));
        assertEquals(Timestamp.pack(NOON_MILLIS + 1, 0), clock.next(NOON_MILLIS + 1, 0));
    }

    @Test
    void next_wallClockStandsStill_counts() {
        HybridClock clock = new HybridClock(0);
        clock.next(NOON_MILLIS, 0);

        assertEquals(Timestamp.pack(NOON_MILLIS, 1), clock.next(NOON_MILLIS, 0));
        assertEquals(Timestamp.pack(NOON_MILLIS, 2), clock.next(NOON_MILLIS, 0));
    }

    @Test
    void next_wallClockStepsBack_staysAhead() {
        HybridClock clock = new HybridClock(0);
        long before = clock.next(NOON_MILLIS, 0);

        assertNewer(clock.next(NOON_MILLIS - YEAR_MILLIS, 0), before);
    }

    @Test
    void next_wallClockAtOrBefore1970_staysMonotonic() {
        HybridClock clock = new HybridClock(0);
        long first = clock.next(0, 0);
        long second = clock.next(-YEAR_MILLIS, 0);

        assertNewer(first, 0);
        assertNewer(second, first);
        assertNewer(clock.next(Long.MIN_VALUE, 0), second);
    }

    @Test
    void next_anyWallClock_isMonotonicAndBeatsWhatWasSeen() {
        Seeds.check(500, random -> {
            HybridClock clock = new HybridClock(0);
            long previous = 0;
            for (int i = 0; i < 50; i++) {
                long wallMillis = NOON_MILLIS + random.nextLong(-5, 5);
                long seen = random.nextInt(4) == 0 ? Timestamp.pack(wallMillis + random.nextLong(-3, 400), 7) : 0;
                long issued = clock.next(wallMillis, seen);
                assertNewer(issued, previous);
                assertNewer(issued, seen);
                assertTrue(Timestamp.millis(issued) >= wallMillis);
                previous = issued;
                if (random.nextInt(3) == 0) {
                    clock.observe(
                            Timestamp.pack(NOON_MILLIS + random.nextLong(-YEAR_MILLIS, YEAR_MILLIS), 0), wallMillis);
                }
            }
        });
    }

    @Test
    void next_afterRestart_isAboveWhatWasIssued() {
        long issued = new HybridClock(0).next(NOON_MILLIS, 0);

        assertNewer(new HybridClock(issued).next(NOON_MILLIS - 1000, 0), issued);
    }

    @Test
    void next_counterIsFull_carriesIntoTheNextMillisecond() {
        HybridClock clock = new HybridClock(Timestamp.pack(NOON_MILLIS, 0xFFFF));

        assertEquals(Timestamp.pack(NOON_MILLIS + 1, 0), clock.next(NOON_MILLIS, 0));
    }

    @Test
    void next_documentFromTheFuture_beatsItWithoutGoingAlong() {
        HybridClock clock = new HybridClock(0);
        long future = Timestamp.pack(NOON_MILLIS + YEAR_MILLIS, 3);

        assertEquals(future + 1, clock.next(NOON_MILLIS, future));
        long own = clock.next(NOON_MILLIS, 0);
        assertEquals(NOON_MILLIS, Timestamp.millis(own));
        assertNewer(own, Timestamp.pack(NOON_MILLIS, 0));
    }

    @Test
    void observe_stampOfTheNearFuture_isTakenOver() {
        HybridClock clock = new HybridClock(0);
        long near = Timestamp.pack(NOON_MILLIS + 400, 5);
        clock.observe(near, NOON_MILLIS);

        assertEquals(near + 1, clock.next(NOON_MILLIS, 0));
    }

    @Test
    void observe_stampAYearAhead_dragsHalfASecondAtMost() {
        HybridClock clock = new HybridClock(0);
        for (int i = 0; i < 100; i++) {
            clock.observe(Timestamp.pack(NOON_MILLIS + YEAR_MILLIS, i), NOON_MILLIS);
            long issued = clock.next(NOON_MILLIS, 0);
            assertTrue(Timestamp.millis(issued) <= NOON_MILLIS + HybridClock.MAX_DRAG_MILLIS, Timestamp.text(issued));
        }
    }

    @Test
    void observe_oldStamp_changesNothing() {
        HybridClock clock = new HybridClock(0);
        long issued = clock.next(NOON_MILLIS, 0);
        clock.observe(Timestamp.pack(NOON_MILLIS - YEAR_MILLIS, 9), NOON_MILLIS);

        assertEquals(issued, clock.latest());
    }

    @Test
    void next_documentAtTheEndOfTime_isRefusedAndTheClockGoesOn() {
        HybridClock clock = new HybridClock(0);

        assertThrows(ClockExhaustedException.class, () -> clock.next(NOON_MILLIS, Timestamp.MAX));
        assertEquals(Timestamp.pack(NOON_MILLIS, 0), clock.next(NOON_MILLIS, 0));
    }

    @Test
    void next_wallClockPastTheYear9999_isHeldAtItsEnd() {
        HybridClock clock = new HybridClock(0);

        assertEquals(Timestamp.pack(Timestamp.MAX_MILLIS, 0), clock.next(Long.MAX_VALUE, 0));
        clock.observe(Timestamp.MAX, Long.MAX_VALUE);
        assertTrue(Timestamp.isAcceptable(clock.latest()));
        assertThrows(ClockExhaustedException.class, () -> new HybridClock(Timestamp.MAX).next(NOON_MILLIS, 0));
    }

    @Test
    void isAcceptable_year9999_isTheEnd() {
        assertEquals("9999-12-31T23:59:59.999Z", Timestamp.text(Timestamp.MAX));
        assertTrue(Timestamp.isAcceptable(Timestamp.MAX));
        assertTrue(!Timestamp.isAcceptable(Timestamp.MAX + 1));
        assertTrue(!Timestamp.isAcceptable(-1));
    }

    @Test
    void compare_topBitInUse_ordersUnsigned() {
        long year1970 = Timestamp.pack(1, 0);

        assertTrue(Timestamp.MAX < 0, "the newest timestamps use the sign bit");
        assertNewer(Timestamp.MAX, year1970);
        assertEquals(Timestamp.MAX, Timestamp.max(Timestamp.MAX, year1970));
    }

    private static void assertNewer(long newer, long older) {
        assertTrue(
                Timestamp.compare(newer, older) > 0,
                () -> Long.toHexString(newer) + " is not newer than " + Long.toHexString(older));
    }
}
