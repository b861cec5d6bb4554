package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.daemon.message.MemberId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final MemberId ADA = new MemberId("ada");
    private static final MemberId BOB = new MemberId("bob");

    private final RecordingListener heard = new RecordingListener();
    private final Inbox inbox = new Inbox(heard);

    @BeforeEach
    void start() {
        inbox.start();
    }

    @AfterEach
    void close() throws Exception {
        inbox.close();
    }

    @Test
    void received_beforeItsSenderIsKnown_waitsForThatNews() {
        inbox.received(ADA, new byte[] {1});
        inbox.received(BOB, new byte[] {2});
        inbox.membersChanged(Set.of(ADA));
        inbox.received(ADA, new byte[] {3});
        List<RecordingListener.Received> received = heard.awaitMessages(2);
        assertEquals(
                List.of(ADA, ADA),
                received.stream().map(RecordingListener.Received::from).toList());
        assertEquals(1, received.get(0).message()[0]);
        assertEquals(Set.of(ADA), received.get(0).members());
    }

    @Test
    void received_afterItsSenderLeft_isNotDelivered() {
        inbox.membersChanged(Set.of(ADA, BOB));
        inbox.membersChanged(Set.of(BOB));
        inbox.received(ADA, new byte[] {1});
        inbox.received(BOB, new byte[] {2});
        assertEquals(BOB, heard.awaitMessages(1).get(0).from());
    }

    @Test
    void membersChanged_sameAsBefore_isNotToldAgain() {
        inbox.membersChanged(Set.of(ADA));
        inbox.membersChanged(Set.of(ADA));
        inbox.received(ADA, new byte[] {1});
        heard.awaitMessages(1);
        assertEquals(1, heard.viewCount());
    }
}
