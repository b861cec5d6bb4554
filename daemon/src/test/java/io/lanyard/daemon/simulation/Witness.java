package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.history.Causality;
import io.lanyard.daemon.history.DeviceState;
import io.lanyard.daemon.history.History;
import io.lanyard.daemon.history.HistoryChecker;
import io.lanyard.daemon.history.ReadEvent;
import io.lanyard.daemon.history.Report;
import io.lanyard.daemon.history.WriteEvent;
import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import io.lanyard.daemon.history.WriteStamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the programs of all stations did and were told, for the {@link HistoryChecker} that also judges real processes:
 * what was asked and answered, what a station showed now and then, whose disk was set back, damaged or lost, who went
 * through the fence, and what all show in the end. Unlike programs it knows from the {@link Ledger} just what each write
 * stamped and what its writer had seen.
 *
 * <p>A write that its device took through the fence is two for the checker: the write as it was, which may be there or
 * not, and what of it was shown until then and stands in no journal, which may only be superseded. What the device wrote
 * anew is a write like others.
 *
 * <p>Counters are left out: {@link Counting} judges them. Its time counts what happens, one after another.
 */
final class Witness {
    private static final int SHOWN_EACH = 12;
    private static final int MOST_READS = 30;

    private final Cluster cluster;
    private final Map<Long, Asked> asked = new LinkedHashMap<>();
    private final Map<Station, Set<Long>> unanswered = new HashMap<>();
    private final Set<Dot> committed = new HashSet<>();
    private final List<ReadEvent> reads = new ArrayList<>();
    private final List<WriteEvent> altered = new ArrayList<>();
    private final List<SetBack> setBacks = new ArrayList<>();
    private final Map<Station, Disk> disks = new HashMap<>();
    /** What a device showed when it began to go through the fence, and its server lacked: of its own writes. */
    private final Map<Dot, Map<DocumentId, Set<FieldPath>>> left = new HashMap<>();
    /** The own writes of devices that went through the fence, as far as their servers lacked them. */
    private final Set<Dot> excused = new HashSet<>();

    private long now;

    Witness(Cluster cluster) {
        this.cluster = cluster;
    }

    private static final class Asked {
        final Station station;
        final List<Operation> operations;
        final long at;
        long answeredAt = WriteEvent.NEVER;
        WriteResult result;

        Asked(Station station, List<Operation> operations, long at) {
            this.station = station;
            this.operations = operations;
            this.at = at;
        }
    }

    /** What a device acknowledged between two moments may be gone. */
    private record SetBack(int device, long since, long at) {}

    void asked(long ticket, Station station, List<Operation> operations) {
        asked.put(ticket, new Asked(station, operations, ++now));
        unanswered.computeIfAbsent(station, first -> new TreeSet<>()).add(ticket);
    }

    void answered(Station station, long ticket, WriteResult result) {
        Asked question = asked.get(ticket);
        question.answeredAt = ++now;
        question.result = result;
        unanswered.getOrDefault(station, new TreeSet<>()).remove(ticket);
        station.disk.witnessedAt = now;
    }

    /** A value changed on a disk by itself: older than all that was written, so it has to be gone in the end. */
    void altered(Station station, DocumentId id, String path, String value) {
        altered.add(new WriteEvent(
                station.slot,
                - ++now,
                0,
                false,
                id.toString(),
                Kind.PATCHED,
                Map.of(path, value),
                Set.of(),
                true,
                Outcome.UNKNOWN,
                WriteStamp.OLDEST,
                WriteStamp.OLDEST,
                now,
                WriteEvent.NEVER));
    }

    /** A station opened its disk, which may be another than before. */
    void opened(Station station) {
        unanswered
                .getOrDefault(station, new TreeSet<>())
                .removeIf(ticket -> !cluster.dotsOf(ticket).isEmpty());
        Disk before = disks.put(station, station.disk);
        if (station.disk.isDamaged) {
            setBacks.add(new SetBack(station.slot, Long.MIN_VALUE, ++now));
        } else if (before != null && before != station.disk) {
            setBacks.add(new SetBack(station.slot, station.disk.witnessedAt, ++now));
        }
    }

