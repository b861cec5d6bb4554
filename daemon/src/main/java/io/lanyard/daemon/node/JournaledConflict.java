package io.lanyard.daemon.node;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Settlement;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A conflict in this device's journal.
 *
 * @param number its number in the journal, ascending
 * @param id the document
 * @param conflict what was lost to what
 * @param loserDevice the name of the device that wrote the loser, empty if not known
 * @param winnerDevice the name of the device that wrote the winner, empty if not known
 * @param foundAtMillis when this device found it, by its own clock, milliseconds since 1970
 * @param settlement what a person decided about it; empty as long as it is open
 */
public record JournaledConflict(
        long number,
        DocumentId id,
        Conflict conflict,
        String loserDevice,
        String winnerDevice,
        long foundAtMillis,
        Optional<Settlement> settlement) {

    private static final String REMOVAL_IN_A_PATCH = "null";

    /** How far people are with a conflict. */
    public enum State {
        /** Nobody decided anything yet. */
        OPEN,
        /** The lost value was written anew. */
        RESTORED,
        /** What won may stay. */
        DISMISSED
    }

    /** Returns how far people are with it. */
    public State state() {
        if (settlement.isEmpty()) {
            return State.OPEN;
        }
        return switch (settlement.get().verdict()) {
            case RESTORED -> State.RESTORED;
            case DISMISSED -> State.DISMISSED;
        };
    }

    /**
     * Returns what writes the loser anew: a lost value at its path (in a document that is not there any more, together
     * with what that last showed), a lost removal of a field or of the document.
     *
     * @param condition what must hold before
     */
    public Operation restoring(Condition condition) {
        String value = conflict.lostValue();
        if (conflict.path() == null) {
            return value == null
                    ? Operation.delete(id, condition)
                    : new Operation(Kind.RESTORE, id, new TreeMap<>(), condition);
        }
        return value == null
                ? new Operation(Kind.PATCH, id, new TreeMap<>(Map.of(conflict.path(), REMOVAL_IN_A_PATCH)), condition)
                : new Operation(Kind.RESTORE, id, new TreeMap<>(Map.of(conflict.path(), value)), condition);
    }
}
