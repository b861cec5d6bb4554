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
    MemoryStore store = new MemoryStore();
    final Map<DocumentId, Document> documents = new TreeMap<>();
    /** What was ever merged into a document, also what its context does not tell any more. Values never change. */
    final Map<DocumentId, VersionVector> seen = new TreeMap<>();

    final VersionVector vector = new VersionVector();
    final VersionVector reach = new VersionVector();
    /** Writes of which what no reader sees may be gone. */
    final VersionVector collected = new VersionVector();

    /** What was acknowledged to programs on this disk, or on the one it is a copy of before it was copied. */
    final Set<Dot> acknowledged = new LinkedHashSet<>();
    /** The furthest that the wall clock of its device ever was. */
    long furthestWallMillis;
    /** The newest timestamp that its hybrid clock issued or took over. */
    long clock;
    /** How many writes were committed to it by its own device. */
    int ownWrites;
    /** Whether it is, or is the successor of, a copy that was put back: then parts of its past were undone. */
    boolean wasRolledBack;

    Disk copy() {
        Disk copy = new Disk();
        copy.store = store.copy();
        copy.documents.putAll(documents);
        copy.seen.putAll(seen);
        copy.vector.join(vector);
        copy.reach.join(reach);
        copy.collected.join(collected);
        copy.acknowledged.addAll(acknowledged);
        copy.furthestWallMillis = furthestWallMillis;
        copy.clock = clock;
        copy.ownWrites = ownWrites;
        copy.wasRolledBack = wasRolledBack;
        return copy;
    }

    /** Returns what was ever merged into a document; not to be changed. */
    VersionVector seenIn(DocumentId id) {
        return seen.getOrDefault(id, NOTHING);
    }

    private static final VersionVector NOTHING = new VersionVector();

    /** Notes that a document holds what {@code context} covers. */
    void see(DocumentId id, VersionVector context) {
        VersionVector joined = seenIn(id).copy();
        if (joined.join(context)) {
            seen.put(id, joined);
        }
    }
}
