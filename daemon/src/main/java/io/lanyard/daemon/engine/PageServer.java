package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Estate;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Answers walks of this store's arrival index, from committed state only.
 *
 * <p>A page carries everything in the index that the puller's vector does not cover, also what this replica does not
 * claim itself yet; the claims come with the tail, where the puller has merged everything before. So nothing has to be
 * known here about gaps, superseded writes or changes during the walk: a document that changes moves to the tail, where
 * the walk comes by again.
 */
final class PageServer {

    private static final int CHUNK = 256;

    private final ReplicaState state;
    private final Settings settings;

    PageServer(ReplicaState state, Settings settings) {
        this.state = state;
        this.settings = settings;
    }

    /**
     * Returns the page; must be called while nothing is applied that is not committed.
     *
     * @param lineage the group that this replica belongs to
     * @return empty for a puller that lacks what it is counted on to have: it has to go through the fence
     */
    Optional<Page> serve(PageRequest request, Lineage lineage) {
        if (!request.isForFence() && !request.held().covers(state.claims().promised())) {
            return Optional.empty();
        }
        Store store = state.store();
        long last = store.lastArrival();
        long at = state.openings().resume(request.checkpoint(), last);
        List<PagedDocument> documents = new ArrayList<>();
        int bytes = 0;
        int scanned = 0;
        if (!request.isForFence()
                && request.held().covers(state.vector())
                && request.held().covers(state.claims().reach())) {
            at = last;
        }
        while (at < last && bytes < settings.pageBytes() && scanned < settings.pageScan()) {
            List<Arrival> arrivals = store.arrivals(at, Math.min(CHUNK, settings.pageScan() - scanned));
            if (arrivals.isEmpty()) {
                at = last;
            }
            for (Arrival arrival : arrivals) {
                if (bytes >= settings.pageBytes()) {
                    break;
                }
                at = arrival.number();
                scanned++;
                if (!request.isForFence()
                        && request.held()
                                .covers(ArrivalContext.decode(arrival.context()).context())) {
                    continue;
                }
                Optional<byte[]> record = state.record(arrival.id());
                if (record.isPresent() && StoredDocument.numberOf(record.get()) == arrival.number()) {
                    Document document = StoredDocument.decode(record.get()).document();
                    bytes += record.get().length;
                    if (!document.isEmpty()) {
                        documents.add(new PagedDocument(arrival.id(), document));
                    }
                }
            }
        }
        boolean isTail = at >= last;
        Checkpoint next = new Checkpoint(state.openings().current(), at, isTail);
        VersionVector raise = isTail ? state.vector().beyond(request.held()) : null;
        Estate estate = isTail && request.isForFence()
                ? new Estate(
                        state.claims().promised().copy(),
                        state.claims().collected().copy(),
                        state.claims().cleared().copy(),
                        lineage,
                        state.dropped())
                : null;
        return Optional.of(
                new Page(request.walk(), next, documents, raise, estate, writersOf(documents, request.held())));
    }

    /** Who wrote under the replica ids of which the puller may never have heard: people ask when they see a conflict. */
    private SortedMap<ReplicaId, String> writersOf(List<PagedDocument> documents, VersionVector held) {
        SortedMap<ReplicaId, String> writers = new TreeMap<>();
        for (PagedDocument paged : documents) {
            Document document = paged.document();
            Stream.concat(
                            document.context().entries().keySet().stream(),
                            document.fields().values().stream()
                                    .map(register -> register.dot().replica()))
                    .filter(replica -> held.get(replica) == 0 && state.writers().of(replica) != null)
                    .forEach(replica -> writers.put(replica, state.writers().of(replica)));
        }
        return writers;
    }
}
