package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.daemon.message.MemberId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SilentMembersTest {
    private static final MemberId ONE = new MemberId("1");
    private static final MemberId TWO = new MemberId("2");
    private static final long LATER = SilentMembers.PATIENCE_MILLIS;

    private final SilentMembers members = new SilentMembers();

    @Test
    void besides_whoJustCame_hasTimeToIntroduceItself() {
        members.present(Set.of(ONE), 0);
        assertEquals(List.of(), members.besides(Set.of(), LATER - 1));
        members.present(Set.of(ONE, TWO), LATER - 1);
        assertEquals(List.of(ONE), members.besides(Set.of(), LATER));
        assertEquals(List.of(), members.besides(Set.of(ONE), LATER));
    }

    @Test
    void besides_whoLeftAndCameAgain_hasItOnceMore() {
        members.present(Set.of(ONE), 0);
        members.present(Set.of(), LATER);
        assertEquals(List.of(), members.besides(Set.of(), LATER));
        members.present(Set.of(ONE), LATER);
        assertEquals(List.of(), members.besides(Set.of(), LATER));
    }
}
