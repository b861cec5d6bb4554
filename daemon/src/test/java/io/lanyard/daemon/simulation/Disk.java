package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.store.MemoryStore;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A store, which survives crashes and can be copied, beside what the checks know to be in it. */
final class Disk {
    final MemoryStore store;
    final Map<DocumentId, Document> documents;
    final VersionVector vector;
    final VersionVector reach;
    /** What was acknowledged to programs on this disk, or on the one it is a copy of before it was copied. */
    final Set<Dot> acknowledged;
    /** The furthest that the wall clock of its device ever was. */
    long furthestWallMillis;
    /** The newest timestamp that its hybrid clock issued or took over. */
    long clock;
    /** How many writes were committed to it by its own device. */
    int ownWrites;
    /** Whether it is, or is the successor of, a copy that was put back: then parts of its past were undone. */
    boolean wasRolledBack;

    Disk() {
        this(new MemoryStore(), new TreeMap<>(), new VersionVector(), new VersionVector(), new LinkedHashSet<>());
    }

    private Disk(
            MemoryStore store,
            Map<DocumentId, Document> documents,
            VersionVector vector,
            VersionVector reach,
            Set<Dot> acknowledged) {
        this.store = store;
        this.documents = documents;
        this.vector = vector;
        this.reach = reach;
        this.acknowledged = acknowledged;
    }

    Disk copy() {
        Disk copy = new Disk(
                store.copy(), new TreeMap<>(documents), vector.copy(), reach.copy(), new LinkedHashSet<>(acknowledged));
        copy.furthestWallMillis = furthestWallMillis;
        copy.clock = clock;
        copy.ownWrites = ownWrites;
        copy.wasRolledBack = wasRolledBack;
        return copy;
    }

    VersionVector contextOf(DocumentId id) {
        Document document = documents.get(id);
        return document == null ? new VersionVector() : document.context();
    }
}
