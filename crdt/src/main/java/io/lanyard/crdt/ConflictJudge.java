package io.lanyard.crdt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
    private final VersionVector settled;
    private final VersionVector localContext;
    private final TreeMap<FieldPath, Register> localFields;
    private final TreeMap<FieldPath, Register> localTombstones = new TreeMap<>();
    private final LifeRegister localDied;
    private final LifeRegister localAlive;
    private final boolean wasVisible;
    private final NavigableMap<FieldPath, Register> shownBefore;
    private final NavigableMap<FieldPath, Register> partsBefore;
    private final Set<Dot> newMarks;
    private final List<Conflict> conflicts = new ArrayList<>();
    private NavigableMap<FieldPath, Register> after;
    private NavigableMap<FieldPath, Register> partsAfter;
    private Document merged;

    ConflictJudge(Document local, Document incoming, VersionVector held, VersionVector settled) {
        this.incoming = incoming;
        this.held = held;
        this.settled = settled;
        localContext = local.context.copy();
        localFields = new TreeMap<>(local.fields);
        localDied = local.died;
        localAlive = local.alive;
        wasVisible = local.isVisible();
        shownBefore = local.shown();
        partsBefore = local.shownParts();
        newMarks = new HashSet<>(incoming.marks);
        newMarks.removeAll(local.marks);
        if (local.isVisible()) {
            local.fields.forEach((path, register) -> {
                if (!register.isPresent() && !path.isInternal() && local.isAboveFloor(register)) {
                    localTombstones.put(path, register);
                }
            });
        }
    }

    List<Conflict> judge(Document mergedDocument) {
        merged = mergedDocument;
        after = merged.shown();
        partsAfter = merged.shownParts();
        judgeLocal();
        judgeIncoming();
        return conflicts;
    }

    private void judgeLocal() {
        partsBefore.forEach((path, register) -> {
            if (isUnseenThere(register.dot())) {
                addIfLost(path, register);
            }
        });
        boolean noValueLost = conflicts.isEmpty();
        localTombstones.forEach((path, tombstone) -> {
            if (isUnseenThere(tombstone.dot()) && isUndone(path, tombstone, localFields, shownBefore)) {
                add(path, tombstone);
            }
        });
        if (wasVisible && !merged.isVisible() && noValueLost && isUnseenThere(localAlive.dot())) {
            addLife("{}", localAlive, merged.died);
        }
        if (!wasVisible && merged.isVisible() && localDied != null && isUnseenThere(localDied.dot())) {
            addLife(null, localDied, merged.alive);
        }
    }

    private void judgeIncoming() {
        NavigableMap<FieldPath, Register> shownThere = incoming.shown();
        int found = conflicts.size();
        incoming.fragmentParts(shownThere).forEach((path, register) -> {
            if (isUnseenHere(register.dot())) {
                addIfLost(path, register);
            }
        });
        boolean noValueLost = found == conflicts.size();
        if (incoming.isVisible()) {
            incoming.fields.forEach((path, register) -> {
                if (!register.isPresent()
                        && !path.isInternal()
                        && incoming.isAboveFloor(register)
                        && isUnseenHere(register.dot())
                        && isUndone(path, register, incoming.fields, shownThere)) {
                    add(path, register);
                }
            });
            if (!merged.isVisible() && noValueLost && isUnseenHere(incoming.alive.dot())) {
                addLife("{}", incoming.alive, merged.died);
            }
        } else if (incoming.died != null && merged.isVisible() && isUnseenHere(incoming.died.dot())) {
            addLife(null, incoming.died, merged.alive);
        }
    }

    private boolean isUnseenThere(Dot dot) {
        return !incoming.context.covers(dot) && !settled.covers(dot) || newMarks.contains(dot);
    }

    private boolean isUnseenHere(Dot dot) {
        return !localContext.covers(dot) && !held.covers(dot);
    }

    private void addIfLost(FieldPath path, Register register) {
        Register stands = partsAfter.get(path);
        Share share = Share.of(path, register);
        if (share == null) {
            if (stands == null || !stands.value().equals(register.value())) {
                add(path, register);
            }
        } else if (share.kind() == Share.Kind.COUNT) {
            BigDecimal lost = share.amount().subtract(counted(path, share, stands));
            if (lost.signum() != 0) {
                addPart(path, register, Step.counting(Amount.text(lost)).text());
            }
        } else if (stands == null && isMember(share) != (share.kind() == Share.Kind.ADD)) {
            addPart(path, register, Shares.told(path, register));
        }
    }

    /** Returns how much of what a replica counted is in what is shown, or was known to who put that there. */
    private BigDecimal counted(FieldPath path, Share share, Register stands) {
        Share standing = stands == null ? null : Share.of(path, stands);
        if (share.isOnSameAs(standing)) {
            return standing.amount();
        }
        FieldPath notedPath = Share.notedPath(path);
        Register noted = merged.fields.get(notedPath);
        Share known = noted == null ? null : Share.of(notedPath, noted);
        return share.isOnSameAs(known) ? known.amount() : BigDecimal.ZERO;
    }

    private boolean isMember(Share share) {
        Register stands = after.get(share.leaf());
        return stands != null
                && Elements.isArray(stands.value())
                && Elements.split(stands.value()).contains(share.content());
    }

    /**
     * A removal is undone if its side showed no field any more and the field is back. A count or an addition leaves the
     * tombstone in place that it follows, so a side may hold both. What only made room for a value above or below is no
     * removal: that value counts, and so does one that somebody else put there.
     */
    private boolean isUndone(
            FieldPath path,
            Register tombstone,
            NavigableMap<FieldPath, Register> sameSide,
            NavigableMap<FieldPath, Register> shownThere) {
        Register stands = after.get(path);
        return stands != null
                && !shownThere.containsKey(path)
                && !stands.dot().equals(tombstone.dot())
                && Rendering.clashing(sameSide, path).stream()
                        .noneMatch(other -> shownThere.containsKey(other)
                                || sameSide.get(other).isPresent()
                                        && sameSide.get(other).dot().equals(tombstone.dot()));
    }

    private void add(FieldPath path, Register loser) {
        Winner winner = winnerOver(path);
        conflicts.add(new Conflict(path, loser.value(), loser.time(), loser.dot(), winner.dot(), winner.standing()));
    }

    private void addPart(FieldPath path, Register loser, String lost) {
        FieldPath leaf = path.leaf();
        Winner winner = winnerOver(leaf);
        conflicts.add(new Conflict(leaf, lost, loser.time(), loser.dot(), winner.dot(), winner.standing()));
    }

    private void addLife(String lostValue, LifeRegister loser, LifeRegister winner) {
        Winner stands = winner == null ? Winner.UNKNOWN : Winner.of(winner, lostValue == null ? "{}" : null);
        conflicts.add(
                new Conflict(null, lostValue, loser.stamp().time(), loser.dot(), stands.dot(), stands.standing()));
    }

    private Winner winnerOver(FieldPath path) {
        Register stands = merged.fields.get(path);
        if (after.containsKey(path)) {
            return stands == null || !stands.isPresent()
                    ? Winner.of(path, after.get(path))
                    : new Winner(
                            stands.dot(),
                            new Conflict.Standing(path, after.get(path).value(), stands.time()));
        }
        List<FieldPath> clashing = Rendering.clashing(after, path);
        if (!clashing.isEmpty()) {
            return Winner.of(clashing.get(0), after.get(clashing.get(0)));
        }
        if (!merged.isVisible() && merged.died != null) {
            return Winner.of(merged.died, null);
        }
        if (merged.floor != null && stands != null && !merged.isAboveFloor(stands)) {
            return merged.alive != null && merged.alive.dot().equals(merged.floor.dot())
                    ? Winner.of(merged.alive, "{}")
                    : new Winner(merged.floor.dot(), null);
        }
        return stands == null ? Winner.UNKNOWN : Winner.of(path, stands);
    }

    /** The write that stands instead of a loser, and what it wrote. */
    private record Winner(Dot dot, Conflict.Standing standing) {
        static final Winner UNKNOWN = new Winner(null, null);

        static Winner of(FieldPath path, Register register) {
            return new Winner(register.dot(), new Conflict.Standing(path, register.value(), register.time()));
        }

        static Winner of(LifeRegister life, String value) {
            return new Winner(
                    life.dot(), new Conflict.Standing(null, value, life.stamp().time()));
        }
    }
}
