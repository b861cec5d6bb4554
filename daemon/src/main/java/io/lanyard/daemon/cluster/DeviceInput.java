package io.lanyard.daemon.cluster;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import javax.net.ssl.SSLSocket;

/** What comes in on a connection after its TLS handshake, with the device that showed its certificate there. */
final class DeviceInput extends DataInputStream {
    private final String deviceId;
    private final ChannelAddress.Owner owner;
    private final InetAddress address;

    private DeviceInput(InputStream in, String deviceId, InetAddress address) {
        super(in);
        this.deviceId = deviceId;
        this.owner = ChannelAddress.Owner.of(deviceId);
        this.address = address;
    }

    /**
     * Wraps the input of a socket.
     *
     * @throws IOException if the peer showed no certificate
     */
    static DeviceInput of(SSLSocket socket, InputStream in, int bufferBytes) throws IOException {
        return new DeviceInput(
                new BufferedInputStream(in, bufferBytes), GroupTls.deviceId(socket), socket.getInetAddress());
    }

    /** Returns the id of the device at the other end. */
    String deviceId() {
        return deviceId;
    }

    /** Returns the part of that id that its addresses begin with. */
    ChannelAddress.Owner owner() {
        return owner;
    }

    /** Returns where it is. */
    InetAddress address() {
        return address;
    }
}
