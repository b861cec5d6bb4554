package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.engine.Store.DocumentRecord;
import io.lanyard.daemon.engine.VerifyReport.Own;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Works the digest out anew from the stored documents, in small slices, while writes go on.
 *
 * <p>The digest that is kept is never read from documents, only changed with them; so if a document changes in the store
 * by itself, or a bug lets one slip, no comparison of digests tells. The audit goes through the documents in the order
 * of their names; a document that is written behind it is noted by {@link #changed}, one before it is read when it
 * comes there. So at the end both digests are of the same moment.
 */
final class DigestAudit implements KeySpace.Visitor {

    private static final int SLICE_DOCUMENTS = 256;
    private static final long SLICE_BYTES = 1 << 20;

    private final ReplicaState state;
    private final KeySpace keySpace;
    private boolean isRunning;
    private DocumentId at;
    private Digest digest = new Digest();
    private long documents;
    private long visible;
    private List<DocumentId> altered = new ArrayList<>();
    private List<DocumentId> unreadable = new ArrayList<>();

    DigestAudit(ReplicaState state) {
        this.state = state;
        keySpace = new KeySpace(state.store());
    }

    boolean isRunning() {
        return isRunning;
    }

    /** Begins at the first document, whatever was under way. */
    void begin() {
        isRunning = true;
        at = null;
        digest = new Digest();
        documents = 0;
        visible = 0;
        altered = new ArrayList<>();
        unreadable = new ArrayList<>();
    }

    /**
     * Reads the next documents. At the end puts the digest right if it is wrong, and returns what was found; documents
     * that are not as they were written are noted as changed, so that the digest tells what they show now.
     */
    Optional<Own> goOn() {
        at = keySpace.visit(at, SLICE_DOCUMENTS, SLICE_BYTES, this);
        if (at != null) {
            return Optional.empty();
        }
        isRunning = false;
        boolean isWrong = !digest.equals(state.digest()) || visible != state.visibleDocuments();
        Own own = new Own(documents, digest.root(), isWrong, altered, unreadable);
        if (isWrong) {
            state.correctDigest(digest, visible);
        }
        return Optional.of(own);
    }

    @Override
    public void record(DocumentRecord record) {
        try {
            StoredDocument stored = StoredDocument.decode(record.bytes());
            documents++;
            visible += Totals.countOf(record.id(), stored.document().isVisible());
            digest.replace(record.id(), Hash.ZERO, stored.hash());
            if (!stored.hash().equals(stored.document().visibleHash(record.id()))) {
                note(altered, record.id());
                state.touch(record.id());
            }
        } catch (CodecException e) {
            damaged(record.id());
        }
    }

    @Override
    public void damaged(DocumentId id) {
        documents++;
        if (state.numberOf(id) != ReplicaState.CHANGED) {
            note(unreadable, id);
        }
    }

    private static void note(List<DocumentId> ids, DocumentId id) {
        if (ids.size() < VerifyReport.MAX_NAMED) {
            ids.add(id);
        }
    }

    /** Notes that a document shows something else from the next commit on; {@link Hash#ZERO} if it is not visible. */
    void changed(DocumentId id, Hash before, Hash after, boolean wasVisible, boolean isVisible) {
        if (isRunning && at != null && id.compareTo(at) <= 0) {
            digest.replace(id, before, after);
            visible += Totals.countOf(id, isVisible) - Totals.countOf(id, wasVisible);
        }
    }
}
