package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Documents that are to be taken over whole from a peer, because what is here cannot be read: asks one peer after the
 * other until each document came.
 *
 * <p>Why that is sound: what this replica claimed when it asked, and nothing else of what it claims now, may have been
 * in the document, since a damaged one takes no writes, and one that took some meanwhile is left as it is. A server that
 * claims all that holds it, or what superseded it, in its own document. So that one may stand in the place of the damaged
 * one, whatever this replica came to claim since; what it holds beyond the claims of here extends the reach, as in a
 * page. A server that does not claim it all yet is asked again, and so is one that dropped garbage which this replica has
 * not seen: the contexts of its documents do not tell of that.
 */
final class Refill {

    private static final int AT_ONCE = 64;
    private static final long PAUSE_MILLIS = 250;

    private final ReplicaState state;
    private final Settings settings;
    private final Set<DocumentId> wanted = new LinkedHashSet<>();
    private Request request;
    private MemberId lastAsked;
    private long notBeforeMillis;
    private long refilled;

    Refill(ReplicaState state, Settings settings) {
        this.state = state;
        this.settings = settings;
    }

    private static final class Request {
        final long id;
        final MemberId to;
        /** By document where it stood when it was asked for. */
        final Map<DocumentId, Long> numbers = new LinkedHashMap<>();
        /** What was claimed when it was asked for. */
        final VersionVector held;

        final long sinceMillis;
        boolean isDue = true;

        Request(long id, MemberId to, VersionVector held, long sinceMillis) {
            this.id = id;
            this.to = to;
            this.held = held;
            this.sinceMillis = sinceMillis;
        }
    }

    /** A request that is to be sent after the commit, and to whom. */
    record Due(MemberId to, DocumentsRequest request) {}

    /** Wants these documents from whoever has them. */
    void want(Collection<DocumentId> ids) {
        wanted.addAll(ids);
    }

    /** Returns the documents that are still waited for; not to be changed. */
    Set<DocumentId> waiting() {
        return wanted;
    }

    /** Returns how many documents came since the start. */
    long refilled() {
        return refilled;
    }

    /** Asks the next peer if documents are wanted and nobody is being asked. */
    void pursue(Collection<Peer> peers, RandomGenerator random, long nowMillis) {
        if (request != null && nowMillis - request.sinceMillis > settings.pageTimeoutMillis()) {
            request = null;
        }
        if (wanted.isEmpty() || request != null || nowMillis < notBeforeMillis) {
            return;
        }
        TreeMap<MemberId, Peer> able = new TreeMap<>();
        peers.stream().filter(peer -> peer.isKnown() && peer.isTrusted).forEach(peer -> able.put(peer.member, peer));
        if (able.isEmpty()) {
            return;
        }
        MemberId next = lastAsked == null ? able.firstKey() : able.higherKey(lastAsked);
        lastAsked = next == null ? able.firstKey() : next;
        request = new Request(random.nextLong(), lastAsked, state.vector().copy(), nowMillis);
        for (DocumentId id : wanted) {
            request.numbers.put(id, state.numberOf(id));
            if (request.numbers.size() == AT_ONCE) {
                break;
            }
        }
    }

    /** Returns the request that is due after the commit. */
    Optional<Due> takeRequest() {
        if (request == null || !request.isDue) {
            return Optional.empty();
        }
        request.isDue = false;
        return Optional.of(
                new Due(request.to, new DocumentsRequest(request.id, new ArrayList<>(request.numbers.keySet()))));
    }

    /** Takes documents over; what was not asked for is left alone. */
    void take(MemberId from, Documents answer, long wallMillis, long nowMillis) {
        if (request == null || !request.to.equals(from) || request.id != answer.request()) {
            return;
        }
        Request asked = request;
        request = null;
        if (!answer.vector().covers(asked.held) || !state.vector().covers(answer.collected())) {
            notBeforeMillis = nowMillis + PAUSE_MILLIS;
            return;
        }
        for (PagedDocument paged : answer.documents()) {
            takeOver(asked, paged.id(), paged.document(), answer.newestDropped(), wallMillis);
        }
        for (DocumentId id : answer.absent()) {
            takeOver(asked, id, new Document(), answer.newestDropped(), wallMillis);
        }
        for (DocumentId id : answer.unreadable()) {
            if (wanted.remove(id)) {
                wanted.add(id); // at the end: the others come first
                notBeforeMillis = nowMillis + PAUSE_MILLIS;
            }
        }
    }

    private void takeOver(Request asked, DocumentId id, Document document, long newestDropped, long wallMillis) {
        Long number = asked.numbers.get(id);
        if (number == null || !wanted.contains(id)) {
            return;
        }
        long now = state.numberOf(id);
        if (now == 0 && document.isEmpty()) {
            wanted.remove(id);
        } else if (now == number && now != ReplicaState.CHANGED) {
            state.restore(id, document, newestDropped, wallMillis);
            refilled++;
            wanted.remove(id);
        } else if (number == ReplicaState.UNREADABLE) {
            wanted.remove(id);
        }
    }
}
