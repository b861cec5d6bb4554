package io.lanyard.daemon.cluster;

import java.io.DataInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.MessageFactory;
import org.jgroups.PhysicalAddress;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.BasicTCP;
import org.jgroups.protocols.TCP;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.Util;

/**
 * The transport: JGroups' own TCP but for three things.
 *
 * <ol>
 *   <li>Every message is held against the certificate of the connection that it came in on ({@link SenderCheck}).
 *   <li>Whoever is out of reach holds up nobody else.
 *   <li>Saying goodbye takes a bounded time. A connection is closed by writing a last word, which waits for its lock; and
 *       where a peer vanished with much under way, a writer holds that lock until the system gives the peer up, a quarter
 *       of an hour later. Until then no view would be installed, so nobody would notice that the peer is gone.
 * </ol>
 *
 * <p>It stands beside JGroups' {@link TCP} rather than under it, since that makes connections that do not tell whom they
 * are with.
 */
final class GroupTransport extends BasicTCP {
    private static final short PROTOCOL_ID = ClassConfigurator.getProtocolId(TCP.class);
    private static final long GOODBYE_MILLIS = 500;
    private static final int STREAM_BUFFER_BYTES = 1 << 16;
    private static final int MAX_SEND_QUEUE = 1_024;

    /** Closing a TLS socket waits this long for a writer, and for ever if it is not set. */
    private static final int LINGER_SECONDS = 1;

    private final GroupTls tls;
    private final SenderCheck senders;
    private DeviceServer server;

    GroupTransport(GroupTls tls, SenderCheck senders) {
        this.tls = tls;
        this.senders = senders;
        setId(PROTOCOL_ID);
        setLinger(LINGER_SECONDS);
        setBundler(new SenderPerAddress());
    }

    @Override
    public void start() throws Exception {
        setSocketFactory(tls.createSocketFactory());
        server = new DeviceServer(
                getThreadFactory(), getSocketFactory(), bind_addr, bind_port, bind_port + port_range, this::isHonest);
        server.setLogAcceptError(false);
        server.setBufferedInputStreamSize(STREAM_BUFFER_BYTES)
                .setBufferedOutputStreamSize(STREAM_BUFFER_BYTES)
                .peerAddressReadTimeout(peer_addr_read_timeout)
                .nonBlockingSends(true)
                .maxSendQueue(MAX_SEND_QUEUE)
                .useLockToSend(true)
                .usePeerConnections(true)
                .socketFactory(getSocketFactory())
                .receiver(this)
                .timeService(time_service)
                .socketConnectionTimeout(sock_conn_timeout)
                .tcpNodelay(tcp_nodelay)
                .linger(linger)
                .clientBindAddress(client_bind_addr)
                .clientBindPort(client_bind_port)
                .deferClientBinding(defer_client_bind_addr)
                .setMaxLength(max_length)
                .log(log)
                .logDetails(log_details)
                .addConnectionListener(this);
        super.start();
    }

    @Override
    protected void handleConnect() throws Exception {
        server.start();
        connected = true;
        super.handleConnect();
    }

    /** All connections are closed here, before {@link #stop}: also those of an address that is gone. */
    @Override
    protected void handleDisconnect() {
        super.handleDisconnect();
        connected = false;
        if (server != null) {
            closeWithin(connections(), server::stop);
        }
    }

    @Override
    public void stop() {
        closeWithin(connections(), () -> {
            super.stop();
            Util.close(server);
        });
    }

    @Override
    protected PhysicalAddress getPhysicalAddress() {
        return server == null ? null : (PhysicalAddress) server.localAddress();
    }

    @Override
    public void send(Address dest, byte[] data, int offset, int length) throws Exception {
        if (server != null) {
            server.send(dest, data, offset, length);
        }
    }

    @Override
    public void retainAll(Collection<Address> members) {
        List<Connection> leaving = new ArrayList<>();
        server.forAllConnections((address, connection) -> {
            if (!members.contains(address)) {
                leaving.add(connection);
            }
        });
        closeWithin(leaving, () -> server.retainAll(members, is_member));
    }

    @Override
    public String printConnections() {
        return server.printConnections();
    }

    @Override
    public BasicTCP clearConnections(boolean graceful) {
        server.clearConnections(graceful);
        return this;
    }

    /** Cuts off the connections with devices of which {@code isRefused} is true of the id. */
    void cutOff(Predicate<String> isRefused) {
        for (Connection connection : connections()) {
            if (connection instanceof DeviceConnection device
                    && device.input() != null
                    && isRefused.test(device.input().deviceId())) {
                cut(connection);
                server.closeConnection(connection);
            }
        }
    }

    /** What cannot be read costs the connection: nobody knows where in it the next message begins. */
    @Override
    protected void handleSingleMessage(DataInput in, boolean multicast) {
        Message message = read(() -> {
            Message read = MessageFactory.create(in.readShort());
            read.readFrom(in);
            return read;
        });
        boolean isForUs = multicast || !unicastDestMismatch(message.getDest());
        if (isForUs && senders.accepts((DeviceInput) in, message)) {
            msg_stats.received(message);
            msg_processing_policy.process(message, message.isFlagSet(Message.Flag.OOB));
        }
    }

    @Override
    protected void handleMessageBatch(DataInput in, boolean multicast) {
        MessageBatch[] batches = read(() -> Util.readMessageBatch(in, multicast));
        process((DeviceInput) in, batches[1], true);
        process((DeviceInput) in, batches[0], false);
    }

    private void process(DeviceInput from, MessageBatch batch, boolean outOfBand) {
        if (batch != null && senders.accepts(from, batch)) {
            msg_stats.received(batch);
            processBatch(batch, outOfBand);
        }
    }

    private interface Reading<T> {
        T read() throws IOException, ClassNotFoundException;
    }

    private static <T> T read(Reading<T> reading) {
        try {
            return reading.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("a message of an unknown kind", e);
        }
    }

    /**
     * A peer says itself under which address its connection is to be used. While a member has that address, only its own
     * device may, or it could take over what is meant for the member, or have it suspected by hanging up.
     */
    private boolean isHonest(Address peer, DeviceInput from) {
        Address member = peer instanceof PhysicalAddress physical ? logical_addr_cache.getByValue(physical) : null;
        boolean honest =
                member == null || !members.contains(member) || from.owner().owns(member);
        if (!honest) {
            senders.refuse(from.deviceId(), from.address(), "calls from the address of another");
        }
        return honest;
    }

    private List<Connection> connections() {
        List<Connection> all = new ArrayList<>();
        if (server != null) {
            server.forAllConnections((address, connection) -> all.add(connection));
        }
        return all;
    }

    /** Cuts the connections off if closing them in a friendly way takes too long. */
    private void closeWithin(List<Connection> connections, Runnable friendly) {
        List<Future<?>> cuts = new ArrayList<>();
        for (Connection connection : connections) {
            cuts.add(getTimer().schedule(() -> cut(connection), GOODBYE_MILLIS, TimeUnit.MILLISECONDS));
        }
        try {
            friendly.run();
        } finally {
            cuts.forEach(cut -> cut.cancel(false));
        }
    }

    private void cut(Connection connection) {
        try {
            connection.close(false);
        } catch (IOException e) {
            log.debug("cutting " + connection + " off", e);
        }
    }
}
