package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.DeviceIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandshakingServerSocketTest {
    private static final Executor THREADS = task -> new Thread(task).start();

    @TempDir
    Path directory;

    private final List<Socket> opened = new CopyOnWriteArrayList<>();
    private final AtomicLong hungUp = new AtomicLong();
    private DeviceIdentity member;
    private HandshakingServerSocket listening;

    @BeforeEach
    void listen() throws Exception {
        TestGroups group = new TestGroups(directory);
        listening =
                new HandshakingServerSocket(group.newDevice().newTlsContext((address, reason, other) -> {}), hungUp);
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        member = group.newDevice();
    }

    @AfterEach
    void closeAll() throws Exception {
        listening.close();
        for (Socket socket : opened) {
            socket.close();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        opened.add(socket);
        return socket;
    }

    private CompletableFuture<Socket> accept() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Socket accepted = listening.accept();
                        opened.add(accepted);
                        return accepted;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                THREADS);
    }

    @Test
    void accept_memberBehindSilentStrangers_comesThroughAtOnce() throws Exception {
        CompletableFuture<Socket> accepted = accept();
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < HandshakingServerSocket.MAX_PER_ADDRESS - 1; i++) {
            silent.add(connect());
        }
        try (SSLSocket socket = (SSLSocket) member.newTlsContext((address, reason, other) -> {})
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
            socket.startHandshake();
            long patience =
                    (HandshakingServerSocket.MAX_PER_ADDRESS - 2) * HandshakingServerSocket.HANDSHAKE_MILLIS / 2;
            assertEquals(
                    socket.getLocalPort(),
                    accepted.get(patience, TimeUnit.MILLISECONDS).getPort());
        }
        for (Socket stranger : silent) {
            stranger.setSoTimeout(20_000);
            assertEquals(-1, stranger.getInputStream().read(), "a stranger is hung up on in the end");
        }
    }

    @Test
    void accept_tooManyFromOneAddress_areHungUpOnAtOnce() throws Exception {
        accept();
        for (int i = 0; i < HandshakingServerSocket.MAX_PER_ADDRESS; i++) {
            connect();
        }
        long before = System.nanoTime();
        Socket oneTooMany = connect();
        oneTooMany.setSoTimeout(20_000);
        assertEquals(-1, oneTooMany.getInputStream().read());
        assertTrue(
                System.nanoTime() - before < TimeUnit.MILLISECONDS.toNanos(HandshakingServerSocket.HANDSHAKE_MILLIS));
    }

    @Test
    void accept_silentStranger_isHungUpOnAndCounted() throws Exception {
        accept();
        Socket stranger = connect();
        stranger.setSoTimeout(20_000);
        long before = System.nanoTime();
        assertEquals(-1, stranger.getInputStream().read(), "no byte is said to it");
        assertTrue(
                System.nanoTime() - before < TimeUnit.MILLISECONDS.toNanos(HandshakingServerSocket.HANDSHAKE_MILLIS));
        assertEquals(1, hungUp.get());
    }

    /** More than there is room for: whoever comes next makes the oldest of them go. */
    @Test
    void accept_memberBehindMoreStrangersThanThereIsRoomFor_comesThrough() throws Exception {
        CompletableFuture<Socket> accepted = accept();
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < HandshakingServerSocket.MAX_PER_ADDRESS; i++) {
            silent.add(connect());
        }
        Awaitility.await()
                .pollDelay(Duration.ofMillis(HandshakingServerSocket.GRACE_MILLIS))
                .until(() -> true);
        try (SSLSocket socket = (SSLSocket) member.newTlsContext((address, reason, other) -> {})
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
            socket.startHandshake();
            assertEquals(
                    socket.getLocalPort(), accepted.get(10, TimeUnit.SECONDS).getPort());
        }
        silent.get(0).setSoTimeout(20_000);
        assertEquals(-1, silent.get(0).getInputStream().read());
    }

    @Test
    void close_whileSomebodyWaits_wakesThem() throws Exception {
        CompletableFuture<Socket> first = accept();
        CompletableFuture<Socket> second = accept();
        listening.close();
        assertThrows(ExecutionException.class, () -> first.get(10, TimeUnit.SECONDS));
        assertThrows(ExecutionException.class, () -> second.get(10, TimeUnit.SECONDS));
    }
}
