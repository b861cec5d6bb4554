package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Summary;
import java.util.Map;

/**
 * What must hold on every disk after every commit. Looks only at what the commit touched.
 *
 * <ol>
 *   <li>A document holds just what the writes that its context covers leave; it never forgets one.
 *   <li>The vector claims a write only if each document of the write has seen it.
 *   <li>Of what is claimed, everything that its writer had seen is held.
 *   <li>What is held but not claimed lies within the reach, and only a page brings it.
 *   <li>The clock never goes back, and is never further ahead than its own wall clock ever was, plus the bound on drag.
 *   <li>Of a deleted document of which all was collected no field is held: others forget the delete then.
 *   <li>What is acknowledged is on the disk, and so is what others are told of, except live writes.
 * </ol>
 */
final class Checks {
    static final String VECTOR = "vector/";
    static final String REACH = "reach/";
    static final String PROMISED = "promised/";
    static final String COLLECTED = "collected/";
    private static final String COUNTERS = "counters";
    private static final long MAX_DRAG_MILLIS = 500;

    private final Ledger ledger;

    Checks(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Checks what a commit leaves, and keeps the disk's mirror in step with it.
     *
     * @param fence how far the device is with going through the fence, after the commit
     * @param estate what a server of that kind sent last, or {@code null}
     */
    void committed(Disk disk, ChangeSet changes, boolean hadPage, FenceState fence, Passage.Estate estate) {
        boolean isSwitching = disk.fence == FenceState.SWITCH;
        boolean isSwitched = isSwitching && fence != FenceState.SWITCH;
        VersionVector claimedBefore = disk.vector.copy();
        VersionVector reachBefore = disk.reach.copy();
        changes.entries().forEach((name, bytes) -> mirrorEntry(disk, name, bytes, isSwitched));
        disk.dropped.join(disk.collected);
        for (ChangeSet.DocumentChange change : changes.documents()) {
            Document document = StoredDocument.decode(change.record()).document();
            if (isSwitching) {
                exchange(disk, change.id(), document);
                continue;
            }
            keep(disk, change.id(), document);
            VersionVector unclaimed = document.context().beyond(disk.vector);
            // From the tail of the fence on the reach is that of the documents that are to come.
            VersionVector reach = fence == FenceState.SWITCH ? reachBefore : disk.reach;
            if (!reach.covers(unclaimed)) {
                throw new Violation(change.id() + " holds " + unclaimed + " beyond vector and reach " + disk.reach);
            }
            if (!hadPage && !reachBefore.covers(unclaimed)) {
                throw new Violation(change.id() + " got " + unclaimed + " unclaimed without a page");
            }
        }
        for (ChangeSet.Amendment amendment : changes.amendments()) {
            keep(disk, amendment.id(), StoredDocument.decode(amendment.record()).document());
        }
        if (isSwitched) {
            endPassage(disk);
        }
        changes.removals().forEach(removal -> forget(disk, removal.id()));
        if (!isSwitching) {
            if (!disk.isDamaged) {
                requireClaimsHeld(disk, claimedBefore);
            }
            if (fence == FenceState.SWITCH) {
                beginPassage(disk, estate);
            }
        }
        if (fence != FenceState.SWITCH) {
            disk.documents.forEach((id, document) -> requireCollected(disk, id, document));
        }
        disk.fence = fence;
        byte[] counters = changes.entries().get(COUNTERS);
        if (counters != null) {
            requireSaneClock(disk, new Decoder(counters).takeLong());
        }
    }

    private static void mirrorEntry(Disk disk, String name, byte[] bytes, boolean isSwitched) {
        if (name.startsWith(VECTOR)) {
            mirror(disk.vector, "claim", name, bytes, isSwitched);
        } else if (name.startsWith(PROMISED)) {
            mirror(disk.promised, "promise", name, bytes, isSwitched);
        } else if (name.startsWith(COLLECTED)) {
            mirror(disk.collected, "collection", name, bytes, isSwitched);
        } else if (name.startsWith(REACH)) {
            mirror(disk.reach, "reach", name, bytes, true);
        }
    }

    private static void mirror(VersionVector kept, String what, String name, byte[] bytes, boolean mayGoBack) {
        ReplicaId replica = ReplicaId.parse(name.substring(name.indexOf('/') + 1));
        long sequence = bytes == null ? 0 : new Decoder(bytes).takeSequence();
        if (sequence < kept.get(replica) && !mayGoBack) {
            throw new Violation("the " + what + " of " + replica + " went back to " + sequence);
        }
        kept.remove(replica);
        if (sequence > 0) {
            kept.raise(replica, sequence);
        }
    }

    private void beginPassage(Disk disk, Passage.Estate estate) {
        if (estate == null) {
            throw new Violation("documents are exchanged for those of a server that never came to its tail");
        }
        disk.passage = Passage.begin(disk, estate, ledger);
    }

    /** A document is exchanged for that of the server; the page that brought it may be younger than the tail. */
    private void exchange(Disk disk, DocumentId id, Document document) {
        disk.seen.put(id, disk.passage.estate().seen().getOrDefault(id, Disk.NOTHING));
        disk.see(id, document.context());
        disk.documents.put(id, document);
        if (disk.lostInSwitch != null) {
            disk.lostInSwitch.remove(id);
        }
        VersionVector dropped = disk.dropped.copy();
        dropped.join(disk.passage.estate().dropped());
        requireExpected(disk, id, document, dropped);
    }

    /** All is as the server had it: what this disk held besides is kept aside, or gone. */
    private void endPassage(Disk disk) {
        Passage passage = disk.passage;
        if (!disk.vector.covers(passage.estate().claims())) {
            throw new Violation("after the fence not all is claimed that the server did");
        }
        disk.dropped.clear();
        disk.dropped.join(passage.estate().dropped());
        disk.dropped.join(disk.collected);
        disk.seen.clear();
        disk.seen.putAll(passage.estate().seen());
        disk.documents.forEach((id, document) -> disk.see(id, document.context()));
        disk.acknowledged.removeIf(dot -> !disk.vector.covers(dot));
        disk.passages.add(passage);
        disk.passage = null;
        // What was lost in the middle of the switch is still missing: it takes another way through the fence.
        disk.isDamaged = disk.lostInSwitch != null || passage.estate().isDamaged();
        if (disk.lostInSwitch != null) {
            disk.seen.keySet().removeAll(disk.lostInSwitch);
            disk.lostInSwitch = null;
        }
        if (!disk.isDamaged) {
            requireClaimsHeld(disk, Disk.NOTHING);
        }
    }

    private void keep(Disk disk, DocumentId id, Document document) {
        Document before = disk.documents.get(id);
        if (before != null) {
            VersionVector forgotten = before.context().beyond(document.context());
            if (!disk.collected.covers(forgotten)) {
                throw new Violation(id + " forgot writes: " + before.context() + " became " + document.context());
            }
        }
        disk.see(id, document.context());
        disk.documents.put(id, document);
        requireExpected(disk, id, document);
    }

    private void forget(Disk disk, DocumentId id) {
        disk.documents.remove(id);
        requireExpected(disk, id, new Document());
    }

    private void requireExpected(Disk disk, DocumentId id, Document document) {
        requireExpected(disk, id, document, disk.dropped);
    }

    private void requireExpected(Disk disk, DocumentId id, Document document, VersionVector dropped) {
        VersionVector seen = disk.seenIn(id);
        String fault = ledger.expectation(id, seen).faultOf(document, dropped);
        if (fault != null) {
            throw new Violation(id + ", in which " + seen + " was merged, " + fault);
        }
    }

    private void requireClaimsHeld(Disk disk, VersionVector claimedBefore) {
        disk.vector.beyond(claimedBefore).forEach((replica, sequence) -> {
            for (long claimed = claimedBefore.get(replica) + 1; claimed <= sequence; claimed++) {
                Ledger.Entry entry = ledger.entry(new Dot(replica, claimed));
                requireHeld(disk, entry, "claims");
                requirePastHeld(disk, entry);
            }
        });
    }

    private void requirePastHeld(Disk disk, Ledger.Entry entry) {
        entry.unclaimedPast().forEach((id, context) -> {
            if (!disk.seenIn(id).covers(context)) {
                throw new Violation("claims " + entry.dot() + ", whose writer had seen " + context + " in " + id
                        + ", but has seen only " + disk.seenIn(id));
            }
        });
        entry.past().beyond(disk.vector).forEach((replica, sequence) -> {
            for (long seen = disk.vector.get(replica) + 1; seen <= sequence; seen++) {
                requireHeld(
                        disk,
                        ledger.entry(new Dot(replica, seen)),
                        "claims " + entry.dot() + ", whose writer had seen");
            }
        });
    }

    private static void requireHeld(Disk disk, Ledger.Entry entry, String why) {
        for (DocumentId id : entry.parts().keySet()) {
            if (!disk.seenIn(id).covers(entry.dot())) {
                throw new Violation(why + " " + entry.dot() + " but does not hold it in " + id);
            }
        }
    }

    private static void requireCollected(Disk disk, DocumentId id, Document document) {
        boolean isCollected = !document.isVisible()
                && document.died() != null
                && disk.collected.covers(document.died().dot())
                && disk.collected.covers(document.context());
        if (isCollected
                && document.fields().values().stream().anyMatch(register -> disk.collected.covers(register.dot()))) {
            throw new Violation(id + " was deleted and collected, but holds " + document);
        }
    }

    private static void requireSaneClock(Disk disk, long clock) {
        if (Long.compareUnsigned(clock, disk.clock) < 0) {
            throw new Violation("the clock went back to " + Timestamp.text(clock));
        }
        disk.clock = clock;
        if (Timestamp.millis(clock) > disk.furthestWallMillis + MAX_DRAG_MILLIS + 1) {
            throw new Violation("the clock was dragged to " + Timestamp.text(clock) + ", its wall clock was at most at "
                    + Timestamp.text(Timestamp.pack(disk.furthestWallMillis, 0)));
        }
    }

    /** Checks that a write whose acknowledgement goes out is on the disk, and readable. */
    void acknowledged(Disk disk, Dot dot) {
        requireHeld(disk, ledger.entry(dot), "acknowledges");
        if (!disk.vector.covers(dot)) {
            throw new Violation("acknowledges " + dot + " but does not claim it");
        }
        disk.acknowledged.add(dot);
    }

    /** Checks that a message tells of nothing that is not committed. */
    void told(Disk disk, Message message) {
        if (message instanceof Summary summary) {
            requireCommitted(disk.vector, summary.vector().changes(), "a summary");
            if (!summary.reach().equals(disk.reach)) {
                throw new Violation("a summary tells of reach " + summary.reach() + ", which is " + disk.reach);
            }
        } else if (message instanceof PageRequest request) {
            requireCommitted(disk.vector, request.held(), "a page request");
        } else if (message instanceof Page page) {
            requireCommitted(disk.vector, page.isTail() ? page.raise() : new VersionVector(), "a page");
            for (PagedDocument paged : page.documents()) {
                requireCommitted(disk.seenIn(paged.id()), paged.document().context(), "a page");
            }
        }
    }

    private static void requireCommitted(VersionVector committed, VersionVector told, String by) {
        if (!committed.covers(told)) {
            throw new Violation(by + " tells of " + told.beyond(committed) + ", which is not committed");
        }
    }

    /** Checks everything on a disk anew, and the digest that its engine works with. */
    void whole(Disk disk, Hash digest) {
        Digest fromScratch = new Digest();
        VersionVector dropped = disk.dropped.copy();
        if (disk.fence == FenceState.SWITCH) {
            dropped.join(disk.passage.estate().dropped());
        }
        disk.documents.forEach((id, document) -> {
            StoredDocument stored =
                    StoredDocument.decode(disk.store.document(id).orElseThrow());
            if (!stored.document().equals(document)) {
                throw new Violation(id + " is not stored as it was committed");
            }
            requireExpected(disk, id, document, dropped);
            fromScratch.replace(id, Hash.ZERO, document.visibleHash(id));
            if (!stored.hash().equals(document.visibleHash(id))) {
                throw new Violation(id + " is stored with a hash of something else");
            }
        });
        if (!disk.isDamaged && !fromScratch.root().equals(digest)) {
            throw new Violation("the digest is not that of the documents");
        }
        if (disk.isDamaged || disk.fence == FenceState.SWITCH) {
            return;
        }
        for (Dot dot : disk.acknowledged) {
            requireHeld(disk, ledger.entry(dot), "acknowledged");
        }
        for (Map.Entry<ReplicaId, Long> claim : disk.vector.entries().entrySet()) {
            for (long sequence = 1; sequence <= claim.getValue(); sequence++) {
                requireHeld(disk, ledger.entry(new Dot(claim.getKey(), sequence)), "claims");
            }
        }
    }
}
