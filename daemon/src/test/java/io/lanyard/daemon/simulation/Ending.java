package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** Mends everything, brings back what is to come back, and waits until all are equal: a bounded time. */
final class Ending {
    private static final long STEP_MILLIS = 250;
    private static final long LIMIT_MILLIS = 60_000;

    private final Cluster cluster;
    /** How often the witness told of a broken promise where it may be wrong. */
    int doubts;

    private final SplittableRandom random;

    Ending(Cluster cluster, SplittableRandom random) {
        this.cluster = cluster;
        this.random = random;
    }

    /** Returns how the conflict journals stand against the truth. */
    LostValues run(Runnable begun) {
        begun.run();
        cluster.tell(() -> "everything is mended");
        cluster.network.mendAll();
        cluster.network.lossPercent = 0;
        cluster.network.duplicatePercent = 0;
        List<Station> present = new ArrayList<>();
        for (Station station : cluster.stations) {
            if (!station.isGoneForEver) {
                present.add(station);
                if (!station.isUp()) {
                    cluster.after(random.nextLong(1_000), () -> cluster.start(station));
                }
            }
        }
        cluster.refreshViews();
        Map<DocumentId, VersionVector> held = heldOn(present);
        cluster.run(3_000);
        long end = cluster.nowMillis + LIMIT_MILLIS;
        String unequal = inequality(present);
        while (unequal != null) {
            if (cluster.nowMillis > end) {
                throw new Violation("not equal after " + LIMIT_MILLIS + " ms: " + unequal);
            }
            if (cluster.nowMillis > end - LIMIT_MILLIS / 2) {
                retireThoseWhoDoNotComeBack(present.get(0));
            }
            cluster.run(STEP_MILLIS);
            unequal = inequality(present);
        }
        for (Station station : present) {
            cluster.checks.whole(station.disk, station.engine.status().digest());
            requireNothingLost(station, held);
        }
        LostValues lostValues = new LostValues(cluster, present);
        Remains remains = new Remains(cluster, present);
        remains.requireLeftoversKept();
        letTheWitnessJudge(present);
        remains.requireGarbageGone();
        for (Station station : present) {
            cluster.checks.whole(station.disk, station.engine.status().digest());
        }
        return lostValues;
    }

    /** Where nobody has all that there was, people have to say whom not to wait for. */
    private void retireThoseWhoDoNotComeBack(Station asked) {
        for (Station station : cluster.stations) {
            if (station.isGoneForEver && asked.isUp()) {
                cluster.retire(asked, station.settings.device().id());
            }
        }
    }

    /**
     * Where devices lost or gave up some of their past, what the witness tells of it is not exact in every case: then its
     * doubts are only counted. The ledger judges these runs too, by what each disk has held.
     */
    private void letTheWitnessJudge(List<Station> present) {
        try {
            cluster.witness.judge(present);
        } catch (Violation e) {
            if (Fault.FORGETTING.stream().noneMatch(cluster.occurrences::containsKey)) {
                throw e;
            }
            doubts++;
        }
    }

    /** Returns by document what the disks of those who stay have ever seen. */
    private static Map<DocumentId, VersionVector> heldOn(List<Station> present) {
        Map<DocumentId, VersionVector> held = new HashMap<>();
        for (Station station : present) {
            station.disk.seen.forEach((id, context) ->
                    held.computeIfAbsent(id, absent -> new VersionVector()).join(context));
        }
        return held;
    }

    /**
     * All that a surviving disk held is held here. What nobody claims may be missing if it shows nothing, for then no
     * digest tells: a tombstone over nothing, or a value that is superseded.
     */
    private void requireNothingLost(Station station, Map<DocumentId, VersionVector> held) {
        held.forEach((id, context) -> {
            VersionVector seen = station.disk.seenIn(id);
            List<Ledger.Entry> missing = cluster.ledger.writesTo(id).stream()
                    .filter(entry -> context.covers(entry.dot()) && !seen.covers(entry.dot()))
                    .filter(entry -> !cluster.leftByFence.contains(entry.dot()))
                    .toList();
            if (missing.isEmpty()) {
                return;
            }
            Document document = station.disk.documents.getOrDefault(id, new Document());
            Expectation expected = new Expectation();
            cluster.ledger.writesTo(id).stream()
                    .filter(entry -> seen.covers(entry.dot()) || missing.contains(entry))
                    .forEach(entry -> expected.add(entry.parts().get(id)));
            if (!expected.shown().equals(new TreeMap<>(document.leaves()))
                    || expected.isVisible() != document.isVisible()) {
                throw new Violation(
                        station + " lacks " + missing.get(0).dot() + " of " + id + ", which a surviving disk held");
            }
        });
    }

    /** Returns what is not equal yet, or {@code null}. */
    static String inequality(List<Station> present) {
        Station first = present.get(0);
        for (Station station : present) {
            if (!station.isUp() || station.isBusy()) {
                return station + " is not there";
            }
            EngineStatus status = station.engine.status();
            if (status.heldBack() > 0 || status.isCatchingUp()) {
                return station + " holds " + status.heldBack() + " back, is catching up: " + status.isCatchingUp();
            }
            if (!status.vector().equals(first.engine.status().vector())) {
                return "vectors of " + first + " and " + station;
            }
            if (!status.digest().equals(first.engine.status().digest())) {
                return "digests of " + first + " and " + station;
            }
            if (!station.disk.reach.equals(first.disk.reach)) {
                return "reach of " + first + " and " + station;
            }
            for (EngineStatus.Peer peer : status.peers()) {
                if (peer.isOnline() && !peer.isInStep()) {
                    return station + " does not know that it is in step with "
                            + peer.device().name();
                }
            }
            String document = differingDocument(first.disk, station.disk);
            if (document != null) {
                return document + " of " + first + " and " + station;
            }
        }
        return null;
    }

    private static String differingDocument(Disk left, Disk right) {
        Set<DocumentId> ids = new TreeSet<>(left.documents.keySet());
        ids.addAll(right.documents.keySet());
        for (DocumentId id : ids) {
            Document one = left.documents.getOrDefault(id, new Document());
            Document other = right.documents.getOrDefault(id, new Document());
            if (!one.leaves().equals(other.leaves()) || one.isVisible() != other.isVisible()) {
                return id.toString();
            }
        }
        return null;
    }
}
