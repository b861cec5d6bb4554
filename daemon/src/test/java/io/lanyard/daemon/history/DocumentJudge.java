package io.lanyard.daemon.history;

import io.lanyard.daemon.history.Causality.Seen;
import io.lanyard.daemon.history.WriteEvent.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Judges what one document shows by the writes that must have reached it and those that may have.
 *
 * <p>A value is right if somebody wrote it there and nothing that must be there is newer beyond doubt, be it another
 * value or what took it away. A value may be missing if something that may be there, and may be newer, took it away.
 */
final class DocumentJudge {

    /** What is wrong, and which write is missing, if it is that. */
    record Finding(Violation.Kind kind, String sentence, WriteEvent missing) {}

    private final List<WriteEvent> certain;
    private final List<WriteEvent> possible;
    private final Causality causality;
    private final Map<String, WriteStamp> oldestOfValue = new HashMap<>();
    private int fields;
    private int openFields;

    /**
     * Takes what is known of the document.
     *
     * @param certain the writes that must be there, or what superseded them
     * @param possible the writes that may be there, the certain ones among them
     */
    DocumentJudge(List<WriteEvent> certain, List<WriteEvent> possible, Causality causality) {
        this.certain = certain;
        this.possible = possible;
        this.causality = causality;
    }

    /** Returns how many fields were judged. */
    int fields() {
        return fields;
    }

    /** Returns for how many of them more than one write may have been the newest. */
    int openFields() {
        return openFields;
    }

    /**
     * Returns what is wrong.
     *
     * @param shown the fields by path, {@code null} if the document is not there
     */
    List<Finding> judge(Map<String, Object> shown) {
        return shown == null ? judgeAbsent() : judgePresent(shown);
    }

    private List<Finding> judgeAbsent() {
        List<WriteEvent> edits = certain.stream().filter(WriteEvent::isEdit).toList();
        if (edits.isEmpty()
                || possible.stream()
                        .anyMatch(delete -> !delete.isEdit() && edits.stream().allMatch(delete::mayBeNewerThan))) {
            return List.of();
        }
        WriteEvent newest = newestOf(edits).get(0);
        return List.of(new Finding(
                Violation.Kind.LOST, "is gone, but no delete is newer than its last edit " + newest, newest));
    }

    private List<Finding> judgePresent(Map<String, Object> shown) {
        List<Finding> findings = new ArrayList<>();
        List<WriteEvent> deletes =
                certain.stream().filter(write -> !write.isEdit()).toList();
        if (possible.stream()
                .noneMatch(edit -> edit.isEdit() && deletes.stream().allMatch(edit::mayBeNewerThan))) {
            findings.add(
                    deletes.isEmpty()
                            ? new Finding(Violation.Kind.INVENTED, "is there, but nobody ever wrote it", null)
                            : new Finding(
                                    Violation.Kind.RESURRECTED,
                                    "is there, but was deleted after its last edit by "
                                            + newestOf(deletes).get(0),
                                    null));
            return findings;
        }
        Set<String> paths = new TreeSet<>(shown.keySet());
        certain.forEach(write -> paths.addAll(write.sets().keySet()));
        for (String path : paths) {
            Finding finding = shown.containsKey(path) ? judgeValue(path, shown.get(path)) : judgeMissing(path);
            if (finding != null) {
                findings.add(finding);
            }
        }
        return findings;
    }

    private List<WriteEvent> newestOf(List<WriteEvent> writes) {
        return writes.stream()
                .filter(write -> writes.stream().noneMatch(other -> other.isSurelyNewerThan(write)))
                .toList();
    }

    private List<WriteEvent> newestSetters(String path) {
        List<WriteEvent> setters =
                certain.stream().filter(write -> write.sets().containsKey(path)).toList();
        WriteStamp bar = setters.stream()
                .map(setter -> stampOf(setter, path))
                .max(WriteStamp::compareTo)
                .orElse(WriteStamp.OLDEST);
        List<WriteEvent> candidates = setters.stream()
                .filter(setter -> setter.before().compareTo(bar) >= 0)
                .toList();
        List<WriteEvent> newest = candidates.stream()
                .filter(setter -> candidates.stream().noneMatch(other -> isNewer(other, setter, path)))
                .toList();
        fields++;
        openFields += newest.size() > 1 ? 1 : 0;
        return newest;
    }

