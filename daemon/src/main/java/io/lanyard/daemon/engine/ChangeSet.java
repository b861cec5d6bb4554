package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import java.util.List;
import java.util.Map;

/**
 * What one commit changes in the {@link Store}.
 *
 * @param documents documents with their new records, in the order of their new numbers, which are all greater than any
 *     before; no document twice
 * @param entries named entries to put, or to delete where the value is {@code null}
 * @param journalRecords records to append to the conflict journal; the oldest beyond {@code journalLimit} are dropped
 * @param journalLimit how many records the journal keeps
 */
public record ChangeSet(
        List<DocumentChange> documents, Map<String, byte[]> entries, List<byte[]> journalRecords, int journalLimit) {

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
}
