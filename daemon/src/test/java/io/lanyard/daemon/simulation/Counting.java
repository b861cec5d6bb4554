package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Step;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Tills that count stock, and a ledger of every single count. When all is quiet, what is shown is the plain value that
 * stands and each count from it, once; and a count that ended unseen is in a journal.
 */
final class Counting {
    /** The collection that counters are in, each in a document of its own. */
    static final String COLLECTION = "stock";

    static final FieldPath COUNT = FieldPath.of("n");
    private static final FieldPath TAGS = FieldPath.of("s");

    private final Cluster cluster;
    private final SplittableRandom random;
    private final Map<Long, Count> counts = new HashMap<>();

    /** Counts that ended without being seen, and are in a journal that is left. */
    int journaled;
    /** Those that may have been in a journal that is lost. */
    int excused;
    /** Counts that are part of what is shown. */
    int shown;

    private record Count(DocumentId id, BigDecimal by) {}

    /** A count as it was written: by which replica, as what number, and from what. */
    private record Written(Dot dot, BigDecimal by, Ledger.Entry entry, Tally.Inside inside) {

        /** What builds upon nothing begins anew when it is written anew. */
        boolean isIn(Tally.Inside total) {
            boolean isAnew = !total.stamp().replica().toString().equals(total.name());
            return isOnSameAs(total) || isAnew && !total.isOnValue() && !inside.isOnValue();
        }

        boolean isOnSameAs(Tally.Inside other) {
            return inside.isOnValue() == other.isOnValue() && inside.since().equals(other.since());
        }
    }

    Counting(Cluster cluster, SplittableRandom random) {
        this.cluster = cluster;
        this.random = random;
    }

    void write(Station station) {
        DocumentId id = new DocumentId(COLLECTION, "item" + random.nextInt(3));
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        int what = random.nextInt(100);
        if (what < 4) {
            cluster.write(station, List.of(Operation.delete(id, Condition.NONE)), Mode.ALL_OR_NOTHING);
            return;
        }
        if (what < 20) {
            leaves.put(FieldPath.of("name"), "\"apple\"");
            if (random.nextInt(3) == 0) {
                leaves.put(COUNT, String.valueOf(random.nextInt(50)));
            }
            Kind kind = random.nextBoolean() ? Kind.CREATE : Kind.PUT;
            cluster.write(station, List.of(new Operation(kind, id, leaves, Condition.NONE)), Mode.ALL_OR_NOTHING);
            return;
        }
        BigDecimal by = new BigDecimal(random.nextInt(2_000) - 1_000).movePointLeft(random.nextInt(3));
        if (what < 25) {
            leaves.put(COUNT, random.nextBoolean() ? "null" : String.valueOf(random.nextInt(50)));
        } else if (what < 75) {
            leaves.put(COUNT, Step.counting(by.toPlainString()).text());
        } else {
            List<String> element = List.of("\"" + (char) ('a' + random.nextInt(3)) + "\"");
            Step step = random.nextInt(5) < 3 ? Step.changing(element, List.of()) : Step.changing(List.of(), element);
            leaves.put(TAGS, random.nextInt(10) == 0 ? "[\"a\",\"z\"]" : step.text());
        }
        long ticket = cluster.write(
                station, List.of(new Operation(Kind.PATCH, id, leaves, Condition.NONE)), Mode.ALL_OR_NOTHING);
        if (Step.isStep(leaves.get(COUNT))) {
            counts.put(ticket, new Count(id, by));
        }
    }

    /** Judges the end, at which all who are present show the same. */
    void judge(List<Station> present) {
        Map<DocumentId, List<Written>> written = new HashMap<>();
        counts.forEach((ticket, count) -> cluster.dotsOf(ticket)
                .forEach(dot -> written.computeIfAbsent(count.id(), absent -> new ArrayList<>())
                        .add(written(dot, count))));
        written.values().forEach(all -> {
            all.removeIf(count -> count.inside() == null);
            all.sort((left, right) -> left.dot().compareTo(right.dot()));
        });
        written.forEach((id, all) -> judge(id, all, present));
    }

    private Written written(Dot dot, Count count) {
        Ledger.Entry entry = cluster.ledger.entry(dot);
        Part part = entry.parts().get(count.id());
        FieldPath slot = slot(dot.replica());
        Register register = part == null ? null : part.fields().get(slot);
        return new Written(dot, count.by(), entry, register == null ? null : Tally.Inside.of(slot, register));
    }

    private static FieldPath slot(ReplicaId replica) {
        return new FieldPath(COUNT.pointer() + "/$count/" + replica);
    }

