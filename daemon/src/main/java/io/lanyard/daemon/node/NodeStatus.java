package io.lanyard.daemon.node;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.SalvageReport;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What is going on with this replica.
 *
 * @param deviceId this device
 * @param deviceName its name for people
 * @param replica the replica id under which it writes now, empty before its first write since the store was opened
 * @param state in words for programs
 * @param peers the devices that were ever met since the start, whether they are reachable now or not
 * @param pendingWrites own writes that no other device is known to hold yet
 * @param lastSyncMillis when a peer was last seen in step, 0 if never since the start
 * @param vector what this replica holds, committed; a copy
 * @param digest the digest of all visible documents, committed
 * @param documents how many documents are visible
 * @param conflicts how many conflicts there are
 * @param storeBytes size of the store's files
 * @param freeBytes how much the disk still takes, if that is known
 * @param damage what damage to the store was found
 * @param lastCompaction how the store's last compaction since the start ended, if there was one
 * @param isCatchingUp whether a walk of a peer's index is under way: documents are of mixed age until it ends
 * @param heldBack broadcasts that wait for what they build upon
 * @param clock how this device's wall clock stands to the others
 * @param devices every device of the group that was ever heard of, this one among them
 * @param notUnderstood what the ids of devices begin with that are here and say nothing that this one understands
 * @param garbage what is deleted and still takes room
 * @param fence how far this device is with taking over another one's state, because its own cannot be trusted
 * @param notices sentences that a person should read: other groups heard, peers refused, a clock that is off
 * @param readiness what keeps this replica from working as it should
 * @param proof whether the replicas show the same, as far as it was checked
 * @param activity what was done since the start
 * @param refused who and what was turned away since the start
 */
