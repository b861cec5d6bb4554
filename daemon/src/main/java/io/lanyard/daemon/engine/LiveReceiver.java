package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.HeldBack.Held;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.LiveWrite;
import java.util.List;
import java.util.Optional;

/**
 * Takes the live writes of others: merges those whose past is held here, in causal order, and holds the rest back until
 * the walks of {@link CatchUp} brought what they build upon.
 */
final class LiveReceiver {

    private final ReplicaState state;
    private final Peers peers;
    private final HeldBack heldBack;
    private final CatchUp catchUp;

    LiveReceiver(ReplicaState state, Peers peers, HeldBack heldBack, CatchUp catchUp) {
        this.state = state;
        this.peers = peers;
        this.heldBack = heldBack;
        this.catchUp = catchUp;
    }

    /**
     * Takes a live write, unless its sender may bring nothing.
     *
     * @return what people are to be told if it is refused as no write could be like it
     */
    Optional<Alarm> take(Peer peer, LiveWrite live, long wallMillis, long nowMillis) {
        Dot dot = live.write().dot();
        boolean isRefused = peer.isKnown() && !peer.isTrusted;
        if (isRefused || state.vector().covers(dot) || !peer.writesUnder(dot.replica())) {
            return Optional.empty();
        }
        if (!isOfOneDot(live.write())) {
            return Optional.of(
                    new Alarm("a live write of member " + peer.member + " holds registers of other writes: refused"));
        }
        if (peer.isTrusted && HeldBack.isReady(live, state.vector(), peer.walkedTo)) {
            merge(peer.member, live, wallMillis);
            return Optional.empty();
        }
        heldBack.add(live, peer.member, nowMillis);
        boolean isGap = state.vector().get(dot.replica()) < dot.sequence() - 1;
        catchUp.assess(peer, isGap, nowMillis);
        return Optional.empty();
    }

    /** Drops what is held back of a peer that may bring nothing any more. */
    void judged(Peer peer) {
        if (!peer.isTrusted) {
            heldBack.drop(peer.member);
        }
    }

    /** Merges what was held back and builds upon nothing that is missing any more. */
    void release(long wallMillis) {
        List<Held> ready = heldBack.takeReady(state.vector(), peers::walkedTo);
        while (!ready.isEmpty()) {
            ready.forEach(held -> merge(held.from(), held.live(), wallMillis));
            ready = heldBack.takeReady(state.vector(), peers::walkedTo);
        }
    }

    private void merge(MemberId from, LiveWrite live, long wallMillis) {
        Write write = live.write();
        Peer peer = peers.online(from);
        String device = peer != null && peer.device != null
                ? peer.device.id()
                : state.writers().of(write.dot().replica());
        if (peer != null && peer.device != null) {
            state.writers().note(write.dot().replica(), device);
        }
        int index = 0;
        for (Write.Change change : write.changes()) {
            String timestamp = live.clientTimestamps().getOrDefault(index++, "");
            Optional<Author> author = Optional.ofNullable(device).map(id -> new Author(id, write.client(), timestamp));
            state.merge(change.id(), change.fragment(), author, wallMillis);
        }
        state.claims().claim(write.dot());
    }

    private static boolean isOfOneDot(Write write) {
        for (Write.Change change : write.changes()) {
            Document fragment = change.fragment();
            for (LifeRegister life : new LifeRegister[] {fragment.alive(), fragment.died(), fragment.floor()}) {
                if (life != null && !life.dot().equals(write.dot())) {
                    return false;
                }
            }
            if (fragment.fields().values().stream()
                    .anyMatch(register -> !register.dot().equals(write.dot()))) {
                return false;
            }
        }
        return true;
    }
}