    private void judge(DocumentId id, List<Written> all, List<Station> present) {
        Station first = present.get(0);
        Document document = first.disk.documents.getOrDefault(id, new Document());
        VersionVector seen = first.disk.seenIn(id);
        Stamp floor = document.floor() == null ? null : document.floor().stamp();
        List<Stamp> floors = new ArrayList<>();
        floors.add(floor);
        List<Tally.Inside> standing = document.isVisible()
                ? Tally.counting(document.fields(), floors).getOrDefault(COUNT, List.of())
                : List.of();
        Set<Written> counted = new HashSet<>();
        // Whoever was alone told nobody which write of a commit did what.
        Set<ReplicaId> alone = new HashSet<>();
        cluster.ledger.writesTo(id).stream()
                .filter(entry -> !entry.isContextExact())
                .forEach(entry -> alone.add(entry.dot().replica()));
        for (Tally.Inside total : standing) {
            ReplicaId replica = ReplicaId.parse(total.name());
            boolean isAnew = !total.stamp().replica().equals(replica);
            boolean isFound = new BigDecimal(total.content()).signum() == 0;
            Map<String, BigDecimal> sums = new HashMap<>();
            Map<String, Set<Written>> some = new HashMap<>();
            for (Written count : all) {
                if (count.dot().replica().equals(replica) && count.isIn(total)) {
                    // What was written anew had one base before, whichever that was.
                    String base =
                            count.inside().isOnValue() + " " + count.inside().since();
                    BigDecimal sum = sums.merge(base, count.by(), BigDecimal::add);
                    some.computeIfAbsent(base, absent -> new HashSet<>()).add(count);
                    if (sum.compareTo(new BigDecimal(total.content())) == 0) {
                        isFound = true;
                        counted.addAll(some.get(base));
                    }
                }
            }
            if (!isFound && !alone.contains(replica)) {
                throw new Violation(id + ": " + total + (isAnew ? ", written anew," : "") + " is none of the sums of "
                        + all.stream()
                                .filter(count -> count.dot().replica().equals(replica))
                                .map(count -> count.dot() + " " + count.by() + " " + count.inside())
                                .toList());
            }
        }
        shown += counted.size();
        Set<Reported> journal = journal(id, present);
        for (Written count : all) {
            if (!counted.contains(count) && alone.isEmpty()) {
                judgeEnded(id, count, all, counted, seen, journal);
            }
        }
    }

    private record Reported(ReplicaId loser, boolean isStep) {}

    private static Set<Reported> journal(DocumentId id, List<Station> present) {
        Set<Reported> journal = new HashSet<>();
        for (Station station : present) {
            for (byte[] bytes : station.disk.store.journal(0, Integer.MAX_VALUE).values()) {
                JournalRecord record = JournalRecord.decode(bytes);
                if (record.id().equals(id)
                        && (record.conflict().path() == null
                                || record.conflict().path().equals(COUNT))) {
                    journal.add(new Reported(
                            record.conflict().loser().replica(),
                            Step.isStep(record.conflict().lostValue())));
                }
            }
        }
        return journal;
    }

    private void judgeEnded(
            DocumentId id,
            Written count,
            List<Written> all,
            Set<Written> counted,
            VersionVector seen,
            Set<Reported> journal) {
        boolean isLeft = cluster.leftByFence.contains(count.dot());
        if (!seen.covers(count.dot()) && !(isLeft && isKept(count)) || isEndedKnowingly(id, count)) {
            return;
        }
        BigDecimal unseen = all.stream()
                .filter(other -> other.dot().replica().equals(count.dot().replica())
                        && other.isOnSameAs(count.inside())
                        && !counted.contains(other)
                        && !isEndedKnowingly(id, other))
                .map(Written::by)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        if (unseen.signum() == 0) {
            return;
        }
        boolean isAnew = cluster.ledger.writesTo(id).stream().anyMatch(Ledger.Entry::isWrittenAnew);
        if (journal.contains(new Reported(count.dot().replica(), true))) {
            journaled++;
        } else if (isAnew
                || cluster.stations.stream().anyMatch(station -> station.isGoneForEver || station.disk.wasRolledBack)) {
            excused++;
        } else {
            throw new Violation(
                    id + ": " + count + " counts no more, whoever ended it had not seen it, and no journal tells");
        }
    }

    /** Whether the device that counted went through the fence with it, and nothing else befell it. */
    private boolean isKept(Written count) {
        Station author = count.entry().station();
        return !author.isGoneForEver
                && !author.disk.wasRolledBack
                && author.disk.passages.stream()
                        .anyMatch(passage -> passage.gone().contains(count.dot()));
    }

    private boolean isEndedKnowingly(DocumentId id, Written count) {
        return cluster.ledger.writesTo(id).stream().anyMatch(other -> {
            Part part = other.parts().get(id);
            Register plain = part.fields().get(COUNT);
            return !other.dot().equals(count.dot())
                    && part.context().covers(count.dot())
                    && (plain != null || part.died() != null || part.floor() != null);
        });
    }
}
