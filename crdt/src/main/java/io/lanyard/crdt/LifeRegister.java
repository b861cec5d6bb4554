package io.lanyard.crdt;

/**
 * One of the three registers of a document's life: {@code alive}, {@code died} or {@code floor}.
 *
 * @param stamp for {@code alive} and {@code died} the stamp of the write; for {@code floor} the stamp of the
 *     {@code died} that a later create replaced knowingly
 * @param dot the write that set the register
 */
public record LifeRegister(Stamp stamp, Dot dot) {

    /** Makes an {@code alive} or {@code died} register, whose stamp is that of its own write. */
    public static LifeRegister of(long time, Dot dot) {
        return new LifeRegister(new Stamp(time, dot.replica()), dot);
    }

    /** Returns true if this register replaces {@code other}, which may be {@code null}. */
    public boolean beats(LifeRegister other) {
        if (other == null) {
            return true;
        }
        int byStamp = stamp.compareTo(other.stamp);
        return byStamp != 0 ? byStamp > 0 : dot.compareTo(other.dot) > 0;
    }
}
