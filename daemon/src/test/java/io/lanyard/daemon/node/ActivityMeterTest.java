package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.watch.Meters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ActivityMeterTest {

    private static final MemberId PEER = new MemberId("peer");
    private static final DocumentId ID = new DocumentId("contact", "anna");

    private final ActivityMeter meter = new ActivityMeter("own", Meters.NONE);

    @Test
    void walk_isBegunOnce_andFinishedAtItsOwnTail() {
        Message.PageRequest request = new Message.PageRequest(5, Checkpoint.START, new VersionVector());
        meter.did(new Effect.Send(PEER, request));
        receive(page(5, null));
        meter.did(new Effect.Send(PEER, request));
        receive(page(4, new VersionVector()));
        assertEquals(1, read().walksBegun());
        assertEquals(0, read().walksFinished());
        receive(page(5, new VersionVector()));
        receive(page(5, new VersionVector()));
        assertEquals(1, read().walksFinished());
        assertEquals(4, read().pagesReceived());
        meter.did(new Effect.Send(PEER, page(9, null)));
        assertEquals(1, read().pagesSent());
        meter.did(new Effect.Send(PEER, request));
        assertEquals(2, read().walksBegun());
    }

    @Test
    void operations_areCountedByWhatBecameOfThem() {
        meter.did(new Effect.Acknowledge(
                1,
                new WriteResult(
                        List.of(item(Outcome.CREATED), item(Outcome.ABSENT), item(Outcome.NOT_FOUND)),
                        new Position(1, 1))));
        assertEquals(2, read().operationsDone());
        assertEquals(1, read().operationsRefused());
    }

    @Test
    void merges_areWhatOthersChanged() {
        meter.did(new Effect.Notify(List.of(changed("own"), changed("other"), changed(null))));
        assertEquals(2, read().documentsMerged());
    }

    @Test
    void liveWrites_areCountedBothWays() {
        Message.LiveWrite live = new Message.LiveWrite(
                new Write(new Dot(new ReplicaId(1), 1), "", List.of()), new VersionVector(), null);
        meter.did(new Effect.Broadcast(live));
        receive(live);
        receive(live);
        assertEquals(1, read().liveWritesSent());
        assertEquals(2, read().liveWritesReceived());
    }

    private Activity read() {
        return meter.read(0);
    }

    private void receive(Message message) {
        meter.saw(new Input.Received(PEER, message));
    }

    private static Message.Page page(long walk, VersionVector raise) {
        return new Message.Page(walk, Checkpoint.START, List.of(), raise);
    }

    private static WriteResult.Item item(Outcome outcome) {
        return new WriteResult.Item(outcome, ID, null, null);
    }

    private static Effect.Applied changed(String author) {
        return new Effect.Applied(
                1,
                0,
                ID,
                false,
                true,
                Set.of(),
                Map.of(),
                Optional.ofNullable(author).map(id -> new Effect.Author(id, "")));
    }
}
