package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.stack.Protocol;
import org.jgroups.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel from its making to its closing. Once {@linkplain #mute() muted}, nothing comes out of it any more.
 */
final class Session implements Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private final JChannel channel;
    private final Inet4Address bound;
    private final Inbox inbox;
    private volatile Map<MemberId, Address> members = Map.of();
    private final CountDownLatch joined = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile boolean muted;

    Session(JChannel channel, Inet4Address bound, Inbox inbox) {
        this.channel = channel;
        this.bound = bound;
        this.inbox = inbox;
        channel.setReceiver(this);
        channel.setDiscardOwnMessages(true);
        // The default name would tell the LAN the name of this machine.
        channel.setName(java.util.UUID.randomUUID().toString().substring(0, 8));
    }

    Inet4Address bound() {
        return bound;
    }

    /** Joins; blocks for some seconds when nobody answers. */
    void connect(String groupName) throws Exception {
        channel.connect(groupName);
        joined.countDown();
    }

    /** Returns whether messages can be sent: from the first view on, which comes shortly before {@link #connect} returns. */
    boolean isReady() {
        return ready && !muted;
    }

    synchronized void mute() {
        muted = true;
        members = Map.of();
        joined.countDown();
    }

    boolean isMuted() {
        return muted;
    }

    void close() {
        mute();
        channel.close();
    }

    /** Sends to one member, or to all if {@code to} is null; may block while receivers are slow. */
    void send(MemberId to, byte[] message) throws Exception {
        joined.await();
        Address destination = to == null ? null : members.get(to);
        if (!muted && (to == null || destination != null)) {
            channel.send(new BytesMessage(destination, message).setFlag(Message.TransientFlag.DONT_LOOPBACK));
        }
    }

    boolean has(MemberId member) {
        return members.containsKey(member);
    }

    Optional<String> address() {
        return Optional.ofNullable(physical(channel.getAddress()));
    }

    Map<MemberId, String> memberAddresses() {
        Map<MemberId, String> addresses = new TreeMap<>();
        members.forEach((member, address) -> {
            String physical = physical(address);
            addresses.put(member, physical == null ? "?" : physical);
        });
        return addresses;
    }

    /**
     * Hangs up on devices that belong to the group no more, and has the rest go on without them at once, instead of when
     * their silence is noticed.
     *
     * @param isMember of a device's id
     * @param isOutcast of a member of the cluster
     */
    void cutOff(Predicate<String> isMember, Predicate<MemberId> isOutcast) {
        if (channel.getProtocolStack().getTransport() instanceof GroupTransport transport) {
            transport.cutOff(isMember.negate());
        }
        List<Address> gone = new ArrayList<>();
        members.forEach((member, address) -> {
            if (isOutcast.test(member)) {
                gone.add(address);
            }
        });
        Protocol suspicion = channel.getProtocolStack().findProtocol(VERIFY_SUSPECT2.class);
        if (!gone.isEmpty() && suspicion != null) {
            suspicion.up(new Event(Event.SUSPECT, gone));
        }
    }

    @Override
    public void receive(Message message) {
        if (!(message instanceof BytesMessage) || message.getLength() == 0) {
            LOG.debug("dropped a message that is not bytes: {}", message.getClass());
            return;
        }
        byte[] bytes = new byte[message.getLength()];
        System.arraycopy(message.<byte[]>getArray(), message.getOffset(), bytes, 0, bytes.length);
        synchronized (this) {
            if (!muted) {
                inbox.received(memberId(message.getSrc()), bytes);
            }
        }
    }

    @Override
    public void viewAccepted(View view) {
        Map<MemberId, Address> others = new LinkedHashMap<>();
        for (Address member : view.getMembers()) {
            if (!member.equals(channel.getAddress())) {
                others.put(memberId(member), member);
            }
        }
        synchronized (this) {
            if (!muted) {
                members = new HashMap<>(others);
                ready = true;
                inbox.membersChanged(Map.copyOf(others).keySet());
            }
        }
    }

    private String physical(Address member) {
        if (member == null) {
            return null;
        }
        Object physical = channel.down(new Event(Event.GET_PHYSICAL_ADDRESS, member));
        return physical == null ? null : physical.toString();
    }

    private static MemberId memberId(Address address) {
        return new MemberId(address instanceof UUID uuid ? uuid.toStringLong() : address.toString());
    }
}
