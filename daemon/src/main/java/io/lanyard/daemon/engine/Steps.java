package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Shares;
import io.lanyard.crdt.Step;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The steps of a patch, tried on a document before anything is written.
 *
 * @param leaves what the patch writes: its plain values, and the steps that change something
 * @param results what those steps come to
 * @param refusal why the patch cannot be done, or {@code null}
 */
record Steps(SortedMap<FieldPath, String> leaves, Map<FieldPath, String> results, Outcome refusal) {

    /**
     * Tries the steps of an operation.
     *
     * @param shown what the document shows, or what it would come back with
     * @param own the replica id that the document would be written under, {@code null} if there is none yet
     */
    static Steps of(Operation operation, Document document, SortedMap<FieldPath, String> shown, ReplicaId own) {
        if (operation.leaves().values().stream().noneMatch(Step::isStep)) {
            return new Steps(operation.leaves(), Map.of(), null);
        }
        boolean isGone = !document.isVisible();
        SortedMap<FieldPath, String> leaves = new TreeMap<>();
        Map<FieldPath, String> results = new HashMap<>();
        for (Map.Entry<FieldPath, String> leaf : operation.leaves().entrySet()) {
            FieldPath path = leaf.getKey();
            if (!Step.isStep(leaf.getValue())) {
                leaves.put(path, leaf.getValue());
                continue;
            }
            String before = shown.get(path);
            Step step = Step.parse(leaf.getValue());
            boolean isObject = !shown.subMap(path.firstBelow(), path.endBelow()).isEmpty();
            Step.Result result = isObject
                    ? step.applyTo("{}")
                    : isGone ? step.applyTo(before) : Shares.tried(document, path, before, step, own);
            if (result.refusal() != null) {
                return new Steps(leaves, results, outcome(result.refusal()));
            }
            if (isGone) {
                // What comes back comes back with everything that was ever counted.
                leaves.put(path, before == null ? result.value() : before);
            } else if (!Objects.equals(before, result.value())) {
                leaves.put(path, leaf.getValue());
                results.put(path, result.value());
            }
        }
        leaves.values().removeIf(Objects::isNull);
        return new Steps(leaves, results, null);
    }

    /** Returns {@code target} with what the steps come to in their places. */
    SortedMap<FieldPath, String> resolved(SortedMap<FieldPath, String> target) {
        if (results.isEmpty()) {
            return target;
        }
        SortedMap<FieldPath, String> values = new TreeMap<>(target);
        results.forEach((path, value) -> values.replace(path, value));
        return values;
    }

    private static Outcome outcome(Step.Refusal refusal) {
        return switch (refusal) {
            case NOT_A_NUMBER -> Outcome.NOT_A_NUMBER;
            case NOT_AN_ARRAY -> Outcome.NOT_AN_ARRAY;
            case OUT_OF_RANGE -> Outcome.OUT_OF_RANGE;
        };
    }
}