    void committed(Station station) {
        station.disk.witnessedAt = ++now;
        for (long ticket : unanswered.getOrDefault(station, Set.of())) {
            cluster.dotsOf(ticket).stream().filter(station.disk.vector::covers).forEach(committed::add);
        }
        boolean isShown = !station.disk.isDamaged && station.disk.fence != FenceState.SWITCH;
        if (isShown && now % SHOWN_EACH == 0 && reads.size() < MOST_READS) {
            long begun = now;
            Map<String, Map<String, Object>> shown = new TreeMap<>();
            station.disk.documents.keySet().stream()
                    .filter(Witness::isJudged)
                    .forEach(id -> shown.put(id.toString(), null));
            shown.putAll(documents(station));
            reads.add(new ReadEvent(station.slot, begun, ++now, false, true, shown));
        }
    }

    /** A station came to the end of its way through the fence. */
    void passed(Station station, Passage passage) {
        setBacks.add(new SetBack(station.slot, ++now, now));
        for (Dot dot : passage.gone()) {
            if (cluster.ledger.entry(dot).station() == station) {
                excused.add(dot);
            }
        }
        for (Passage.Left value : passage.left()) {
            // Where the server shows the same, nothing is written anew: a later write there replaces what the server
            // had.
            Document taken = station.disk.documents.get(value.id());
            boolean isShown = taken != null
                    && value.register().value() != null
                    && value.register().value().equals(taken.leaves().get(value.path()));
            if (!isShown && cluster.ledger.entry(value.dot()).station() == station) {
                left.computeIfAbsent(value.dot(), first -> new HashMap<>())
                        .computeIfAbsent(value.id(), first -> new TreeSet<>())
                        .add(value.path());
            }
        }
    }

    /** Lets the checker judge what was told so far, and throws a {@link Violation} if a promise was broken. */
    Report judge(List<Station> present) {
        History history = new History();
        setBacks.forEach(setBack -> history.addRollback(setBack.device(), setBack.since(), setBack.at()));
        cluster.stations.stream()
                .filter(station -> !present.contains(station))
                .forEach(station -> history.addRollback(station.slot, Long.MIN_VALUE, now + 1));
        Map<String, Set<Object>> journaled = new HashMap<>();
        List<DeviceState> devices = new ArrayList<>();
        boolean areJournalsWhole = excused.isEmpty()
                && present.size() == cluster.stations.size()
                && present.stream().noneMatch(station -> station.disk.wasRolledBack);
        for (Station station : present) {
            List<DeviceState.Lost> journal = journal(station);
            journal.forEach(entry -> journaled
                    .computeIfAbsent(entry.document() + entry.path(), first -> new HashSet<>())
                    .add(entry.isRemoval() ? "a removal" : entry.value()));
            devices.add(new DeviceState(station.slot, documents(station), journal, areJournalsWhole));
        }
        Map<Long, Ledger.Entry> byBatch = new HashMap<>();
        enterWrites(history, byBatch, journaled);
        altered.forEach(history::add);
        reads.forEach(history::add);
        Report report = HistoryChecker.check(history, devices, causality(byBatch));
        if (!report.isClean()) {
            throw new Violation("the history is wrong: " + report.summary() + "\n"
                    + report.violations().get(0));
        }
        return report;
    }

    private static Causality causality(Map<Long, Ledger.Entry> byBatch) {
        return (later, earlier) -> {
            if (later.batch() == earlier.batch()) {
                return later.place() > earlier.place() ? Causality.Seen.YES : Causality.Seen.NO;
            }
            if (later.batch() < 0 || earlier.batch() < 0) {
                return Causality.Seen.MAYBE;
            }
            Ledger.Entry writer = byBatch.get(later.batch());
            Part part = writer.parts().get(DocumentId.parse(later.document()));
            if (!part.context().covers(byBatch.get(earlier.batch()).dot())) {
                return Causality.Seen.NO;
            }
            return writer.isContextExact() ? Causality.Seen.YES : Causality.Seen.MAYBE;
        };
    }

