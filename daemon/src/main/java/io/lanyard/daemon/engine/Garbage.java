package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Store.Arrival;
import java.util.List;
import java.util.Optional;

/**
 * Drops what no device needs any more, by the {@link Levels}, a bounded part in each step.
 *
 * <p>Under level 2: tombstones, hidden fields, the fields of the dead. Under level 4: contexts, marks, and the delete
 * itself. What is left of a deleted document is a grave, an empty record at its old place, from which local readers of
 * the arrival index still learn of the delete; beyond a bound the oldest graves go.
 */
final class Garbage {

    private static final int GRAVES_AT_ONCE = 256;

    private final ReplicaState state;
    private final Levels levels;
    private final Settings settings;
    private final Sweep registers;
    private final Sweep remains;
    private long trimmedTo;
    private long wallMillis;

    Garbage(ReplicaState state, Levels levels, Settings settings) {
        this.state = state;
        this.levels = levels;
        this.settings = settings;
        long[] swept = Sweep.decode(state.store().entry(EntryNames.SWEPT));
        registers = new Sweep(state, new Registers(), settings.sweepScan(), swept[0]);
        remains = new Sweep(state, new Remains(), settings.sweepScan(), swept[1]);
    }

    /** Does a part of what is to be done. */
    void step(long wall) {
        wallMillis = wall;
        if (!registers.step(levels::second) && !remains.step(levels::fourth)) {
            trimGraves();
        }
    }

    /** Returns how many changes wait to be looked at. */
    long backlog() {
        return Math.max(registers.backlog(), remains.backlog());
    }

    /** Whether a round is on its way, or may begin: then the levels have to be those of now. */
    boolean isDue() {
        return registers.isDue(levels.second()) || remains.isDue(levels.fourth());
    }

    /** Under what registers are being dropped: nothing between two rounds. Not to be changed. */
    VersionVector dropping() {
        return registers.goal();
    }

    /** Begins anew, since the documents were exchanged. */
    void restart() {
        registers.restart();
        remains.restart();
    }

    private void trimGraves() {
        if (state.graves() <= settings.graveLimit()) {
            return;
        }
        List<Arrival> arrivals = state.store().arrivals(trimmedTo, GRAVES_AT_ONCE);
        long purged = 0;
        for (Arrival arrival : arrivals) {
            trimmedTo = arrival.number();
            boolean isGrave = !state.isChanged(arrival.id())
                    && state.record(arrival.id())
                            .filter(record -> StoredDocument.numberOf(record) == arrival.number())
                            .map(StoredDocument::decode)
                            .filter(stored -> stored.document().isEmpty())
                            .isPresent();
            if (isGrave && state.graves() > settings.graveLimit()) {
                state.removeGrave(arrival.id(), arrival.number());
                purged = arrival.number();
            }
        }
        if (arrivals.isEmpty()) {
            trimmedTo = 0;
        }
        if (purged > 0) {
            state.openings().purge(purged).ifPresent(through -> {
                Encoder out = new Encoder(10);
                out.putVarint(through);
                state.putEntry(EntryNames.PURGED, out.toByteArray());
            });
        }
    }

    /** Takes the document's stamps into the clock, as far as its wall time allows: they lie behind it then. */
    private long latestFor(Document document) {
        state.clock().observe(document.newestTime(), wallMillis);
        return state.clock().latest();
    }

    private void noteSwept() {
        state.putUnhurriedEntry(EntryNames.SWEPT, Sweep.encode(registers, remains));
    }

    /** Level 2: registers that nobody sees. */
    private final class Registers implements Sweep.Work {

        @Override
        public void begin(VersionVector goal) {
            state.watchMoves(goal);
        }

        /** Others count on what a round says to have collected: it must not miss any. */
        @Override
        public long lastMoved() {
            return state.lastMoved();
        }

        @Override
        public boolean concerns(ArrivalContext context) {
            return context.hasGarbage();
        }

        @Override
        public Optional<Document> treat(Document document, VersionVector goal) {
            long newest = document.dropGarbage(goal, latestFor(document));
            state.noteDropped(newest);
            return newest != 0 ? Optional.of(document) : Optional.empty();
        }

        @Override
        public boolean isUnfinished(Document document) {
            return document.hasGarbage();
        }

        @Override
        public void finish(VersionVector goal) {
            state.watchMoves(null);
            state.claims().collect(goal);
            noteSwept();
        }
    }

    /** Level 4: what tells of writes that everybody has, and deletes. */
    private final class Remains implements Sweep.Work {

        @Override
        public void begin(VersionVector goal) {
            // What is missed is treated in the next round: nobody is told that there is none.
        }

        @Override
        public long lastMoved() {
            return 0;
        }

        @Override
        public boolean concerns(ArrivalContext context) {
            return true;
        }

        @Override
        public Optional<Document> treat(Document document, VersionVector goal) {
            if (document.isSpent(goal, latestFor(document))) {
                state.noteDropped(document.newestTime());
                return Optional.of(new Document());
            }
            return document.forgetSettled(goal) ? Optional.of(document) : Optional.empty();
        }

        @Override
        public boolean isUnfinished(Document document) {
            return !document.isVisible() && !document.isEmpty();
        }

        @Override
        public void finish(VersionVector goal) {
            noteSwept();
        }
    }
}
