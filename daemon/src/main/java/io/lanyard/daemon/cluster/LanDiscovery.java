package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.PING;
import org.jgroups.protocols.PingHeader;
import org.jgroups.util.ByteArray;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Discovery by multicast beside a TCP transport, in place of JGroups' MPING. Requests are multicast; answers come back
 * over TLS.
 *
 * <p>MPING hands every packet to the whole protocol stack, unauthenticated: whoever is on the LAN could forge membership
 * messages past the TLS of the transport. Here a packet is believed only inside a {@link DiscoveryFrame}, and then only
 * as a discovery request. Packets of other groups are how a daemon knows that it has neighbours.
 *
 * <p>A network without multicast is no error: the channel works with the peers it is given.
 */
final class LanDiscovery extends PING {
    private static final Logger LOG = LoggerFactory.getLogger(LanDiscovery.class);
    private static final short PROTOCOL_ID = 2_776;
    private static final String MULTICAST_GROUP = "239.77.76.1";
    private static final int HOPS = 1;
    private static final long AFTER_ERROR_NANOS = 200_000_000;

    static {
        ClassConfigurator.addProtocol(PROTOCOL_ID, LanDiscovery.class);
    }

    private final DiscoveryFrame frame;
    private final Neighbours neighbours;
    private final InetAddress bind;
    private final InetSocketAddress group;
    private volatile DatagramChannel channel;
    private boolean sendFailed;

    LanDiscovery(DiscoveryFrame frame, Neighbours neighbours, InetAddress bind, int multicastPort) throws IOException {
        this.frame = frame;
        this.neighbours = neighbours;
        this.bind = bind;
        this.group = new InetSocketAddress(InetAddress.getByName(MULTICAST_GROUP), multicastPort);
    }

    @Override
    public void init() throws Exception {
        super.init();
        // JGroups knows only its own transport for one that may block.
        sends_can_block = true;
    }

    @Override
    public void start() throws Exception {
        super.start();
        try {
            DatagramChannel opened = open();
            channel = opened;
            Thread receiver = new Thread(() -> receive(opened), "lanyard-discovery");
            receiver.setDaemon(true);
            receiver.start();
        } catch (IOException e) {
            LOG.warn(
                    "multicast does not work on {} ({}): peers are found only where --peers says",
                    bind.getHostAddress(),
                    e.getMessage());
        }
    }

    @Override
    public void stop() {
        super.stop();
        DatagramChannel opened = channel;
        channel = null;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException e) {
                LOG.debug("closing the multicast socket failed", e);
            }
        }
    }

    /** Returns whether multicast can be used at all here. */
    boolean works() {
        return channel != null;
    }

    @Override
    protected void sendMcastDiscoveryRequest(Message request) {
        DatagramChannel opened = channel;
        if (opened == null) {
            return;
        }
        try {
            if (request.getSrc() == null) {
                request.setSrc(local_addr);
            }
            ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(request.size() + 1);
            request.writeTo(out);
            ByteArray body = out.getBuffer();
            opened.send(ByteBuffer.wrap(frame.write(body.array(), body.offset(), body.length())), group);
            sendFailed = false;
        } catch (IOException e) {
            // With the cable pulled this happens every second; once is enough to know.
            if (!sendFailed && channel != null) {
                LOG.info("cannot multicast from {} now: {}", bind.getHostAddress(), e.getMessage());
            }
            sendFailed = true;
        }
    }

    private DatagramChannel open() throws IOException {
        NetworkInterface nic = NetworkInterface.getByInetAddress(bind);
        if (nic == null) {
            throw new IOException("no interface has this address");
        }
        DatagramChannel opened = DatagramChannel.open(StandardProtocolFamily.INET);
        try {
            opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            opened.bind(new InetSocketAddress(group.getPort()));
            opened.setOption(StandardSocketOptions.IP_MULTICAST_IF, nic);
            opened.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            opened.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            opened.join(group.getAddress(), nic);
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void receive(DatagramChannel opened) {
        ByteBuffer packet = ByteBuffer.allocate(DiscoveryFrame.MAX_BYTES);
        while (opened.isOpen()) {
            try {
                packet.clear();
                InetSocketAddress from = (InetSocketAddress) opened.receive(packet);
                heard(frame.read(packet.flip()), from.getAddress());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException | ClassNotFoundException e) {
                LOG.debug("a discovery packet could not be read", e);
                LockSupport.parkNanos(AFTER_ERROR_NANOS);
            }
        }
    }

    private void heard(DiscoveryFrame.Heard heard, InetAddress from) throws IOException, ClassNotFoundException {
        if (heard instanceof DiscoveryFrame.Heard.Request request) {
            answer(request.body());
        } else if (heard instanceof DiscoveryFrame.Heard.Other other) {
            neighbours.heardGroup(from, other.group());
        } else if (heard instanceof DiscoveryFrame.Heard.Newer newer) {
            neighbours.heardNewer(from, newer.version());
        } else if (heard instanceof DiscoveryFrame.Heard.Forged) {
            neighbours.heardForgery(from);
        }
    }

    private void answer(byte[] body) throws IOException, ClassNotFoundException {
        Message request = new BytesMessage();
        request.readFrom(new ByteArrayDataInputStream(body));
        PingHeader header = request.getHeader(id);
        boolean fromOther = !Objects.equals(local_addr, request.getSrc());
        if (fromOther && header != null && header.type() == PingHeader.GET_MBRS_REQ) {
            up(request);
        }
    }
}
