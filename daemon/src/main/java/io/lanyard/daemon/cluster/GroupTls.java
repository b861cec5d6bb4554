package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.DeviceIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jgroups.util.DefaultSocketFactory;
import org.jgroups.util.SocketFactory;
import org.jgroups.util.TLS;
import org.jgroups.util.TLSClientAuth;

/**
 * JGroups' TLS set-up with sockets of our own: nothing but TLS 1.3 in both directions, handshakes beside the accepting
 * thread, and no waiting for ever on a peer that accepted and then fell silent.
 */
final class GroupTls extends TLS {
    /** Members hear each other's heartbeats every second and a half, so this long a silence is a dead connection. */
    private static final int SILENCE_MILLIS = 20_000;

    private final AtomicLong hungUp;

    /**
     * @param hungUp counts the strangers who did not get through their handshake
     */
    GroupTls(SSLContext context, AtomicLong hungUp) {
        this.hungUp = hungUp;
        enabled(true);
        setSSLContext(context);
        setClientAuth(TLSClientAuth.NEED);
        setProtocols(protocols());
    }

    static String[] protocols() {
        return new String[] {"TLSv1.3"};
    }

    /**
     * Returns the id of the device at the other end of a socket whose handshake is done.
     *
     * @throws IOException if it showed no certificate
     */
    static String deviceId(SSLSocket socket) throws IOException {
        return DeviceIdentity.idOf(socket.getSession().getPeerCertificates()[0].getPublicKey());
    }

    @Override
    public SocketFactory createSocketFactory(SSLContext context) {
        DefaultSocketFactory factory =
                new DefaultSocketFactory(context.getSocketFactory(), new Listening(context, hungUp));
        factory.setSocketConfigurator(GroupTls::configure);
        return factory;
    }

    private static void configure(Socket socket) {
        try {
            socket.setSoTimeout(SILENCE_MILLIS);
            ((SSLSocket) socket).setEnabledProtocols(protocols());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Listening extends ServerSocketFactory {
        private final SSLContext context;
        private final AtomicLong hungUp;

        Listening(SSLContext context, AtomicLong hungUp) {
            this.context = context;
            this.hungUp = hungUp;
        }

        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new HandshakingServerSocket(context, hungUp);
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return createServerSocket(port, 0, null);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return createServerSocket(port, backlog, null);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            ServerSocket socket = createServerSocket();
            socket.bind(new InetSocketAddress(address, port), backlog);
            return socket;
        }
    }
}
