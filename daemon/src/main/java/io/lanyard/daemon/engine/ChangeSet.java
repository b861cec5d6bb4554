package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import java.util.List;
import java.util.Map;

/**
 * What one commit changes in the {@link Store}.
 *
 * @param documents documents with their new records, in the order of their new numbers, which are all greater than any
 *     before; no document twice
 * @param amendments documents whose record is replaced where it stands
 * @param removals documents of which nothing stays, neither the record nor the arrival entry
 * @param entries named entries to put, or to delete where the value is {@code null}
 * @param journalRecords records to append to the conflict journal; the oldest beyond {@code journalLimit} are dropped
 * @param journalLimit how many records the journal keeps
 */
public record ChangeSet(
        List<DocumentChange> documents,
        List<Amendment> amendments,
        List<Removal> removals,
        Map<String, byte[]> entries,
        List<byte[]> journalRecords,
        int journalLimit) {

    /** Makes a change set that amends and removes nothing. */
    public ChangeSet(
            List<DocumentChange> documents,
            Map<String, byte[]> entries,
            List<byte[]> journalRecords,
            int journalLimit) {
        this(documents, List.of(), List.of(), entries, journalRecords, journalLimit);
    }

    /**
     * A document that moves to the tail of the arrival index.
     *
     * @param id the document
     * @param number its new number
     * @param previousNumber the number where it stood before, which is dead from now on; 0 if it is new
     * @param context the engine's bytes for the arrival entry
     * @param record the document's new record
     */
    public record DocumentChange(DocumentId id, long number, long previousNumber, byte[] context, byte[] record) {}

    /**
     * A new record for a document that stays where it is in the arrival index, with the context it has there; nothing
     * for one that is not there. No document is changed and amended in one commit.
     *
     * @param id the document
     * @param number the number where it stands
     * @param record its new record, which names the same number
     */
    public record Amendment(DocumentId id, long number, byte[] record) {}

    /**
     * A document that goes without a trace: readers of the arrival index do not meet it any more.
     *
     * @param id the document
     * @param number the number where it stood, which is dead from now on
     */
    public record Removal(DocumentId id, long number) {}
}
