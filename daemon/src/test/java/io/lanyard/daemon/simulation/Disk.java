package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.store.MemoryStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A store, which survives crashes and can be copied, beside what the checks know to be in it. */
final class Disk {
    static final VersionVector NOTHING = new VersionVector();

    MemoryStore store = new MemoryStore();
    final Map<DocumentId, Document> documents = new TreeMap<>();
    /** What was ever merged into a document, also what its context does not tell any more. Values never change. */
    final Map<DocumentId, VersionVector> seen = new TreeMap<>();

    final VersionVector vector = new VersionVector();
    final VersionVector reach = new VersionVector();
    /** Writes of which its device said that what no reader sees is gone. */
    final VersionVector collected = new VersionVector();
    /** Writes of which what no reader sees may be gone: a sweep that is on its way has not said so yet. */
    final VersionVector dropped = new VersionVector();
    /** What its device said that every device has. */
    final VersionVector promised = new VersionVector();
    /** How far its device is with going through the fence. */
    FenceState fence = FenceState.NONE;
    /** What is exchanged for what, while its device goes through the fence. */
    Passage passage;
    /** The ways through the fence that came to their end, on this disk. */
    final List<Passage> passages = new ArrayList<>();

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
    /** Whether documents are missing that it claims. */
    boolean isDamaged;

    /** What was lost in the middle of the switch that is under way, and not exchanged since; {@code null} if nothing was. */
    Set<DocumentId> lostInSwitch;

    /** The last that the {@link Witness} noted of it. */
    long witnessedAt;
    /** Whether something was committed since the store said that it lost something. */
    boolean isLossNoted;

    Disk copy() {
        Disk copy = new Disk();
        copy.store = store.copy();
        copy.documents.putAll(documents);
        copy.seen.putAll(seen);
        copy.vector.join(vector);
        copy.reach.join(reach);
        copy.collected.join(collected);
        copy.dropped.join(dropped);
        copy.promised.join(promised);
        copy.fence = fence;
        copy.passage = passage;
        copy.passages.addAll(passages);
        copy.acknowledged.addAll(acknowledged);
        copy.furthestWallMillis = furthestWallMillis;
        copy.clock = clock;
        copy.ownWrites = ownWrites;
        copy.wasRolledBack = wasRolledBack;
        copy.isDamaged = isDamaged;
        copy.lostInSwitch = lostInSwitch == null ? null : new HashSet<>(lostInSwitch);
        copy.witnessedAt = witnessedAt;
        return copy;
    }

    /** Loses documents, as a damaged file does; whoever opens it next is told, and nobody after that. */
    void loseSome(SplittableRandom random) {
        Set<DocumentId> lost = new HashSet<>(documents.keySet());
        lost.removeIf(id -> random.nextInt(3) == 0);
        lose(lost);
    }

    /** Loses these documents. */
    void lose(Set<DocumentId> lost) {
        store = store.copyWithout(lost::contains);
        documents.keySet().removeAll(lost);
        seen.keySet().removeAll(lost);
        acknowledged.clear();
        isDamaged = true;
        if (fence == FenceState.SWITCH) {
            lostInSwitch = lostInSwitch == null ? new HashSet<>() : lostInSwitch;
            lostInSwitch.addAll(lost);
        }
        isLossNoted = false;
        wasRolledBack = true;
    }

    /** Opens the store; it says that it lost something until that was noted. */
    MemoryStore open() {
        if (isLossNoted) {
            store = store.copy();
            isLossNoted = false;
        }
        return store;
    }

    /** Returns true if nothing of its past was ever undone or exchanged. */
    boolean isPastItsOwn() {
        return !wasRolledBack && passages.isEmpty() && passage == null;
    }

    /** Returns what was ever merged into a document; not to be changed. */
    VersionVector seenIn(DocumentId id) {
        return seen.getOrDefault(id, NOTHING);
    }

    /** Notes that a document holds what {@code context} covers. */
    void see(DocumentId id, VersionVector context) {
        VersionVector joined = seenIn(id).copy();
        if (joined.join(context)) {
            seen.put(id, joined);
        }
    }
}
