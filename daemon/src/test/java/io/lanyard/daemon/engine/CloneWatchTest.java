package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CloneWatchTest {

    private static final long OPENED_MILLIS = 1_780_000_000_000L;
    private static final long OPENING = 77;
    private static final Device SELF = new Device("self", "desk");
    private static final Device TILL = new Device("till", "till-1");
    private static final MemberId ONE = new MemberId("one");
    private static final MemberId TWO = new MemberId("two");

    private final CloneWatch watch = new CloneWatch(SELF, OPENING);
    private final List<String> told = new ArrayList<>();
    private long nowMillis = 50_000;

    private List<Input> admit(Input input) {
        List<Input> admitted = watch.admit(List.of(input), OPENED_MILLIS, nowMillis);
        watch.takeEffects().forEach(effect -> {
            Effect.Notice notice = (Effect.Notice) effect;
            told.add((notice.isOver() ? "over " : "") + notice.about());
        });
        return admitted;
    }

    private List<Input> hear(MemberId from, Device device, long opening, long openedMillis, boolean refuses) {
        Summary plain = EngineBench.summary(VectorNews.whole(new VersionVector()), Hash.ZERO, Set.of());
        return admit(new Received(
                from,
                new Summary(
                        device,
                        opening,
                        plain.replica(),
                        plain.vector(),
                        plain.promised(),
                        plain.collected(),
                        plain.reach(),
                        plain.digest(),
                        plain.explored(),
                        plain.isCatchingUp(),
                        plain.isFenced(),
                        plain.hasLostData(),
                        plain.lineage(),
                        plain.registryHash(),
                        plain.registry(),
                        plain.wallMillis(),
                        openedMillis,
                        refuses,
                        plain.cleared())));
    }

    private void members(MemberId... members) {
        admit(new MembersChanged(Set.of(members)));
    }

    @ParameterizedTest
    @CsvSource({"-1,5,true", "1,5,false", "0,76,true", "0,78,false", "0,-1,false"})
    void ownIdentityHeardTwice_theLaterRefuses(long openedAfterMillis, long opening, boolean refuses) {
        members(ONE);
        assertEquals(
                1,
                hear(ONE, SELF, opening, OPENED_MILLIS + openedAfterMillis, false)
                        .size());
        nowMillis += CloneWatch.APART_MILLIS - 1;
        hear(ONE, SELF, opening, OPENED_MILLIS + openedAfterMillis, false);
        assertEquals(List.of(), told, "too soon");
        nowMillis += 1;
        List<Input> admitted = hear(ONE, SELF, opening, OPENED_MILLIS + openedAfterMillis, false);

        assertEquals(refuses, watch.isRefusing());
        assertEquals(List.of("clone self"), told);
        assertEquals(refuses, admitted.equals(List.of(new MembersChanged(Set.of()))), admitted::toString);
        assertEquals(refuses, watch.speaksThoughAlone());
    }

    @Test
    void ownIdentity_ofOneWhoIsNoMember_orHasThisOpening_isNoClone() {
        members(ONE);
        for (int i = 0; i < 5; i++) {
            hear(TWO, SELF, 5, OPENED_MILLIS - 1, false);
            hear(ONE, SELF, OPENING, OPENED_MILLIS - 1, false);
            nowMillis += 2_000;
        }
        assertEquals(List.of(), told);
        assertFalse(watch.isRefusing());
    }

    @Test
    void ownIdentity_heardOfEachOfTwoNewMembersOnce_isNoClone() {
        members(ONE, TWO);
        hear(ONE, SELF, 5, OPENED_MILLIS - 1, false);
        nowMillis += 5_000;
        hear(TWO, SELF, 6, OPENED_MILLIS - 1, false);
        assertFalse(watch.isRefusing());
    }

    /** So the one that stays may be restarted, by which it becomes the later of the two. */
    @Test
    void ownIdentity_ofOneWhoRefuses_isToldAndNoReasonToRefuse() {
        members(ONE);
        for (int i = 0; i < 4; i++) {
            hear(ONE, SELF, 5, OPENED_MILLIS - 1_000, true);
            nowMillis += 2_000;
        }
        assertEquals(List.of("clone self"), told);
        assertFalse(watch.isRefusing());
    }

    @Test
    void refusing_letsThroughWhatIsOfThisDeviceOnly() {
        ownIdentityHeardTwice_theLaterRefuses(-1, 5, true);
        Input.Tick tick = new Input.Tick();
        assertEquals(List.of(tick), admit(tick));
        assertEquals(List.of(), hear(ONE, TILL, 9, OPENED_MILLIS, false));
        assertEquals(List.of(new MembersChanged(Set.of())), admit(new MembersChanged(Set.of(ONE, TWO))));
        admit(new MembersChanged(Set.of()));
        assertTrue(watch.isRefusing(), "for as long as it runs");
        assertFalse(watch.speaksThoughAlone(), "there is nobody to tell");
    }

    @Test
    void whoRefuses_isTakenForGone_andBackWhenItDoesNot() {
        members(ONE, TWO);
        hear(ONE, TILL, 5, OPENED_MILLIS, false);
        assertEquals(List.of(new MembersChanged(Set.of(ONE))), hear(TWO, TILL, 6, OPENED_MILLIS + 1, true));
        assertEquals(List.of("clone till"), told);
        assertEquals(List.of(), hear(TWO, TILL, 6, OPENED_MILLIS + 1, true));
        assertEquals(List.of(new MembersChanged(Set.of(ONE))), admit(new MembersChanged(Set.of(ONE, TWO))));
        members(ONE);
        assertEquals(List.of("clone till", "over clone till"), told);
    }

    @Test
    void refusalOfAStranger_isNotPassedOn() {
        members(ONE);
        assertEquals(List.of(), hear(TWO, TILL, 6, OPENED_MILLIS, true));
    }

    @Test
    void twoMembersOfOneIdentity_areTold_onceBothKeepSpeaking() {
        members(ONE, TWO);
        hear(ONE, TILL, 5, OPENED_MILLIS, false);
        nowMillis += 9_000;
        hear(ONE, TILL, 5, OPENED_MILLIS, false);
        hear(TWO, TILL, 6, OPENED_MILLIS, false);
        nowMillis += 3_000;
        hear(TWO, TILL, 6, OPENED_MILLIS, false);
        hear(ONE, TILL, 5, OPENED_MILLIS, false);
        assertEquals(List.of(), told, "the first spoke once since: those may be its last words");
        nowMillis += 3_000;
        hear(ONE, TILL, 5, OPENED_MILLIS, false);
        assertEquals(List.of("clone till"), told);
        assertFalse(watch.isRefusing());
    }
}
