package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.MessageCodec;
import java.util.Collection;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Pulls what is missing: walks the arrival index of one peer at a time, page by page, to its tail.
 *
 * <p>Pages are merged and committed as they come, and the vector is raised to the server's only at the tail, since only
 * there everything is merged that the server's claims stand for. How far a walk came is kept with the data, so with a
 * peer that is known the cost is the difference.
 */
final class CatchUp {

    private static final long PAUSE_AFTER_TIMEOUT_MILLIS = 1_000;

    private final ReplicaState state;
    private final HeldBack heldBack;
    private final Settings settings;
    private final RandomGenerator random;
    private Walk walk;

    CatchUp(ReplicaState state, HeldBack heldBack, Settings settings, RandomGenerator random) {
        this.state = state;
        this.heldBack = heldBack;
        this.settings = settings;
        this.random = random;
    }

    private static final class Walk {
        final Peer peer;
        final long id;
        Checkpoint next;
        long progressMillis;
        boolean isRequestDue = true;
        /** What it is to explain, if it is walked for a difference of digests. */
        DigestPair difference;

        Walk(Peer peer, long id, Checkpoint next, long nowMillis) {
            this.peer = peer;
            this.id = id;
            this.next = next;
            progressMillis = nowMillis;
        }
    }

    /** The next page to ask for, and whom. */
    record Due(MemberId to, PageRequest request) {}

    boolean isWalking() {
        return walk != null;
    }

    /** Returns the request that is due after the commit. */
    Optional<Due> takeRequest() {
        if (walk == null || !walk.isRequestDue) {
            return Optional.empty();
        }
        walk.isRequestDue = false;
        return Optional.of(new Due(
                walk.peer.member,
                new PageRequest(walk.id, walk.next, state.vector().copy(), false)));
    }

    /** Merges a page; one that was not asked for is left alone. */
    void take(MemberId from, Page page, long wallMillis, long nowMillis) {
        if (walk == null || !walk.peer.member.equals(from) || walk.id != page.walk()) {
            return;
        }
        for (PagedDocument paged : page.documents()) {
            state.merge(paged.id(), paged.document(), authorOf(paged.document()), wallMillis);
            state.extendReach(paged.id(), paged.document().context());
        }
        if (page.isTail()) {
            state.claims().claim(page.raise());
            walk.peer.walkedTo = page.checkpoint();
        }
        Encoder checkpoint = new Encoder(20);
        MessageCodec.putCheckpoint(page.checkpoint(), checkpoint);
        byte[] bytes = checkpoint.toByteArray();
        state.putEntry(EntryNames.CHECKPOINT + walk.peer.device.id(), bytes);
        walk.next = page.checkpoint();
        walk.progressMillis = nowMillis;
        walk.isRequestDue = true;
        if (page.isTail() && walk.difference != null) {
            walk.peer.walkedFor = walk.difference;
        }
        walk = page.isTail() ? null : walk;
    }

    /** Gives up whatever walk is under way. */
    void abandon() {
        walk = null;
    }

    /** Gives up the walk of a member that is gone. */
    void abandon(MemberId member) {
        if (walk != null && walk.peer.member.equals(member)) {
            walk = null;
        }
    }

    /** Gives up a walk that got stuck, and begins the one that is needed most. */
    void pursue(Collection<Peer> peers, long nowMillis) {
        if (walk != null && nowMillis - walk.progressMillis > settings.pageTimeoutMillis()) {
            walk.peer.notBeforeMillis = nowMillis + PAUSE_AFTER_TIMEOUT_MILLIS;
            walk = null;
        }
        if (walk != null) {
            return;
        }
        Peer best = null;
        for (Peer peer : peers) {
            if (isDue(peer, nowMillis) && (best == null || peer.lackSinceMillis < best.lackSinceMillis)) {
                best = peer;
            }
        }
        if (best != null) {
            begin(best, checkpointOf(best), nowMillis);
        }
    }

    private boolean isDue(Peer peer, long nowMillis) {
        // Who promised more than is held here serves this replica nothing but a way through the fence.
        if (peer.lackSinceMillis < 0
                || !peer.isKnown()
                || !peer.isTrusted
                || !state.vector().covers(peer.promised())) {
            return false;
        }
        if (!isLacking(peer)) {
            peer.lackSinceMillis = -1;
            return false;
        }
        return nowMillis - peer.lackSinceMillis >= settings.lackMillis() && nowMillis >= peer.notBeforeMillis;
    }

    /**
     * Notes whether the peer holds something that is missing here.
     *
     * @param isUrgent whether it cannot be on its way
     */
    void assess(Peer peer, boolean isUrgent, long nowMillis) {
        if (!peer.isKnown() || !peer.isTrusted || !isLacking(peer)) {
            peer.lackSinceMillis = -1;
        } else if (isUrgent) {
            peer.lackSinceMillis = nowMillis - settings.lackMillis();
        } else if (peer.lackSinceMillis < 0) {
            peer.lackSinceMillis = nowMillis;
        }
    }

    /**
     * Walks the peer's index from the start if both claim the same and show something else: one of the two may hold
     * what nobody claims.
     *
     * @return false if that was done to the end for just this difference already
     */
    boolean explore(Peer peer, DigestPair difference, long nowMillis) {
        if (walk != null) {
            return true;
        }
        if (difference.equals(peer.walkedFor)) {
            return false;
        }
        if (nowMillis >= peer.notBeforeMillis) {
            begin(peer, Checkpoint.START, nowMillis);
            walk.difference = difference;
        }
        return true;
    }

    private void begin(Peer peer, Checkpoint checkpoint, long nowMillis) {
        walk = new Walk(peer, random.nextLong(), checkpoint, nowMillis);
    }

    private Checkpoint checkpointOf(Peer peer) {
        return state.store()
                .entry(EntryNames.CHECKPOINT + peer.device.id())
                .map(bytes -> MessageCodec.takeCheckpoint(new Decoder(bytes)))
                .orElse(Checkpoint.START);
    }

    private boolean isLacking(Peer peer) {
        if (heldBack.isWaitingFor(peer.member) || !state.vector().covers(peer.vector())) {
            return true;
        }
        VersionVector unclaimed = peer.reach.beyond(state.vector());
        return !unclaimed.isEmpty() && !state.claims().reach().covers(unclaimed);
    }

    private Optional<Author> authorOf(Document document) {
        LifeRegister alive = document.alive();
        LifeRegister died = document.died();
        LifeRegister newest = alive == null || died != null && died.beats(alive) ? died : alive;
        return Optional.ofNullable(newest)
                .map(life -> state.writers().of(life.dot().replica()))
                .map(device -> new Author(device, ""));
    }
}
