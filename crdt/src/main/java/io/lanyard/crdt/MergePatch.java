package io.lanyard.crdt;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** JSON merge patch (RFC 7396) over leaves instead of trees. */
public final class MergePatch {

    /** The value of a leaf that is an object without members. */
    public static final String EMPTY_OBJECT = "{}";

    private static final String REMOVAL = "null";

    private MergePatch() {}

    /**
     * Returns the leaves that applying {@code patch} to {@code current} gives; neither is changed.
     *
     * @param current the document's leaves, as JSON text by path
     * @param patch the patch's leaves, where {@code null} removes what stands at its path
     */
    public static TreeMap<FieldPath, String> apply(
            SortedMap<FieldPath, String> current, SortedMap<FieldPath, String> patch) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>(current);
        for (Map.Entry<FieldPath, String> entry : patch.entrySet()) {
            FieldPath path = entry.getKey();
            switch (entry.getValue()) {
                case REMOVAL -> remove(leaves, path);
                case EMPTY_OBJECT -> makeObject(leaves, path);
                default -> {
                    Rendering.removeClashing(leaves, path);
                    leaves.put(path, entry.getValue());
                }
            }
        }
        return leaves;
    }

    private static void remove(TreeMap<FieldPath, String> leaves, FieldPath path) {
        Rendering.removeClashing(leaves, path);
        leaves.remove(path);
        FieldPath parent = path.parent();
        if (parent != null && isEmptyBelow(leaves, parent)) {
            leaves.put(parent, EMPTY_OBJECT);
        }
    }

    private static void makeObject(TreeMap<FieldPath, String> leaves, FieldPath path) {
        if (isEmptyBelow(leaves, path)) {
            Rendering.removeClashing(leaves, path);
            leaves.put(path, EMPTY_OBJECT);
        }
    }

    private static boolean isEmptyBelow(TreeMap<FieldPath, String> leaves, FieldPath path) {
        return leaves.subMap(path.firstBelow(), path.endBelow()).isEmpty();
    }
}
