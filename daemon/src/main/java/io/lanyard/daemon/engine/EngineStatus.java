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
 * @param isRefusing whether it does not sync because another live device has its identity
 * @param proof whether the replicas show the same, as far as it was checked
 * @param devices all devices that were ever heard of, this one among them
 * @param garbage what waits to be dropped
 * @param fence whether this device goes through the fence
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
        boolean isRefusing,
        Proof proof,
        List<KnownDevice> devices,
        Garbage garbage,
        Fence fence) {

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
     * A device of the registry.
     *
     * @param id its id
     * @param name its name for people
     * @param isSelf whether it is this one
     * @param isOnline whether it is a member now
     * @param isRetired whether a person retired it
     * @param isRetirementEffective whether every other device knows that
     * @param behindWrites how many writes claimed here it is not known to hold; all of them if it was not heard since
     *     this device started
     * @param holdsBackGarbage whether garbage waits for it: it counts, and is not known to hold everything
     * @param lastHeardMillis when it last spoke, by this device's wall clock; 0 if not since this device started
     */
    public record KnownDevice(
            String id,
            String name,
            boolean isSelf,
            boolean isOnline,
            boolean isRetired,
            boolean isRetirementEffective,
            long behindWrites,
            boolean holdsBackGarbage,
            long lastHeardMillis) {}

    /**
     * Garbage.
     *
     * @param waitingChanges how many changes were not looked at yet, or could not be finished, about
     * @param graves how many deleted documents are remembered for local subscribers only
     * @param promised what this device ever said every device has; a copy
     * @param collected under what garbage was dropped here; a copy
     * @param dropping under what garbage is being dropped, empty between two rounds; a copy
     */
    public record Garbage(
            long waitingChanges,
            long graves,
            VersionVector promised,
            VersionVector collected,
            VersionVector dropping) {}

    /**
     * The way through the fence.
     *
     * @param state how far it is
     * @param server the id of the device that is taken over from, empty if none
     * @param stagedDocuments how many documents were fetched
     */
    public record Fence(FenceState state, String server, long stagedDocuments) {

        static final Fence NONE = new Fence(FenceState.NONE, "", 0);
    }

    /** How far a device is with going through the fence. */
    public enum FenceState {
        /** It does not go through the fence. */
        NONE,
        /** It fetches what the server holds; programs go on with what is here. */
        STAGE,
        /** It exchanges its documents for the server's; local writes wait. */
        SWITCH,
        /** It writes anew what the server lacked. */
        REISSUE
    }

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
