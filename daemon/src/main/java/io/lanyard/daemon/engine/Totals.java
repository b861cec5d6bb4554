package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.Timestamp;
import java.util.Map;
import java.util.Optional;

/**
 * What is summed up over all documents of a replica: their digest, how many of them readers see, and what garbage there is.
 * It changes with each of them, and is committed with them.
 */
final class Totals {

    private final Map<String, byte[]> entries;
    private Digest digest;
    private long visibleDocuments;
    private long graves;
    /** The newest timestamp of what was dropped, here or where this state was taken over from. */
    private long dropped;

    private boolean isGarbageNoted;
    private DigestAudit audit;

    /** Reads what there is, and notes in {@code entries} what the present commit changes. */
    Totals(Store store, Map<String, byte[]> entries, long visibleDocuments) {
        this.entries = entries;
        this.visibleDocuments = visibleDocuments;
        digest = store.entry(EntryNames.DIGEST).map(Digest::decode).orElseGet(Digest::new);
        store.entry(EntryNames.GARBAGE).map(Decoder::new).ifPresent(in -> {
            graves = in.takeVarint(0, Long.MAX_VALUE);
            dropped = in.takeLong();
        });
        if (store.lostData()) {
            countAnew(store);
        }
    }

    /** What was summed up before something was lost is not the sum of what is there. */
    private void countAnew(Store store) {
        digest = new Digest();
        visibleDocuments = 0;
        graves = 0;
        for (String collection : store.collections()) {
            String after = "";
            while (after != null) {
                after = countFrom(store, collection, after);
            }
        }
        entries.put(EntryNames.DIGEST, null);
    }

    /** Returns the id of a damaged document behind which to go on, {@code null} at the end of the collection. */
    private String countFrom(Store store, String collection, String after) {
        try {
            store.documents(collection, after, record -> {
                StoredDocument stored = StoredDocument.decode(record.bytes());
                digest.replace(record.id(), Hash.ZERO, stored.hash());
                visibleDocuments += countOf(record.id(), stored.document().isVisible());
                graves += stored.document().isEmpty() ? 1 : 0;
                return true;
            });
            return null;
        } catch (Store.DamagedException e) {
            return e.document().orElseThrow(() -> e).id();
        }
    }

    /** Returns how much a document adds to the number of those that are visible. */
    static int countOf(DocumentId id, boolean isVisible) {
        return isVisible && !id.isInternal() ? 1 : 0;
    }

    Digest digest() {
        return digest;
    }

    long visibleDocuments() {
        return visibleDocuments;
    }

    /** Returns how many records are kept of documents of which nothing is left. */
    long graves() {
        return graves;
    }

    /** Returns the newest timestamp of what was dropped. */
    long dropped() {
        return dropped;
    }

    /** Tells {@code listener} from now on what each commit changes. */
    void tell(DigestAudit listener) {
        audit = listener;
    }

    /** Puts what was worked out anew in the place of what is kept. */
    void correct(Digest right, long visible) {
        digest = right.copy();
        visibleDocuments = visible;
        entries.put(EntryNames.DIGEST, null);
    }

    /** Notes that something with this timestamp was dropped. */
    void noteDropped(long time) {
        isGarbageNoted |= Timestamp.compare(time, dropped) > 0;
        dropped = Timestamp.max(dropped, time);
    }

    void countGraves(boolean wasGrave, boolean isGrave) {
        graves += (isGrave ? 1 : 0) - (wasGrave ? 1 : 0);
        isGarbageNoted |= wasGrave != isGrave;
    }

    /** Notes that the next commit puts {@code after}, which shows {@code hash}, in the place of {@code before}. */
    void changed(DocumentId id, Optional<StoredDocument> before, Document after, Hash hash) {
        boolean wasVisible = before.isPresent() && before.get().document().isVisible();
        boolean isVisible = after.isVisible();
        Hash hashBefore = before.map(StoredDocument::hash).orElse(Hash.ZERO);
        if (!hash.equals(hashBefore)) {
            digest.replace(id, hashBefore, hash);
            entries.put(EntryNames.DIGEST, null);
        }
        visibleDocuments += countOf(id, isVisible) - countOf(id, wasVisible);
        if (audit != null) {
            audit.changed(id, hashBefore, hash, wasVisible, isVisible);
        }
        countGraves(before.isPresent() && before.get().document().isEmpty(), after.isEmpty());
    }

    /** Puts what changed since the last commit into the entries of the next, all but the number of visible documents. */
    void putChanged() {
        if (entries.containsKey(EntryNames.DIGEST)) {
            entries.put(EntryNames.DIGEST, digest.encode());
        }
        if (isGarbageNoted) {
            isGarbageNoted = false;
            Encoder garbage = new Encoder(18);
            garbage.putVarint(graves);
            garbage.putLong(dropped);
            entries.put(EntryNames.GARBAGE, garbage.toByteArray());
        }
    }
}
