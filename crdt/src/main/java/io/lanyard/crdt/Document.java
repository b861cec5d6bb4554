package io.lanyard.crdt;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A document, or a fragment of one: a last-writer-wins register per leaf path and three registers of its life. A write
 * travels as the fragment that holds just what it wrote, and merging a fragment is merging a document (a delta-state
 * CRDT: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018).
 *
 * <p>What holds:
 *
 * <ol>
 *   <li>A document is visible while {@code alive} is newer than {@code died}; nothing else decides. Every edit renews
 *       {@code alive}, so what an edit brings back after a concurrent delete comes back whole.
 *   <li>Registers not newer than {@code floor} are hidden: a deliberate re-creation starts clean.
 *   <li>Registers merge by the greater stamp, whatever else the document holds: merging is commutative, associative
 *       and idempotent in all but the marks.
 *   <li>What is shown is what replaying the present registers in stamp order leaves. Tombstones shadow nothing.
 *   <li>The context covers every dot that was ever merged into the document, but those that every device is known to
 *       have (see {@link #forgetSettled}).
 *   <li>What a newer minor version added is kept, merged without knowing what it means, and passed on.
 * </ol>
 *
 * <p>Mutable, not thread-safe.
 */
public final class Document {

    /** How many conflict marks a document keeps; beyond that the smallest dots go. */
    public static final int MAX_MARKS = 32;

    /** How long an extension may be, in bytes. */
    public static final int MAX_EXTENSION_BYTES = 4_096;

    private static final VersionVector NOTHING = new VersionVector();

    final TreeMap<FieldPath, Register> fields = new TreeMap<>();
    LifeRegister alive;
    LifeRegister died;
    LifeRegister floor;
    VersionVector context = new VersionVector();
    final TreeSet<Dot> marks = new TreeSet<>();
    Extensions extensions = Extensions.NONE;

    /** Returns an independent copy. */
    public Document copy() {
        Document copy = new Document();
        copy.fields.putAll(fields);
        copy.alive = alive;
        copy.died = died;
        copy.floor = floor;
        copy.context = context.copy();
        copy.marks.addAll(marks);
        copy.extensions = extensions;
        return copy;
    }

    /** Returns true if the document exists for readers. */
    public boolean isVisible() {
        return alive != null && (died == null || alive.stamp().isNewerThan(died.stamp()));
    }

    /** Returns every register, tombstones and hidden ones among them, as an unmodifiable view. */
    public NavigableMap<FieldPath, Register> fields() {
        return Collections.unmodifiableNavigableMap(fields);
    }

    /** Returns the register of the newest create or edit, or {@code null}. */
    public LifeRegister alive() {
        return alive;
    }

    /** Returns the register of the newest delete, or {@code null}. */
    public LifeRegister died() {
        return died;
    }

    /** Returns the register of the delete that was knowingly replaced last, or {@code null}. */
    public LifeRegister floor() {
        return floor;
    }

    /** Returns the highest dot per replica that was ever merged into this document. Not a copy: do not change it. */
    public VersionVector context() {
        return context;
    }

    /** Returns the dots of writes that lost something in this document to a concurrent one, as an unmodifiable view. */
    public NavigableSet<Dot> marks() {
        return Collections.unmodifiableNavigableSet(marks);
    }

    /**
     * Returns what a newer minor version keeps in this document. It merges by the greater bytes of each tag and is no
     * part of {@link #visibleHash}; this version writes none.
     */
    public Extensions extensions() {
        return extensions;
    }

    /** Returns the registers that readers see, by path: none if the document is not visible. */
    public NavigableMap<FieldPath, Register> shown() {
        return isVisible() ? Rendering.shown(presentAboveFloor()) : new TreeMap<>();
    }

    /** Returns the values that readers see, as JSON text by path. No path lies below another. */
    public NavigableMap<FieldPath, String> leaves() {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        shown().forEach((path, register) -> leaves.put(path, register.value()));
        return leaves;
    }

    /**
     * Returns the values that readers would see if the document were not deleted, as JSON text by path: what they see,
     * or what the newest delete took from them as far as it is still held.
     */
    public NavigableMap<FieldPath, String> leavesBeforeDeath() {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        Rendering.shown(presentAboveFloor()).forEach((path, register) -> leaves.put(path, register.value()));
        return leaves;
    }

    /** Returns the newest timestamp anywhere in the document, 0 if it holds nothing. A new write must beat it. */
    public long newestTime() {
        long newest = 0;
        for (Register register : fields.values()) {
            newest = Timestamp.max(newest, register.time());
        }
        for (LifeRegister life : new LifeRegister[] {alive, died, floor}) {
            newest = life == null ? newest : Timestamp.max(newest, life.stamp().time());
        }
        return newest;
    }

    /** Returns the newest stamp among what readers see, or {@code null} if the document is not visible. */
    public Stamp newestShownStamp() {
        return isVisible() ? alive.stamp() : null;
    }

    /**
     * Returns the fragment that makes this document show exactly {@code target}: registers for the leaves whose value
     * differs, tombstones for the leaves that vanish and for every register above or below a path that is written, and
     * for the values that would come back because what shadowed them is gone.
     *
     * @param target values as JSON text by path, none below another
     * @param time newer than {@link #newestTime}
     */
    public Document fragmentShowing(SortedMap<FieldPath, String> target, long time, Dot dot) {
        Document fragment = startFragment(dot);
        boolean visible = isVisible();
        if (!visible && died != null) {
            fragment.floor = new LifeRegister(died.stamp(), dot);
        }
        fragment.alive = LifeRegister.of(time, dot);
        NavigableMap<FieldPath, Register> shown = shown();
        for (Map.Entry<FieldPath, Register> entry : shown.entrySet()) {
            if (!target.containsKey(entry.getKey())) {
                writeField(fragment, entry.getKey(), new Register(time, dot, null));
            }
        }
        target.forEach((path, value) -> {
            Register before = shown.get(path);
            if (before == null || !before.value().equals(value)) {
                writeField(fragment, path, new Register(time, dot, value));
            }
        });
        if (visible) {
            buryShadowed(fragment, shown, new Register(time, dot, null));
        }
        return fragment;
    }

    /** Returns the fragment that deletes this document at {@code time}, which must be newer than all it holds. */
    public Document fragmentDeleting(long time, Dot dot) {
        Document fragment = startFragment(dot);
        fragment.died = LifeRegister.of(time, dot);
        return fragment;
    }

    /**
     * Merges {@code incoming}, which stays as it is, and tells what changed and what was lost to a concurrent write.
     *
     * <p>Registers whose dot {@code held} covers are passed over: this replica has or had them, or what superseded
     * them; all but {@code died} and {@code floor}, which bring nothing back and hide only what is older than they are; so are the extensions, which have no dots, of a document whose whole context {@code held} covers. Conflicts
     * are judged by the two contexts, as they are before merging.
     *
     * @param held the vector of this replica; an empty one merges everything
     */
    public MergeResult merge(Document incoming, VersionVector held) {
        return merge(incoming, held, NOTHING);
    }

    /**
     * Merges as {@link #merge(Document, VersionVector)} does, where contexts may lack what is settled.
     *
     * @param settled covers whatever the incoming context leaves out because every device has it
     */
    public MergeResult merge(Document incoming, VersionVector held, VersionVector settled) {
        boolean covered = context.covers(incoming.context);
        // A covered fragment can still bring registers: a later part of the same write, or one that was overtaken.
        Extensions joined = joinedExtensions(incoming, held);
        if (covered && marks.containsAll(incoming.marks) && joined.equals(extensions) && !wouldChange(incoming, held)) {
            return MergeResult.UNCHANGED;
        }
        NavigableMap<FieldPath, Register> before = shown();
        boolean wasVisible = isVisible();
        boolean concurrent = !covered && !incoming.context.covers(context);
        ConflictJudge judge =
                concurrent || !incoming.marks.isEmpty() ? new ConflictJudge(this, incoming, held, settled) : null;
        boolean clashing = hasClashingStamps(incoming, held);
        boolean changed = mergeRegisters(incoming, held);
        NavigableMap<FieldPath, Register> after = shown();
        Set<FieldPath> changedPaths = Rendering.differences(before, after);
        var conflicts =
                judge == null ? Collections.<Conflict>emptyList() : judge.judge(this, before, after, wasVisible);
        changed |= context.join(incoming.context) | !joined.equals(extensions);
        extensions = joined;
        for (Dot loser : incoming.marks) {
            changed |= mark(loser);
        }
        for (Conflict conflict : conflicts) {
            changed |= mark(conflict.loser());
        }
        return new MergeResult(changed, changedPaths, conflicts, clashing);
    }

    /** Returns true if nothing at all is held: no register, no context, no mark. */
    public boolean isEmpty() {
        return fields.isEmpty()
                && alive == null
                && died == null
                && floor == null
                && context.isEmpty()
                && marks.isEmpty()
                && extensions.isEmpty();
    }

    /** Returns true if there are registers that {@link #dropGarbage} drops sooner or later. */
    public boolean hasGarbage() {
        return !isVisible() && !fields.isEmpty()
                || fields.values().stream().anyMatch(register -> !register.isPresent() || !isAboveFloor(register));
    }

    /**
     * Drops registers that nobody sees or needs: tombstones, what lies under the floor, and the fields of a document
     * that is deleted. What is visible stays as it is, hash included.
     *
     * @param level what every device is known to know that every device has
     * @param latest the newest timestamp of the own clock; a tombstone of a visible document that is newer stays, or a
     *     later write here could be stamped under it
     * @return the newest timestamp of what was dropped, 0 if nothing was: whoever does not know that it was here must
     *     stamp its writes above it
     */
    public long dropGarbage(VersionVector level, long latest) {
        boolean isDead = !isVisible() && died != null && level.covers(died.dot());
        boolean isFloorKnown = floor != null && level.covers(floor.dot());
        long newest = 0;
        for (Iterator<Register> registers = fields.values().iterator(); registers.hasNext(); ) {
            Register register = registers.next();
            boolean isGarbage = isDead
                    || isFloorKnown && !isAboveFloor(register)
                    || !register.isPresent() && Timestamp.compare(register.time(), latest) <= 0;
            if (isGarbage && level.covers(register.dot())) {
                newest = Timestamp.max(newest, register.time());
                registers.remove();
            }
        }
        return newest;
    }

    /**
     * Drops from context and marks what no judgement needs any more.
     *
     * @param level what every device has dropped the garbage of
     * @return false if nothing was dropped
     */
    public boolean forgetSettled(VersionVector level) {
        VersionVector rest = context.beyond(level);
        boolean dropped = rest.size() < context.size();
        context = rest;
        return marks.removeIf(level::covers) | dropped;
    }

    /**
     * Returns true if the document is deleted and nothing is left of it but the delete, which may go too.
     *
     * @param level what every device has dropped the garbage of
     * @param latest the newest timestamp of the own clock; a later re-creation here must beat the delete
     */
    public boolean isSpent(VersionVector level, long latest) {
        if (isVisible() || !fields.isEmpty()) {
            return false;
        }
        for (LifeRegister life : new LifeRegister[] {alive, died, floor}) {
            if (life != null
                    && (!level.covers(life.dot())
                            || Timestamp.compare(life.stamp().time(), latest) > 0)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the write that is the newest in the document's life, {@code null} if there was none. */
    public Dot newestLifeDot() {
        LifeRegister newest = alive == null || died != null && died.beats(alive) ? died : alive;
        return newest == null ? null : newest.dot();
    }

    /**
     * Returns what is left of this document without the registers of some writes. If its newest edit is among those, it
     * lives by the newest of the others.
     *
     * @param seen what the rest is taken to have seen: its context
     */
    public Document without(Predicate<Dot> writes, VersionVector seen) {
        Document rest = copy();
        rest.context = seen.copy();
        rest.fields.values().removeIf(register -> writes.test(register.dot()));
        rest.died = died == null || writes.test(died.dot()) ? null : died;
        rest.floor = floor == null || writes.test(floor.dot()) ? null : floor;
        if (alive != null && writes.test(alive.dot())) {
            rest.alive = rest.fields.values().stream()
                    .max(Register.WINNING_ORDER)
                    .map(register -> LifeRegister.of(register.time(), register.dot()))
                    .orElse(null);
        }
        return rest;
    }

    /** Returns the context, and the writes of all registers: what this document itself is known to have seen. */
    public VersionVector seen() {
        VersionVector seen = context.copy();
        fields.values().forEach(register -> seen.raise(register.dot()));
        for (LifeRegister life : new LifeRegister[] {alive, died, floor}) {
            if (life != null) {
                seen.raise(life.dot());
            }
        }
        return seen;
    }

    /** Adds conflict marks for writes that lost something here. */
    public void markAll(Collection<Dot> losers) {
        losers.forEach(this::mark);
    }

    /** Returns true if a register or the context holds a write that {@code level} does not cover. */
    public boolean isBeyond(VersionVector level) {
        return !level.covers(context) || hasRegisterBeyond(level);
    }

    /** Returns true if a register is of a write that {@code level} does not cover. */
    public boolean hasRegisterBeyond(VersionVector level) {
        for (LifeRegister life : new LifeRegister[] {alive, died, floor}) {
            if (life != null && !level.covers(life.dot())) {
                return true;
            }
        }
        return fields.values().stream().anyMatch(register -> !level.covers(register.dot()));
    }

    /** Returns the hash of what readers see with its stamps, {@link Hash#ZERO} if the document is not visible. */
    public Hash visibleHash(DocumentId id) {
        if (!isVisible()) {
            return Hash.ZERO;
        }
        Encoder encoder = new Encoder(256);
        encoder.putText(id.collection());
        encoder.putText(id.id());
        putStamp(encoder, alive.stamp().time(), alive.stamp().replica());
        presentAboveFloor().forEach((path, register) -> {
            encoder.putText(path.pointer());
            putStamp(encoder, register.time(), register.dot().replica());
            encoder.putText(register.value());
        });
        return Hash.of(encoder.bytes(), 0, encoder.size());
    }

    /** Returns true if both hold the same registers, whatever their marks. */
    public boolean hasSameRegisters(Document other) {
        return fields.equals(other.fields)
                && Objects.equals(alive, other.alive)
                && Objects.equals(died, other.died)
                && Objects.equals(floor, other.floor);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Document document
                && hasSameRegisters(document)
                && context.equals(document.context)
                && marks.equals(document.marks)
                && extensions.equals(document.extensions);
    }

    @Override
    public int hashCode() {
        return Objects.hash(fields, alive, died, floor, context, marks, extensions);
    }

    @Override
    public String toString() {
        return "Document[alive=" + alive + ", died=" + died + ", floor=" + floor + ", fields=" + fields.values()
                + ", context=" + context + ", marks=" + marks + ", extensions=" + extensions + "]";
    }

    boolean isAboveFloor(Register register) {
        return floor == null || register.stamp().isNewerThan(floor.stamp());
    }

    private boolean mark(Dot loser) {
        boolean added = marks.add(loser);
        return added && (marks.size() <= MAX_MARKS || !loser.equals(marks.pollFirst()));
    }

    private TreeMap<FieldPath, Register> presentAboveFloor() {
        TreeMap<FieldPath, Register> present = new TreeMap<>();
        fields.forEach((path, register) -> {
            if (register.isPresent() && isAboveFloor(register)) {
                present.put(path, register);
            }
        });
        return present;
    }

    private Document startFragment(Dot dot) {
        Document fragment = new Document();
        fragment.context = context.copy();
        fragment.context.raise(dot);
        fragment.marks.addAll(marks);
        return fragment;
    }

    private void writeField(Document fragment, FieldPath path, Register register) {
        Register tombstone = new Register(register.time(), register.dot(), null);
        for (FieldPath ancestor = path.parent(); ancestor != null; ancestor = ancestor.parent()) {
            if (fields.containsKey(ancestor)) {
                fragment.fields.put(ancestor, tombstone);
            }
        }
        for (FieldPath below : fields.subMap(path.firstBelow(), path.endBelow()).keySet()) {
            fragment.fields.putIfAbsent(below, tombstone);
        }
        fragment.fields.put(path, register);
    }

    private void buryShadowed(Document fragment, NavigableMap<FieldPath, Register> shown, Register tombstone) {
        TreeMap<FieldPath, Register> shadowed = presentAboveFloor();
        shadowed.keySet().removeAll(shown.keySet());
        if (shadowed.isEmpty()) {
            return;
        }
        shadowed.keySet().removeAll(fragment.fields.keySet());
        Deque<FieldPath> gone = new ArrayDeque<>(fragment.fields.keySet());
        while (!gone.isEmpty()) {
            for (FieldPath freed : Rendering.clashing(shadowed, gone.poll())) {
                shadowed.remove(freed);
                fragment.fields.put(freed, tombstone);
                gone.add(freed);
            }
        }
    }

    private Extensions joinedExtensions(Document incoming, VersionVector held) {
        boolean isHeld = !held.isEmpty() && held.covers(incoming.context);
        return isHeld ? extensions : extensions.join(incoming.extensions);
    }

    private boolean wouldChange(Document incoming, VersionVector held) {
        for (Map.Entry<FieldPath, Register> entry : incoming.fields.entrySet()) {
            Register theirs = entry.getValue();
            Register ours = fields.get(entry.getKey());
            if (!held.covers(theirs.dot()) && (theirs.beats(ours) || theirs.clashesWith(ours))) {
                return true;
            }
        }
        return newer(alive, incoming.alive, held) != alive
                || newer(died, incoming.died, NOTHING) != died
                || newer(floor, incoming.floor, NOTHING) != floor;
    }

    private boolean hasClashingStamps(Document incoming, VersionVector held) {
        return incoming.fields.entrySet().stream()
                .anyMatch(entry -> !held.covers(entry.getValue().dot())
                        && entry.getValue().clashesWith(fields.get(entry.getKey())));
    }

    private boolean mergeRegisters(Document incoming, VersionVector held) {
        boolean changed = false;
        for (Map.Entry<FieldPath, Register> entry : incoming.fields.entrySet()) {
            Register theirs = entry.getValue();
            if (!held.covers(theirs.dot()) && theirs.beats(fields.get(entry.getKey()))) {
                fields.put(entry.getKey(), theirs);
                changed = true;
            }
        }
        LifeRegister aliveBefore = alive;
        LifeRegister diedBefore = died;
        LifeRegister floorBefore = floor;
        alive = newer(alive, incoming.alive, held);
        died = newer(died, incoming.died, NOTHING);
        floor = newer(floor, incoming.floor, NOTHING);
        return changed || alive != aliveBefore || died != diedBefore || floor != floorBefore;
    }

    private static LifeRegister newer(LifeRegister ours, LifeRegister theirs, VersionVector held) {
        return theirs != null && !held.covers(theirs.dot()) && theirs.beats(ours) ? theirs : ours;
    }

    private static void putStamp(Encoder encoder, long time, ReplicaId replica) {
        encoder.putLong(time);
        encoder.putLong(replica.bits());
    }
}
