package io.lanyard.crdt;

import java.util.Map;

/** Merges register by register, each by the greater stamp; what was held before is passed over. */
final class RegisterMerge {

    private RegisterMerge() {}

    static boolean wouldChange(Document document, Document incoming, VersionVector held) {
        for (Map.Entry<FieldPath, Register> entry : incoming.fields.entrySet()) {
            Register theirs = entry.getValue();
            Register ours = document.fields.get(entry.getKey());
            if (!held.covers(theirs.dot()) && (theirs.beats(ours) || theirs.clashesWith(ours))) {
                return true;
            }
        }
        return newer(document.alive, incoming.alive, held) != document.alive
                || newer(document.died, incoming.died, Document.NOTHING) != document.died
                || newer(document.floor, incoming.floor, Document.NOTHING) != document.floor;
    }

    static boolean hasClashingStamps(Document document, Document incoming, VersionVector held) {
        return incoming.fields.entrySet().stream()
                .anyMatch(entry -> !held.covers(entry.getValue().dot())
                        && entry.getValue().clashesWith(document.fields.get(entry.getKey())));
    }

    /** Takes over what is newer; returns whether anything was. */
    static boolean merge(Document document, Document incoming, VersionVector held) {
        boolean changed = false;
        for (Map.Entry<FieldPath, Register> entry : incoming.fields.entrySet()) {
            Register theirs = entry.getValue();
            if (!held.covers(theirs.dot()) && theirs.beats(document.fields.get(entry.getKey()))) {
                document.fields.put(entry.getKey(), theirs);
                changed = true;
            }
        }
        LifeRegister aliveBefore = document.alive;
        LifeRegister diedBefore = document.died;
        LifeRegister floorBefore = document.floor;
        document.alive = newer(document.alive, incoming.alive, held);
        document.died = newer(document.died, incoming.died, Document.NOTHING);
        document.floor = newer(document.floor, incoming.floor, Document.NOTHING);
        return changed || document.alive != aliveBefore || document.died != diedBefore || document.floor != floorBefore;
    }

    private static LifeRegister newer(LifeRegister ours, LifeRegister theirs, VersionVector held) {
        return theirs != null && !held.covers(theirs.dot()) && theirs.beats(ours) ? theirs : ours;
    }
}
