package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Another value in a document, as a bug might put it there, or damage that no checksum notices. */
public final class Alteration {

    private Alteration() {}

    /** Returns the document with that JSON text at {@code path}, as if it had been written like that. */
    public static Document of(Document document, FieldPath path, String value) {
        Document altered = new Document();
        Dot dot = document.alive().dot();
        TreeMap<FieldPath, String> leaves = new TreeMap<>(document.leaves());
        leaves.put(path, value);
        altered.merge(
                new Document().fragmentShowing(leaves, document.alive().stamp().time(), dot), new VersionVector());
        return altered;
    }

    /**
     * Alters what a store holds of a document, beneath everything that keeps count of it; hash and checksums are those of
     * the altered document.
     */
    public static void inStore(Store store, DocumentId id, FieldPath path, String value) throws IOException {
        StoredDocument stored = StoredDocument.decode(store.document(id).orElseThrow());
        Document altered = of(stored.document(), path, value);
        Encoder record = new Encoder(100);
        record.putVarint(stored.number());
        record.putVarint(stored.flippedAt());
        record.putHash(altered.visibleHash(id));
        DocumentCodec.encode(altered, record);
        Amendment amendment = new Amendment(id, stored.number(), record.toByteArray());
        store.commit(new ChangeSet(List.of(), List.of(amendment), List.of(), Map.of(), List.of(), 1_000));
    }
}
