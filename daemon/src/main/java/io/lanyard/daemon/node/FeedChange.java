package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Position;
import java.util.Optional;
import java.util.Set;

/**
 * A changed document in the change feed. Several changes of one document since the reader's position are told as one,
 * with the newest state.
 *
 * @param position right after this change
 * @param id the document
 * @param kind what happened to it since the reader's position
 * @param document its state now; empty if it is deleted
 * @param changedPaths the fields that changed, if that is still known; empty if not
 * @param origin who made the change, if that is still known and one alone did
 * @param changedAtMillis when it was written, by the writer's clock, milliseconds since 1970
 */
public record FeedChange(
        Position position,
        DocumentId id,
        Kind kind,
        Optional<DocumentView> document,
        Optional<Set<FieldPath>> changedPaths,
        Optional<Origin> origin,
        long changedAtMillis) {

    /** What happened to a document. */
    public enum Kind {
        /** It was not there and is now. */
        CREATED,
        /** It shows something else. */
        UPDATED,
        /** It is not there any more. */
        DELETED
    }

    /**
     * Who made a change.
     *
     * @param deviceId the device
     * @param deviceName its name, empty if not known
     * @param client the name that the writing program gave itself, empty if none
     * @param isThisDevice whether it was made on this device
     */
    public record Origin(String deviceId, String deviceName, String client, boolean isThisDevice) {}
}
