package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.id;
import static io.lanyard.daemon.engine.EngineBench.of;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Refill;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Documents that cannot be read here are taken over whole from a peer. */
class RefillTest {

    private final Pair pair = Pair.inStep(put("d", "/x", "1"));

    private static Optional<DocumentsRequest> request(List<Effect> effects) {
        return of(effects, Send.class).stream()
                .map(Send::message)
                .filter(DocumentsRequest.class::isInstance)
                .map(DocumentsRequest.class::cast)
                .findFirst();
    }

    private DocumentsRequest damageAndAsk(String... names) {
        for (String name : names) {
            Pair.damage(pair.here, name);
        }
        List<DocumentId> ids = Stream.of(names).map(EngineBench::id).toList();
        return request(pair.here.step(new Refill(Set.copyOf(ids)))).orElseThrow();
    }

    private List<Effect> answer(DocumentsRequest request) {
        Message answer = of(pair.there.receive(request), Send.class).get(0).message();
        return pair.here.receive(answer);
    }

    @Test
    void damagedDocument_isTakenOverWhole_andTold() {
        List<Effect> effects = answer(damageAndAsk("d"));
        assertEquals(Map.of("/x", "1"), pair.here.read("d"));
        assertEquals(id("d"), of(effects, Notify.class).get(0).changes().get(0).id());
        assertEquals(1, pair.here.engine.status().proof().refills());
        assertEquals(0, pair.here.engine.status().proof().refillsWaiting());
        assertTrue(request(pair.here.step(new Tick())).isEmpty(), "nothing is asked for any more");
    }

    @Test
    void damagedDocument_peerKnowsMore_comesWithIt_andTheReachTells() {
        DocumentsRequest request = damageAndAsk("d");
        pair.there.write(Mode.ALL_OR_NOTHING, put("d", "/x", "2"));
        VersionVector held = pair.here.vector();
        answer(request);
        assertEquals(Map.of("/x", "2"), pair.here.read("d"));
        assertEquals(held, pair.here.vector(), "what came beyond it is held, not claimed");
        assertEquals(1, pair.here.store.entries("reach/").size());
    }

    @Test
    void peerLacksWhatIsClaimedHere_isAskedAgain() {
        pair.here.write(Mode.ALL_OR_NOTHING, put("e", "/x", "1"));
        answer(damageAndAsk("d"));
        assertEquals(1, pair.here.engine.status().proof().refillsWaiting());
        pair.settle();
        pair.settle();
        assertEquals(Map.of("/x", "1"), pair.here.read("d"));
    }

    @Test
    void writesElsewhereInTheMeantime_doNotMatter() {
        DocumentsRequest request = damageAndAsk("d");
        pair.here.write(Mode.ALL_OR_NOTHING, put("e", "/x", "1"));
        answer(request);
        assertEquals(Map.of("/x", "1"), pair.here.read("d"));
    }

    @Test
    void readableDocument_changedInTheMeantime_isNotOverwritten() {
        DocumentsRequest request =
                request(pair.here.step(new Refill(Set.of(id("d"))))).orElseThrow();
        Message answer = of(pair.there.receive(request), Send.class).get(0).message();
        pair.here.write(Mode.ALL_OR_NOTHING, put("d", "/x", "9"));
        pair.here.receive(answer);
        assertEquals(Map.of("/x", "9"), pair.here.read("d"));
        assertEquals(1, pair.here.engine.status().proof().refillsWaiting(), "the peer has not seen the 9");
    }

    @Test
    void answerOfSomebodyElse_orToAnotherRequest_isLeftAlone() {
        DocumentsRequest request = damageAndAsk("d");
        Document forged = new Document();
        Documents answer = new Documents(
                request.request(),
                pair.here.vector(),
                new VersionVector(),
                0,
                List.of(new PagedDocument(id("d"), forged)),
                List.of(),
                List.of());
        pair.here.step(new Received(new MemberId("stranger"), answer));
        Documents late = new Documents(
                request.request() + 1,
                answer.vector(),
                answer.collected(),
                0,
                answer.documents(),
                List.of(),
                List.of());
        pair.here.receive(late);
        assertEquals(1, pair.here.engine.status().proof().refillsWaiting());
    }

    @Test
    void peerDroppedWhatIsNotKnownHere_isNotTakenFrom() {
        DocumentsRequest request = damageAndAsk("d");
        Documents answer = sound(request);
        VersionVector more = answer.vector().copy();
        more.raise(new ReplicaId(77), 1);
        pair.here.receive(
                new Documents(request.request(), answer.vector(), more, 0, answer.documents(), List.of(), List.of()));
        assertEquals(1, pair.here.engine.status().proof().refillsWaiting(), "its contexts leave out what it dropped");
    }

    @Test
    void peerDroppedSomethingNewer_laterWritesHereAreStampedAboveIt() {
        DocumentsRequest request = damageAndAsk("d");
        Documents answer = sound(request);
        long dropped = Timestamp.pack(EngineBench.WALL_MILLIS + 1_000_000_000L, 0);
        pair.here.receive(new Documents(
                request.request(),
                answer.vector(),
                answer.collected(),
                dropped,
                answer.documents(),
                List.of(),
                List.of()));
        pair.here.write(Mode.ALL_OR_NOTHING, put("d", "/x", "2"));
        StoredDocument stored =
                StoredDocument.decode(pair.here.store.document(id("d")).orElseThrow());
        assertTrue(Timestamp.compare(stored.document().newestTime(), dropped) > 0);
    }

    private Documents sound(DocumentsRequest request) {
        return (Documents) of(pair.there.receive(request), Send.class).get(0).message();
    }

    @Test
    void peerKnowsNothingOfIt_isEmptyHereToo() {
        DocumentsRequest request = damageAndAsk("d");
        pair.here.receive(new Documents(
                request.request(), pair.here.vector(), new VersionVector(), 0, List.of(), List.of(id("d")), List.of()));
        assertEquals(Map.of(), pair.here.read("d"));
        assertEquals(0, pair.here.engine.status().proof().refillsWaiting());
    }

    @Test
    void peerCannotReadIt_isAskedForAtTheEnd() {
        DocumentsRequest request = damageAndAsk("d");
        pair.here.receive(new Documents(
                request.request(), pair.here.vector(), new VersionVector(), 0, List.of(), List.of(), List.of(id("d"))));
        assertEquals(1, pair.here.engine.status().proof().refillsWaiting());
        assertTrue(request(pair.here.step(new Tick())).isEmpty(), "not at once");
        pair.here.stepMillis = 300;
        assertEquals(
                List.of(id("d")),
                request(pair.here.step(new Tick())).orElseThrow().ids());
    }
}
