package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The specification of what a document shows, as plainly as it can be said: the writes that a replica holds, replayed
 * from scratch. Sets of writes are bit masks, so a history has 63 writes at most. Uses nothing of {@link Document}.
 */
final class NaiveHistory {

    private static final List<Map.Entry<FieldPath, NaiveWrite>> NOTHING = List.of();

    private final List<NaiveWrite> writes = new ArrayList<>();
    private final Map<Long, SortedMap<FieldPath, String>> shownByMask = new HashMap<>();
    private final Map<Long, Map<FieldPath, NaiveWrite>> newestTouchesByMask = new HashMap<>();

    /**
     * A write to the document.
     *
     * @param seen what the writer held
     * @param touched the leaves it set, or removed (null)
     * @param floor the delete that it replaced knowingly, or null
     */
    private record NaiveWrite(
            Stamp stamp, long seen, boolean isDelete, SortedMap<FieldPath, String> touched, Stamp floor) {}

    /** Adds a write by somebody who holds {@code seen}; {@code target} is what it shows, null for a delete. */
    long add(Stamp stamp, long seen, SortedMap<FieldPath, String> target) {
        boolean isDelete = target == null;
        Stamp floor = isDelete || isVisible(seen) ? null : newest(seen, true);
        writes.add(new NaiveWrite(stamp, seen, isDelete, isDelete ? new TreeMap<>() : touched(seen, target), floor));
        return 1L << writes.size() - 1;
    }

    /** What differs, what was ever written above or below that, and what would come back because its shadow goes. */
    private SortedMap<FieldPath, String> touched(long seen, SortedMap<FieldPath, String> target) {
        SortedMap<FieldPath, String> before = shown(seen);
        Set<FieldPath> differing = new HashSet<>(before.keySet());
        differing.addAll(target.keySet());
        differing.removeIf(path -> Objects.equals(before.get(path), target.get(path)));
        SortedMap<FieldPath, String> touched = new TreeMap<>();
        differing.forEach(path -> touched.put(path, target.get(path)));
        for (FieldPath held : newestTouches(seen).keySet()) {
            if (differing.stream().anyMatch(held::clashesWith)) {
                touched.putIfAbsent(held, null);
            }
        }
        Set<FieldPath> shadowed = new HashSet<>();
        present(seen).forEach(entry -> shadowed.add(entry.getKey()));
        shadowed.removeAll(before.keySet());
        for (int size = -1; size != touched.size() && isVisible(seen); ) {
            size = touched.size();
            Set<FieldPath> gone = Set.copyOf(touched.keySet());
            shadowed.stream()
                    .filter(path -> gone.stream().anyMatch(path::clashesWith))
                    .forEach(path -> touched.putIfAbsent(path, null));
        }
        return touched;
    }

    /** Returns what a replica shows that holds the writes in {@code mask}. */
    SortedMap<FieldPath, String> shown(long mask) {
        SortedMap<FieldPath, String> known = shownByMask.get(mask);
        if (known == null) {
            known = Collections.unmodifiableSortedMap(replayed(mask));
            shownByMask.put(mask, known);
        }
        return known;
    }

    private SortedMap<FieldPath, String> replayed(long mask) {
        TreeMap<FieldPath, String> shown = new TreeMap<>();
        for (Map.Entry<FieldPath, NaiveWrite> entry : isVisible(mask) ? present(mask) : NOTHING) {
            shown.keySet().removeIf(entry.getKey()::clashesWith);
            shown.put(entry.getKey(), entry.getValue().touched().get(entry.getKey()));
        }
        return shown;
    }

    private List<Map.Entry<FieldPath, NaiveWrite>> present(long mask) {
        Stamp floor = held(mask).stream()
                .map(NaiveWrite::floor)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
        return newestTouches(mask).entrySet().stream()
                .filter(entry -> entry.getValue().touched().get(entry.getKey()) != null)
                .filter(entry -> floor == null || entry.getValue().stamp().compareTo(floor) > 0)
                .sorted(Comparator.comparing(entry -> entry.getValue().stamp()))
                .toList();
    }

    boolean isVisible(long mask) {
        Stamp alive = newest(mask, false);
        Stamp died = newest(mask, true);
        return alive != null && (died == null || alive.compareTo(died) > 0);
    }

    /** Returns the writes that whoever made {@code write} held before. */
    long seenBy(long write) {
        return write(write).seen();
    }

    boolean isDelete(long write) {
        return write(write).isDelete();
    }

    /** Returns what {@code write} set, or removed (null). */
    SortedMap<FieldPath, String> touchedBy(long write) {
        return write(write).touched();
    }

    /** Returns the write whose value is shown at each path. */
    SortedMap<FieldPath, Long> shownWrites(long mask) {
        SortedMap<FieldPath, Long> shown = new TreeMap<>();
        Map<FieldPath, NaiveWrite> newest = newestTouches(mask);
        shown(mask).keySet().forEach(path -> shown.put(path, bit(newest.get(path))));
        return shown;
    }

    /** Returns the write that last touched {@code path}, 0 if none did. */
    long newestTouch(long mask, FieldPath path) {
        NaiveWrite newest = newestTouches(mask).get(path);
        return newest == null ? 0 : bit(newest);
    }

    /** Returns the newest delete or the newest other write, 0 if there is none. */
    long newestWrite(long mask, boolean isDelete) {
        return held(mask).stream()
                .filter(write -> write.isDelete() == isDelete)
                .reduce((older, newer) -> newer)
                .map(this::bit)
                .orElse(0L);
    }

    private NaiveWrite write(long bit) {
        return writes.get(Long.numberOfTrailingZeros(bit));
    }

    private long bit(NaiveWrite write) {
        return 1L << writes.indexOf(write);
    }

    private Map<FieldPath, NaiveWrite> newestTouches(long mask) {
        return newestTouchesByMask.computeIfAbsent(mask, unknown -> {
            Map<FieldPath, NaiveWrite> newest = new TreeMap<>();
            for (NaiveWrite write : held(mask)) {
                write.touched().keySet().forEach(path -> newest.put(path, write));
            }
            return newest;
        });
    }

    private Stamp newest(long mask, boolean isDelete) {
        return held(mask).stream()
                .filter(write -> write.isDelete() == isDelete)
                .map(NaiveWrite::stamp)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private List<NaiveWrite> held(long mask) {
        List<NaiveWrite> held = new ArrayList<>();
        for (int i = 0; i < writes.size(); i++) {
            if ((mask & 1L << i) != 0) {
                held.add(writes.get(i));
            }
        }
        held.sort(Comparator.comparing(NaiveWrite::stamp));
        return held;
    }
}
