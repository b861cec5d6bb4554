package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.JournalRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges the conflict journals by what the ledger knows: which values were lost to a write whose writer had not seen
 * them. Only values that nobody else wrote are judged, and only losses that every order of merging has to bring.
 */
final class LostValues {
    private final Cluster cluster;
    private final List<Station> present;
    private final Map<Station, Set<Reported>> reported = new HashMap<>();

    /** Values that were lost for certain. */
    int lost;
    /** Lost values that nobody's journal has. */
    int missed;
    /** Lost values that nobody's journal has, but a disk was lost or rolled back, and may have had it. */
    int excused;
    /** Lost values that their author's journal lacks, although the author is there and its disk kept all. */
    int missedByAuthor;
    /** Journal records of values to which nobody wrote without having seen them. */
    int unfounded;
    /** Journal records. */
    int records;
    /** The first value that was missed, for people. */
    String example;

    private record Reported(DocumentId id, Dot loser, FieldPath path) {}

    LostValues(Cluster cluster, List<Station> present) {
        this.cluster = cluster;
        this.present = present;
        for (Station station : present) {
            Set<Reported> journal = new HashSet<>();
            for (byte[] bytes : station.disk.store.journal(0, Integer.MAX_VALUE).values()) {
                JournalRecord record = JournalRecord.decode(bytes);
                Conflict conflict = record.conflict();
                journal.add(new Reported(record.id(), conflict.loser(), conflict.path()));
                judgeRecord(record);
            }
            reported.put(station, journal);
        }
        for (Ledger.Entry entry : cluster.ledger.entries()) {
            entry.parts().forEach((id, part) -> judge(entry, id, part));
        }
    }

    private static boolean hasLostItsJournal(Station station) {
        return station.isGoneForEver || station.disk.wasRolledBack;
    }

    private void judgeRecord(JournalRecord record) {
        records++;
        Ledger.Entry loser = cluster.ledger.entry(record.conflict().loser());
        // What is written anew had lost or won before, under the stamp that it had then.
        boolean isFounded = cluster.leftByFence.contains(loser.dot())
                || cluster.collectedBeforeAllMet.covers(loser.dot())
                || record.conflict().winner() != null
                        && cluster.collectedBeforeAllMet.covers(
                                record.conflict().winner())
                || cluster.ledger.writesTo(record.id()).stream().anyMatch(Ledger.Entry::isWrittenAnew)
                || cluster.ledger.writesTo(record.id()).stream()
                        .anyMatch(other -> !other.isContextExact()
                                || !loser.isContextExact()
                                || areConcurrent(loser, other, record.id()));
        if (!isFounded) {
            unfounded++;
            example = "unfounded: " + record;
        }
    }

    private void judge(Ledger.Entry entry, DocumentId id, Part part) {
        VersionVector known = present.get(0).disk.seenIn(id);
        if (!entry.isContextExact() || !known.covers(entry.dot())) {
            return;
        }
        part.fields().forEach((path, register) -> {
            boolean isUnique = register.isPresent()
                    && register.value().startsWith("\"v")
                    && shows(part, register)
                    && cluster.ledger.writesTo(id).stream()
                            .noneMatch(other ->
                                    other != entry && other.parts().get(id).writes(path, register.value()));
            Document document = present.get(0).disk.documents.get(id);
            String shown = document == null ? null : document.leaves().get(path);
            if (isUnique && !register.value().equals(shown) && isLostToConcurrent(entry, id, path, register, known)) {
                judgeLost(entry, id, path, register);
            }
        });
    }

    private void judgeLost(Ledger.Entry entry, DocumentId id, FieldPath path, Register register) {
        lost++;
        boolean isKnown = present.stream().anyMatch(station -> knows(station, id, entry.dot(), path));
        String what = id + " " + path + " " + register + " of " + entry.station();
        if (!isKnown && cluster.stations.stream().anyMatch(LostValues::hasLostItsJournal)) {
            excused++;
        } else if (!isKnown) {
            missed++;
            example = "missed: " + what;
        }
        Station author = entry.station();
        if (present.contains(author) && !hasLostItsJournal(author) && !knows(author, id, entry.dot(), path)) {
            missedByAuthor++;
            example = example == null ? "missed by its author: " + what : example;
        }
    }

    private boolean knows(Station station, DocumentId id, Dot loser, FieldPath path) {
        return reported.get(station).contains(new Reported(id, loser, path))
                || reported.get(station).contains(new Reported(id, loser, null));
    }

    private boolean isLostToConcurrent(
            Ledger.Entry entry, DocumentId id, FieldPath path, Register register, VersionVector known) {
        for (Ledger.Entry winner : cluster.ledger.writesTo(id)) {
            if (winner.isContextExact()
                    && known.covers(winner.dot())
                    && areConcurrent(entry, winner, id)
                    && isReplaced(id, path, register, entry, winner)
                    && cluster.ledger.writesTo(id).stream()
                            .allMatch(other -> !hadSeen(other, entry, id)
                                    || !touches(other.parts().get(id), path)
                                    || other.isContextExact() && hadSeen(other, winner, id))) {
                return true;
            }
        }
        return false;
    }

    private static boolean areConcurrent(Ledger.Entry left, Ledger.Entry right, DocumentId id) {
        return !left.dot().equals(right.dot()) && !hadSeen(left, right, id) && !hadSeen(right, left, id);
    }

    private static boolean hadSeen(Ledger.Entry writer, Ledger.Entry earlier, DocumentId id) {
        return !writer.dot().equals(earlier.dot())
                && writer.parts().get(id).context().covers(earlier.dot());
    }

    private boolean isReplaced(DocumentId id, FieldPath path, Register loser, Ledger.Entry entry, Ledger.Entry winner) {
        Part part = winner.parts().get(id);
        if (part.floor() != null && !isNewer(loser.stamp(), part.floor().stamp())) {
            return true;
        }
        for (Map.Entry<FieldPath, Register> other : part.fields().entrySet()) {
            if (isNewer(other.getValue().stamp(), loser.stamp())
                    && (other.getKey().equals(path)
                            || other.getKey().clashesWith(path)
                                    && other.getValue().isPresent()
                                    && standsUntilTheLoserIsSeen(id, other.getKey(), entry, winner))) {
                return true;
            }
        }
        return false;
    }

    /** A value above or below the loser hides it only while it is there itself. */
    private boolean standsUntilTheLoserIsSeen(DocumentId id, FieldPath path, Ledger.Entry loser, Ledger.Entry winner) {
        return cluster.ledger.writesTo(id).stream()
                .filter(other -> other != loser && other != winner)
                .filter(other -> touches(other.parts().get(id), path))
                .allMatch(other -> other.isContextExact() && (hadSeen(other, loser, id) || hadSeen(winner, other, id)));
    }

    /** Returns true if the write left the value for readers, and did not take it away itself. */
    private static boolean shows(Part part, Register register) {
        return part.alive() != null
                && (part.died() == null
                        || isNewer(part.alive().stamp(), part.died().stamp()))
                && (part.floor() == null
                        || isNewer(register.stamp(), part.floor().stamp()));
    }

    private static boolean touches(Part part, FieldPath path) {
        return part.died() != null
                || part.floor() != null
                || part.fields().keySet().stream().anyMatch(other -> other.equals(path) || other.clashesWith(path));
    }

    private static boolean isNewer(Stamp left, Stamp right) {
        return Expectation.compare(left, right) > 0;
    }
}
