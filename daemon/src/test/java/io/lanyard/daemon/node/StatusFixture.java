package io.lanyard.daemon.node;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** A status in which numbers that could be mixed up differ. */
public final class StatusFixture {

    /** The moment of it, milliseconds since 1970. */
    public static final long NOW_MILLIS = 1_790_000_000_000L;

    private StatusFixture() {}

    /** Returns the status of the device {@code device-1}, called till, which knows of one other. */
    public static NodeStatus of(NodeStatus.State state, long writes, long documents, NodeStatus.Conflicts conflicts) {
        VersionVector vector = new VersionVector();
        vector.raise(new ReplicaId(1), Math.max(1, writes));
        return new NodeStatus(
                "device-1",
                "till",
                new ReplicaId(1).toString(),
                state,
                List.of(new NodeStatus.Peer(
                        "device-2", "office", "10.0.0.2:7800", true, true, 7, 12, false, NOW_MILLIS)),
                3,
                NOW_MILLIS,
                vector,
                Hash.ZERO,
                documents,
                conflicts,
                4096,
                OptionalLong.of(8192),
                new NodeStatus.Damage(0, Optional.empty(), true, 0, ""),
                Optional.empty(),
                false,
                0,
                new NodeStatus.Clock(-6, false),
                List.of(
                        device("device-1", "till", true, true, false, NOW_MILLIS),
                        device("device-2", "office", false, true, false, NOW_MILLIS),
                        device("device-3", "laptop", false, false, true, 0)),
                Set.of(),
                new NodeStatus.Garbage(41, 42),
                new NodeStatus.Fence(NodeStatus.Fence.Phase.NONE, "", "", 0),
                List.of("another group was heard"),
                new Node.Readiness(List.of(), Storage.WRITABLE),
                new EngineStatus.Proof(false, 11, NOW_MILLIS, 12, 1, 13, 14, 15, 16),
                new Activity(21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
                new NodeStatus.Refused(51, 52, 53, 54, 55));
    }

    private static NodeStatus.KnownDevice device(
            String id, String name, boolean isSelf, boolean isOnline, boolean holdsBackGarbage, long lastSeenMillis) {
        return new NodeStatus.KnownDevice(
                id,
                name,
                isSelf,
                isOnline,
                isOnline,
                false,
                false,
                holdsBackGarbage ? 43 : 0,
                holdsBackGarbage ? NodeStatus.GarbageWait.NOT_HEARD : NodeStatus.GarbageWait.NONE,
                isSelf || !isOnline ? 0 : 12,
                false,
                lastSeenMillis);
    }
}
