package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.node.JournaledConflict.State;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.ConflictFilter;
import io.lanyard.daemon.node.NodeStatus;
import java.util.Locale;
import java.util.Optional;

/**
 * The status for a token without the right to all of it: whether the devices are in step, and who is there. What counts
 * writes or documents of other collections than its own, or tells of this machine, is left out.
 */
public final class OwnStatus {

    private OwnStatus() {}

    /** Writes the members into an object. */
    public static void write(JsonWriter json, Node node, Caller caller) {
        NodeStatus status = node.status();
        json.name("device")
                .beginObject()
                .field("id", status.deviceId())
                .field("name", status.deviceName())
                .endObject()
                .field("state", status.state().name().toLowerCase(Locale.ROOT))
                .name("peers")
                .beginArray();
        for (NodeStatus.Peer peer : status.peers()) {
            json.beginObject()
                    .field("id", peer.id())
                    .field("name", peer.name())
                    .field("online", peer.isOnline())
                    .field("inStep", peer.isInStep())
                    .field("lastSeen", Texts.timeOrNull(peer.lastSeenMillis()))
                    .endObject();
        }
        json.endArray()
                .field("lastSync", Texts.timeOrNull(status.lastSyncMillis()))
                .field("conflicts", openConflicts(node, caller))
                .field("catchingUp", status.isCatchingUp());
    }

    private static long openConflicts(Node node, Caller caller) {
        ConflictFilter open = new ConflictFilter(Optional.empty(), Optional.empty(), Optional.of(State.OPEN));
        return node.conflicts(open, 0, Limits.MAX_PAGE_ITEMS).items().stream()
                .filter(conflict -> caller.mayRead(conflict.id().collection()))
                .count();
    }
}
