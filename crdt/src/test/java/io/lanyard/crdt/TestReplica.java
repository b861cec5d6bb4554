package io.lanyard.crdt;

import java.util.SortedMap;
import java.util.TreeMap;

/** A replica of one document, which writes the way the engine does. Every write returns its fragment. */
final class TestReplica {

    static final VersionVector NOTHING_HELD = new VersionVector();
    static final long NOON_MILLIS = 1_790_000_000_000L;

    final ReplicaId id;
    final HybridClock clock = new HybridClock(0);
    Document document = new Document();
    long wallMillis = NOON_MILLIS;
    private long sequence;

    TestReplica(long bits) {
        id = new ReplicaId(bits);
    }

    static SortedMap<FieldPath, String> leaves(String... pathsAndValues) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int i = 0; i < pathsAndValues.length; i += 2) {
            leaves.put(new FieldPath(pathsAndValues[i]), pathsAndValues[i + 1]);
        }
        return leaves;
    }

    Document put(String... pathsAndValues) {
        return show(leaves(pathsAndValues));
    }

    Document patch(String... pathsAndValues) {
        return show(MergePatch.apply(document.leaves(), leaves(pathsAndValues)));
    }

    Document show(SortedMap<FieldPath, String> target) {
        return apply(document.fragmentShowing(target, nextTime(), nextDot()));
    }

    Document delete() {
        return apply(document.fragmentDeleting(nextTime(), nextDot()));
    }

    MergeResult merge(Document incoming) {
        MergeResult result = document.merge(incoming, NOTHING_HELD);
        clock.observe(incoming.newestTime(), wallMillis);
        return result;
    }

    SortedMap<FieldPath, String> shown() {
        return document.leaves();
    }

    Dot lastDot() {
        return new Dot(id, sequence);
    }

    private long nextTime() {
        return clock.next(wallMillis, document.newestTime());
    }

    private Dot nextDot() {
        return new Dot(id, ++sequence);
    }

    private Document apply(Document fragment) {
        document.merge(fragment, NOTHING_HELD);
        return fragment;
    }
}
