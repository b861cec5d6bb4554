package io.lanyard.daemon.simulation;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A device's way through the fence, as the checks see it.
 *
 * @param estate what it takes over
 * @param left what it showed itself and its server lacked
 * @param gone every write that it held and its server lacked
 */
record Passage(Estate estate, List<Left> left, Set<Dot> gone) {

    /**
     * What a server had at the tail of its index.
     *
     * @param seen what was ever merged into each document
     * @param claims its vector
     * @param dropped writes of which it may have dropped what no reader sees
     * @param isDamaged whether documents were missing that it claimed: nobody had them any more
     */
    record Estate(Map<DocumentId, VersionVector> seen, VersionVector claims, VersionVector dropped, boolean isDamaged) {

        static Estate of(Disk disk) {
            return new Estate(new TreeMap<>(disk.seen), disk.vector.copy(), disk.dropped.copy(), disk.isDamaged);
        }
    }

    /** A value that the device showed before. */
    record Left(DocumentId id, FieldPath path, Register register) {

        Dot dot() {
            return register.dot();
        }
    }

    /** Notes what a disk holds when its device begins to exchange its documents for those of the estate. */
    static Passage begin(Disk disk, Estate estate, Ledger ledger) {
        List<Left> left = new ArrayList<>();
        disk.documents.forEach((id, document) -> document.shown().forEach((path, register) -> {
            // What a delete would hide but for an edit that another device brings itself, is superseded by that delete.
            boolean isDeleted =
                    document.died() != null && document.died().stamp().isNewerThan(register.stamp());
            if (!isDeleted
                    && !estate.seen().getOrDefault(id, Disk.NOTHING).covers(register.dot())
                    && !estate.claims().covers(register.dot())) {
                left.add(new Left(id, path, register));
            }
        }));
        Set<Dot> gone = new HashSet<>();
        disk.seen.forEach((id, context) -> {
            VersionVector there = estate.seen().getOrDefault(id, Disk.NOTHING);
            for (Ledger.Entry entry : ledger.writesTo(id)) {
                if (context.covers(entry.dot()) && !there.covers(entry.dot())) {
                    gone.add(entry.dot());
                }
            }
        });
        return new Passage(estate, left, gone);
    }
}
