package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tells what a merge loses that nobody meant to replace.
 *
 * <p>One rule covers fields, clashing paths, deletes and re-creations: <em>a value that one side showed before the
 * merge, that the other side's context does not cover, and that is not shown afterwards, was lost to a concurrent
 * write.</em> The same goes for a removal that does not last. Besides, a mark tells of a loss that somebody else found:
 * whoever still holds the loser reports it.
 *
 * <p>Takes what it needs of the two sides at construction, before they are merged.
 */
final class ConflictJudge {

    private final Document incoming;
    private final VersionVector held;
    private final VersionVector localContext;
    private final TreeMap<FieldPath, Register> localTombstones = new TreeMap<>();
    private final Map<FieldPath, Register> localFields;
    private final LifeRegister localDied;
    private final LifeRegister localAlive;
    private final Set<Dot> newMarks;
    private final List<Conflict> conflicts = new ArrayList<>();
    private NavigableMap<FieldPath, Register> after;
    private Document merged;

    ConflictJudge(Document local, Document incoming, VersionVector held) {
        this.incoming = incoming;
        this.held = held;
        localContext = local.context.copy();
        localFields = Map.copyOf(local.fields);
        localDied = local.died;
        localAlive = local.alive;
        newMarks = new HashSet<>(incoming.marks);
        newMarks.removeAll(local.marks);
        if (local.isVisible()) {
            local.fields.forEach((path, register) -> {
                if (!register.isPresent() && local.isAboveFloor(register)) {
                    localTombstones.put(path, register);
                }
            });
        }
    }

    List<Conflict> judge(
            Document mergedDocument,
            NavigableMap<FieldPath, Register> shownBefore,
            NavigableMap<FieldPath, Register> shownAfter,
            boolean wasVisible) {
        merged = mergedDocument;
        after = shownAfter;
        judgeLocal(shownBefore, wasVisible);
        judgeIncoming();
        return conflicts;
    }

    private void judgeLocal(NavigableMap<FieldPath, Register> shownBefore, boolean wasVisible) {
        int found = conflicts.size();
        shownBefore.forEach((path, register) -> {
            boolean unseen = !incoming.context.covers(register.dot());
            if ((unseen || newMarks.contains(register.dot())) && isLost(path, register)) {
                add(path, register);
            }
        });
        localTombstones.forEach((path, tombstone) -> {
            if (!incoming.context.covers(tombstone.dot()) && isUndone(path, tombstone, localFields)) {
                add(path, tombstone);
            }
        });
        if (wasVisible && !merged.isVisible() && found == conflicts.size() && isUnseenThere(localAlive)) {
            addLife("{}", localAlive, merged.died);
        }
        if (!wasVisible && merged.isVisible() && isUnseenThere(localDied)) {
            addLife(null, localDied, merged.alive);
        }
    }

    private void judgeIncoming() {
        int found = conflicts.size();
        incoming.shown().forEach((path, register) -> {
            if (isUnseenHere(register.dot()) && isLost(path, register)) {
                add(path, register);
            }
        });
        if (incoming.isVisible()) {
            incoming.fields.forEach((path, register) -> {
                if (!register.isPresent()
                        && isUnseenHere(register.dot())
                        && isUndone(path, register, incoming.fields)) {
                    add(path, register);
                }
            });
        }
        if (incoming.isVisible()
                && !merged.isVisible()
                && found == conflicts.size()
                && isUnseenHere(incoming.alive.dot())) {
            addLife("{}", incoming.alive, merged.died);
        }
        if (incoming.died != null && !incoming.isVisible() && merged.isVisible() && isUnseenHere(incoming.died.dot())) {
            addLife(null, incoming.died, merged.alive);
        }
    }

    private boolean isUnseenThere(LifeRegister life) {
        return life != null && !incoming.context.covers(life.dot());
    }

    private boolean isUnseenHere(Dot dot) {
        return !localContext.covers(dot) && !held.covers(dot);
    }

    private boolean isLost(FieldPath path, Register register) {
        Register stands = after.get(path);
        return stands == null || !stands.value().equals(register.value());
    }

    /** A removal is undone if the field is back; unless it only made room for a value of the same write next to it. */
    private boolean isUndone(FieldPath path, Register tombstone, Map<FieldPath, Register> sameSide) {
        Register stands = after.get(path);
        if (stands == null || stands.dot().equals(tombstone.dot())) {
            return false;
        }
        return sameSide.entrySet().stream()
                .noneMatch(other -> other.getValue().isPresent()
                        && other.getValue().dot().equals(tombstone.dot())
                        && other.getKey().clashesWith(path));
    }

    private void add(FieldPath path, Register loser) {
        conflicts.add(new Conflict(path, loser.value(), loser.time(), loser.dot(), winnerOver(path)));
    }

    private void addLife(String lostValue, LifeRegister loser, LifeRegister winner) {
        conflicts.add(
                new Conflict(null, lostValue, loser.stamp().time(), loser.dot(), winner == null ? null : winner.dot()));
    }

    private Dot winnerOver(FieldPath path) {
        Register stands = merged.fields.get(path);
        if (after.containsKey(path)) {
            return stands.dot();
        }
        for (Map.Entry<FieldPath, Register> other : after.entrySet()) {
            if (other.getKey().clashesWith(path)) {
                return other.getValue().dot();
            }
        }
        if (!merged.isVisible() && merged.died != null) {
            return merged.died.dot();
        }
        if (merged.floor != null && stands != null && !merged.isAboveFloor(stands)) {
            return merged.floor.dot();
        }
        return stands == null ? null : stands.dot();
    }
}
