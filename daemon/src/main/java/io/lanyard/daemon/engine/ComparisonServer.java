package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.engine.Store.DocumentRecord;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.ListedDocument;
import io.lanyard.daemon.message.Message.Listing;
import io.lanyard.daemon.message.Message.ListingRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Sums;
import io.lanyard.daemon.message.Message.SumsRequest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Answers those who compare themselves with this replica, or take documents over from it. From committed state only;
 * keeps nothing between requests; the work for each is bounded.
 */
final class ComparisonServer {

    /** How much of the records is read for one listing, at most. */
    static final long LISTING_BYTES = 4 << 20;

    private final ReplicaState state;
    private final Settings settings;
    private final KeySpace keySpace;

    ComparisonServer(ReplicaState state, Settings settings) {
        this.state = state;
        this.settings = settings;
        keySpace = new KeySpace(state.store());
    }

    /**
     * Returns the answer, if the message asks for one; must be called while nothing is applied that is not committed.
     */
    Optional<Message> serve(Message message, boolean isCatchingUp) {
        if (message instanceof SumsRequest request) {
            return Optional.of(new Sums(
                    request.request(),
                    state.vector().hash(),
                    isCatchingUp,
                    state.digest().copy()));
        } else if (message instanceof ListingRequest request) {
            List<ListedDocument> listed = new ArrayList<>();
            DocumentId next = list(request.buckets(), request.after(), listed);
            return Optional.of(new Listing(request.request(), listed, next));
        } else if (message instanceof DocumentsRequest request) {
            return Optional.of(documents(request));
        }
        return Optional.empty();
    }

    /**
     * Lists the next stretch of what readers see of some buckets: the hashes are those of the documents as they lie in
     * the store now, not those that were kept beside them. Damaged documents are listed with a hash that nothing has.
     *
     * @return where to go on, {@code null} at the end
     */
    DocumentId list(BitSet buckets, DocumentId after, List<ListedDocument> into) {
        return keySpace.visit(after, settings.pageScan(), LISTING_BYTES, new KeySpace.Visitor() {
            @Override
            public void record(DocumentRecord record) {
                if (buckets.get(Digest.bucketOf(record.id()))) {
                    try {
                        Document document =
                                StoredDocument.decode(record.bytes()).document();
                        if (document.isVisible()) {
                            into.add(new ListedDocument(record.id(), document.visibleHash(record.id())));
                        }
                    } catch (CodecException e) {
                        damaged(record.id());
                    }
                }
            }

            @Override
            public void damaged(DocumentId id) {
                if (buckets.get(Digest.bucketOf(id))) {
                    into.add(new ListedDocument(id, Hash.ZERO));
                }
            }
        });
    }

    private Documents documents(DocumentsRequest request) {
        List<PagedDocument> documents = new ArrayList<>();
        List<DocumentId> absent = new ArrayList<>();
        List<DocumentId> unreadable = new ArrayList<>();
        int bytes = 0;
        for (DocumentId id : request.ids()) {
            if (bytes >= settings.pageBytes()) {
                break;
            }
            try {
                Optional<byte[]> record = state.store().document(id);
                if (record.isEmpty()) {
                    absent.add(id);
                } else {
                    Document document = StoredDocument.decode(record.get()).document();
                    documents.add(new PagedDocument(id, document));
                    bytes += record.get().length;
                }
            } catch (DamagedException | CodecException e) {
                unreadable.add(id);
            }
        }
        return new Documents(
                request.request(),
                state.vector().copy(),
                state.claims().collected().copy(),
                state.dropped(),
                documents,
                absent,
                unreadable);
    }
}
