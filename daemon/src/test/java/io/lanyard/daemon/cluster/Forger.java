package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.DeviceIdentity;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.JChannel;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.ObjectMessage;
import org.jgroups.PhysicalAddress;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArray;
import org.jgroups.util.UUID;

/** A member in good standing who says what it likes: a channel of ours whose messages are made by hand. */
public final class Forger implements AutoCloseable {
    private static final short GMS_ID = ClassConfigurator.getProtocolId(GMS.class);

    private final JChannel channel;
    private final GroupTransport transport;

    Forger(DeviceIdentity identity, List<PeerAddress> others) throws Exception {
        this(identity, "127.0.0.1", FreePorts.tcp(), others);
    }

    /** Joins the group of these; blocks until it has. */
    public Forger(DeviceIdentity identity, String own, int port, List<PeerAddress> others) throws Exception {
        Inet4Address bind = (Inet4Address) InetAddress.getByName(own);
        transport = new GroupTransport(
                new GroupTls(identity.newTlsContext((address, reason, other) -> {}), new AtomicLong()),
                new SenderCheck(device -> true));
        List<PhysicalAddress> peers = new ArrayList<>();
        for (PeerAddress other : others) {
            peers.add(new IpAddress(other.host(), other.port()));
        }
        channel = ChannelFactory.newChannel(identity.id(), transport, bind, port, null, peers);
        channel.connect(identity.groupName());
    }

    /** Returns how many others are in its view. */
    public int others() {
        return channel.getView().size() - 1;
    }

    /**
     * Speaks to each other member in the name of another one: a message, requests to leave and to join, a view and a
     * merged view, and asks for another's leave in its own name.
     *
     * @return how many messages that were
     */
    public int forgeAll() throws Exception {
        List<Address> members = channel.getView().getMembers();
        int count = 0;
        for (Address to : members) {
            for (Address as : members) {
                if (!to.equals(self()) && !as.equals(self()) && !as.equals(to)) {
                    say(to, as, "forged");
                    leave(to, as, as);
                    leave(to, self(), as);
                    join(to, as, as);
                    view(to, as, List.of(to));
                    merge(to, as, List.of(to));
                    count += 6;
                }
            }
        }
        return count;
    }

    /** What a malicious member has others read: it says so if they do. */
    private static final class Canary implements Serializable {
        private static final long serialVersionUID = 1;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            System.out.println("received forged");
        }
    }

    /**
     * Sends Java objects to each other member in its own name, as a message of JGroups that is read on arrival.
     *
     * @return to how many
     */
    public int sendObjects() throws Exception {
        int count = 0;
        for (Address to : channel.getView().getMembers()) {
            if (!to.equals(self())) {
                send(new ObjectMessage(to, new Canary()).setSrc(self()));
                count++;
            }
        }
        return count;
    }

    Address self() {
        return channel.getAddress();
    }

    /** The address that a member is known by. */
    static Address addressOf(String memberText) {
        java.util.UUID parsed = java.util.UUID.fromString(memberText);
        return new UUID(parsed.getMostSignificantBits(), parsed.getLeastSignificantBits());
    }

    /** Says something in the name of another. */
    void say(Address to, Address as, String text) throws Exception {
        send(new BytesMessage(to, text.getBytes()).setSrc(as));
    }

    /** Asks the coordinator to let a member go, in the name of {@code as}. */
    void leave(Address coordinator, Address as, Address who) throws Exception {
        send(request(coordinator, as, GMS.GmsHeader.LEAVE_REQ, who));
    }

    /** Asks the coordinator to let somebody in. */
    void join(Address coordinator, Address as, Address who) throws Exception {
        send(request(coordinator, as, GMS.GmsHeader.JOIN_REQ, who));
    }

    /** Tells a member, in the name of another, who is there. */
    void view(Address to, Address as, List<Address> members) throws Exception {
        send(view(new View(as, 1_000_000, members), to, as, GMS.GmsHeader.VIEW));
    }

    /** Tells a member, in the name of another, that groups were merged. */
    void merge(Address to, Address as, List<Address> members) throws Exception {
        MergeView merged = new MergeView(as, 1_000_000, members, List.of(new View(as, 999_999, members)));
        send(view(merged, to, as, GMS.GmsHeader.INSTALL_MERGE_VIEW));
    }

    private static Message request(Address to, Address as, byte type, Address who) {
        return new EmptyMessage(to)
                .setSrc(as)
                .putHeader(GMS_ID, new GMS.GmsHeader(type, who))
                .setFlag(Message.Flag.OOB);
    }

    private static Message view(View view, Address to, Address as, byte type) throws Exception {
        return new BytesMessage(to, Marshalling.of(view))
                .setSrc(as)
                .putHeader(GMS_ID, new GMS.GmsHeader(type))
                .setFlag(Message.Flag.OOB);
    }

    private static final class Marshalling extends GMS {
        static ByteArray of(View view) {
            return marshal(view, null);
        }
    }

    /** Past all protocols above the transport: none of them would send such a thing. */
    private void send(Message message) throws Exception {
        transport.down(message);
    }

    @Override
    public void close() {
        channel.close();
    }
}
