package io.lanyard.daemon.api;

import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.node.NodeStatus;
import java.util.List;
import java.util.Optional;

/** A status of which no part is empty. */
public final class DescribedStatus {

    private DescribedStatus() {}

    /** Returns {@code status} with everything that may be missing. */
    public static NodeStatus full(NodeStatus status) {
        long now = status.lastSyncMillis();
        SalvageReport salvage =
                new SalvageReport("a page", now, "store-damaged", 1, List.of("contact/anna"), List.of("a list"), false);
        return new NodeStatus(
                status.deviceId(),
                status.deviceName(),
                status.replica(),
                status.state(),
                status.peers(),
                status.pendingWrites(),
                now,
                status.vector(),
                status.digest(),
                status.documents(),
                status.conflicts(),
                status.storeBytes(),
                status.freeBytes(),
                new NodeStatus.Damage(1, Optional.of(salvage), true, now, "office"),
                Optional.of(new CompactionResult(CompactionResult.Outcome.DONE, "", now, 10, 2_000, 1_000, 5, 0)),
                status.isCatchingUp(),
                status.heldBack(),
                status.clock(),
                status.devices(),
                status.notUnderstood(),
                status.garbage(),
                new NodeStatus.Fence(NodeStatus.Fence.Phase.STAGING, "o1", "office", 3),
                status.notices(),
                status.readiness(),
                status.proof(),
                status.activity(),
                status.refused());
    }
}
