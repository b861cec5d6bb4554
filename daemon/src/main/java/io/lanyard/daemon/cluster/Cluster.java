package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.util.Optional;
import java.util.Set;

/**
 * The other daemons of this group that can be reached now, and messages to and from them.
 *
 * <p>What it promises, and no more:
 * <ol>
 *   <li>The broadcasts of one sender arrive in the order sent, and so do its messages to one member; the two are not
 *       ordered among each other. Each arrives at most once.
 *   <li>Any message may be lost: at a full queue, in a split, when a member leaves. Losses are counted, never reported one
 *       by one; the caller recovers by catch-up.
 *   <li>A member is told before its first message, and no message of it is delivered after the listener was told that it
 *       is gone. A daemon that comes back is a new member, with a new {@link MemberId}.
 *   <li>A daemon never receives its own messages and is never among its own {@code others}.
 * </ol>
 *
 * <p>All methods may be called on any thread and return at once, except {@link #close()}.
 */
public interface Cluster extends AutoCloseable {
    /** The largest message, in bytes: room for a live batch of 4 MiB and what surrounds it. */
    int MAX_MESSAGE_BYTES = 8 << 20;

    /**
     * Starts looking for others, on a thread of its own and for ever: there is no failing to connect, only not being
     * connected yet.
     *
     * @param listener told of messages and members until {@link #close()}
     * @throws IllegalStateException if it was started or closed before
     */
    void start(Listener listener);

    /**
     * Enqueues a message to every member that is there when it is sent.
     *
     * @param message kept, not copied: do not change it afterwards
     * @return whether it was enqueued; false if the queue is full, the message is larger than
     *     {@link #MAX_MESSAGE_BYTES}, or the cluster is not connected
     */
    boolean broadcast(byte[] message);

    /**
     * Enqueues a message to one member.
     *
     * @param message kept, not copied: do not change it afterwards
     * @return whether it was enqueued; false also if there is no such member
     */
    boolean send(MemberId to, byte[] message);

    /**
     * Returns what the id of a member's device begins with, as the connections that its messages come in on prove it.
     *
     * @return hexadecimal digits, at least 24; empty if this network proves nothing of the kind
     */
    Optional<String> provenDevice(MemberId member);

    /** Returns what is known right now. */
    ClusterStatus status();

    /** Plugs this daemon's own cable in again after {@link #disconnect()}. */
    void connect();

    /** Pulls this daemon's own cable: from now on nothing is sent or received, until {@link #connect()}. */
    void disconnect();

    /** Leaves the cluster and frees every thread and port. Blocks for some seconds at most; idempotent. */
    @Override
    void close();

    /** Told of messages and members on one cluster thread, one call at a time. Must not block, and must not throw. */
    interface Listener {
        /** A message of {@code from} arrived. The array is the receiver's to keep. */
        void received(MemberId from, byte[] message);

        /** The set of other members is now {@code others}; empty when this daemon is alone. */
        void membersChanged(Set<MemberId> others);
    }
}
