package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.Estate;
import java.util.function.BiConsumer;

/**
 * What this replica says of itself, and lets others build upon: all that it has (the vector), what it may have beyond
 * that (the reach), what it said every device has (promised), up to where it dropped garbage (collected), and up to where
 * it knows that every device did (cleared).
 *
 * <p>Every change is put among the named entries of the next commit.
 */
final class Claims {

    private final Store store;
    private final BiConsumer<String, byte[]> entries;
    private final VersionVector vector = new VersionVector();
    private final VersionVector reach = new VersionVector();
    private final VersionVector promised = new VersionVector();
    private final VersionVector collected = new VersionVector();
    private final VersionVector cleared = new VersionVector();
    /** Which claims are new since the last live write named what it builds upon. */
    private final VersionVector unannounced = new VersionVector();

    /**
     * Reads the claims of a store.
     *
     * @param entries takes what is to be put, or to be deleted if it is {@code null}
     */
    Claims(Store store, BiConsumer<String, byte[]> entries) {
        this.store = store;
        this.entries = entries;
        load(store, EntryNames.VECTOR, vector);
        load(store, EntryNames.REACH, reach);
        load(store, EntryNames.PROMISED, promised);
        load(store, EntryNames.COLLECTED, collected);
        load(store, EntryNames.CLEARED, cleared);
    }

    /** Reads the entries that keep one vector, an entry for each replica id. */
    static void load(Store store, String prefix, VersionVector into) {
        store.entries(prefix)
                .forEach((name, sequence) ->
                        into.raise(EntryNames.replicaIn(name), new Decoder(sequence).takeSequence()));
    }

    /** Returns what such an entry holds. */
    static byte[] sequenceBytes(long sequence) {
        Encoder out = new Encoder(10);
        out.putVarint(sequence);
        return out.toByteArray();
    }

    /** The claims, with what the next commit adds. Not to be changed by the caller. */
    VersionVector vector() {
        return vector;
    }

    /** What is held beyond the vector. Not to be changed by the caller. */
    VersionVector reach() {
        return reach;
    }

    /** What this replica ever said every device has. Not to be changed by the caller. */
    VersionVector promised() {
        return promised;
    }

    /** Up to where garbage was dropped. Not to be changed by the caller. */
    VersionVector collected() {
        return collected;
    }

    /** Up to where every device was ever known to have dropped garbage. Not to be changed by the caller. */
    VersionVector cleared() {
        return cleared;
    }

    /** Returns true if all is held here that a peer said to claim or to hold. */
    boolean holds(Peer.Acknowledged theirs) {
        VersionVector beyond = theirs.reach().beyond(vector);
        return vector.covers(theirs.vector()) && reach.covers(beyond);
    }

    /** Notes that something up to this write is held, though not claimed. */
    void putReach(ReplicaId replica, long sequence) {
        if (reach.raise(replica, sequence)) {
            entries.accept(EntryNames.REACH + replica, sequenceBytes(sequence));
        }
    }

    /** Notes that some of what {@code context} covers is held, though not all of it may be claimed. */
    void extendReach(VersionVector context) {
        context.forEach((replica, sequence) -> {
            if (vector.get(replica) < sequence) {
                putReach(replica, sequence);
            }
        });
    }

    /** Forgets what is held without being claimed. */
    void clearReach() {
        reach.entries().keySet().forEach(replica -> entries.accept(EntryNames.REACH + replica, null));
        reach.clear();
    }

    /** Claims a write, all of which was applied. */
    void claim(Dot dot) {
        raise(dot.replica(), dot.sequence());
    }

    /** Claims all that {@code other} does: everything its replica holds was merged. */
    void claim(VersionVector other) {
        other.forEach(this::raise);
    }

    private void raise(ReplicaId replica, long sequence) {
        if (!vector.raise(replica, sequence)) {
            return;
        }
        unannounced.raise(replica, sequence);
        entries.accept(EntryNames.VECTOR + replica, sequenceBytes(sequence));
        if (reach.get(replica) != 0 && reach.get(replica) <= sequence) {
            reach.remove(replica);
            entries.accept(EntryNames.REACH + replica, null);
        }
    }

    /**
     * Returns the claims that a live write must name as seen before: those that are new since the previous call. For
     * the first write under a replica id that is all.
     *
     * @param own the writer's own replica id, which needs no mention
     */
    VersionVector takeNeeds(ReplicaId own, boolean isFirst) {
        VersionVector needs = isFirst ? vector.copy() : unannounced.copy();
        needs.remove(own);
        unannounced.clear();
        return needs;
    }

    /** Says that every device has what {@code level} covers: nobody who has less is trusted from now on. */
    void promise(VersionVector level) {
        raise(promised, level, EntryNames.PROMISED);
    }

    /** Notes that the garbage under {@code level} is dropped. */
    void collect(VersionVector level) {
        raise(collected, level, EntryNames.COLLECTED);
    }

    /** Says that every device dropped the garbage under {@code level}: nobody who did not is trusted from now on. */
    void clear(VersionVector level) {
        raise(cleared, level, EntryNames.CLEARED);
    }

    private void raise(VersionVector kept, VersionVector level, String prefix) {
        level.forEach((replica, sequence) -> {
            if (kept.raise(replica, sequence)) {
                entries.accept(prefix + replica, sequenceBytes(sequence));
            }
        });
    }

    /**
     * Claims just what {@code server} does, and promises and has collected what {@code estate} says; checkpoints go, since
     * they tell what was walked for other claims.
     *
     * @param held what is held now beyond {@code server}
     */
    void takeOver(VersionVector server, Estate estate, VersionVector held) {
        exchange(vector, server, EntryNames.VECTOR);
        exchange(reach, held, EntryNames.REACH);
        exchange(promised, estate.promised(), EntryNames.PROMISED);
        exchange(collected, estate.collected(), EntryNames.COLLECTED);
        exchange(cleared, estate.cleared(), EntryNames.CLEARED);
        store.entries(EntryNames.CHECKPOINT).keySet().forEach(name -> entries.accept(name, null));
        unannounced.clear();
    }

    private void exchange(VersionVector kept, VersionVector by, String prefix) {
        kept.entries().keySet().stream()
                .filter(replica -> by.get(replica) == 0)
                .forEach(replica -> entries.accept(prefix + replica, null));
        by.forEach((replica, sequence) -> {
            if (kept.get(replica) != sequence) {
                entries.accept(prefix + replica, sequenceBytes(sequence));
            }
        });
        kept.clear();
        kept.join(by);
    }
}
