package io.lanyard.daemon.api.json;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.security.CoreDumps;
import io.lanyard.daemon.security.Deserialization;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the node says, as JSON: the same over WebSocket, change feed and plain HTTP. */
public final class EventJson {

    private EventJson() {}

    /**
     * Returns an event up to {@code origin.self}: what all readers are told who knew the same before.
     *
     * @param kind what happened, as the reader sees it
     * @param type what the event is called
     */
    public static String head(FeedChange change, FeedChange.Kind kind, String type) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("type", type)
                .field("event", kind.name().toLowerCase(Locale.ROOT))
                .field("collection", change.id().collection())
                .field("id", change.id().id())
                .name("data");
        if (change.document().isPresent() && kind != FeedChange.Kind.DELETED) {
            json.document(change.document().get().leaves());
        } else {
            json.raw("null");
        }
        json.name("changed");
        if (change.past().isPresent()) {
            json.beginArray();
            change.past().get().changed().keySet().stream()
                    .sorted()
                    .map(FieldPath::pointer)
                    .forEach(json::value);
            json.endArray();
        } else {
            json.raw("null");
        }
        FeedChange.Origin origin = change.origin().orElse(new FeedChange.Origin("", "", "", false));
        json.field("timestamp", Texts.time(change.changedAtMillis()))
                .name("origin")
                .beginObject()
                .field("device", Texts.orNull(origin.deviceId()))
                .field("client", Texts.orNull(origin.client()));
        if (!origin.clientTimestamp().isEmpty()) {
            json.field("clientTimestamp", origin.clientTimestamp());
        }
        return json.name("self").toString();
    }

    /** Writes a document with its metadata. */
    public static void document(JsonWriter json, DocumentView view) {
        json.beginObject()
                .field("id", view.id().id())
                .field("etag", view.etag())
                .field("stamp", view.stamp().toString())
                .name("data")
                .document(view.leaves())
                .endObject();
    }

    /** Writes the members of a status into an object. */
    public static void status(JsonWriter json, NodeStatus status) {
        json.name("device")
                .beginObject()
                .field("id", status.deviceId())
                .field("name", status.deviceName())
                .endObject()
                .field("replica", Texts.orNull(status.replica()))
                .field("state", status.state().name().toLowerCase(Locale.ROOT))
                .name("peers");
        peers(json, status.peers());
        json.field("pending", status.pendingWrites())
                .field("lastSync", Texts.timeOrNull(status.lastSyncMillis()))
                .name("versionVector")
                .beginObject();
        status.vector().forEach((replica, sequence) -> json.field(replica.toString(), sequence));
        json.endObject()
                .field("digest", status.digest().toString())
                .field("conflicts", status.conflicts().open())
                .field("documents", status.documents())
                .field("catchingUp", status.isCatchingUp())
                .field("heldBack", status.heldBack())
                .name("storage")
                .beginObject()
                .field("bytes", status.storeBytes())
                .name("freeBytes")
                .raw(
                        status.freeBytes().isPresent()
                                ? Long.toString(status.freeBytes().getAsLong())
                                : "null")
                .field("state", StorageProblem.word(status.readiness().storage()))
                .field("reason", Texts.orNull(status.readiness().storage().reason()))
                .name("damage");
        damage(json, status.damage());
        json.name("lastCompaction");
        lastCompaction(json, status.lastCompaction());
        json.endObject()
                .name("clock")
                .beginObject()
                .field("fromMedianMillis", status.clock().fromMedianMillis())
                .field("off", status.clock().isOff())
                .endObject();
        garbage(json, status);
        fence(json, status.fence());
        json.name("check");
        check(json, status.proof());
        json.name("process")
                .beginObject()
                .field("id", ProcessHandle.current().pid())
                .field("refusesJavaObjects", Deserialization.isRefused())
                .field("mayDumpCore", CoreDumps.arePossible())
                .endObject()
                .name("refused")
                .beginObject()
                .field("peers", status.refused().peers())
                .field("strangers", status.refused().strangers())
                .field("discovery", status.refused().discovery())
                .field("senders", status.refused().senders())
                .field("messages", status.refused().messages())
                .endObject()
                .field("notices", status.notices());
    }

    private static void damage(JsonWriter json, NodeStatus.Damage damage) {
        json.beginObject().field("mendedPages", damage.mendedPages()).name("lastSalvage");
        if (damage.lastSalvage().isEmpty()) {
            json.raw("null").endObject();
            return;
        }
        SalvageReport report = damage.lastSalvage().get();
        json.beginObject()
                .field("at", Texts.timeOrNull(report.atMillis()))
                .field("why", report.why())
                .field("movedTo", report.movedTo())
                .field("everythingLost", report.isEverythingLost())
                .field("lostDocuments", report.lostDocuments())
                .field("firstLost", report.firstLost())
                .field("otherLosses", report.otherLosses())
                .field("madeGood", damage.isMadeGood())
                .field("madeGoodAt", Texts.timeOrNull(damage.madeGoodAtMillis()))
                .field("madeGoodFrom", damage.madeGoodFrom().isEmpty() ? null : damage.madeGoodFrom())
                .endObject()
                .endObject();
    }

    /** Writes the member {@code garbage} into an object. */
    public static void garbage(JsonWriter json, NodeStatus status) {
        json.name("garbage")
                .beginObject()
                .field("waiting", status.garbage().waitingChanges())
                .field("graves", status.garbage().graves())
                .field(
                        "waitsFor",
                        status.devices().stream()
                                .filter(NodeStatus.KnownDevice::holdsBackGarbage)
                                .map(NodeStatus.KnownDevice::id)
                                .toList())
                .endObject();
    }

    private static void fence(JsonWriter json, NodeStatus.Fence fence) {
        if (fence.phase() == NodeStatus.Fence.Phase.NONE) {
            json.name("fence").raw("null");
            return;
        }
        json.name("fence")
                .beginObject()
                .field("phase", fence.phase().name().toLowerCase(Locale.ROOT))
                .field("from", Texts.orNull(fence.fromId()))
                .field("fromName", Texts.orNull(fence.fromName()))
                .field("documents", fence.stagedDocuments())
                .endObject();
    }

    /** Writes what is known of whether the replicas show the same, as an object. */
    private static void check(JsonWriter json, EngineStatus.Proof proof) {
        json.beginObject()
                .field("running", proof.isRunning())
                .field("last", Texts.timeOrNull(proof.lastCheckMillis()))
                .field("documents", proof.documentsChecked())
                .field("peers", proof.peersCompared())
                .field("differing", proof.documentsDiffering())
                .field("repaired", proof.repairs())
                .field("refilled", proof.refills())
                .field("refilling", proof.refillsWaiting())
                .endObject();
    }

    private static void lastCompaction(JsonWriter json, Optional<CompactionResult> last) {
        if (last.isEmpty()) {
            json.raw("null");
            return;
        }
        CompactionResult result = last.get();
        json.beginObject()
                .field("outcome", result.outcome().name().toLowerCase(Locale.ROOT))
                .field("message", Texts.orNull(result.message()))
                .field("finishedAt", Texts.timeOrNull(result.finishedAtMillis()))
                .field("tookMillis", result.tookMillis())
                .field("bytesBefore", result.bytesBefore())
                .field("bytesAfter", result.bytesAfter())
                .field("longestStopMicros", result.longestStopMicros())
                .field("damagedValues", result.damagedValues())
                .endObject();
    }

    /** Writes the other devices as an array. */
    public static void peers(JsonWriter json, List<NodeStatus.Peer> peers) {
        json.beginArray();
        for (NodeStatus.Peer peer : peers) {
            json.beginObject()
                    .field("id", peer.id())
                    .field("name", peer.name())
                    .field("address", Texts.orNull(peer.address()))
                    .field("online", peer.isOnline())
                    .field("inStep", peer.isInStep())
                    .field("behind", peer.behindWrites())
                    .field("clockOffsetMillis", peer.clockOffsetMillis())
                    .field("clockOff", peer.isClockOff())
                    .field("lastSeen", Texts.timeOrNull(peer.lastSeenMillis()))
                    .endObject();
        }
        json.endArray();
    }

    /** Writes the members of a conflict into an object. */
    public static void conflict(JsonWriter json, JournaledConflict entry) {
        Conflict conflict = entry.conflict();
        json.field("number", entry.number())
                .field("collection", entry.id().collection())
                .field("id", entry.id().id())
                .field("path", pointerOf(conflict.path()))
                .field("lostRemoval", conflict.lostValue() == null)
                .name("lostValue")
                .raw(String.valueOf(conflict.lostValue()))
                .field("lostAt", Texts.time(Timestamp.millis(conflict.lostTime())))
                .field("loser", Texts.orNull(entry.loserDevice()))
                .field("winner", Texts.orNull(entry.winnerDevice()));
        Conflict.Standing standing = conflict.standing();
        if (standing != null) {
            json.field("winnerPath", pointerOf(standing.path()))
                    .field("winnerRemoval", standing.value() == null)
                    .name("winnerValue")
                    .raw(String.valueOf(standing.value()))
                    .field("winnerAt", Texts.time(Timestamp.millis(standing.time())));
        }
        json.field("foundAt", Texts.time(entry.foundAtMillis()))
                .field("state", word(entry.state()))
                .field(
                        "settledAt",
                        entry.settlement()
                                .map(settlement -> Texts.time(settlement.decidedAtMillis()))
                                .orElse(null));
    }

    /** Returns the state of a conflict as programs see it. */
    public static String word(JournaledConflict.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String pointerOf(FieldPath path) {
        return path == null ? null : path.pointer();
    }
}
