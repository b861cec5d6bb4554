package io.lanyard.daemon.history;

import java.util.List;
import java.util.Map;

/**
 * What a device shows when all are in step and nobody writes.
 *
 * @param device which one, counted from 0
 * @param documents the fields by path of each document that is there
 * @param journal what its conflict journal took in since the history began, or was settled
 * @param isJournalWhole whether {@code journal} has all of that: journals are bounded
 */
public record DeviceState(
        int device, Map<String, Map<String, Object>> documents, List<Lost> journal, boolean isJournalWhole) {

    /**
     * An entry of a conflict journal.
     *
     * @param document which document
     * @param path which field; {@code null} for the document as a whole
     * @param isRemoval whether a removal was lost, not a value
     * @param value the value; {@code null} if a removal was lost, or for JSON's null
     */
    public record Lost(String document, String path, boolean isRemoval, Object value) {}
}