public record NodeStatus(
        String deviceId,
        String deviceName,
        String replica,
        State state,
        List<Peer> peers,
        long pendingWrites,
        long lastSyncMillis,
        VersionVector vector,
        Hash digest,
        long documents,
        Conflicts conflicts,
        long storeBytes,
        OptionalLong freeBytes,
        Damage damage,
        Optional<CompactionResult> lastCompaction,
        boolean isCatchingUp,
        int heldBack,
        Clock clock,
        List<KnownDevice> devices,
        Set<String> notUnderstood,
        Garbage garbage,
        Fence fence,
        List<String> notices,
        Node.Readiness readiness,
        EngineStatus.Proof proof,
        Activity activity,
        Refused refused) {

    /**
     * This device's wall clock.
     *
     * @param fromMedianMillis how far it is ahead of the median of all that are here, of two how far ahead of the other;
     *     0 as long as there is nobody to compare with
     * @param isOff whether that is more than a minute
     */
    public record Clock(long fromMedianMillis, boolean isOff) {}

    /**
     * Who and what was turned away at the network since the start.
     *
     * @param peers certificates that are of no member of this group
     * @param strangers connections that did not get through their TLS handshake, those peers among them
     * @param discovery discovery packets in this group's name without its secret
     * @param senders messages of members that spoke for another device, or were members no more
     * @param messages messages in which a member called itself another device, or brought another's write as its own
     */
    public record Refused(long peers, long strangers, long discovery, long senders, long messages) {}

    /**
     * A device of the group.
     *
     * @param id its device id
     * @param name its name for people
     * @param isSelf whether it is this one
     * @param isOnline whether it is a member of the cluster now, or this one
     * @param isInStep whether its vector and digest equal this replica's
     * @param isRetired whether a person retired it
     * @param isRetirementEffective whether every device that counts knows that, so that it counts no more
     * @param behindWrites how many writes held here it is not known to hold; all if it was not heard since the start
     * @param waits whether garbage waits for it, and why
     * @param clockOffsetMillis its wall clock less this one's, as last heard; 0 if not heard since the start
     * @param isClockOff whether its clock is more than a minute off the group's median
     * @param lastSeenMillis when it was last heard, milliseconds since 1970; 0 if not since the start
     */
    public record KnownDevice(
            String id,
            String name,
            boolean isSelf,
            boolean isOnline,
            boolean isInStep,
            boolean isRetired,
            boolean isRetirementEffective,
            long behindWrites,
            GarbageWait waits,
            long clockOffsetMillis,
            boolean isClockOff,
            long lastSeenMillis) {
        /** Returns whether garbage waits for it. */
        public boolean holdsBackGarbage() {
            return waits != GarbageWait.NONE;
        }
    }

    /** Why garbage waits for a device. */
    public enum GarbageWait {
        /** It does not. */
        NONE,
        /** It is here, and has not got everything yet. */
        BEHIND,
        /** It is away, and lacks something. */
        AWAY,
        /** It was not heard since this device started, so nobody here knows what it holds. */
        NOT_HEARD,
        /** It is retired, and not every device that counts knows that. */
        RETIRING,
        /** It is here, and says nothing that this device understands. */
        NOT_UNDERSTOOD
    }

    /**
     * What is deleted and still takes room.
     *
     * @param waitingChanges about how many changes wait until every device that counts holds them
     * @param graves how many deleted documents are remembered for programs on this device only
     */
    public record Garbage(long waitingChanges, long graves) {}

    /**
     * Taking over another device's state.
     *
     * @param phase how far it is
     * @param fromId the device that is taken over from, empty if none
     * @param fromName its name for people
     * @param stagedDocuments how many documents were fetched so far
     */
    public record Fence(Phase phase, String fromId, String fromName, long stagedDocuments) {

        /** How far this device is with taking over. */
        public enum Phase {
            /** Its own state can be trusted. */
            NONE,
            /** It fetches what the other one holds, and goes on serving what is here. */
            STAGING,
            /** It puts that in the place of its own; writes wait. */
            SWITCHING,
            /** It writes anew what nobody else had. */
            REISSUING
        }
    }

    /**
     * Damage to the store's files.
     *
     * @param mendedPages how many pages had one wrong bit since the start, and were mended without any loss
     * @param lastSalvage what was saved and lost when more than that was damaged; empty if it never was
     * @param isMadeGood whether what was lost then came back from a peer since
     * @param madeGoodAtMillis when that was, milliseconds since 1970; 0 if nothing came back, or it is not known
     * @param madeGoodFrom the name of the peer, empty if nothing came back, or it is not known
     */
    public record Damage(
            int mendedPages,
            Optional<SalvageReport> lastSalvage,
            boolean isMadeGood,
            long madeGoodAtMillis,
            String madeGoodFrom) {}

    /** How this replica stands to the others. */
    public enum State {
        /** Nobody else is reachable. */
        ALONE,
        /** Every reachable peer has the same vector and the same digest, and nothing is left to be written anew. */
        IN_STEP,
        /** Another live device has this one's identity and was opened before: this one takes and serves nothing. */
        REFUSING,
        /** Something is under way between this replica and a reachable peer. */
        SYNCING
    }

    /**
     * How many conflicts there are.
     *
     * @param open those of which nobody decided anything yet
     * @param journaled those that the journal holds, settled ones included
     * @param dropped those that the journal held and dropped, because it is bounded
     */
    public record Conflicts(long open, long journaled, long dropped) {}

    /**
     * Another device.
     *
     * @param id its device id
     * @param name its name for people
     * @param address {@code host:port}, empty if not known
     * @param isOnline whether it is a member of the cluster now
     * @param isInStep whether its vector and digest equal this replica's
     * @param behindWrites how many of this replica's writes it is not known to hold
     * @param clockOffsetMillis its wall clock less this one's, less the least time that a message takes
     * @param isClockOff whether its clock is more than a minute off the group's median
     * @param lastSeenMillis when it was last heard, milliseconds since 1970
     */
    public record Peer(
            String id,
            String name,
            String address,
            boolean isOnline,
            boolean isInStep,
            long behindWrites,
            long clockOffsetMillis,
            boolean isClockOff,
            long lastSeenMillis) {}
}
