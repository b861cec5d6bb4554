package io.lanyard.daemon.history;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.history.DeviceState.Lost;
import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Three devices that replicate at once while they are connected, and merge whole documents when they are again: as small
 * as it can be, with random programs on them, and broken on purpose in one way or none.
 */
final class TinyGroup {
    private static final int DEVICES = 3;
    private static final int DOCUMENTS = 6;
    private static final int STEPS = 120;
    private static final String[] PATHS = {"/a", "/b", "/c", "/d/e", "/d/f"};
    private static final VersionVector NOTHING_HELD = new VersionVector();

    /** What is wrong with it. */
    enum Break {
        NOTHING,
        OLDER_VALUE_WINS,
        ACKNOWLEDGED_BUT_NOT_COMMITTED,
        BATCH_APPLIED_BY_HALF,
        BATCH_SHOWN_BY_HALF,
        DELETE_FORGOTTEN,
        FLOOR_FORGOTTEN,
        REMOVAL_FORGOTTEN,
        REFUSED_WRITE_APPLIED,
        VALUE_INVENTED,
        VALUE_OF_ANOTHER_DOCUMENT,
        ONE_DEVICE_NOT_MERGED,
        STAMP_BELOW_WHAT_WAS_SEEN,
        STAMP_GIVEN_TWICE,
        OLD_STATE_READ,
        CONFLICT_NOT_JOURNALED
    }

    private final SplittableRandom random;
    private final Break broken;
    private final History history = new History();
    private final List<Map<String, Document>> replicas = new ArrayList<>();
    private final List<Map<String, Map<String, Object>>> earlier = new ArrayList<>();
    private final List<Lost> journal = new ArrayList<>();
    private final long[] sequences = new long[DEVICES];
    private final long[] clocks = new long[DEVICES];
    private final int[] skewMillis = new int[DEVICES];
    private int cutOff = -1;
    private long cutAt;
    private long now = 1_000;
    private int values;
    private int breaks;

    TinyGroup(long seed, Break broken) {
        this.broken = broken;
        random = new SplittableRandom(seed);
        for (int device = 0; device < DEVICES; device++) {
            replicas.add(new TreeMap<>());
            earlier.add(new TreeMap<>());
            skewMillis[device] = random.nextInt(60);
        }
    }

    /** Returns how often it was broken. */
    int breaks() {
        return breaks;
    }

    Report run() {
        for (int step = 0; step < STEPS; step++) {
            now += 10;
            int choice = random.nextInt(100);
            int device = random.nextInt(DEVICES);
            if (choice < 4) {
                cutOrMend(device);
            } else if (choice < 20) {
                read(device);
            } else if (choice < 35) {
                batch(device);
            } else {
                write(device, id());
            }
        }
        mend();
        breakTheEnd();
        List<DeviceState> states = new ArrayList<>();
        for (int device = 0; device < DEVICES; device++) {
            states.add(new DeviceState(device, shown(device), device == 0 ? journal : List.of(), true));
        }
        return HistoryChecker.check(history, states);
    }

    private boolean breaksNow(Break one, int oneIn) {
        boolean breaks = broken == one && random.nextInt(oneIn) == 0;
        this.breaks += breaks ? 1 : 0;
        return breaks;
    }

    private void cutOrMend(int device) {
        if (cutOff >= 0) {
            mend();
        } else {
            cutOff = device;
            cutAt = now;
        }
    }

    private void mend() {
        if (cutOff < 0) {
            return;
        }
        history.addSeparation(Set.of(cutOff), cutAt, now + 5);
        cutOff = -1;
        now += 10;
        for (int round = 0; round < 2; round++) {
            for (int to = 0; to < DEVICES; to++) {
                for (int from = 0; from < DEVICES; from++) {
                    if (from != to && !(to == 2 && breaksNow(Break.ONE_DEVICE_NOT_MERGED, 1))) {
                        mergeAll(replicas.get(from), to);
                    }
                }
            }
        }
        history.addRest(now, now + 1);
    }

    private void mergeAll(Map<String, Document> from, int to) {
        from.forEach((id, document) -> merge(to, id, document.copy()));
    }

    private void merge(int to, String id, Document incoming) {
        Document document = replicas.get(to).computeIfAbsent(id, first -> new Document());
        for (Conflict conflict : document.merge(incoming, NOTHING_HELD).conflicts()) {
            if (!breaksNow(Break.CONFLICT_NOT_JOURNALED, 1)) {
                journal.add(new Lost(
                        id,
                        conflict.path() == null ? null : conflict.path().pointer(),
                        conflict.lostValue() == null,
                        conflict.lostValue()));
            }
        }
    }

    private String id() {
        return "d" + random.nextInt(DOCUMENTS);
    }

