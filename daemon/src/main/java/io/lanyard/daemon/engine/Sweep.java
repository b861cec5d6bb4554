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
 * <p>A round has a goal, the level when it began, and ends at the tail of that time. It looks only at what stands behind
 * the round before, and at the few documents that had to wait then: the cost is that of the changes, not of the store.
 */
final class Sweep {

    /** How many entries are looked at in one step, at most. */
    private static final int SCAN = 1_024;
    /** How many records are rewritten in one step, at most. */
    private static final int AMEND = 128;
    /** How many documents wait singly; beyond that a round begins at the first of the others. */
    private static final int MAX_WAITING = 1_024;

    private final ReplicaState state;
    private final Work work;
    private final TreeSet<Long> waiting = new TreeSet<>();
    /** Everything up to here is done, but what waits. */
    private long clean;

    private VersionVector done = new VersionVector();
    private Round round;
    private int amended;

    /** What is to be done to a document under a level. */
    interface Work {

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
        final long end;
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

    Sweep(ReplicaState state, Work work, long clean) {
        this.state = state;
        this.work = work;
        this.clean = Math.min(clean, state.store().lastArrival());
    }

    /** Returns up to where all is done; after a restart the sweep goes on there. */
    long clean() {
        return Math.min(clean, waiting.isEmpty() ? Long.MAX_VALUE : waiting.first() - 1);
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
        if (round == null) {
            VersionVector goal = level.get();
            if (done.covers(goal)) {
                return false;
            }
            List<Long> again = List.copyOf(waiting);
            round = new Round(goal.copy(), state.store().lastArrival(), again.iterator(), clean);
        }
        amended = 0;
        int scanned = 0;
        while (round.again.hasNext() && scanned < SCAN && amended < AMEND) {
            long number = round.again.next();
            waiting.remove(number);
            state.store().arrivals(number - 1, 1).stream()
                    .filter(arrival -> arrival.number() == number)
                    .forEach(this::visit);
            scanned++;
        }
        while (round.at < round.end && scanned < SCAN && amended < AMEND) {
            List<Arrival> arrivals = state.store().arrivals(round.at, Math.min(AMEND, SCAN - scanned));
            for (Arrival arrival : arrivals) {
                if (arrival.number() > round.end || amended >= AMEND) {
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
        if (round.at >= round.end && !round.again.hasNext()) {
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
        if (!round.goal.covers(context.context())) {
            keep(arrival.number());
            return;
        }
        Optional<StoredDocument> stored = state.standing(arrival);
        if (stored.isEmpty()) {
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
