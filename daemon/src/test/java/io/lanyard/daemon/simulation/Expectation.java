package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.VersionVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a document must hold and show that has seen certain writes: worked out plainly, one write after another, and
 * without the code under test.
 */
final class Expectation {
    private static final Comparator<Register> BY_STAMP = (left, right) -> compare(left.stamp(), right.stamp());

    private final Map<FieldPath, Register> fields = new HashMap<>();
    private LifeRegister alive;
    private LifeRegister died;
    private LifeRegister floor;
    private Stamp impliedFloor;

    void add(Part fragment) {
        fragment.fields()
                .forEach((path, register) -> fields.merge(
                        path, register, (ours, theirs) -> BY_STAMP.compare(ours, theirs) >= 0 ? ours : theirs));
        alive = newer(alive, fragment.alive());
        died = newer(died, fragment.died());
        floor = newer(floor, fragment.floor());
        Stamp implied = fragment.impliedFloor();
        impliedFloor =
                impliedFloor == null || implied != null && compare(implied, impliedFloor) > 0 ? implied : impliedFloor;
    }

    /**
     * Returns what is wrong with the document, or {@code null}.
     *
     * @param dropped writes of which what no reader sees may be gone
     */
    String faultOf(Document document, VersionVector dropped) {
        for (Map.Entry<FieldPath, Register> held : document.fields().entrySet()) {
            if (!held.getValue().equals(fields.get(held.getKey()))) {
                return "holds field " + held.getValue() + " instead of " + fields.get(held.getKey());
            }
        }
        Map<FieldPath, String> shown = shown();
        for (Map.Entry<FieldPath, Register> expected : fields.entrySet()) {
            boolean isMissing = !document.fields().containsKey(expected.getKey());
            if (isMissing && !dropped.covers(expected.getValue().dot())) {
                return "holds fields " + document.fields() + " instead of " + new TreeMap<>(fields);
            }
        }
        if (!isSame(alive, document.alive(), dropped)
                || !isSame(died, document.died(), dropped)
                || !isSame(floor, document.floor(), dropped)) {
            return "lives by " + document.alive() + ", " + document.died() + ", " + document.floor() + " instead of "
                    + alive + ", " + died + ", " + floor;
        }
        if (isVisible() != document.isVisible()) {
            return document.isVisible() ? "is visible again" : "is not visible any more";
        }
        return shown.equals(document.leaves()) ? null : "shows " + document.leaves() + " instead of " + shown;
    }

    boolean isVisible() {
        return alive != null && (died == null || compare(alive.stamp(), died.stamp()) > 0);
    }

    /** Returns the values that readers see. */
    Map<FieldPath, String> shown() {
        Map<FieldPath, String> shown = new TreeMap<>();
        if (!isVisible()) {
            return shown;
        }
        List<Map.Entry<FieldPath, Register>> replay = new ArrayList<>(fields.entrySet());
        replay.sort(Map.Entry.comparingByValue(BY_STAMP));
        for (Map.Entry<FieldPath, Register> entry : replay) {
            Register register = entry.getValue();
            if (register.value() != null
                    && !Tally.isInside(entry.getKey())
                    && isAbove(floor == null ? null : floor.stamp(), register)
                    && isAbove(impliedFloor, register)) {
                String path = entry.getKey().pointer() + "/";
                shown.keySet()
                        .removeIf(other ->
                                (other.pointer() + "/").startsWith(path) || path.startsWith(other.pointer() + "/"));
                shown.put(entry.getKey(), register.value());
            }
        }
        // Counters and sets are in documents where nothing clashes.
        List<Stamp> floors = new ArrayList<>();
        floors.add(floor == null ? null : floor.stamp());
        floors.add(impliedFloor);
        Tally.counting(fields, floors)
                .forEach((field, counting) -> shown.put(field, Tally.shown(shown.get(field), counting)));
        return shown;
    }

    private static boolean isAbove(Stamp bound, Register register) {
        return bound == null || compare(register.stamp(), bound) > 0;
    }

    LifeRegister died() {
        return died;
    }

    static int compare(Stamp left, Stamp right) {
        int byTime = Long.compareUnsigned(left.time(), right.time());
        return byTime != 0
                ? byTime
                : Long.compareUnsigned(left.replica().bits(), right.replica().bits());
    }

    private static LifeRegister newer(LifeRegister ours, LifeRegister theirs) {
        if (ours == null || theirs == null) {
            return ours == null ? theirs : ours;
        }
        int byStamp = compare(ours.stamp(), theirs.stamp());
        return byStamp > 0 || byStamp == 0 && ours.dot().compareTo(theirs.dot()) >= 0 ? ours : theirs;
    }

    private static boolean isSame(LifeRegister expected, LifeRegister held, VersionVector dropped) {
        return held == null ? expected == null || dropped.covers(expected.dot()) : held.equals(expected);
    }
}
