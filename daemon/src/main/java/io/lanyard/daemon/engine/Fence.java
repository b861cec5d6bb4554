package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.MessageCodec;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.random.RandomGenerator;

/**
 * The one way back for a device whose past the others do not count on any more: it was retired, its disk was set back
 * or damaged, or it comes with data of its own.
 *
 * <p>First everything that one peer holds is <em>staged</em> beside the own documents, while programs of this device go
 * on with these. Then the staged documents are <em>switched</em> to, with the peer's claims; what it lacks is kept aside.
 * Last, what was kept aside is written anew or journaled ({@link Leftovers}). Each part can be cut off at any point and
 * goes on, or begins anew, from what is committed.
 */
final class Fence {

    private static final int AT_ONCE = 256;
    private static final long PAUSE_AFTER_TIMEOUT_MILLIS = 1_000;

    private final ReplicaState state;
    private final Settings settings;
    private final RandomGenerator random;
    private final Leftovers leftovers;
    private final Trust trust;
    private FenceRecord record;

    private Peer server;
    private long walk;
    private Checkpoint next = Checkpoint.START;
    private boolean isRequestDue;
    private long progressMillis;
    private long staged;
    /** How far the own index was gone through while switching. */
    private long switchedTo;
    /** What the switch brought beyond the server's vector. */
    private final VersionVector beyond = new VersionVector();

    private boolean mustClearStaged;
    private boolean isStagingUncommitted;
    /** Whether the tail was staged in this step: nothing is exchanged before that is committed. */
    private boolean hasJustStaged;

    Fence(ReplicaState state, LocalWriter writer, Trust trust, Settings settings, RandomGenerator random) {
        this.state = state;
        this.trust = trust;
        this.settings = settings;
        this.random = random;
        leftovers = new Leftovers(state, writer);
        record = state.store().entry(EntryNames.FENCE).map(FenceRecord::decode).orElse(null);
        mustClearStaged = record == null || record.phase() == FenceRecord.Phase.STAGE;
        if (record != null && record.phase() == FenceRecord.Phase.STAGE) {
            record = null;
            state.putEntry(EntryNames.FENCE, null);
        }
        if (record != null && record.phase() == FenceRecord.Phase.SWITCH) {
            beyond.join(state.claims().reach());
            if (state.store().lostData()) {
                trust.noteDamageInTheSwitch();
            }
        }
    }

    /** The next page to ask for, and whom. */
    record Due(MemberId to, PageRequest request) {}

    /** Returns true while nothing may be taken from this replica, and it takes nothing but from the one server. */
    boolean isClosed() {
        return record != null && record.phase() != FenceRecord.Phase.REISSUE;
    }

    /** Returns true while local writes have to wait. */
    boolean isSwitching() {
        return record != null && record.phase() == FenceRecord.Phase.SWITCH;
    }

    /** Returns true if {@link #work} should be called again at once. */
    boolean hasWork() {
        return record != null && record.phase() != FenceRecord.Phase.STAGE;
    }

    /** Returns what is going on, and with whom. */
    EngineStatus.Fence status() {
        return record == null
                ? EngineStatus.Fence.NONE
                : new EngineStatus.Fence(
                        EngineStatus.FenceState.valueOf(record.phase().name()),
                        record.server().device(),
                        staged);
    }

    /** Begins to stage what {@code peer} holds. */
    void begin(Peer peer, long nowMillis) {
        server = peer;
        walk = random.nextLong();
        next = Checkpoint.START;
        isRequestDue = true;
        progressMillis = nowMillis;
        staged = 0;
        mustClearStaged = true;
        put(FenceRecord.staging(peer.device.id()));
    }

    /** Gives up staging with a member that is gone. */
    void abandon(MemberId member) {
        if (server != null && server.member.equals(member)) {
            stopStaging();
        }
    }

    private void stopStaging() {
        server = null;
        put(null);
        mustClearStaged = true;
    }

    /** Returns the request that is due after the commit. */
    Optional<Due> takeRequest() {
        if (!isRequestDue || server == null || mustClearStaged) {
            return Optional.empty();
        }
        isRequestDue = false;
        return Optional.of(new Due(server.member, new PageRequest(walk, next, new VersionVector(), true)));
    }

    /** Stages a page; one that was not asked for is left alone. */
    void take(MemberId from, Page page, long nowMillis) {
        if (server == null || !server.member.equals(from) || walk != page.walk() || mustClearStaged) {
            return;
        }
        boolean isOfOneOpening = next.equals(Checkpoint.START)
                || next.opening() == page.checkpoint().opening();
        if (!isOfOneOpening || page.isTail() && page.estate() == null) {
            begin(server, nowMillis);
            return;
        }
        for (PagedDocument paged : page.documents()) {
            Encoder out = new Encoder(256);
            DocumentCodec.encode(paged.document(), out);
            state.putEntry(EntryNames.STAGED + paged.id(), out.toByteArray());
            staged++;
        }
        isStagingUncommitted = true;
        next = page.checkpoint();
        progressMillis = nowMillis;
        isRequestDue = !page.isTail();
        if (page.isTail()) {
            // What was lost is not known: nothing that is missing here was removed, and nothing counts as seen.
            VersionVector own = trust.isDamaged() ? new VersionVector() : state.vector();
            put(record.switching(page, own, state.nextNumber() - 1));
            server = null;
            switchedTo = 0;
            hasJustStaged = true;
            beyond.clear();
            state.claims().clearReach();
        }
    }

