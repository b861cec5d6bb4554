package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.Summary;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether a peer is in step is told by vectors and digests, and by nothing else. */
class InStepTest {

    private static EngineStatus.Peer peer(Pair pair) {
        return pair.here.engine.status().peers().get(0);
    }

    @Test
    void member_thatSaidNothingYet_isNotInStep() {
        EngineBench bench = EngineBench.withOther("a");
        assertEquals(1, bench.engine.status().members());
        assertTrue(bench.engine.status().peers().stream().noneMatch(EngineStatus.Peer::isInStep));
    }

    @Test
    void sameVectorAndDigest_isInStep_untilAWriteIsUnderWay() {
        Pair pair = Pair.inStep(put("a", "/x", "1"));
        assertTrue(peer(pair).isInStep());
        pair.loses = message -> message instanceof LiveWrite || message instanceof Page;
        pair.writeHere(put("a", "/x", "2"));
        pair.settle();
        assertTrue(peer(pair).isOnline());
        assertFalse(peer(pair).isInStep(), "it is there, and lacks a write");
        assertEquals(1, peer(pair).behindWrites());
        pair.loses = message -> false;
        pair.settle();
        assertTrue(peer(pair).isInStep());
    }

    @Test
    void writeThatChangesNoDigest_isStillBehindByVector() {
        Pair pair = Pair.inStep(put("a", "/x", "1"), put("b", "/x", "1"));
        pair.loses = message -> message instanceof LiveWrite || message instanceof Page;
        pair.writeHere(put("c", "/x", "1"), Operation.delete(EngineBench.id("c"), Operation.Condition.NONE));
        pair.settle();
        assertEquals(
                pair.there.engine.status().digest(), pair.here.engine.status().digest());
        assertFalse(peer(pair).isInStep());
    }

    @Test
    void sameVectorAndOtherDigest_isNotInStep() {
        Pair pair = Pair.inStep(put("a", "/x", "1"));
        Pair.damage(pair.here, "a");
        pair.loses = message -> !(message instanceof Summary);
        pair.here(new Input.Verify(1, Optional.empty()));
        pair.settle();
        assertEquals(pair.there.vector(), pair.here.vector());
        assertFalse(peer(pair).isInStep(), "what cannot be read here is not shown here");
    }

    @Test
    void peerThatLeft_isNotInStep() {
        Pair pair = Pair.inStep(put("a", "/x", "1"));
        pair.here.step(new MembersChanged(Set.of()));
        assertFalse(peer(pair).isInStep());
        pair.here.step(new MembersChanged(Set.of(OTHER)));
        assertTrue(
                pair.here.engine.status().peers().stream().noneMatch(EngineStatus.Peer::isInStep),
                "not before it said so anew");
    }
}
