package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Turns the present registers of a document into what readers see. */
final class Rendering {

    private Rendering() {}

    /**
     * Returns what replaying {@code present} in stamp order leaves: each write takes away what stands above and below
     * its path. Usually nothing clashes, and the result is {@code present} itself.
     */
    static NavigableMap<FieldPath, Register> shown(TreeMap<FieldPath, Register> present) {
        if (!hasClash(present)) {
            return present;
        }
        List<Map.Entry<FieldPath, Register>> inOrder = new ArrayList<>(present.entrySet());
        inOrder.sort(Map.Entry.comparingByValue(Register.WINNING_ORDER));
        TreeMap<FieldPath, Register> shown = new TreeMap<>();
        for (Map.Entry<FieldPath, Register> entry : inOrder) {
            removeClashing(shown, entry.getKey());
            shown.put(entry.getKey(), entry.getValue());
        }
        return shown;
    }

    /** Takes away everything above and below {@code path}. */
    static <V> void removeClashing(TreeMap<FieldPath, V> leaves, FieldPath path) {
        for (FieldPath ancestor = path.parent(); ancestor != null; ancestor = ancestor.parent()) {
            leaves.remove(ancestor);
        }
        leaves.subMap(path.firstBelow(), path.endBelow()).clear();
    }

    /** Returns the paths above and below {@code path} that {@code leaves} holds. */
    static <V> List<FieldPath> clashing(NavigableMap<FieldPath, V> leaves, FieldPath path) {
        List<FieldPath> clashing = new ArrayList<>();
        for (FieldPath ancestor = path.parent(); ancestor != null; ancestor = ancestor.parent()) {
            if (leaves.containsKey(ancestor)) {
                clashing.add(ancestor);
            }
        }
        clashing.addAll(leaves.subMap(path.firstBelow(), path.endBelow()).keySet());
        return clashing;
    }

    /** Returns the paths whose value is not the same in both. */
    static Set<FieldPath> differences(
            NavigableMap<FieldPath, Register> before, NavigableMap<FieldPath, Register> after) {
        Set<FieldPath> differences = new HashSet<>();
        after.forEach((path, register) -> {
            Register earlier = before.get(path);
            if (earlier == null || !earlier.value().equals(register.value())) {
                differences.add(path);
            }
        });
        before.keySet().stream().filter(path -> !after.containsKey(path)).forEach(differences::add);
        return differences;
    }

    private static boolean hasClash(TreeMap<FieldPath, Register> present) {
        for (FieldPath path : present.keySet()) {
            for (FieldPath ancestor = path.parent(); ancestor != null; ancestor = ancestor.parent()) {
                if (present.containsKey(ancestor)) {
                    return true;
                }
            }
        }
        return false;
    }
}
