package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.message.Message.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockWatchTest {

    private static final long EPOCH_MILLIS = 1_780_000_000_000L;
    private static final Device SELF = new Device("self", "desk");
    private static final Device TILL = new Device("till", "till-1");
    private static final Device OFFICE = new Device("office", "office");

    private final ClockWatch watch = new ClockWatch(SELF);
    private final List<String> told = new ArrayList<>();
    private long nowMillis = 10_000;
    private long ownOffsetMillis;

    private void pass(long millis) {
        nowMillis += millis;
        watch.pass(EPOCH_MILLIS + nowMillis + ownOffsetMillis, nowMillis);
        for (Effect effect : watch.takeEffects()) {
            Effect.Notice notice = (Effect.Notice) effect;
            told.add((notice.isOver() ? "over " : "") + notice.about());
        }
    }

    /** The device says what its clock shows; it takes so long on its way. */
    private void hear(Device device, long offsetMillis, long delayMillis) {
        watch.hear(device, EPOCH_MILLIS + nowMillis + offsetMillis - delayMillis, nowMillis);
        pass(1);
    }

    private void hearOften(Device device, long offsetMillis) {
        for (int i = 0; i < 3; i++) {
            hear(device, offsetMillis, 0);
            pass(3_000);
        }
    }

    @Test
    void offset_isTheOneOfTheLeastDelayedMessage() {
        pass(0);
        hear(TILL, 5_000, 900);
        hear(TILL, 5_000, 20);
        hear(TILL, 5_000, 4_000);
        assertEquals(4_980, watch.offsetMillis("till"));
    }

    @Test
    void offset_clockSetBack_isSeenOnceWhatWasHeardBeforeIsOld() {
        pass(0);
        hear(TILL, 5_000, 0);
        pass(20_000);
        hear(TILL, -5_000, 0);
        assertEquals(5_000, watch.offsetMillis("till"));
        pass(11_000);
        hear(TILL, -5_000, 0);
        assertEquals(-5_000, watch.offsetMillis("till"));
    }

    @Test
    void offset_ofOneWhoShowsTheEndOfTime_isANumber() {
        pass(0);
        for (int i = 0; i < 4; i++) {
            watch.hear(TILL, Long.MAX_VALUE, nowMillis);
            pass(1_000);
        }
        assertTrue(watch.offsetMillis("till") > 200_000_000_000_000L);
        assertEquals(List.of("clock self", "clock till"), told);
    }

    @ParameterizedTest
    @CsvSource({"61000,1", "-61000,1", "60000,0", "-60000,0", "0,0"})
    void oneOfThree_offByMoreThanAMinute_isTold_theOthersAreNot(long offsetMillis, int times) {
        pass(0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 10, 0);
            hear(TILL, offsetMillis, 0);
        }
        assertEquals(times == 0 ? List.of() : List.of("clock till"), told);
        assertEquals(times == 0 ? List.of() : List.of("till"), watch.status().off());
    }

    @Test
    void ownClock_offTheMedianOfThree_isTold_andOverWhenItIsSet() {
        pass(0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 300_000, 0);
            hear(TILL, 300_010, 0);
        }
        assertEquals(List.of("clock self"), told);
        assertEquals(List.of("self"), watch.status().off());
        assertEquals(-300_000, watch.status().fromMedianMillis().get("self"));
        told.clear();
        ownOffsetMillis = 300_000;
        pass(100);
        assertEquals(List.of("over clock self"), told);
        assertEquals(List.of(), watch.status().off());
        hearOften(OFFICE, 300_000);
        hearOften(TILL, 300_000);
        assertEquals(List.of("over clock self"), told);
    }

    @Test
    void somebodyNew_isHeardOften_beforeTheMedianOfTheOthersCounts() {
        pass(0);
        hear(TILL, 0, 0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 300_000, 0);
        }
        assertEquals(List.of(), told);
        hearOften(TILL, 0);
        assertEquals(List.of("clock office"), told);
    }

    @Test
    void somebodyNew_whoSaysNoMore_holdsUpNothing() {
        pass(0);
        hear(TILL, 0, 0);
        for (int i = 0; i < 5; i++) {
            hear(OFFICE, 300_000, 0);
            pass(3_000);
        }
        assertEquals(List.of("clock office", "clock self"), told);
    }

    @Test
    void two_haveNoMajority_bothTellTheDifference() {
        pass(0);
        hearOften(TILL, 312_000);
        assertEquals(List.of("clock self", "clock till"), told);
        assertEquals(Map.of("self", -312_000L, "till", 312_000L), watch.status().fromMedianMillis());
    }

    @Test
    void four_twoAndTwo_haveTheirMedianInTheMiddle() {
        pass(0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 0, 0);
            hear(TILL, 100_000, 0);
            hear(new Device("fourth", "fourth"), 100_000, 0);
        }
        assertEquals(-50_000, watch.status().fromMedianMillis().get("self"));
        assertEquals(List.of(), watch.status().off(), "each is 50 s off");
    }

    @Test
    void tellsOnceWhenItBeginsAndOnceWhenItEnds() {
        pass(0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 0, 0);
            hear(TILL, 70_000, 0);
        }
        hearOften(TILL, 70_020);
        hearOften(TILL, 69_000);
        assertEquals(1, told.stream().filter("clock till"::equals).count(), told::toString);
        pass(31_000);
        hear(OFFICE, 0, 0);
        hear(TILL, 57_000, 0);
        assertEquals(List.of("till"), watch.status().off(), "not right before it is clearly so");
        pass(31_000);
        hear(OFFICE, 0, 0);
        hear(TILL, 20, 0);
        assertEquals(List.of(), watch.status().off());
        assertEquals(1, told.stream().filter("over clock till"::equals).count(), told::toString);
    }

    @Test
    void whoGoes_isToldOfNoMore() {
        pass(0);
        for (int i = 0; i < 3; i++) {
            hear(OFFICE, 0, 0);
            hear(TILL, 70_000, 0);
        }
        watch.forget("till", nowMillis);
        pass(1);
        assertEquals("over clock till", told.get(told.size() - 1));
        assertEquals(List.of(), watch.status().off());
    }

    @Test
    void twoSummariesOnly_areTooFewToJudgeBy() {
        pass(0);
        hear(TILL, 90_000, 0);
        hear(TILL, 90_000, 0);
        assertEquals(List.of(), told);
    }

    /** A laptop that slept: its monotonic clock stood still, and what it heard before stands for nothing. */
    @Test
    void ownClockJumps_whatWasHeardBefore_isForgotten() {
        pass(0);
        hearOften(TILL, 0);
        ownOffsetMillis = 3_600_000;
        pass(100);
        hear(TILL, 3_600_000, 0);
        hear(TILL, 3_600_000, 0);
        hear(TILL, 3_600_000, 0);
        assertEquals(List.of(), told);
        assertEquals(0, watch.offsetMillis("till"));
    }

    @ParameterizedTest
    @CsvSource({"0,0 s", "61000,1 min 1 s", "3600000,1 h", "86399000,23 h 59 min", "94608000000,1095 d", "59000,59 s"})
    void durations_areInTwoUnits(long millis, String words) {
        assertEquals(words, Durations.inWords(millis));
    }
}