    private void enterWrites(History history, Map<Long, Ledger.Entry> byBatch, Map<String, Set<Object>> journaled) {
        Set<Dot> entered = new HashSet<>();
        asked.forEach((ticket, question) -> {
            boolean isRefused = question.result != null
                    && question.result.items().stream()
                            .allMatch(item -> item.outcome().isFailure());
            if (isRefused) {
                question.operations.stream()
                        .filter(operation -> isJudged(operation.id()))
                        .forEach(operation -> history.add(refused(-ticket, question, operation)));
            }
            for (Dot dot : cluster.dotsOf(ticket)) {
                entered.add(dot);
                enter(history, byBatch, journaled, cluster.ledger.entry(dot), question);
            }
            if (!isRefused) {
                question.operations.stream()
                        .filter(operation -> isJudged(operation.id()))
                        .forEach(operation -> enterReplaced(history, -ticket, question, operation));
            }
        });
        for (Ledger.Entry entry : cluster.ledger.entries()) {
            if (!entered.contains(entry.dot())) {
                enter(history, byBatch, journaled, entry, new Asked(entry.station(), List.of(), Long.MIN_VALUE));
            }
        }
    }

    private static boolean isJudged(DocumentId id) {
        return !id.collection().equals(Counting.COLLECTION);
    }

    /** A value that its own device replaced in the same commit, so that it went nowhere, may still stand in a journal. */
    private void enterReplaced(History history, long batch, Asked question, Operation operation) {
        Map<String, Object> replaced = new TreeMap<>();
        operation.leaves().forEach((path, value) -> {
            boolean isTold = cluster.ledger.writesTo(operation.id()).stream()
                    .anyMatch(entry -> entry.parts().get(operation.id()).writes(path, value));
            if (!isTold && !value.equals("null")) {
                replaced.put(path.pointer(), value);
            }
        });
        if (!replaced.isEmpty()) {
            history.add(event(batch, question, operation, Kind.PATCHED, replaced, Outcome.UNKNOWN));
        }
    }

    private static WriteEvent refused(long batch, Asked question, Operation operation) {
        Map<String, Object> sets = new TreeMap<>();
        operation.leaves().forEach((path, value) -> sets.put(path.pointer(), value));
        return event(batch, question, operation, Kind.PUT, sets, Outcome.FAILED);
    }

    private static WriteEvent event(
            long batch, Asked question, Operation operation, Kind kind, Map<String, Object> sets, Outcome outcome) {
        return new WriteEvent(
                question.station.slot,
                batch,
                0,
                false,
                operation.id().toString(),
                kind,
                sets,
                Set.of(),
                true,
                outcome,
                WriteStamp.OLDEST,
                WriteStamp.NEWEST,
                question.at,
                question.answeredAt);
    }

    private void enter(
            History history,
            Map<Long, Ledger.Entry> byBatch,
            Map<String, Set<Object>> journaled,
            Ledger.Entry entry,
            Asked question) {
        long batch = byBatch.size();
        byBatch.put(batch, entry);
        boolean isExcused = excused.contains(entry.dot());
        boolean isSetBack = setBacks.stream().anyMatch(setBack -> setBack.device() == entry.station().slot);
        Outcome outcome = question.result == null || isExcused ? Outcome.UNKNOWN : Outcome.ACKNOWLEDGED;
        boolean isAtomic =
                committed.contains(entry.dot()) && !isExcused && !isSetBack && !entry.station().isGoneForEver;
        List<Done> all = new ArrayList<>();
        entry.parts().forEach((id, part) -> {
            all.addAll(isJudged(id) ? Done.of(id, part) : List.of());
            if (isJudged(id)
                    && part.floor() != null
                    && isUntold(id, part.floor().stamp())) {
                all.add(Done.of(id, part.floor().stamp(), Kind.DELETED));
            }
        });
        all.sort((one, other) -> Long.compareUnsigned(one.time(), other.time()));
        for (int place = 0; place < all.size(); place++) {
            Done done = all.get(place);
            history.add(done.event(entry, batch, place, isAtomic, outcome, question.at, question.answeredAt));
            if (isExcused && question.result != null && !entry.station().disk.wasRolledBack) {
                Set<FieldPath> kept = left.getOrDefault(entry.dot(), Map.of()).getOrDefault(done.id(), Set.of());
                Done shown = done.shown(kept, journaled);
                if (!shown.sets().isEmpty()) {
                    history.add(shown.event(
                            entry, batch, place, false, Outcome.ACKNOWLEDGED, question.at, question.answeredAt));
                }
            }
        }
    }

    /** Returns true if no write tells of the delete any more: the one that replaced it knowingly was of the same commit. */
    private boolean isUntold(DocumentId id, Stamp delete) {
        return cluster.ledger.writesTo(id).stream()
                .map(entry -> entry.parts().get(id).died())
                .noneMatch(died -> died != null && died.stamp().equals(delete));
    }

