package io.lanyard.daemon.cluster;

import java.net.InetAddress;
import java.net.Socket;
import org.jgroups.Address;
import org.jgroups.blocks.cs.TcpConnection;
import org.jgroups.blocks.cs.TcpServer;
import org.jgroups.util.SocketFactory;
import org.jgroups.util.ThreadFactory;
import org.jgroups.util.Util;

/** JGroups' TCP server, with {@linkplain DeviceConnection connections that know their device} in both directions. */
final class DeviceServer extends TcpServer {

    /** Whether a connection that was accepted may be used under the address that its peer says it has. */
    @FunctionalInterface
    interface Door {
        boolean letsIn(Address peer, DeviceInput from);
    }

    private final Door door;

    DeviceServer(ThreadFactory threads, SocketFactory sockets, InetAddress bind, int port, int lastPort, Door door)
            throws Exception {
        super(threads, sockets, bind, port, lastPort, null, 0, 0);
        this.door = door;
        acceptor = factory.newThread(new DeviceAcceptor(), "lanyard-accept-members");
    }

    @Override
    protected TcpConnection createConnection(Address peer) throws Exception {
        return new DeviceConnection(peer, this);
    }

    private final class DeviceAcceptor extends Acceptor {
        @Override
        protected void handleAccept(Socket socket) throws Exception {
            DeviceConnection connection = new DeviceConnection(socket, DeviceServer.this);
            try {
                if (door.letsIn(connection.peerAddress(), connection.input())) {
                    handleIncomingConnection(connection.peerAddress(), connection);
                } else {
                    connection.close(false);
                }
            } catch (Exception e) {
                Util.close(connection);
                throw e;
            }
        }
    }
}