    private Finding judgeMissing(String path) {
        List<WriteEvent> newest = newestSetters(path);
        return newest.isEmpty() || newest.stream().anyMatch(setter -> mayBeHidden(setter, path))
                ? null
                : new Finding(Violation.Kind.LOST, path + " is missing: acknowledged was " + newest, newest.get(0));
    }

    private Finding judgeValue(String path, Object value) {
        List<WriteEvent> newest = newestSetters(path);
        List<WriteEvent> sources = possible.stream()
                .filter(write -> write.sets().containsKey(path)
                        && Objects.equals(write.sets().get(path), value))
                .toList();
        if (sources.isEmpty()) {
            return new Finding(Violation.Kind.INVENTED, path + " is " + value + ", which nobody wrote", null);
        }
        List<WriteEvent> unbeaten = sources.stream()
                .filter(source -> newest.stream().noneMatch(other -> other != source && isNewer(other, source, path)))
                .toList();
        if (unbeaten.isEmpty()) {
            return new Finding(
                    Violation.Kind.LOST, path + " is " + value + ", but acknowledged was " + newest, newest.get(0));
        }
        WriteEvent remover = null;
        for (WriteEvent source : unbeaten) {
            remover = certain.stream()
                    .filter(write -> isSurelyHiddenBy(source, path, write))
                    .findFirst()
                    .orElse(null);
            if (remover == null) {
                return null;
            }
        }
        return new Finding(
                Violation.Kind.RESURRECTED, path + " is " + value + ", which was taken away by " + remover, null);
    }

    /** A value that was there already is not stamped anew, so its write may count as an older one of the same value. */
    private WriteStamp stampOf(WriteEvent write, String path) {
        if (write.isExact()) {
            return write.after();
        }
        Object value = write.sets().get(path);
        return oldestOfValue.computeIfAbsent(
                path + "=" + System.identityHashCode(write),
                first -> possible.stream()
                        .filter(other -> other == write
                                || other.sets().containsKey(path)
                                        && Objects.equals(other.sets().get(path), value)
                                        && causality.seen(write, other) != Seen.NO)
                        .map(WriteEvent::after)
                        .min(WriteStamp::compareTo)
                        .orElseThrow());
    }

    private boolean isNewer(WriteEvent later, WriteEvent earlier, String path) {
        return later.batch() == earlier.batch()
                ? later.place() > earlier.place()
                : stampOf(later, path).compareTo(earlier.before()) >= 0;
    }

    private boolean mayBeHidden(WriteEvent setter, String path) {
        for (WriteEvent write : possible) {
            if (write.mayBeNewerThan(setter)
                    && (write.clashesWith(path)
                            || write.mayTakeAway(path) && (write.isExact() || mayHaveHeld(write, path))
                            || write.kind() == Kind.DELETED && mayBeFloor(write))) {
                return true;
            }
        }
        return false;
    }

    private boolean mayBeFloor(WriteEvent delete) {
        return possible.stream()
                .anyMatch(creation -> (creation.kind() == Kind.CREATED || creation.kind() == Kind.PUT)
                        && creation.mayBeNewerThan(delete)
                        && causality.seen(creation, delete) != Seen.NO);
    }

    /**
     * Returns whether a write's device can have known any value of that field, be it an older one or one that another
     * had replaced: a write also removes what its device does not show any more.
     */
    private boolean mayHaveHeld(WriteEvent write, String path) {
        return possible.stream()
                .anyMatch(setter -> (setter.sets().containsKey(path)
                                || setter.isBaseline() && setter.removes().contains(path))
                        && write.mayBeNewerThan(setter)
                        && causality.seen(write, setter) != Seen.NO);
    }

    private boolean isSurelyHiddenBy(WriteEvent setter, String path, WriteEvent write) {
        if (write == setter || !write.isSurelyNewerThan(setter)) {
            return false;
        }
        if (write.kind() == Kind.DELETED) {
            return certain.stream()
                    .anyMatch(creation -> creation.kind() == Kind.CREATED
                            && creation.isSurelyNewerThan(write)
                            && causality.seen(creation, write) == Seen.YES);
        }
        if (write.isExact()) {
            return write.takesAway(path);
        }
        boolean clashes = write.kind() != Kind.CREATED && write.kind() != Kind.PUT && write.clashesWith(path);
        return (write.takesAway(path) || clashes) && causality.seen(write, setter) == Seen.YES;
    }
}
