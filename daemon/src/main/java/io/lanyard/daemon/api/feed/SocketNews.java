package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.ConflictFilter;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a connection is told unasked besides the events of its subscriptions: that devices came or went, and conflicts.
 * {@link #peersChanged()} by any thread, the rest by one at a time.
 */
final class SocketNews {

    private static final int CONFLICTS_AT_ONCE = 16;

    private final Node node;
    private final Streams streams;
    private final Deque<JournaledConflict> conflicts = new ArrayDeque<>();
    private long lastConflict;
    private volatile boolean arePeersChanged;

    /** Begins with what happens from now on. */
    SocketNews(Node node, Streams streams) {
        this.node = node;
        this.streams = streams;
        this.lastConflict = streams.lastConflict();
    }

    /** Notes that devices came or went; of several such notes one message is made. */
    void peersChanged() {
        arePeersChanged = true;
    }

    /** Returns the next message, {@code null} if there is none that {@code reader} may be told. */
    Outgoing next(Caller reader) {
        if (arePeersChanged) {
            arePeersChanged = false;
            return Outgoing.of(streams.status(reader));
        }
        if (conflicts.isEmpty() && streams.lastConflict() > lastConflict) {
            long after = Math.max(lastConflict, streams.beforeFirstConflict());
            conflicts.addAll(
                    node.conflicts(ConflictFilter.ALL, after, CONFLICTS_AT_ONCE).items());
        }
        while (!conflicts.isEmpty()) {
            JournaledConflict conflict = conflicts.removeFirst();
            lastConflict = conflict.number();
            if (reader.mayRead(conflict.id().collection())) {
                JsonWriter json = new JsonWriter().beginObject().field("type", "conflict");
                EventJson.conflict(json, conflict);
                return Outgoing.of(json.endObject().toString());
            }
        }
        return null;
    }
}
