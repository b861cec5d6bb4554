package io.lanyard.daemon.node;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;

/**
 * A conflict in this device's journal.
 *
 * @param number its number in the journal, ascending
 * @param id the document
 * @param conflict what was lost to what
 * @param loserDevice the name of the device that wrote the loser, empty if not known
 * @param winnerDevice the name of the device that wrote the winner, empty if not known
 * @param foundAtMillis when this device found it, by its own clock, milliseconds since 1970
 */
public record JournaledConflict(
        long number, DocumentId id, Conflict conflict, String loserDevice, String winnerDevice, long foundAtMillis) {}
