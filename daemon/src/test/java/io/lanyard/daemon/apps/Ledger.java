package io.lanyard.daemon.apps;

import io.lanyard.daemon.apps.Deed.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every acknowledged write, and what may therefore be in a document once all devices are in step. It knows nothing of how
 * daemons work, only what they promise: the last writer of a field wins, by stamp; an acknowledged write vanishes under a
 * newer one to the same field, or above or below it, and not otherwise; what a device removes is what it holds.
 *
 * <p>Where programs cannot know the order of two writes (a delete's answer has no stamp, so it is only known to lie
 * between two others), both orders are allowed; {@link #openFields} counts how often. Thread-safe while writing.
 */
final class Ledger {

    /** A time in which a device was cut off, so that it and the others saw nothing of each other. */
    private record Absence(int device, long fromNanos, long toNanos) {}

    /** A time in which all were in step and nobody wrote. */
    private record Rest(long fromNanos, long toNanos) {}

    private final Map<String, List<Deed>> deeds = new TreeMap<>();
    private final List<Absence> absences = new ArrayList<>();
    private final List<Rest> rests = new ArrayList<>();
    private int openFields;
    private int fields;
    private int gone;

    synchronized void add(String document, Deed deed) {
        deeds.computeIfAbsent(document, first -> new ArrayList<>()).add(deed);
    }

    synchronized void addAbsence(int device, long fromNanos, long toNanos) {
        absences.add(new Absence(device, fromNanos, toNanos));
    }

    synchronized void addRest(long fromNanos, long toNanos) {
        rests.add(new Rest(fromNanos, toNanos));
    }

    /** Returns the documents that were ever written. */
    synchronized Set<String> documents() {
        return new TreeSet<>(deeds.keySet());
    }

    /** Returns for how many fields of all that were judged more than one value was allowed. */
    int openFields() {
        return openFields;
    }

    /** Returns how many fields were judged. */
    int fields() {
        return fields;
    }

    /** Returns how often a document was rightly not there. */
    int gone() {
        return gone;
    }

    /** Returns how many writes were made while some device was cut off. */
    synchronized long writtenApart() {
        return all().filter(deed -> absences.stream()
                        .anyMatch(absence ->
                                deed.sentNanos() >= absence.fromNanos() && deed.answeredNanos() <= absence.toNanos()))
                .count();
    }

    /** Returns what was written and judged, for people. */
    synchronized String summary() {
        Map<Kind, Long> kinds = all().collect(Collectors.groupingBy(Deed::kind, TreeMap::new, Collectors.counting()));
        return kinds + " of " + deeds.size() + " documents, " + writtenApart() + " while apart; " + fields
                + " fields judged, " + openFields + " of them open, " + gone + " documents gone";
    }

    /** Returns what is known of a document, oldest first as far as that is known. */
    synchronized String history(String document) {
        return deeds.getOrDefault(document, List.of()).stream()
                .sorted(Comparator.comparing(Deed::before).thenComparing(Deed::place))
                .map(Deed::toString)
                .collect(Collectors.joining("\n", "history of " + document + ":\n", ""));
    }

    private Stream<Deed> all() {
        return deeds.values().stream().flatMap(List::stream);
    }

    /**
     * Returns what is wrong with a document, one sentence each.
     *
     * @param data what a device in step shows, {@code null} if the document is not there
     */
    synchronized List<String> judge(String document, Object data) {
        List<Deed> all = deeds.getOrDefault(document, List.of());
        List<Deed> edits = all.stream().filter(Deed::isEdit).toList();
        List<Deed> deletes = all.stream().filter(deed -> !deed.isEdit()).toList();
        if (data == null) {
            boolean isExcused = edits.isEmpty()
                    || deletes.stream().anyMatch(delete -> edits.stream().allMatch(delete::mayBeNewerThan));
            gone++;
            return isExcused ? List.of() : List.of(document + " is gone, but no delete is newer than its last edit");
        }
        List<String> wrong = new ArrayList<>();
        if (edits.stream().noneMatch(edit -> deletes.stream().allMatch(edit::mayBeNewerThan))) {
            wrong.add(document + " is there, but was deleted after its last edit, or never written");
        }
        Map<String, Object> shown = Json.leaves(data);
        Set<String> paths = new TreeSet<>(shown.keySet());
        edits.forEach(edit -> paths.addAll(edit.sets().keySet()));
        for (String path : paths) {
            String sentence = judge(all, path, shown);
            if (sentence != null) {
                wrong.add(document + path + " " + sentence);
            }
        }
        return wrong;
    }

    private String judge(List<Deed> all, String path, Map<String, Object> shown) {
        List<Deed> setters =
                all.stream().filter(deed -> deed.sets().containsKey(path)).toList();
        List<Deed> newest = setters.stream()
                .filter(setter -> setters.stream().noneMatch(other -> other.isSurelyNewerThan(setter)))
                .toList();
        fields++;
        openFields += newest.size() > 1 ? 1 : 0;
        if (!shown.containsKey(path)) {
            return newest.isEmpty() || newest.stream().anyMatch(setter -> mayBeHidden(setter, path, all))
                    ? null
                    : "is missing: acknowledged was " + newest;
        }
        Object value = shown.get(path);
        Deed source = newest.stream()
                .filter(setter -> setter.sets().get(path).equals(value))
                .findFirst()
                .orElse(null);
        if (source == null) {
            return "is " + value + ", but the newest acknowledged was " + newest;
        }
        Deed remover = all.stream()
                .filter(deed -> isSurelyHiddenBy(source, path, deed, all))
                .findFirst()
                .orElse(null);
        return remover == null ? null : "is " + value + ", which was taken away by " + remover;
    }

    private boolean mayBeHidden(Deed setter, String path, List<Deed> all) {
        for (Deed deed : all) {
            if (deed.mayBeNewerThan(setter)) {
                boolean isRemoval = deed.takesAway(path) && mayHaveHeld(deed, path, all);
                boolean isFloor = deed.kind() == Kind.DELETED
                        && all.stream()
                                .anyMatch(creation -> creation.kind() == Kind.CREATED
                                        && creation.mayBeNewerThan(deed)
                                        && mayHaveSeen(creation, deed));
                if (isRemoval || isFloor || deed.clashesWith(path)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Returns whether a write's device can have known any value of that field, be it an older one or one that another
     * had replaced: a write also removes what its device does not show any more.
     */
    private boolean mayHaveHeld(Deed deed, String path, List<Deed> all) {
        return all.stream()
                .anyMatch(setter ->
                        setter.sets().containsKey(path) && deed.mayBeNewerThan(setter) && mayHaveSeen(deed, setter));
    }

    private boolean isSurelyHiddenBy(Deed setter, String path, Deed deed, List<Deed> all) {
        if (!deed.isSurelyNewerThan(setter)) {
            return false;
        }
        if (deed.kind() == Kind.DELETED) {
            return all.stream()
                    .anyMatch(creation -> creation.kind() == Kind.CREATED
                            && creation.isSurelyNewerThan(deed)
                            && hasSeen(creation, deed));
        }
        return (deed.takesAway(path) || deed.kind() != Kind.CREATED && deed.clashesWith(path)) && hasSeen(deed, setter);
    }

    /** Returns whether the later write's device held the earlier one beyond doubt. */
    private boolean hasSeen(Deed later, Deed earlier) {
        if (later.batch() == earlier.batch()) {
            return later.place() > earlier.place();
        }
        boolean isSameDevice = later.device() == earlier.device() && earlier.answeredNanos() < later.sentNanos();
        return isSameDevice
                || rests.stream()
                        .anyMatch(rest ->
                                earlier.answeredNanos() < rest.fromNanos() && later.sentNanos() > rest.toNanos());
    }

    /** Returns whether the later write's device can have held the earlier one. */
    private boolean mayHaveSeen(Deed later, Deed earlier) {
        if (later.device() == earlier.device()) {
            return earlier.sentNanos() < later.answeredNanos();
        }
        return earlier.sentNanos() < later.answeredNanos()
                && absences.stream()
                        .noneMatch(
                                absence -> (absence.device() == later.device() || absence.device() == earlier.device())
                                        && earlier.sentNanos() >= absence.fromNanos()
                                        && later.answeredNanos() <= absence.toNanos());
    }
}
