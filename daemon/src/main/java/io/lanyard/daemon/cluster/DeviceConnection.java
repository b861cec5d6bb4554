package io.lanyard.daemon.cluster;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.jgroups.Address;
import org.jgroups.blocks.cs.TcpBaseServer;
import org.jgroups.blocks.cs.TcpConnectionNonBlocking;
import org.jgroups.blocks.cs.TcpServer;

/** JGroups' connection, opened or accepted, that knows which device is at the other end. */
final class DeviceConnection extends TcpConnectionNonBlocking {

    /** A connection to be opened. */
    DeviceConnection(Address peer, TcpBaseServer server) throws Exception {
        super(peer, server, server.maxSendQueue());
    }

    /** A connection that was accepted; reads what the peer says its address is. */
    DeviceConnection(Socket socket, TcpServer server) throws Exception {
        super(socket, server, server.maxSendQueue());
    }

    /** Returns what comes in; not before the connection was made. */
    DeviceInput input() {
        return (DeviceInput) in;
    }

    /** Called once the handshake is done, in both directions. */
    @Override
    protected DataInputStream createDataInputStream(InputStream stream) {
        try {
            return DeviceInput.of((SSLSocket) sock, stream, ((TcpBaseServer) server).getBufferedInputStreamSize());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
