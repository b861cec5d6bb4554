package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import java.util.Optional;
import java.util.Set;

/** What happens to a replica. */
public sealed interface Input {

    /**
     * A program of this device wants to write.
     *
     * @param ticket comes back with {@link Effect.Acknowledge}
     */
    record LocalWrite(long ticket, WriteRequest request) implements Input {}

    /**
     * A person says that a device does not count any more.
     *
     * @param ticket comes back with {@link Effect.RetireAnswer}
     * @param deviceId the device
     */
    record Retire(long ticket, String deviceId) implements Input {}

    /**
     * This device is in this group; comes first of all, and whenever it goes to another. What was heard of the devices of
     * another group than this is of no use then, and what is held here goes through the fence, unless this device founded
     * the group.
     *
     * @param ticket comes back with {@link Effect.Belongs}
     * @param group its network name
     * @param isFounder whether this device founded it: then the others come to what is held here
     */
    record Belong(long ticket, String group, boolean isFounder) implements Input {}

    /** A message came in. */
    record Received(MemberId from, Message message) implements Input {}

    /**
     * Somebody wants to know whether this replica and the others show the same.
     *
     * @param ticket comes back with {@link Effect.Verified}
     * @param repairFrom name or id of the device from which documents that differ are to be copied here first
     */
    record Verify(long ticket, Optional<String> repairFrom) implements Input {}

    /**
     * The peers are to be asked for these documents whole, since their records here are damaged; what they hold then
     * stands in the place of what is here.
     */
    record Refill(Set<DocumentId> ids) implements Input {}

    /** The other members of the cluster are these now. */
    record MembersChanged(Set<MemberId> others) implements Input {}

    /** Time has passed. Comes at least every 100 ms. */
    record Tick() implements Input {}
}
