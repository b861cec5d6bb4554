package io.lanyard.daemon.history;

import io.lanyard.daemon.history.Causality.Seen;
import io.lanyard.daemon.history.DeviceState.Lost;
import io.lanyard.daemon.history.WriteEvent.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Judges the conflict journals by what is known of who had seen what. Only values that one write alone can have set are
 * judged, and only losses that every order of merging has to bring.
 */
final class ConflictCheck {
    private final History history;
    private final Causality causality;
    private final List<Violation> violations;
    private final Map<String, List<Lost>> journaled = new HashMap<>();
    private final boolean areJournalsWhole;
    int entries;
    int lost;
    int missed;
    int unfounded;

    ConflictCheck(History history, Causality causality, List<DeviceState> devices, List<Violation> violations) {
        this.history = history;
        this.causality = causality;
        this.violations = violations;
        areJournalsWhole = devices.stream().allMatch(DeviceState::isJournalWhole);
        for (DeviceState device : devices) {
            entries += device.journal().size();
            device.journal()
                    .forEach(entry -> journaled
                            .computeIfAbsent(entry.document(), first -> new ArrayList<>())
                            .add(entry));
        }
    }

    /** Returns whether a journal has this value, or that the document as a whole was lost. */
    boolean isJournaled(String document, String path, Object value) {
        return journaled.getOrDefault(document, List.of()).stream()
                .anyMatch(entry -> entry.path() == null
                        || !entry.isRemoval() && entry.path().equals(path) && Objects.equals(entry.value(), value));
    }

    /** Judges a document's entries, and which entries it lacks. */
    void check(String document, List<WriteEvent> certain, List<WriteEvent> possible, Map<String, Object> shown) {
        Map<String, Map<Object, List<WriteEvent>>> setters = new HashMap<>();
        possible.forEach(write -> write.sets()
                .forEach((path, value) -> setters.computeIfAbsent(path, first -> new HashMap<>())
                        .computeIfAbsent(value, first -> new ArrayList<>())
                        .add(write)));
        Set<Lost> judged = new HashSet<>();
        for (Lost entry : journaled.getOrDefault(document, List.of())) {
            if (entry.path() != null && !entry.isRemoval() && judged.add(entry)) {
                judgeEntry(
                        entry,
                        setters.getOrDefault(entry.path(), Map.of()).getOrDefault(entry.value(), List.of()),
                        possible);
            }
        }
        if (areJournalsWhole) {
            for (WriteEvent write : certain) {
                write.sets().forEach((path, value) -> {
                    boolean isUnique = setters.get(path).get(value).size() == 1;
                    boolean isShown = shown != null && Objects.equals(shown.get(path), value);
                    if (isUnique
                            && !isShown
                            && !write.isBaseline()
                            && isLostToConcurrent(write, path, certain, possible, shown)) {
                        judgeLost(write, path, value);
                    }
                });
            }
        }
    }

    private void judgeEntry(Lost entry, List<WriteEvent> losers, List<WriteEvent> possible) {
        if (losers.isEmpty()) {
            if (!history.wasSettled(entry.document(), entry.path(), entry.value())) {
                violations.add(new Violation(
                        Violation.Kind.INVENTED, entry.document(), entry + " is journaled, but nobody wrote it"));
            }
            return;
        }
        boolean isFounded = losers.size() > 1
                || possible.stream()
                        .anyMatch(other -> other != losers.get(0)
                                && other.mayTouch(entry.path())
                                && causality.seen(other, losers.get(0)) != Seen.YES
                                && causality.seen(losers.get(0), other) != Seen.YES);
        unfounded += isFounded ? 0 : 1;
    }

    private void judgeLost(WriteEvent write, String path, Object value) {
        lost++;
        if (!isJournaled(write.document(), path, value)) {
            missed++;
            violations.add(new Violation(
                    Violation.Kind.CONFLICT_MISSED,
                    write.document(),
                    path + " " + value + " was lost to a concurrent write, and no journal has it: " + write));
        }
    }

    private boolean isLostToConcurrent(
            WriteEvent loser,
            String path,
            List<WriteEvent> certain,
            List<WriteEvent> possible,
            Map<String, Object> shown) {
        return certain.stream()
                .anyMatch(winner -> winner != loser
                        && winner.isSurelyNewerThan(loser)
                        && causality.seen(winner, loser) == Seen.NO
                        && causality.seen(loser, winner) == Seen.NO
                        && (winner.sets().containsKey(path) || winner.kind() == Kind.DELETED && shown == null)
                        && possible.stream()
                                .filter(other -> other != loser && other != winner && other.mayTouch(path))
                                .allMatch(other -> causality.seen(other, loser) == Seen.NO
                                        || causality.seen(other, winner) == Seen.YES));
    }
}
