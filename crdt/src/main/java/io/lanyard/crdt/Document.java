package io.lanyard.crdt;

import java.util.Collection;
import java.util.Collections;
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

    static final VersionVector NOTHING = new VersionVector();

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
        return isVisible() ? Rendering.shown(new Composition(this).leaves) : new TreeMap<>();
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
        Rendering.shown(new Composition(this).leaves).forEach((path, register) -> leaves.put(path, register.value()));
        return leaves;
    }

    /**
     * Returns what makes up what readers see, by path: registers of fields, and of counters and sets those inside them.
     * {@link Shares#told} tells how a journal names what one of them said.
     */
    public NavigableMap<FieldPath, Register> shownParts() {
        if (!isVisible()) {
            return new TreeMap<>();
        }
        Composition held = new Composition(this);
        return held.parts(Rendering.shown(held.leaves));
    }

    /** Returns true if the field has a register, or registers inside it. */
    public boolean holds(FieldPath field) {
        return fields.containsKey(field)
                || !fields.subMap(field.firstInside(), field.endInside()).isEmpty();
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
     * @param target values as JSON text by path, none below another; a {@link Step} that was tried,
     *     to be done to a field as it is; registers inside of fields, as {@link Shares#targetLike} has them
     * @param time newer than {@link #newestTime}
     */
    public Document fragmentShowing(SortedMap<FieldPath, String> target, long time, Dot dot) {
        Document fragment = startFragment(dot);
        if (!isVisible() && died != null) {
            fragment.floor = new LifeRegister(died.stamp(), dot);
        }
        fragment.alive = LifeRegister.of(time, dot);
        new FragmentWriter(this, fragment, time, dot).show(target);
        return fragment;
    }

    /** Returns the fragment that deletes this document at {@code time}, which must be newer than all it holds. */
    public Document fragmentDeleting(long time, Dot dot) {
        Document fragment = startFragment(dot);
        fragment.died = LifeRegister.of(time, dot);
        new FragmentWriter(this, fragment, time, dot).noteAllCounts();
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
        if (covered
                && marks.containsAll(incoming.marks)
                && joined.equals(extensions)
                && !RegisterMerge.wouldChange(this, incoming, held)) {
            return MergeResult.UNCHANGED;
        }
        NavigableMap<FieldPath, Register> before = shown();
        boolean concurrent = !covered && !incoming.context.covers(context);
        ConflictJudge judge =
                concurrent || !incoming.marks.isEmpty() ? new ConflictJudge(this, incoming, held, settled) : null;
        boolean clashing = RegisterMerge.hasClashingStamps(this, incoming, held);
        boolean changed = RegisterMerge.merge(this, incoming, held);
        Set<FieldPath> changedPaths = Rendering.differences(before, shown());
        var conflicts = judge == null ? Collections.<Conflict>emptyList() : judge.judge(this);
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
        return new Collector(this).finds();
    }

    /**
     * Drops registers that nobody sees or needs: tombstones, what lies under the floor, what was counted from a value
     * that stands no more, and the fields of a document that is deleted. What is visible stays as it is, hash included.
     *
     * @param level what every device is known to know that every device has
     * @param latest the newest timestamp of the own clock; a tombstone of a visible document that is newer stays, or a
     *     later write here could be stamped under it
     * @return the newest timestamp of what was dropped, 0 if nothing was: whoever does not know that it was here must
     *     stamp its writes above it
     */
    public long dropGarbage(VersionVector level, long latest) {
        return new Collector(this).drop(level, latest);
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
        Composition held = new Composition(this);
        fields.forEach((path, register) -> {
            if (held.plain.containsKey(path) || held.isLive(path)) {
                encoder.putText(path.pointer());
                putStamp(encoder, register.time(), register.dot().replica());
                encoder.putText(register.value());
            }
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

    /** Returns the same as {@link #shownParts} of a fragment, which need not hold what a counter or a set builds upon. */
    NavigableMap<FieldPath, Register> fragmentParts(NavigableMap<FieldPath, Register> shown) {
        return isVisible() ? new Composition(this).partsOfFragment(shown) : shown;
    }

    private boolean mark(Dot loser) {
        boolean added = marks.add(loser);
        return added && (marks.size() <= MAX_MARKS || !loser.equals(marks.pollFirst()));
    }

    private Document startFragment(Dot dot) {
        Document fragment = new Document();
        fragment.context = context.copy();
        fragment.context.raise(dot);
        fragment.marks.addAll(marks);
        return fragment;
    }

    private Extensions joinedExtensions(Document incoming, VersionVector held) {
        boolean isHeld = !held.isEmpty() && held.covers(incoming.context);
        return isHeld ? extensions : extensions.join(incoming.extensions);
    }

    private static void putStamp(Encoder encoder, long time, ReplicaId replica) {
        encoder.putLong(time);
        encoder.putLong(replica.bits());
    }
}
