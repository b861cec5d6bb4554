package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Position;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a document differs from what a reader of the change feed was told of it last. Several changes of one document are
 * told as one, with the newest state.
 *
 * @param position where in the feed the document stands
 * @param id the document
 * @param kind what happened to it since the reader was told
 * @param document its state now; empty if it is deleted
 * @param past what the reader knew, if that is still known; empty if not
 * @param origin who made the change, if that is still known and one alone did
 * @param changedAtMillis when it was written, by the writer's clock, milliseconds since 1970
 */
public record FeedChange(
        Position position,
        DocumentId id,
        Kind kind,
        Optional<DocumentView> document,
        Optional<Past> past,
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
     * What a reader was told of a document.
     *
     * @param number where in the feed the document stood then, 0 if the reader was never told of it
     * @param changed the fields that show something else now, with what they showed then as JSON text, {@link #ABSENT} if
     *     nothing; of a very long value only a hash, as a JSON string
     */
    public record Past(long number, Map<FieldPath, String> changed) {

        /** Stands for a field that was not there. */
        public static final String ABSENT = "";

        /** Makes the map unmodifiable. */
        public Past {
            changed = Map.copyOf(changed);
        }
    }

    /**
     * Returns the fields that the reader was told of, as far as that is still known; none if the document was not there.
     */
    public Optional<SortedMap<FieldPath, String>> leavesBefore() {
        if (kind == Kind.CREATED) {
            return Optional.of(new TreeMap<>());
        }
        return past.map(known -> {
            SortedMap<FieldPath, String> leaves =
                    document.map(view -> new TreeMap<>(view.leaves())).orElseGet(TreeMap::new);
            known.changed().forEach((path, value) -> {
                if (value.equals(Past.ABSENT)) {
                    leaves.remove(path);
                } else {
                    leaves.put(path, value);
                }
            });
            return leaves;
        });
    }

    /**
     * Who made a change.
     *
     * @param deviceId the device
     * @param deviceName its name, empty if not known
     * @param client the name that the writing program gave itself, empty if none
     * @param isThisDevice whether it was made on this device
     * @param clientTimestamp when it happened, as that program says; empty if it says nothing or that is not known
     */
    public record Origin(
            String deviceId, String deviceName, String client, boolean isThisDevice, String clientTimestamp) {

        /** Makes the origin of a change of which nobody says when it happened. */
        public Origin(String deviceId, String deviceName, String client, boolean isThisDevice) {
            this(deviceId, deviceName, client, isThisDevice, "");
        }
    }
}