    private static List<DeviceState.Lost> journal(Station station) {
        List<DeviceState.Lost> journal = new ArrayList<>();
        for (byte[] bytes : station.disk.store.journal(0, Integer.MAX_VALUE).values()) {
            JournalRecord record = JournalRecord.decode(bytes);
            Conflict conflict = record.conflict();
            journal.add(new DeviceState.Lost(
                    record.id().toString(),
                    conflict.path() == null ? null : conflict.path().pointer(),
                    conflict.lostValue() == null,
                    conflict.lostValue()));
        }
        return journal;
    }

    private static Map<String, Map<String, Object>> documents(Station station) {
        Map<String, Map<String, Object>> shown = new TreeMap<>();
        station.disk.documents.forEach((id, document) -> {
            if (document.isVisible() && isJudged(id)) {
                Map<String, Object> leaves = new TreeMap<>();
                document.leaves().forEach((path, value) -> leaves.put(path.pointer(), value));
                shown.put(id.toString(), leaves);
            }
        });
        return shown;
    }

    /** What a write did to a document under one stamp. */
    private record Done(DocumentId id, Stamp stamp, Kind kind, Map<String, Object> sets, Set<String> removes) {

        static List<Done> of(DocumentId id, Part part) {
            Map<Stamp, Done> byStamp = new LinkedHashMap<>();
            part.fields().forEach((path, register) -> {
                Done done = byStamp.computeIfAbsent(register.stamp(), stamp -> of(id, stamp, Kind.PATCHED));
                if (register.isPresent()) {
                    done.sets().put(path.pointer(), register.value());
                } else {
                    done.removes().add(path.pointer());
                }
            });
            if (part.alive() != null) {
                Stamp stamp = part.alive().stamp();
                Kind kind = part.floor() != null || part.impliedFloor() != null ? Kind.CREATED : Kind.PATCHED;
                Done done = byStamp.getOrDefault(stamp, of(id, stamp, kind));
                byStamp.put(stamp, new Done(id, stamp, kind, done.sets(), done.removes()));
            }
            if (part.alive() == null && part.floor() != null) {
                // Another write of the same unsent commit edited what this one had created, and stands in its place.
                Stamp replaced = part.floor().stamp();
                Stamp stamp = new Stamp(replaced.time() + 1, part.floor().dot().replica());
                Done done = byStamp.getOrDefault(stamp, of(id, stamp, Kind.CREATED));
                byStamp.put(stamp, new Done(id, stamp, Kind.CREATED, done.sets(), done.removes()));
            }
            if (part.died() != null) {
                byStamp.put(part.died().stamp(), of(id, part.died().stamp(), Kind.DELETED));
            }
            return new ArrayList<>(byStamp.values());
        }

        private static Done of(DocumentId id, Stamp stamp, Kind kind) {
            return new Done(id, stamp, kind, new TreeMap<>(), new TreeSet<>());
        }

        long time() {
            return stamp.time();
        }

        /** Returns what of it was shown to the last, and is in nobody's journal. */
        Done shown(Set<FieldPath> kept, Map<String, Set<Object>> journaled) {
            Done shown = of(id, stamp, Kind.PATCHED);
            for (FieldPath path : kept) {
                Object value = sets.get(path.pointer());
                if (value != null
                        && !journaled.containsKey(id + "null")
                        && !journaled
                                .getOrDefault(id + path.pointer(), Set.of())
                                .contains(value)) {
                    shown.sets().put(path.pointer(), value);
                }
            }
            return shown;
        }

        WriteEvent event(
                Ledger.Entry entry,
                long batch,
                int place,
                boolean isAtomic,
                Outcome outcome,
                long invokedAt,
                long answeredAt) {
            WriteStamp written = new WriteStamp(
                    Timestamp.millis(stamp.time()),
                    Timestamp.counter(stamp.time()),
                    stamp.replica().toString());
            return new WriteEvent(
                    entry.station().slot,
                    batch,
                    place,
                    isAtomic,
                    id.toString(),
                    kind,
                    sets,
                    removes,
                    true,
                    outcome,
                    written,
                    written,
                    invokedAt,
                    answeredAt);
        }
    }
}
