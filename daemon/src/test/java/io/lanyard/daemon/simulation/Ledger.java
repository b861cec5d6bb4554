package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.StoredDocument;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every write that any engine ever made, with its true past: what no replica can know and the checks judge by. */
final class Ledger {
    private final Map<Dot, Entry> entries = new LinkedHashMap<>();
    private final Map<String, List<Dot>> byClient = new HashMap<>();
    private final Map<DocumentId, List<Entry>> byDocument = new HashMap<>();
    private final Map<DocumentId, Map<VersionVector, Expectation>> expectations = new HashMap<>();

    /**
     * A write.
     *
     * @param dot its name
     * @param station who made it
     * @param parts what it did, by document
     * @param past what the writer claimed before
     * @param unclaimedPast contexts of the documents that the writer held beyond its claims
     * @param isContextExact whether the parts' contexts are what the writer had seen, and not more
     * @param isWrittenAnew whether no program made it, but a device that went through the fence
     */
    record Entry(
            Dot dot,
            Station station,
            Map<DocumentId, Part> parts,
            VersionVector past,
            Map<DocumentId, VersionVector> unclaimedPast,
            boolean isContextExact,
            boolean isWrittenAnew) {}

    /** Notes a write that its station broadcasts; its disk is still as it was before the step. */
    void add(Write write, Station station) {
        Map<DocumentId, Part> parts = new LinkedHashMap<>();
        for (Write.Change change : write.changes()) {
            parts.put(change.id(), Part.of(change.fragment(), write.dot()));
        }
        add(write.dot(), write.client(), station, parts, true);
    }

    /**
     * Notes the writes in a commit that were not broadcast, because their station is alone. The commit may also hold
     * what others wrote, so the contexts may say too much.
     */
    void addUnsent(ChangeSet changes, ReplicaId own, String client, Station station) {
        byte[] claim = own == null ? null : changes.entries().get(Checks.VECTOR + own);
        if (claim == null) {
            return;
        }
        long last = new Decoder(claim).takeSequence();
        for (long sequence = station.disk.vector.get(own) + 1; sequence <= last; sequence++) {
            Dot dot = new Dot(own, sequence);
            if (!entries.containsKey(dot)) {
                Map<DocumentId, Part> parts = new LinkedHashMap<>();
                for (ChangeSet.DocumentChange change : changes.documents()) {
                    Document document = StoredDocument.decode(change.record()).document();
                    Part part = Part.of(document, dot);
                    if (!part.isEmpty()) {
                        parts.put(change.id(), part);
                    }
                }
                add(dot, client, station, parts, false);
            }
        }
    }

    private void add(Dot dot, String client, Station station, Map<DocumentId, Part> parts, boolean isContextExact) {
        if (entries.containsKey(dot)) {
            throw new Violation("dot " + dot + " was given out twice");
        }
        Disk disk = station.disk;
        Map<DocumentId, VersionVector> unclaimedPast = new HashMap<>();
        if (!disk.reach.isEmpty()) {
            disk.documents.forEach((id, document) -> {
                if (!disk.vector.covers(document.context())) {
                    unclaimedPast.put(id, document.context());
                }
            });
        }
        Entry entry =
                new Entry(dot, station, parts, disk.vector.copy(), unclaimedPast, isContextExact, client.isEmpty());
        parts.replaceAll((id, part) -> part.by(disk.seenIn(id), forgottenDelete(id, part, disk)));
        parts.forEach((id, part) -> {
            if (isContextExact) {
                requireNewest(id, part, dot);
            }
            byDocument.computeIfAbsent(id, absent -> new ArrayList<>()).add(entry);
        });
        entries.put(dot, entry);
        byClient.computeIfAbsent(client, absent -> new ArrayList<>()).add(dot);
    }

    /** Returns the stamp of the delete that the write replaces, if nothing on the disk told of it any more. */
    private Stamp forgottenDelete(DocumentId id, Part part, Disk disk) {
        if (part.alive() == null || part.floor() != null) {
            return null;
        }
        Document held = disk.documents.get(id);
        VersionVector seen = disk.seenIn(id);
        if (seen.isEmpty() || held != null && held.died() != null) {
            return null;
        }
        Expectation before = expectation(id, seen);
        return before.isVisible() || before.died() == null
                ? null
                : before.died().stamp();
    }

    private void requireNewest(DocumentId id, Part part, Dot dot) {
        long oldest = part.oldestTime();
        for (Entry earlier : writesTo(id)) {
            if (part.context().covers(earlier.dot())
                    && Long.compareUnsigned(earlier.parts().get(id).newestTime(), oldest) >= 0) {
                throw new Violation("write " + dot + " to " + id + " is not stamped above " + earlier.dot()
                        + ", which its writer had seen");
            }
        }
    }

    Entry entry(Dot dot) {
        Entry entry = entries.get(dot);
        if (entry == null) {
            throw new Violation("write " + dot + " is claimed or held, but nobody ever made it");
        }
        return entry;
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    /** Returns the writes that a program of this name made. */
    List<Dot> writesOf(String client) {
        return byClient.getOrDefault(client, List.of());
    }

    List<Entry> writesTo(DocumentId id) {
        return byDocument.getOrDefault(id, List.of());
    }

    /** Returns what a document with this context must hold. */
    Expectation expectation(DocumentId id, VersionVector context) {
        Map<VersionVector, Expectation> known = expectations.computeIfAbsent(id, absent -> new HashMap<>());
        Expectation expectation = known.get(context);
        if (expectation == null) {
            expectation = new Expectation();
            for (Entry entry : writesTo(id)) {
                if (context.covers(entry.dot())) {
                    expectation.add(entry.parts().get(id));
                }
            }
            known.put(context.copy(), expectation);
        }
        return expectation;
    }
}
