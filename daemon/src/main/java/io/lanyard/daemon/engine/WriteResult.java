package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Stamp;
import java.util.List;

/**
 * What became of a {@link WriteRequest}. What is reported as done is durable.
 *
 * @param items one for each operation, in the same order
 * @param position the position in the change feed right after it
 */
public record WriteResult(List<Item> items, Position position) {

    /** Makes the list unmodifiable. */
    public WriteResult {
        items = List.copyOf(items);
    }

    /**
     * What became of one operation.
     *
     * @param outcome what became of it
     * @param id the document
     * @param etag the document's ETag now (without quotes), {@code null} if it is not visible
     * @param stamp the document's newest stamp now, {@code null} if it is not visible
     * @param detail why the guard refused it, empty if it did not
     */
    public record Item(Outcome outcome, DocumentId id, String etag, Stamp stamp, String detail) {

        /** Makes an item that no guard refused. */
        public Item(Outcome outcome, DocumentId id, String etag, Stamp stamp) {
            this(outcome, id, etag, stamp, "");
        }
    }

    /** What can become of an operation. */
    public enum Outcome {
        /** The document was not there and is now. */
        CREATED,
        /** The document shows something else now. */
        UPDATED,
        /** The document showed just that already: nothing was written and nobody told. */
        UNCHANGED,
        /** The document was there and is not any more. */
        DELETED,
        /** A delete of a document that is not there: nothing to do. */
        ABSENT,
        /** A patch of a document that is not there. */
        NOT_FOUND,
        /** A create of a document that is there. */
        ALREADY_EXISTS,
        /** The document does not have the ETag that was asked for. */
        ETAG_MISMATCH,
        /** The document would become too large. */
        TOO_LARGE,
        /** A step counts from what is no number. */
        NOT_A_NUMBER,
        /** A step adds to or removes from what is no array. */
        NOT_AN_ARRAY,
        /** What a step counts to would be beyond the limits of numbers. */
        OUT_OF_RANGE,
        /** The document carries a stamp at the end of the year 9999, and nothing newer can be written. */
        CLOCK_EXHAUSTED,
        /** What the store holds of the document is damaged, and has to come from a peer first. */
        DAMAGED,
        /** A restore of a conflict that was restored before. */
        ALREADY_RESTORED,
        /** The guard does not like what the document would show. */
        REFUSED_BY_GUARD,
        /** The request's name was given to another request before. */
        NAME_TAKEN,
        /** Would have been fine, but another operation of the batch was not. */
        NOT_APPLIED;

        /** Returns true if the operation did not do what it was to do. */
        public boolean isFailure() {
            return switch (this) {
                case CREATED, UPDATED, UNCHANGED, DELETED, ABSENT -> false;
                case NOT_FOUND,
                        ALREADY_EXISTS,
                        ETAG_MISMATCH,
                        TOO_LARGE,
                        NOT_A_NUMBER,
                        NOT_AN_ARRAY,
                        OUT_OF_RANGE,
                        CLOCK_EXHAUSTED,
                        DAMAGED,
                        ALREADY_RESTORED,
                        REFUSED_BY_GUARD,
                        NAME_TAKEN,
                        NOT_APPLIED -> true;
            };
        }
    }
}
