package io.lanyard.daemon.pairing;

import io.lanyard.daemon.security.DeviceIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.Set;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;

/** One TLS connection of a pairing, after its handshake: frames, and both certificates. */
final class Visit {
    private final SSLSocket socket;
    private final InputStream in;
    private final OutputStream out;
    private final X509Certificate ours;
    private final X509Certificate theirs;
    private final Runnable onProof;

    private Visit(SSLSocket socket, Runnable onProof) throws IOException {
        this.socket = socket;
        this.onProof = onProof;
        in = socket.getInputStream();
        out = socket.getOutputStream();
        ours = first(socket.getSession().getLocalCertificates());
        theirs = first(socket.getSession().getPeerCertificates());
    }

    /** Shakes hands; {@code onProof} runs once the other side has proved that it knows the code. */
    static Visit begin(SSLSocket socket, Runnable onProof) throws IOException {
        socket.setEnabledProtocols(new String[] {"TLSv1.3"});
        socket.startHandshake();
        return new Visit(socket, onProof);
    }

    private static X509Certificate first(Certificate[] chain) throws IOException {
        if (chain != null && chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
            return certificate;
        }
        throw new IOException("one side shows no certificate");
    }

    X509Certificate ours() {
        return ours;
    }

    X509Certificate theirs() {
        return theirs;
    }

    /** Returns the id of the device whose certificate that is. */
    String theirId() {
        return DeviceIdentity.idOf(theirs.getPublicKey());
    }

    InetAddress from() {
        return socket.getInetAddress();
    }

    void hasProved() {
        onProof.run();
    }

    void write(Frame frame) throws IOException {
        Frame.write(out, frame);
    }

    Frame read(Frame.Kind first, Frame.Kind... others) throws IOException {
        Set<Frame.Kind> expected = EnumSet.of(first, others);
        return Frame.read(in, expected);
    }

    /** Ends the connection. */
    static void hangUp(Socket socket, Logger log) {
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("hanging up failed", e);
        }
    }
}
