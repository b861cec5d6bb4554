package io.lanyard.crdt;

import java.util.List;
import java.util.Set;

/**
 * What merging into a document did.
 *
 * @param changed whether anything of the document is different now: registers, context or marks
 * @param changedPaths the fields that show another value than before, or none, in no particular order
 * @param conflicts what lost against a concurrent write and was held on either side
 * @param hasClashingStamps whether one stamp came with two different values, which only damage or a bug explains
 */
public record MergeResult(
        boolean changed, Set<FieldPath> changedPaths, List<Conflict> conflicts, boolean hasClashingStamps) {

    static final MergeResult UNCHANGED = new MergeResult(false, Set.of(), List.of(), false);
}
