package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.WriteRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What must be left when all are in step for a while: no garbage, and nothing that the fence took away. */
final class Remains {
    private static final long STEP_MILLIS = 500;
    private static final long LIMIT_MILLIS = 120_000;
    private static final long TWO_YEARS_MILLIS = 730L * 24 * 3_600_000;

    private final Cluster cluster;
    private final List<Station> present;

    Remains(Cluster cluster, List<Station> present) {
        this.cluster = cluster;
        this.present = present;
    }

    /** Retires who does not come back, lets every stamp lie in the past, and waits until all garbage is gone. */
    void requireGarbageGone() {
        cluster.skippedMillis += TWO_YEARS_MILLIS;
        // What waits for a clock is looked at again when the levels rise.
        cluster.write(present.get(0), List.of(Case.put("end", "/x", "1")), WriteRequest.Mode.ALL_OR_NOTHING);
        long end = cluster.nowMillis + LIMIT_MILLIS;
        String left = "nothing was looked at";
        while (left != null) {
            if (cluster.nowMillis > end) {
                throw new Violation(
                        "garbage is left, or something else changed, after " + LIMIT_MILLIS + " ms: " + left);
            }
            retireWhoIsGone();
            cluster.run(STEP_MILLIS);
            left = garbage();
            left = left == null ? Ending.inequality(present) : left;
        }
    }

    private void retireWhoIsGone() {
        Set<String> there =
                present.stream().map(station -> station.settings.device().id()).collect(Collectors.toSet());
        Station first = present.get(0);
        for (EngineStatus.KnownDevice device : first.engine.status().devices()) {
            if (!there.contains(device.id()) && !device.isRetired()) {
                cluster.retire(first, device.id());
            }
        }
    }

    private String garbage() {
        for (Station station : present) {
            // Who misses something keeps all it has until it was through the fence, and alone it never is.
            if (present.size() == 1 && station.disk.store.entry("lostData").isPresent()) {
                continue;
            }
            int beyond = 0;
            for (Map.Entry<DocumentId, Document> entry : station.disk.documents.entrySet()) {
                Document document = entry.getValue();
                beyond += document.isBeyond(station.disk.vector) ? 1 : 0;
                boolean isSettled = document.isVisible() && !document.hasGarbage() || document.isEmpty();
                boolean isQuiet =
                        document.context().isEmpty() && document.marks().isEmpty();
                if (!document.isBeyond(station.disk.vector) && !(isSettled && isQuiet)) {
                    return entry.getKey() + " on " + station + ": " + document;
                }
            }
            long waiting = station.engine.status().garbage().waitingChanges();
            if (waiting > beyond) {
                return station + " says that " + waiting + " changes wait";
            }
        }
        return null;
    }

    /** What a device showed before it went through the fence is still there, written anew or journaled. */
    void requireLeftoversKept() {
        Set<String> journaled = new HashSet<>();
        for (Station station : present) {
            for (byte[] bytes : station.disk.store.journal(0, Integer.MAX_VALUE).values()) {
                journaled.add(JournalRecord.decode(bytes).conflict().lostValue());
            }
        }
        for (Station station : present) {
            for (Passage passage : station.disk.passages) {
                passage.left().forEach(left -> requireKept(station, left, journaled));
            }
        }
    }

    private void requireKept(Station station, Passage.Left left, Set<String> journaled) {
        VersionVector seen = present.get(0).disk.seenIn(left.id());
        String value = left.register().value();
        boolean isKept = !value.startsWith("\"v")
                || seen.covers(left.dot())
                || journaled.contains(value)
                || cluster.ledger.writesTo(left.id()).stream()
                        .anyMatch(other -> !other.dot().equals(left.dot())
                                && other.parts().get(left.id()).writes(left.path(), value));
        Station author = cluster.ledger.entry(left.dot()).station();
        // Others bring what they wrote themselves, or have replaced it since.
        if (!isKept && author == station && !author.disk.wasRolledBack) {
            throw new Violation(station + " showed " + left + " of " + author
                    + " before the fence, and that is neither there nor journaled");
        }
    }
}
