package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.store.TreeSlices.Reading;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Copies what a store holds into an empty volume, in the order of keys, while commits go on.
 *
 * <p>The copy is of the moment of {@link #begin}, with this licence: documents and entries may already be as a later
 * commit left them. Applying to it every commit since that moment, in order, makes it equal to the source.
 *
 * <p>Of the arrival index only living entries are copied. Alive at the beginning was what some document's record names
 * when it is copied, or what a commit since then says died with it; so it takes the commits to know.
 *
 * <p>Values are copied as they lie there. One that is damaged stays so, and is told; one that cannot be read is replaced
 * by bytes that count as damaged.
 */
final class StoreCopy {

    /** What the copy had to do with damaged values. */
    interface Losses {

        /** A damaged value was copied as it is, or as nothing, and throws on every read. */
        void damaged(String what);

        /** Whether damaged values other than documents are left out, so that nothing trips over them. */
        default boolean areLeftOut() {
            return false;
        }

        /**
         * Something was not copied. The copy goes on without it, unless this throws.
         *
         * @param cause what made it unreadable, or null
         */
        void missing(String what, DamagedException cause);
    }

    private static final int ARRIVALS_AT_ONCE = 8192;

    private final Trees source;
    private final Reading reading;
    private final ToLongFunction<byte[]> numberOf;
    private final Supplier<List<ChangeSet>> committedSince;
    private final Losses losses;
    private final Runnable progress;
    private final ArrivalNumbers living = new ArrivalNumbers();
    private final Set<DocumentId> unnumbered = new HashSet<>();
    private long last;
    private long firstConflict;
    private long lastConflict;

    /**
     * @param reading how to read the source
     * @param numberOf the arrival number that a document's record names, 0 if it cannot tell
     * @param committedSince everything committed since {@link #begin}, in order
     * @param progress called often
     */
    StoreCopy(
            Trees source,
            Reading reading,
            ToLongFunction<byte[]> numberOf,
            Supplier<List<ChangeSet>> committedSince,
            Losses losses,
            Runnable progress) {
        this.source = source;
        this.reading = reading;
        this.numberOf = numberOf;
        this.committedSince = committedSince;
        this.losses = losses;
        this.progress = progress;
    }

    /** The moment of which this is a copy. Call it under the lock under which commits begin to be collected. */
    void begin() {
        last = source.lastArrival();
        firstConflict = source.firstJournalNumber();
        lastConflict = firstConflict + source.journalSize() - 1;
    }

    /** Copies into an empty volume that has no journal yet; nothing is durable on return. */
    Trees into(JournaledVolume volume) throws IOException {
        return Trees.fill(volume, this);
    }

    Trees source() {
        return source;
    }

    long last() {
        return last;
    }

    long firstConflict() {
        return firstConflict;
    }

    long lastConflict() {
        return lastConflict;
    }

    void conflicts(BiConsumer<byte[], byte[]> taker) {
        forEach(
                "the conflict journal",
                new TreeSlices("the conflict journal", source.conflictTree(), reading),
                (key, value) -> {
                    if (!CheckedValue.isSound(key, value)) {
                        losses.damaged(ConflictJournal.name(key));
                        taker.accept(key, value.length == 0 ? TreeSlices.UNREADABLE : value);
                    } else if (ConflictJournal.isWithin(key, lastConflict)) {
                        taker.accept(key, ConflictJournal.upTo(lastConflict, key, value));
                    }
                });
    }

    void documents(BiConsumer<byte[], byte[]> taker) {
        byte[][] newest = new byte[1][];
        BiConsumer<byte[], byte[]> noting = (key, value) -> {
            newest[0] = key;
            note(Trees.documentId(key), key, value);
            taker.accept(key, value);
        };
        if (!forEach("documents", new TreeSlices("the documents", source.documentTree(), reading), noting)) {
            documentsByName(newest[0], noting);
        }
    }

    /** Where the tree of documents cannot be read on, the arrival index still has their names. */
    private void documentsByName(byte[] after, BiConsumer<byte[], byte[]> taker) {
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        long number = 0;
        List<ArrivalIndex.Raw> page = arrivalsAfter(number);
        while (!page.isEmpty()) {
            progress.run();
            for (ArrivalIndex.Raw arrival : page) {
                number = arrival.number();
                byte[] key = arrival.isSound() ? Trees.key(arrival.decode().id()) : null;
                if (key != null && (after == null || Arrays.compareUnsigned(key, after) > 0)) {
                    keys.add(key);
                }
            }
            page = arrivalsAfter(number);
        }
        for (byte[] key : keys) {
            progress.run();
            byte[] value;
            try {
                value = reading.read("a document", () -> source.documentTree().get(key));
            } catch (DamagedException e) {
                value = TreeSlices.UNREADABLE;
            }
            if (value != null) {
                taker.accept(key, value);
            }
        }
    }

    private void note(DocumentId id, byte[] key, byte[] value) {
        long number = 0;
        if (CheckedValue.isSound(key, value)) {
            number = numberOf.applyAsLong(CheckedValue.unwrap(key, value, "document " + id));
        } else {
            losses.damaged("document " + id);
        }
        if (number == 0) {
            unnumbered.add(id);
        } else if (number <= last) {
            living.add(number);
        }
    }

    void entries(BiConsumer<byte[], byte[]> taker) {
        forEach("entries", new TreeSlices("the entries", source.entryTree(), reading), (key, value) -> {
            if (Trees.isState(key)) {
                return;
            }
            if (!CheckedValue.isSound(key, value)) {
                losses.damaged("entry " + Trees.entryName(key));
                if (losses.areLeftOut()) {
                    return;
                }
            }
            taker.accept(key, value);
        });
    }

    private boolean forEach(String what, TreeSlices slices, BiConsumer<byte[], byte[]> taker) {
        try {
            slices.forEach((key, value) -> {
                progress.run();
                taker.accept(key, value);
            });
            return true;
        } catch (DamagedException e) {
            losses.missing("some of " + what, e);
            return false;
        }
    }

    /** The living entries of the arrival index; comes after {@link #documents}. */
    void arrivals(ArrivalFilling filling) {
        addDied(living);
        ArrivalNumbers found = new ArrivalNumbers();
        long after = 0;
        while (after < last) {
            progress.run();
            long from = after;
            List<ArrivalIndex.Raw> page = arrivalsAfter(from);
            if (page.isEmpty()) {
                break;
            }
            for (ArrivalIndex.Raw arrival : page) {
                after = arrival.number();
                if (after > last) {
                    break;
                }
                if (isLiving(arrival)) {
                    found.add(after);
                    filling.accept(arrival);
                }
            }
        }
        ArrivalNumbers absent = living.without(found);
        ArrivalNumbers died = new ArrivalNumbers();
        addDied(died);
        if (!absent.without(died).isEmpty()) {
            losses.missing("some of the arrival index", null);
        }
        filling.finish(found, absent);
    }

    private List<ArrivalIndex.Raw> arrivalsAfter(long number) {
        try {
            return reading.read("the arrival index", () -> source.arrivalIndex().rawAfter(number, ARRIVALS_AT_ONCE));
        } catch (DamagedException e) {
            losses.missing("the arrival index after " + number, e);
            long nextChunk = ArrivalIndex.chunkOf(number + 1) + 1;
            return nextChunk > ArrivalIndex.chunkOf(last)
                    ? List.of()
                    : arrivalsAfter(ArrivalIndex.firstOf(nextChunk) - 1);
        }
    }

    private boolean isLiving(ArrivalIndex.Raw arrival) {
        if (!arrival.isSound()) {
            losses.damaged("arrival " + arrival.number());
            return !losses.areLeftOut() && (living.contains(arrival.number()) || !unnumbered.isEmpty());
        }
        return living.contains(arrival.number())
                || !unnumbered.isEmpty() && unnumbered.contains(arrival.decode().id());
    }

    /** What was alive at the beginning and is not any more. */
    private void addDied(ArrivalNumbers numbers) {
        for (ChangeSet changes : committedSince.get()) {
            changes.documents().forEach(change -> addDied(numbers, change.previousNumber()));
            changes.removals().forEach(removal -> addDied(numbers, removal.number()));
        }
    }

    private void addDied(ArrivalNumbers numbers, long number) {
        if (number > 0 && number <= last) {
            numbers.add(number);
        }
    }
}
