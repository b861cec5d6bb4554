package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Store.Arrival;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Goes over the arrival index in rounds, and does to each document what a level allows.
 *
 * <p>A round has a goal, the level when it began, and ends at the tail of that time; or behind it, at the last document
 * that moved there meanwhile with nothing that is new, as a repair moves it. If the level falls, since somebody came, the
 * round is given up. It looks only at what stands behind the round before, and at the few documents that had to wait then:
 * the cost is that of the changes, not of the store.
 */
final class Sweep {

    /** For each record that is rewritten, so many others may be looked at in the same step. */
    private static final int SCANS_TO_AMEND = 8;

    private static final VersionVector NO_GOAL = new VersionVector();
    /** How many documents wait singly; beyond that a round begins at the first of the others. */
    private static final int MAX_WAITING = 1_024;

    private final ReplicaState state;
    private final Work work;
    private final int maxScans;
    private final int maxAmendments;
    private final TreeSet<Long> waiting = new TreeSet<>();
    /** Everything up to here is done, but what waits. */
    private long clean;

    private VersionVector done = new VersionVector();
    private Round round;
    private int amended;

    /** What is to be done to a document under a level. */
    interface Work {

        /** Notes that a round begins. */
        void begin(VersionVector goal);

        /**
         * Returns the number of the last document that moved out of the round's way though the goal covers all of it, so
         * that the round has to go on there: 0 if none did, more than there are while one waits for its number.
         */
        long lastMoved();

        /** Returns true if the document is to be read at all. */
        boolean concerns(ArrivalContext context);

        /** Returns the record's new document, or empty if it stays as it is. */
        Optional<Document> treat(Document document, VersionVector goal);

        /** Returns true if the document has to be looked at again under a higher level. */
        boolean isUnfinished(Document document);

        /** Notes that a round came to its end. */
        void finish(VersionVector goal);
    }

    private static final class Round {
        final VersionVector goal;
        long end;
        final Iterator<Long> again;
        long at;
        long firstUnfinished = Long.MAX_VALUE;

        Round(VersionVector goal, long end, Iterator<Long> again, long at) {
            this.goal = goal;
            this.end = end;
            this.again = again;
            this.at = at;
        }
    }

    /**
     * Goes on where an earlier sweep ended.
     *
     * @param maxScans how many entries are looked at in one step, at most
     * @param clean up to where all is done
     */
    Sweep(ReplicaState state, Work work, int maxScans, long clean) {
        this.state = state;
        this.work = work;
        this.maxScans = maxScans;
        maxAmendments = Math.max(1, maxScans / SCANS_TO_AMEND);
        this.clean = Math.min(clean, state.store().lastArrival());
    }

    /** Returns up to where all is done; after a restart the sweep goes on there. */
    long clean() {
        return Math.min(clean, waiting.isEmpty() ? Long.MAX_VALUE : waiting.first() - 1);
    }

    /** Whether a round is on its way, or would begin if that is the level. */
    boolean isDue(VersionVector level) {
        return round != null || !done.covers(level);
    }

    /** The goal of the round that is on its way: nothing if there is none. Not to be changed. */
    VersionVector goal() {
        return round == null ? NO_GOAL : round.goal;
    }

    /** Returns how many entries of the index wait to be looked at, dead ones among them. */
    long backlog() {
        return state.lastNumber() - clean + waiting.size();
    }

    /**
     * Does a bounded part of a round; begins one if the level rose.
     *
     * @return false if there was nothing to do
     */
    boolean step(Supplier<VersionVector> level) {
        VersionVector goal = level.get();
        if (round != null && !goal.covers(round.goal)) {
            // Somebody came since who has not all of it: what is left stays for the next round.
            round = null;
        }
        if (round == null) {
            if (done.covers(goal)) {
                return false;
            }
            List<Long> again = List.copyOf(waiting);
            round = new Round(goal.copy(), state.store().lastArrival(), again.iterator(), clean);
            work.begin(round.goal);
        }
        amended = 0;
        int scanned = 0;
        while (round.again.hasNext() && scanned < maxScans && amended < maxAmendments) {
            long number = round.again.next();
            waiting.remove(number);
            state.store().arrivals(number - 1, 1).stream()
                    .filter(arrival -> arrival.number() == number)
                    .forEach(this::visit);
            scanned++;
        }
        while (round.at < round.end && scanned < maxScans && amended < maxAmendments) {
            List<Arrival> arrivals = state.store().arrivals(round.at, Math.min(maxAmendments, maxScans - scanned));
            for (Arrival arrival : arrivals) {
                if (arrival.number() > round.end || amended >= maxAmendments) {
                    break;
                }
                visit(arrival);
                round.at = arrival.number();
                scanned++;
            }
            if (arrivals.isEmpty() || arrivals.get(0).number() > round.end) {
                round.at = round.end;
            }
        }
        round.end =
                Math.min(Math.max(round.end, work.lastMoved()), state.store().lastArrival());
        if (round.at >= round.end && !round.again.hasNext() && work.lastMoved() <= round.end) {
            clean = Math.max(clean, Math.min(round.end, round.firstUnfinished - 1));
            done = round.goal;
            round = null;
            work.finish(done);
        }
        return true;
    }

    private void visit(Arrival arrival) {
        ArrivalContext context = ArrivalContext.decode(arrival.context());
        if (!work.concerns(context) || state.isChanged(arrival.id())) {
            return;
        }
        Optional<StoredDocument> stored = state.standing(arrival);
        if (stored.isEmpty() || stored.get().document().isEmpty()) {
            // Neither has garbage, and both may name writes of before the fence, which nobody will ever claim.
            return;
        }
        if (!round.goal.covers(context.context())) {
            keep(arrival.number());
            return;
        }
        Document document = stored.get().document().copy();
        Optional<Document> treated = work.treat(document, round.goal);
        if (treated.isPresent()) {
            amended++;
            state.amend(arrival.id(), stored.get(), stored.get().amended(treated.get()));
        }
        if (work.isUnfinished(treated.orElse(document))) {
            keep(arrival.number());
        }
    }

    private void keep(long number) {
        if (waiting.size() < MAX_WAITING) {
            waiting.add(number);
        } else {
            round.firstUnfinished = Math.min(round.firstUnfinished, number);
        }
    }

    /** Forgets where it was, since the documents were exchanged. */
    void restart() {
        round = null;
        waiting.clear();
        clean = 0;
        done = new VersionVector();
    }

    static byte[] encode(Sweep first, Sweep second) {
        Encoder out = new Encoder(20);
        out.putVarint(first.clean());
        out.putVarint(second.clean());
        return out.toByteArray();
    }

    static long[] decode(Optional<byte[]> bytes) {
        Decoder in = new Decoder(bytes.orElseGet(() -> new byte[2]));
        return new long[] {in.takeVarint(0, Long.MAX_VALUE), in.takeVarint(0, Long.MAX_VALUE)};
    }
}
