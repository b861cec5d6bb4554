package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Documents;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Proof that this replica shows what the others show: compares itself with them, names the documents that differ, and
 * takes over from a peer what is damaged here.
 */
final class Comparison {

    private final RandomGenerator random;
    private final Refill refill;

    Comparison(ReplicaState state, Settings settings, RandomGenerator random) {
        this.random = random;
        refill = new Refill(state, settings);
    }

    /**
     * Asks the peers for the whole present state of these documents and puts it in the place of what is here, whether
     * that can be read or not: for documents that are damaged in the store. Goes on, one peer after the other, until
     * every one came; each is committed, moves to the tail of the arrival index and is told to subscribers like any
     * other change. Values that could be read here and are lost by it go into the conflict journal.
     *
     * <p>Returns at once; asking twice is harmless. {@link EngineStatus.Proof#refillsWaiting} tells how many are still
     * to come. Only between steps or within one; a program outside of the engine sends {@link Input.Refill}.
     */
    void refill(Collection<DocumentId> ids) {
        refill.want(ids);
    }

    /** Takes a message that answers one of the requests made here; leaves others alone. */
    void take(MemberId from, Message message, long wallMillis, long nowMillis) {
        if (message instanceof Documents documents) {
            refill.take(from, documents, wallMillis, nowMillis);
        }
    }

    /** Goes on with what is under way. */
    void pursue(Collection<Peer> peers, long nowMillis) {
        refill.pursue(peers, random, nowMillis);
    }

    /** Appends the requests that are due after the commit. */
    void takeRequests(List<Effect> effects) {
        refill.takeRequest().ifPresent(due -> effects.add(new Send(due.to(), due.request())));
    }

    /** Returns how it stands. */
    EngineStatus.Proof status() {
        return new EngineStatus.Proof(
                false, 0, 0, 0, 0, 0, 0, refill.refilled(), refill.waiting().size());
    }
}
