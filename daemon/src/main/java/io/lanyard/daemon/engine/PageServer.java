package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

    /** Returns the page; must be called while nothing is applied that is not committed. */
    Page serve(PageRequest request) {
        Store store = state.store();
        long last = store.lastArrival();
        long at = state.openings().resume(request.checkpoint(), last);
        List<PagedDocument> documents = new ArrayList<>();
        int bytes = 0;
        int scanned = 0;
        if (request.held().covers(state.vector()) && request.held().covers(state.reach())) {
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
                VersionVector context = new Decoder(arrival.context()).takeVector();
                if (request.held().covers(context)) {
                    continue;
                }
                Optional<byte[]> record = store.document(arrival.id());
                if (record.isPresent() && StoredDocument.numberOf(record.get()) == arrival.number()) {
                    Document document = StoredDocument.decode(record.get()).document();
                    documents.add(new PagedDocument(arrival.id(), document));
                    bytes += record.get().length;
                }
            }
        }
        boolean isTail = at >= last;
        Checkpoint next = new Checkpoint(state.openings().current(), at, isTail);
        return new Page(request.walk(), next, documents, isTail ? state.vector().beyond(request.held()) : null);
    }
}
