package io.lanyard.daemon.lan;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A way to a daemon's loopback API from outside of its network namespace: a Unix socket, since files are not in it. It
 * lives in the daemon's process, and so stops, hangs and dies with it.
 */
final class Relay {
    private static final int BUFFER_BYTES = 16 << 10;

    private Relay() {}

    /** Takes connections for as long as this process lives. */
    static void start(Path socket, int port) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        run("relay", () -> {
            while (true) {
                connect(server.accept(), port);
            }
        });
    }

    private static void connect(SocketChannel channel, int port) throws IOException {
        Socket api = new Socket(InetAddress.getLoopbackAddress(), port);
        api.setTcpNoDelay(true);
        run("relay in", () -> copyIn(channel, api));
        run("relay out", () -> copyOut(api, channel));
    }

    private static void copyIn(SocketChannel channel, Socket api) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (channel;
                api) {
            while (channel.read(buffer) >= 0) {
                api.getOutputStream().write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        }
    }

    private static void copyOut(Socket api, SocketChannel channel) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (channel;
                api) {
            for (int read = api.getInputStream().read(buffer);
                    read >= 0;
                    read = api.getInputStream().read(buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One end is gone, and the other one hears of it by the end of its stream.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
