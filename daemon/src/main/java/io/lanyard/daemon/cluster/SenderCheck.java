package io.lanyard.daemon.cluster;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.util.MessageBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a message may come in on a connection: JGroups takes its sender at its word, so a member could speak, leave or
 * join for another. Here the sender must be the device whose certificate the connection showed, and so must whoever is
 * to be let in or to go by it. That holds for all of a message, since what protocols say to each other travels as headers.
 *
 * <p>Nothing that we use relays for others: JGroups asks the sender itself for what was lost, and fragments take their
 * sender from the message that they came in. Discovery answers name others, but only say where they may be.
 *
 * <p>Thread-safe. Refusals are counted, and the first is logged.
 */
final class SenderCheck {
    private static final Logger LOG = LoggerFactory.getLogger(SenderCheck.class);
    private static final short GMS_ID = ClassConfigurator.getProtocolId(GMS.class);

    private final Predicate<String> isMember;
    private final AtomicLong refused = new AtomicLong();

    /**
     * @param isMember whether the device of that id belongs to the group now; asked for every message, so it must be quick
     */
    SenderCheck(Predicate<String> isMember) {
        this.isMember = isMember;
    }

    /** Returns whether a message may be taken from a connection with that device. */
    boolean accepts(DeviceInput from, Message message) {
        boolean honest = from.owner().owns(message.getSrc()) && from.owner().owns(subject(message));
        if (honest && isMember.test(from.deviceId())) {
            return true;
        }
        refuse(from.deviceId(), from.address(), honest ? "speaks and is no member any more" : "speaks for another");
        return false;
    }

    /** Takes out of a batch what may not be taken; returns whether anything of it is left. */
    boolean accepts(DeviceInput from, MessageBatch batch) {
        if (!from.owner().owns(batch.sender())) {
            refuse(from.deviceId(), from.address(), "speaks for another");
            return false;
        }
        batch.removeIf(message -> !accepts(from, message), true);
        return !batch.isEmpty();
    }

    /** Counts a refusal. */
    void refuse(String deviceId, InetAddress address, String does) {
        if (refused.getAndIncrement() == 0) {
            LOG.warn(
                    "the device {} at {} {}: dropped; further messages of the kind are only counted",
                    deviceId,
                    address == null ? "?" : address.getHostAddress(),
                    does);
        }
    }

    long refusedCount() {
        return refused.get();
    }

    /** Whoever a request to be let in, or to be let go, is about: its sender, unless it names somebody else. */
    private static Address subject(Message message) {
        GMS.GmsHeader header = message.getHeader(GMS_ID);
        return header == null || header.getMember() == null ? message.getSrc() : header.getMember();
    }
}
