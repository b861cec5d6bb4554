package io.lanyard.daemon.history;

import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Everything that happened, as programs and whoever broke things know it. Thread-safe. */
public final class History {

    /** A time in which some devices and the others saw nothing of each other. */
    record Separation(Set<Integer> side, long from, long to) {
        boolean isBetween(int left, int right) {
            return side.contains(left) != side.contains(right);
        }
    }

    /** A moment at which everybody had seen everything. */
    record Rest(long from, long to) {}

    /** A device whose disk came back at {@code at} as it had been at {@code since}. */
    record Rollback(int device, long since, long at) {}

    /** A time in which a device took another's state for its own. */
    record Fence(int device, long from, long to) {}

    private final Map<String, List<WriteEvent>> writes = new TreeMap<>();
    private final List<ReadEvent> reads = new ArrayList<>();
    private final List<Separation> separations = new ArrayList<>();
    private final List<Rest> rests = new ArrayList<>();
    private final List<Rollback> rollbacks = new ArrayList<>();
    private final List<Fence> fences = new ArrayList<>();
    private final Set<Integer> settledValues = new HashSet<>();

    /** Enters a write whose fate is known. */
    public synchronized void add(WriteEvent write) {
        writes.computeIfAbsent(write.document(), first -> new ArrayList<>()).add(write);
    }

    /** Enters what was read. */
    public synchronized void add(ReadEvent read) {
        reads.add(read);
    }

    /** Tells that the devices of one side and all others could not talk between two moments. */
    public synchronized void addSeparation(Collection<Integer> side, long from, long to) {
        separations.add(new Separation(Set.copyOf(side), from, to));
    }

    /** Tells that all were in step and idle between two moments. */
    public synchronized void addRest(long from, long to) {
        rests.add(new Rest(from, to));
    }

    /**
     * Tells that a device's disk came back as it had been before: what it acknowledged in between may be gone, unless a
     * rest lies between.
     */
    public synchronized void addRollback(int device, long since, long at) {
        rollbacks.add(new Rollback(device, since, at));
    }

    /**
     * Tells that a device went through the fence. What it wrote itself and nobody else held may then be written once more
     * under a newer stamp, or stand in a conflict journal instead.
     */
    public synchronized void addFence(int device, long from, long to) {
        fences.add(new Fence(device, from, to));
    }

    /**
     * Puts what all devices show in the place of everything that happened. Nobody may be writing, and nothing may be
     * under way.
     *
     * @param shown the fields by path of each document that is there
     */
    public synchronized void settle(Map<String, Map<String, Object>> shown) {
        Map<String, Set<String>> everSet = new TreeMap<>();
        shown.keySet().forEach(document -> everSet.put(document, new TreeSet<>()));
        writes.forEach((document, events) -> {
            Set<String> paths = everSet.computeIfAbsent(document, first -> new TreeSet<>());
            for (WriteEvent event : events) {
                paths.addAll(event.sets().keySet());
                paths.addAll(event.isBaseline() ? event.removes() : Set.of());
                event.sets().forEach((path, value) -> settledValues.add(Objects.hash(document, path, value)));
            }
        });
        writes.clear();
        reads.clear();
        separations.clear();
        rests.clear();
        rollbacks.clear();
        fences.clear();
        everSet.forEach((document, paths) -> add(baseline(document, shown.get(document), paths)));
    }

    /** What a document held once it may hold still, unseen; so the baseline names it among what it took away. */
    private static WriteEvent baseline(String document, Map<String, Object> fields, Set<String> everSet) {
        Map<String, Object> sets = fields == null ? Map.of() : new TreeMap<>(fields);
        Set<String> removes = new TreeSet<>(everSet);
        removes.removeAll(sets.keySet());
        return new WriteEvent(
                WriteEvent.NOBODY,
                Long.MIN_VALUE,
                0,
                false,
                document,
                fields == null ? Kind.DELETED : Kind.CREATED,
                sets,
                removes,
                false,
                Outcome.ACKNOWLEDGED,
                WriteStamp.OLDEST,
                WriteStamp.OLDEST,
                Long.MIN_VALUE,
                Long.MIN_VALUE);
    }

    /** Returns an independent copy, to be judged while programs may go on. */
    synchronized History copy() {
        History copy = new History();
        writes.forEach((document, events) -> copy.writes.put(document, new ArrayList<>(events)));
        copy.reads.addAll(reads);
        copy.separations.addAll(separations);
        copy.rests.addAll(rests);
        copy.rollbacks.addAll(rollbacks);
        copy.fences.addAll(fences);
        copy.settledValues.addAll(settledValues);
        return copy;
    }

    Map<String, List<WriteEvent>> writes() {
        return writes;
    }

    List<ReadEvent> reads() {
        return reads;
    }

    List<Separation> separations() {
        return separations;
    }

    List<Rollback> rollbacks() {
        return rollbacks;
    }

    List<Fence> fences() {
        return fences;
    }

    /** Returns whether the value was written before the history was settled. */
    boolean wasSettled(String document, String path, Object value) {
        return settledValues.contains(Objects.hash(document, path, value));
    }

    /** Returns whether everybody had seen everything at some moment between the two. */
    boolean isRestBetween(long earlier, long later) {
        return rests.stream().anyMatch(rest -> earlier < rest.from() && rest.to() < later);
    }
}
