package io.lanyard.daemon.engine;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Conflict.Standing;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Register;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;

/** What readers see change when one document is put in the place of another, without merging. */
final class Replacement {

    private final Document before;
    private final Document after;
    private final NavigableMap<FieldPath, Register> shownBefore;
    private final NavigableMap<FieldPath, Register> shownAfter;

    Replacement(Document before, Document after) {
        this.before = before;
        this.after = after;
        shownBefore = before.shown();
        shownAfter = after.shown();
    }

    /** Returns the fields that show another value, or none any more, or did not before. */
    Set<FieldPath> changedPaths() {
        Set<FieldPath> changed = new HashSet<>();
        shownBefore.keySet().stream().filter(this::isChanged).forEach(changed::add);
        shownAfter.keySet().stream().filter(this::isChanged).forEach(changed::add);
        return changed;
    }

    /** Returns what is shown no more, as the conflict journal has it. */
    List<Conflict> lost() {
        List<Conflict> lost = new ArrayList<>();
        shownBefore.forEach((path, register) -> {
            if (isChanged(path)) {
                lost.add(lostField(path, register));
            }
        });
        if (before.isVisible() && !after.isVisible() && lost.isEmpty()) {
            lost.add(lostLife("{}", before.alive(), after.died()));
        }
        if (!before.isVisible() && after.isVisible() && before.died() != null) {
            lost.add(lostLife(null, before.died(), after.alive()));
        }
        return lost;
    }

    /** Returns what was shown, if nothing is any more. */
    Stood stood() {
        return after.isVisible() ? Stood.NOTHING : new Stood(after.newestTime(), before.leaves());
    }

    private boolean isChanged(FieldPath path) {
        Register was = shownBefore.get(path);
        Register is = shownAfter.get(path);
        return was == null || is == null || !was.value().equals(is.value());
    }

    private Conflict lostField(FieldPath path, Register register) {
        Register there = after.fields().get(path);
        if (there == null) {
            LifeRegister life = after.isVisible() ? after.alive() : after.died();
            Dot winner = life == null ? null : life.dot();
            return new Conflict(path, register.value(), register.time(), register.dot(), winner);
        }
        Register shown = shownAfter.get(path);
        Standing standing = new Standing(path, shown == null ? null : shown.value(), there.time());
        return new Conflict(path, register.value(), register.time(), register.dot(), there.dot(), standing);
    }

    private static Conflict lostLife(String value, LifeRegister loser, LifeRegister winner) {
        return new Conflict(null, value, loser.stamp().time(), loser.dot(), winner == null ? null : winner.dot());
    }
}