    /**
     * Does a bounded part of what is to be done.
     *
     * @param counts tells of a device whether it brings its own writes itself
     * @return true if the switch came to its end: claims, opening and checkpoints are others now
     */
    boolean work(Leftovers.Authors counts, long wallMillis, long nowMillis, Collection<LiveWrite> broadcasts) {
        if (server != null && nowMillis - progressMillis > settings.pageTimeoutMillis()) {
            server.notBeforeMillis = nowMillis + PAUSE_AFTER_TIMEOUT_MILLIS;
            stopStaging();
        }
        boolean isAllCommitted = !isStagingUncommitted;
        isStagingUncommitted = false;
        if (hasJustStaged) {
            hasJustStaged = false;
            return false;
        }
        if (mustClearStaged) {
            // What came in this very step from a server that was given up is not in the store yet.
            if (isAllCommitted) {
                clearStaged();
            }
            return false;
        }
        if (record == null || record.phase() == FenceRecord.Phase.STAGE) {
            return false;
        }
        if (record.phase() == FenceRecord.Phase.SWITCH) {
            return exchangeSome(wallMillis);
        }
        if (!leftovers.reissueSome(record, counts, wallMillis, broadcasts)) {
            put(null);
        }
        return false;
    }

    private void clearStaged() {
        SortedMap<String, byte[]> old = state.store().entries(EntryNames.STAGED, "", AT_ONCE);
        old.keySet().forEach(name -> state.putEntry(name, null));
        mustClearStaged = old.size() == AT_ONCE;
    }

    private boolean exchangeSome(long wallMillis) {
        SortedMap<String, byte[]> some = state.store().entries(EntryNames.STAGED, "", AT_ONCE);
        for (Map.Entry<String, byte[]> entry : some.entrySet()) {
            DocumentId id = DocumentId.parse(entry.getKey().substring(EntryNames.STAGED.length()));
            Document theirs = DocumentCodec.decode(new Decoder(entry.getValue()));
            keepLeftover(id, theirs);
            state.exchange(id, theirs, record.server().estate().collected(), wallMillis);
            theirs.context().beyond(record.server().vector()).forEach((replica, sequence) -> {
                beyond.raise(replica, sequence);
                state.claims().putReach(replica, sequence);
            });
            state.putEntry(entry.getKey(), null);
        }
        if (!some.isEmpty()) {
            return false;
        }
        boolean isMore = false;
        Set<DocumentId> lacking = new HashSet<>();
        if (switchedTo < record.own().lastNumber()) {
            List<Arrival> arrivals = state.store().arrivals(switchedTo, AT_ONCE);
            for (Arrival arrival : arrivals) {
                if (arrival.number() > record.own().lastNumber()) {
                    break;
                }
                switchedTo = arrival.number();
                isMore = true;
                boolean isOwn = state.record(arrival.id())
                        .filter(bytes -> StoredDocument.numberOf(bytes) == arrival.number())
                        .isPresent();
                if (isOwn || state.isDamaged(arrival.id())) {
                    lacking.add(arrival.id());
                }
            }
        }
        for (DocumentId id : lacking) {
            keepLeftover(id, new Document());
            if (state.isDamaged(id) || !state.document(id).isEmpty()) {
                state.exchange(id, new Document(), record.server().estate().collected(), wallMillis);
            }
        }
        if (isMore) {
            return false;
        }
        state.takeOver(record.server().vector(), record.server().estate(), beyond);
        Encoder lineage = new Encoder(20);
        MessageCodec.putLineage(record.server().estate().lineage(), lineage);
        state.putEntry(EntryNames.LINEAGE, lineage.toByteArray());
        if (trust.isDamaged()) {
            state.putEntry(
                    MadeGood.ENTRY, new MadeGood(wallMillis, record.server().device()).encode());
        }
        trust.restore(record.server().estate().lineage());
        Encoder checkpoint = new Encoder(20);
        MessageCodec.putCheckpoint(record.server().tail(), checkpoint);
        state.putEntry(EntryNames.CHECKPOINT + record.server().device(), checkpoint.toByteArray());
        state.openings().renew(random.nextLong(), state.lastNumber(), state::putEntry);
        put(record.reissuing());
        return true;
    }

    private void keepLeftover(DocumentId id, Document theirs) {
        StoredDocument ours = state.record(id)
                .map(StoredDocument::decode)
                .orElseGet(() -> new StoredDocument(1, 0, Hash.ZERO, new Document()));
        if (ours.document().isBeyond(record.server().vector())
                || Leftovers.isForgotten(ours.document(), theirs, record.own().vector())) {
            state.putEntry(EntryNames.LEFTOVER + id, ours.encode());
        }
    }

    private void put(FenceRecord changed) {
        record = changed;
        state.putEntry(EntryNames.FENCE, changed == null ? null : changed.encode());
    }
}
