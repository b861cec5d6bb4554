package io.lanyard.daemon.pairing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears joiners that search by multicast, and answers those who know a code. One small packet is answered by one of the
 * same size, and only to who proves it, so nobody can use it to flood a third.
 */
final class Ear implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ear.class);
    private final DatagramChannel channel;
    private final BiFunction<SearchFrame, InetAddress, Optional<SearchFrame>> answers;

    private Ear(DatagramChannel channel, BiFunction<SearchFrame, InetAddress, Optional<SearchFrame>> answers) {
        this.channel = channel;
        this.answers = answers;
    }

    /** Begins to listen; {@code null} where multicast does not work, which is no reason not to be found by address. */
    static Ear open(
            InetAddress address, int port, BiFunction<SearchFrame, InetAddress, Optional<SearchFrame>> answers) {
        try {
            NetworkInterface nic = interfaceOf(address);
            DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(new InetSocketAddress(port));
                channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, nic);
                channel.join(InetAddress.getByName(Network.MULTICAST_GROUP), nic);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            Ear ear = new Ear(channel, answers);
            Thread thread = new Thread(ear::listen, "lanyard-pairing-ear");
            thread.setDaemon(true);
            thread.start();
            return ear;
        } catch (IOException | RuntimeException e) {
            LOG.info("multicast does not work on {} ({}): joiners need --from", address.getHostAddress(), e.toString());
            return null;
        }
    }

    /** Returns the interface that has this address. */
    static NetworkInterface interfaceOf(InetAddress address) throws SocketException {
        NetworkInterface nic = NetworkInterface.getByInetAddress(address);
        if (nic == null) {
            throw new SocketException("no interface has the address " + address.getHostAddress());
        }
        return nic;
    }

    private void listen() {
        ByteBuffer packet = ByteBuffer.allocate(SearchFrame.BYTES + 1);
        while (channel.isOpen()) {
            try {
                packet.clear();
                InetSocketAddress from = (InetSocketAddress) channel.receive(packet);
                Optional<SearchFrame> answer =
                        SearchFrame.read(packet.flip()).flatMap(heard -> answers.apply(heard, from.getAddress()));
                if (answer.isPresent()) {
                    channel.send(answer.get().write(), from);
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.debug("a search packet could not be answered", e);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing the ear of pairing failed", e);
        }
    }
}
