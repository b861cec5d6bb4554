package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an engine knew between two steps.
 *
 * @param replica the replica id of this opening, if it wrote already
 * @param vector what is claimed; a copy
 * @param digest the digest of what is shown
 * @param documents how many documents are visible
 * @param pendingWrites own writes that no other device is known to hold
 * @param lastInStepMillis when a peer was last seen in step, by the wall clock; 0 if never
 * @param isCatchingUp whether a walk is under way
 * @param heldBack live writes that wait for what they build upon
 * @param members how many others are in the cluster
 * @param peers the devices that were met since the start
 * @param writers which device writes or wrote under which replica id
 * @param clocks how the wall clocks of the devices that are here stand to each other
 * @param proof whether the replicas show the same, as far as it was checked
 */
public record EngineStatus(
        Optional<ReplicaId> replica,
        VersionVector vector,
        Hash digest,
        long documents,
        long pendingWrites,
        long lastInStepMillis,
        boolean isCatchingUp,
        int heldBack,
        int members,
        List<Peer> peers,
        Map<ReplicaId, String> writers,
        Clocks clocks,
        Proof proof) {

    /**
     * Wall clocks compared.
     *
     * @param fromMedianMillis by device id, this device's own among them: how far each clock is ahead of the median of
     *     all, of two devices how far each is ahead of the other; those that were heard too little are left out
     * @param off ids of the devices whose clock is off by more than a minute
     */
    public record Clocks(Map<String, Long> fromMedianMillis, List<String> off) {}

    /**
     * What is known of whether the replicas show the same.
     *
     * @param isRunning whether a check is under way
     * @param checks how many checks ended since the start
     * @param lastCheckMillis when the last one ended, by the wall clock; 0 if none did
     * @param documentsChecked how many stored documents the last one read to work out the own digest anew
     * @param peersCompared how many peers it could be compared with
     * @param documentsDiffering how many documents it found that differ between this device and some peer
     * @param repairs how many documents a repair replaced since the start
     * @param refills how many damaged documents were taken over from a peer since the start
     * @param refillsWaiting how many damaged documents are still waited for
     */
    public record Proof(
            boolean isRunning,
            long checks,
            long lastCheckMillis,
            long documentsChecked,
            long peersCompared,
            long documentsDiffering,
            long repairs,
            long refills,
            long refillsWaiting) {}

    /**
     * Another device.
     *
     * @param member its present or last membership
     * @param device who it is
     * @param isOnline whether it is a member now
     * @param isInStep whether its vector and digest equal this replica's
     * @param behindWrites how many writes claimed here it is not known to hold
     * @param clockOffsetMillis its wall clock less this one's, less the least time that a message takes
     * @param lastHeardMillis when it last spoke, by this device's wall clock
     */
    public record Peer(
            MemberId member,
            Device device,
            boolean isOnline,
            boolean isInStep,
            long behindWrites,
            long clockOffsetMillis,
            long lastHeardMillis) {}
}