    private void batch(int device) {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            ids.add(id());
        }
        List<String> visible = ids.stream()
                .filter(id ->
                        replicas.get(device).getOrDefault(id, new Document()).isVisible())
                .toList();
        boolean isHalf = visible.size() > 1 && breaksNow(Break.BATCH_APPLIED_BY_HALF, 2);
        boolean isShownHalf = visible.size() > 1 && breaksNow(Break.BATCH_SHOWN_BY_HALF, 2);
        Map<String, Map<String, Object>> seen = new TreeMap<>();
        for (int place = 0; place < visible.size(); place++) {
            String id = visible.get(place);
            SortedMap<FieldPath, String> target =
                    new TreeMap<>(replicas.get(device).get(id).leaves());
            Map<String, Object> sets = new TreeMap<>(Map.of("/a", value()));
            sets.forEach((path, text) -> target.put(new FieldPath(path), (String) text));
            seen.put(id, place > 0 ? leaves(replicas.get(device).get(id)) : null);
            apply(device, place, true, id, Kind.PATCHED, sets, Set.of(), target, isHalf && place > 0);
            if (place == 0) {
                seen.put(id, leaves(replicas.get(device).get(id)));
            }
        }
        if (isShownHalf) {
            history.add(new ReadEvent(device, now + 6, now + 7, true, true, seen));
        }
    }

    private void write(int device, String id) {
        Document document = replicas.get(device).getOrDefault(id, new Document());
        int choice = random.nextInt(100);
        Map<String, Object> sets = new TreeMap<>();
        for (String path : PATHS) {
            if (random.nextInt(3) == 0) {
                sets.put(path, value());
            }
        }
        if (choice < 15) {
            delete(device, id, document);
        } else if (choice < 50) {
            SortedMap<FieldPath, String> target = new TreeMap<>();
            sets.forEach((path, text) -> target.put(new FieldPath(path), (String) text));
            if (document.isVisible() && breaksNow(Break.REMOVAL_FORGOTTEN, 2)) {
                document.leaves().forEach(target::putIfAbsent);
            }
            Kind kind = document.isVisible() ? Kind.REPLACED : Kind.CREATED;
            apply(device, 0, false, id, kind, sets, Set.of(), target, false);
        } else {
            patch(device, id, document, sets);
        }
    }

    private void patch(int device, String id, Document document, Map<String, Object> sets) {
        SortedMap<FieldPath, String> target = new TreeMap<>(document.leaves());
        Set<String> removes = new TreeSet<>();
        if (random.nextInt(4) == 0) {
            removes.add("/b");
            sets.remove("/b");
            if (!breaksNow(Break.REMOVAL_FORGOTTEN, 2)) {
                target.remove(new FieldPath("/b"));
            }
        }
        sets.forEach((path, text) -> target.put(new FieldPath(path), (String) text));
        if (document.isVisible()) {
            apply(device, 0, false, id, Kind.PATCHED, sets, removes, target, false);
            return;
        }
        add(device, 0, false, id, Kind.PATCHED, sets, removes, Outcome.FAILED, 0);
        if (breaksNow(Break.REFUSED_WRITE_APPLIED, 2)) {
            long time = nextTime(device, document);
            spread(device, id, document.fragmentShowing(target, time, nextDot(device)));
        }
    }

    private void delete(int device, String id, Document document) {
        if (!document.isVisible()) {
            return;
        }
        long time = nextTime(device, document);
        add(device, 0, false, id, Kind.DELETED, Map.of(), Set.of(), Outcome.ACKNOWLEDGED, time);
        Document fragment = document.fragmentDeleting(time, nextDot(device));
        if (breaksNow(Break.DELETE_FORGOTTEN, 2)) {
            return;
        }
        spread(device, id, fragment);
    }

    private void apply(
            int device,
            int place,
            boolean isAtomic,
            String id,
            Kind kind,
            Map<String, Object> sets,
            Set<String> removes,
            SortedMap<FieldPath, String> target,
            boolean isDropped) {
        Document document = replicas.get(device).computeIfAbsent(id, first -> new Document());
        earlier.get(device).put(id, leaves(document));
        if (kind == Kind.CREATED && document.died() != null && breaksNow(Break.FLOOR_FORGOTTEN, 1)) {
            SortedMap<FieldPath, String> undead = new TreeMap<>(target);
            document.fields().forEach((path, register) -> {
                if (register.isPresent() && undead.keySet().stream().noneMatch(path::clashesWith)) {
                    undead.putIfAbsent(path, register.value());
                }
            });
            target.putAll(undead);
        }
        long time = nextTime(device, document);
        boolean isLost = isDropped || breaksNow(Break.ACKNOWLEDGED_BUT_NOT_COMMITTED, 8);
        add(device, place, isAtomic, id, kind, sets, removes, isDropped ? Outcome.UNKNOWN : Outcome.ACKNOWLEDGED, time);
        if (!isLost) {
            spread(device, id, document.fragmentShowing(target, time, nextDot(device)));
        }
    }

    private void spread(int device, String id, Document fragment) {
        for (int to = 0; to < DEVICES; to++) {
            if (to == device || cutOff < 0 || (to == cutOff) == (device == cutOff)) {
                merge(to, id, fragment.copy());
            }
        }
    }

    private Dot nextDot(int device) {
        return new Dot(new ReplicaId(device + 1), ++sequences[device]);
    }

    private long nextTime(int device, Document document) {
        long wall = Timestamp.pack(now + skewMillis[device], 0);
        long floor = Timestamp.max(document.newestTime(), clocks[device]);
        if (breaksNow(Break.STAMP_BELOW_WHAT_WAS_SEEN, 4)) {
            return Timestamp.pack(now - 500, breaks);
        }
        if (clocks[device] > 0 && breaksNow(Break.STAMP_GIVEN_TWICE, 8)) {
            return clocks[device];
        }
        clocks[device] = Timestamp.max(wall, floor + 1);
        return clocks[device];
    }

    private void add(
            int device,
            int place,
            boolean isAtomic,
            String id,
            Kind kind,
            Map<String, Object> sets,
            Set<String> removes,
            Outcome outcome,
            long time) {
        WriteStamp stamp =
                new WriteStamp(Timestamp.millis(time), Timestamp.counter(time), new ReplicaId(device + 1).toString());
        boolean isUnknown = outcome == Outcome.UNKNOWN;
        history.add(new WriteEvent(
                device,
                now,
                place,
                isAtomic,
                id,
                kind,
                sets,
                removes,
                false,
                outcome,
                stamp,
                isUnknown ? WriteStamp.NEWEST : stamp,
                now,
                isUnknown ? WriteEvent.NEVER : now + 5));
    }

    private void read(int device) {
        Map<String, Map<String, Object>> seen = new TreeMap<>();
        for (int i = 0; i < 3; i++) {
            String id = id();
            Document document = replicas.get(device).getOrDefault(id, new Document());
            boolean isOld = earlier.get(device).containsKey(id) && breaksNow(Break.OLD_STATE_READ, 2);
            seen.put(id, isOld ? earlier.get(device).get(id) : leaves(document));
        }
        history.add(new ReadEvent(device, now, now + 5, true, true, seen));
    }

    /** Returns {@code null} if the document is not there. */
    private static Map<String, Object> leaves(Document document) {
        if (!document.isVisible()) {
            return null;
        }
        Map<String, Object> leaves = new TreeMap<>();
        document.leaves().forEach((path, text) -> leaves.put(path.pointer(), text));
        return leaves;
    }

    private String value() {
        return "\"v" + values++ + "\"";
    }

    private Map<String, Map<String, Object>> shown(int device) {
        Map<String, Map<String, Object>> shown = new TreeMap<>();
        replicas.get(device).forEach((id, document) -> {
            Map<String, Object> leaves = leaves(document);
            if (leaves != null) {
                shown.put(id, leaves);
            }
        });
        return shown;
    }

    /** Breaks what is shown on all devices alike. */
    private void breakTheEnd() {
        for (String id : new TreeSet<>(replicas.get(0).keySet())) {
            Document document = replicas.get(0).get(id);
            if (document.isVisible() && !document.leaves().isEmpty()) {
                FieldPath path = document.leaves().firstKey();
                if (breaksNow(Break.VALUE_INVENTED, 2)) {
                    show(id, path, "\"nobody's\"");
                } else if (breaksNow(Break.VALUE_OF_ANOTHER_DOCUMENT, 2)) {
                    show(id, path, otherValue(id));
                } else if (broken == Break.OLDER_VALUE_WINS) {
                    showOlder(id, document);
                }
            }
        }
    }

    private String otherValue(String id) {
        return replicas.get(0).entrySet().stream()
                .filter(entry -> !entry.getKey().equals(id))
                .flatMap(entry -> entry.getValue().leaves().values().stream())
                .findFirst()
                .orElse("\"nobody's\"");
    }

    private void showOlder(String id, Document document) {
        for (Map.Entry<FieldPath, String> leaf : document.leaves().entrySet()) {
            history.copy().writes().getOrDefault(id, List.of()).stream()
                    .filter(write -> write.outcome() == Outcome.ACKNOWLEDGED)
                    .map(write -> write.sets().get(leaf.getKey().pointer()))
                    .filter(value -> value != null && !value.equals(leaf.getValue()))
                    .findFirst()
                    .ifPresent(value -> {
                        breaks++;
                        show(id, leaf.getKey(), (String) value);
                    });
        }
    }

    private void show(String id, FieldPath path, String value) {
        for (Map<String, Document> replica : replicas) {
            Document document = replica.get(id);
            SortedMap<FieldPath, String> target = new TreeMap<>(document.leaves());
            target.put(path, value);
            Dot dot = new Dot(new ReplicaId(99), 1);
            document.merge(document.fragmentShowing(target, document.newestTime() + 1, dot), NOTHING_HELD);
        }
    }
}
