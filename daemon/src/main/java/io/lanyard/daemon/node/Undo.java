package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.node.PastChange.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What takes back the last change that this device knows of a document: an ordinary new write.
 *
 * <p>An undo is noted as such in the history, and is passed over together with what it took back: the second undo takes
 * back the change before, and none brings back what an undo took away.
 *
 * @param undone the change that is taken back; {@code null} if there is none
 * @param operation what to write; {@code null} if nothing can be
 * @param refusal why not, in words; empty if it can be
 */
public record Undo(PastChange undone, Operation operation, String refusal) {

    /**
     * Works out what to write.
     *
     * @param changes what is known of the document, the newest first
     * @param current what it shows now
     */
    public static Undo of(DocumentId id, List<PastChange> changes, Optional<DocumentView> current) {
        Set<Long> undone = new HashSet<>();
        PastChange last = null;
        for (PastChange change : changes) {
            if (change.undoes() != 0) {
                undone.add(change.undoes());
            } else if (last == null && !undone.contains(change.number())) {
                last = change;
            }
        }
        if (last == null) {
            return refused(null, "this device knows of no change of " + id + " that could be taken back");
        }
        if (!last.isWhole()) {
            return refused(last, "what the last change of " + id + " replaced was too large to be kept");
        }
        SortedMap<FieldPath, String> leaves = current.map(DocumentView::leaves).orElseGet(TreeMap::new);
        if (current.isPresent() == (last.kind() == PastChange.Kind.DELETED) || !shows(leaves, last)) {
            return refused(last, id + " has changed since the last change that this device has kept");
        }
        Condition condition = new Condition(current.map(DocumentView::etag).orElse(null), current.isEmpty());
        return switch (last.kind()) {
            case CREATED -> new Undo(last, Operation.delete(id, condition), "");
            case UPDATED, DELETED ->
                new Undo(last, new Operation(Operation.Kind.PUT, id, before(leaves, last), condition), "");
        };
    }

    private static Undo refused(PastChange change, String why) {
        return new Undo(change, null, why);
    }

    private static boolean shows(SortedMap<FieldPath, String> leaves, PastChange change) {
        return change.fields().entrySet().stream()
                .allMatch(field -> Objects.equals(
                        leaves.get(field.getKey()), field.getValue().after()));
    }

    private static SortedMap<FieldPath, String> before(SortedMap<FieldPath, String> leaves, PastChange change) {
        SortedMap<FieldPath, String> before = new TreeMap<>(leaves);
        before.keySet().removeAll(change.fields().keySet());
        for (Map.Entry<FieldPath, Values> field : change.fields().entrySet()) {
            if (field.getValue().before() != null) {
                before.put(field.getKey(), field.getValue().before());
            }
        }
        return before;
    }
}
