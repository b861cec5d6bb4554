package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpeakersTest {
    private static final String SELF = "11111111111111111111111111111111";
    private static final String ANNA = "aaaaaaaaaaaaaaaaaaaaaaaa00000000";
    private static final String BERT = "bbbbbbbbbbbbbbbbbbbbbbbb00000000";
    private static final MemberId OF_ANNA = new MemberId(ANNA);
    private static final MemberId OF_BERT = new MemberId(BERT);

    private final Speakers speakers =
            new Speakers(SELF, member -> Optional.of(member.text().substring(0, 24)));

    private static Message live(long replica) {
        return new Message.LiveWrite(
                new Write(new Dot(new ReplicaId(replica), 1), "", List.of()), new VersionVector(), null);
    }

    private static Message summary(String device, Long replica) {
        Message.VectorNews nothing = Message.VectorNews.whole(new VersionVector());
        return new Message.Summary(
                new Message.Device(device, "name"),
                1,
                replica == null ? null : new ReplicaId(replica),
                nothing,
                nothing,
                nothing,
                new VersionVector(),
                Hash.ZERO,
                Set.of(),
                false,
                false,
                false,
                new Message.Lineage(1, 1),
                Hash.ZERO,
                null,
                1,
                1,
                false,
                Message.VectorNews.NOTHING);
    }

    @Test
    void mayTake_summaryOfAnotherDevice_isRefusedAndCounted() {
        assertTrue(speakers.mayTake(OF_ANNA, summary(ANNA, null)));
        assertFalse(speakers.mayTake(OF_ANNA, summary(BERT, null)));
        assertEquals(1, speakers.refusedCount());
    }

    @Test
    void mayTake_liveWriteUnderAReplicaIdOfAnother_isRefused() {
        assertTrue(speakers.mayTake(OF_ANNA, summary(ANNA, 7L)));
        assertFalse(speakers.mayTake(OF_BERT, live(7)));
        assertTrue(speakers.mayTake(OF_ANNA, live(7)));
        assertTrue(speakers.mayTake(OF_BERT, live(8)), "the first write comes before the summary that tells of it");
        assertFalse(speakers.mayTake(OF_ANNA, live(8)));
    }

    @Test
    void mayTake_liveWriteUnderThisDevicesOwnReplicaId_isRefused() {
        speakers.says(live(9));
        assertFalse(speakers.mayTake(OF_BERT, live(9)));
    }

    @Test
    void mayTake_liveWriteUnderAReplicaIdFromBeforeTheStart_isRefused() {
        speakers.learn(Map.of(new ReplicaId(5), ANNA));
        assertFalse(speakers.mayTake(OF_BERT, live(5)));
        assertFalse(speakers.mayTake(OF_BERT, summary(BERT, 5L)));
        assertTrue(speakers.mayTake(OF_ANNA, live(5)));
    }

    /** Pages tell who writes under what, and a page may tell anything. */
    @Test
    void learn_ownerThatIsKnownAlready_staysTheOwner() {
        speakers.learn(Map.of(new ReplicaId(5), ANNA));
        assertTrue(speakers.mayTake(OF_ANNA, live(7)));
        speakers.says(live(9));
        speakers.learn(Map.of(new ReplicaId(5), BERT, new ReplicaId(7), BERT, new ReplicaId(9), BERT));
        assertFalse(speakers.mayTake(OF_BERT, live(5)));
        assertFalse(speakers.mayTake(OF_BERT, live(7)));
        assertFalse(speakers.mayTake(OF_BERT, live(9)));
    }

    @Test
    void mayTake_pageRequestOrPage_isNobodysInParticular() {
        assertTrue(speakers.mayTake(OF_BERT, new Message.SummaryRequest()));
    }

    /** A daemon that starts over and over takes a new one each time, and has to be heard for all that. */
    @Test
    void mayTake_endlessReplicaIdsOfOneDevice_areTaken_andThoseOfLongAgoForgotten() {
        assertTrue(speakers.mayTake(OF_BERT, live(2)) && speakers.mayTake(OF_BERT, live(1)));
        for (int replica = 0; replica < Speakers.MAX_REPLICAS - 1; replica++) {
            assertTrue(speakers.mayTake(OF_BERT, live(2)), "the one in use");
            assertTrue(speakers.mayTake(OF_BERT, live(1_000L + replica)));
        }
        assertFalse(speakers.mayTake(OF_ANNA, live(2)));
        assertFalse(speakers.mayTake(OF_ANNA, live(1_000)));
        assertTrue(speakers.mayTake(OF_ANNA, live(1)), "which nobody writes under any more");
    }

    @Test
    void mayTake_networkThatProvesNothing_takesAll() {
        Speakers trusting = new Speakers(SELF, member -> Optional.empty());
        trusting.says(live(9));
        assertTrue(trusting.mayTake(OF_BERT, live(9)));
        assertTrue(trusting.mayTake(OF_BERT, summary(ANNA, null)));
    }
}
