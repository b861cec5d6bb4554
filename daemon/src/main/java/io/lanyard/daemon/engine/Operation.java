package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.message.Message.LiveWrite;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a program wants done to one document.
 *
 * @param kind what to do
 * @param id to which document
 * @param leaves values as JSON text by path; of a {@code PATCH} the patch's leaves, where {@code null} removes and a
 *     {@link io.lanyard.crdt.Step} counts or changes a set, as it does in a {@code RESTORE}; empty for a {@code DELETE}
 * @param condition what must hold before
 * @param clientTimestamp when it happened, as the program says: for display only; empty if it says nothing, and at most
 *     {@value #MAX_CLIENT_TIMESTAMP} characters
 */
public record Operation(
        Kind kind, DocumentId id, SortedMap<FieldPath, String> leaves, Condition condition, String clientTimestamp) {

    /** The longest time of a program's own, in characters. */
    public static final int MAX_CLIENT_TIMESTAMP = LiveWrite.MAX_CLIENT_TIMESTAMP;

    /** Makes the leaves unmodifiable. */
    public Operation {
        leaves = Collections.unmodifiableSortedMap(leaves);
    }

    /** Makes an operation of which nobody says when it happened. */
    public Operation(Kind kind, DocumentId id, SortedMap<FieldPath, String> leaves, Condition condition) {
        this(kind, id, leaves, condition, "");
    }

    /** Returns the same, with the time that the program gives it. */
    public Operation at(String timestamp) {
        return new Operation(kind, id, leaves, condition, timestamp);
    }

    /** Makes a delete. */
    public static Operation delete(DocumentId id, Condition condition) {
        return new Operation(Kind.DELETE, id, new TreeMap<>(), condition);
    }

    /** What can be done to a document. */
    public enum Kind {
        /** Makes it show exactly these leaves, whether it is there or not. */
        PUT,
        /** The same, but only if it is not there. */
        CREATE,
        /** Applies a JSON merge patch (RFC 7396), only if it is there. */
        PATCH,
        /** Writes the leaves and leaves the rest as it is; a document that is not there comes back as it last was. */
        RESTORE,
        /** Deletes it. */
        DELETE
    }

    /**
     * What must hold for the document before the operation.
     *
     * @param etag the ETag it must have, {@code *} for any visible document, {@code null} for no condition
     * @param mustBeAbsent whether it must not be there
     * @param unwanted the ETags of which it must have none
     */
    public record Condition(String etag, boolean mustBeAbsent, Set<String> unwanted) {

        /** Makes the set unmodifiable. */
        public Condition {
            unwanted = Set.copyOf(unwanted);
        }

        /** Makes a condition that leaves no ETag out. */
        public Condition(String etag, boolean mustBeAbsent) {
            this(etag, mustBeAbsent, Set.of());
        }

        /** No condition. */
        public static final Condition NONE = new Condition(null, false);
    }
}
