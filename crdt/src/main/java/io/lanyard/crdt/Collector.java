package io.lanyard.crdt;

import java.util.Iterator;
import java.util.Map;

/** Tells garbage from what counts, among the registers of a document, and drops it. */
final class Collector {

    private final Document document;
    private final Composition held;

    Collector(Document document) {
        this.document = document;
        held = new Composition(document);
    }

    boolean finds() {
        return !document.isVisible() && !document.fields.isEmpty()
                || document.fields.entrySet().stream().anyMatch(entry -> isUseless(entry.getKey(), entry.getValue()));
    }

    /** See {@link Document#dropGarbage}. */
    long drop(VersionVector level, long latest) {
        boolean isDead = !document.isVisible() && document.died != null && level.covers(document.died.dot());
        boolean isFloorKnown = document.floor != null && level.covers(document.floor.dot());
        long newest = 0;
        // Shares first: a tombstone stays while there is one that it keeps void.
        for (boolean isInside : new boolean[] {true, false}) {
            Iterator<Map.Entry<FieldPath, Register>> entries =
                    document.fields.entrySet().iterator();
            while (entries.hasNext()) {
                Map.Entry<FieldPath, Register> entry = entries.next();
                FieldPath path = entry.getKey();
                Register register = entry.getValue();
                boolean isGarbage = isDead
                        || isFloorKnown && !document.isAboveFloor(register)
                        || isSpent(path, register) && Timestamp.compare(register.time(), latest) <= 0;
                if (path.isInternal() == isInside && isGarbage && level.covers(register.dot())) {
                    newest = Timestamp.max(newest, register.time());
                    entries.remove();
                }
            }
        }
        return newest;
    }

    private boolean isUseless(FieldPath path, Register register) {
        return !register.isPresent() || !document.isAboveFloor(register) || path.isInternal() && !held.isLive(path);
    }

    private boolean isSpent(FieldPath path, Register register) {
        return path.isInternal()
                ? !register.isPresent() || !held.isLive(path)
                : !register.isPresent() && !keepsVoid(path);
    }

    private boolean keepsVoid(FieldPath leaf) {
        return document.fields.subMap(leaf.firstInside(), leaf.endInside()).entrySet().stream()
                .anyMatch(entry -> entry.getValue().isPresent() && !held.isLive(entry.getKey()));
    }
}
