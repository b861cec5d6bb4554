package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket whose {@link #accept} gives out only peers that are through their TLS handshake: members of the
 * group. JGroups would do the handshakes one after the other on its only accepting thread, where a stranger who says
 * nothing holds up everybody behind him.
 *
 * <p>Strangers cost little: {@link #HANDSHAKE_MILLIS} of a thread each, at most {@link #MAX_PER_ADDRESS} at once from one
 * address and {@link #MAX_AT_ONCE} in all. Beyond that they are hung up on.
 */
final class HandshakingServerSocket extends ServerSocket {
    static final int MAX_PER_ADDRESS = 16;
    static final int MAX_AT_ONCE = 128;
    static final long HANDSHAKE_MILLIS = 4_000;
    private static final Logger LOG = LoggerFactory.getLogger(HandshakingServerSocket.class);
    private static final Executor AFTER_PATIENCE =
            CompletableFuture.delayedExecutor(HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);

    /** Put into the queue once this socket is closed, to wake whoever waits; never given out. */
    private static final Socket CLOSED = new Socket();

    private final SSLContext tls;
    private final BlockingQueue<Socket> through = new LinkedBlockingQueue<>();
    private final Map<InetAddress, Integer> shaking = new HashMap<>();
    private final AtomicBoolean started = new AtomicBoolean();
    private int shakingInAll;

    HandshakingServerSocket(SSLContext tls) throws IOException {
        this.tls = tls;
    }

    @Override
    public Socket accept() throws IOException {
        if (started.compareAndSet(false, true)) {
            startThread(this::acceptStrangers, "lanyard-accept");
        }
        try {
            Socket socket = through.take();
            if (socket == CLOSED) {
                through.add(CLOSED);
                throw new SocketException("Socket closed");
            }
            return socket;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("interrupted while waiting for a connection");
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        for (Socket unclaimed = through.poll(); unclaimed != null; unclaimed = through.poll()) {
            unclaimed.close();
        }
        through.add(CLOSED);
    }

    private void acceptStrangers() {
        while (!isClosed()) {
            try {
                Socket stranger = super.accept();
                if (enter(stranger.getInetAddress())) {
                    startThread(() -> shakeHands(stranger), "lanyard-handshake");
                } else {
                    stranger.close();
                }
            } catch (IOException e) {
                if (!isClosed()) {
                    LOG.debug("a connection could not be accepted", e);
                }
            }
        }
    }

    private void shakeHands(Socket stranger) {
        AtomicBoolean decided = new AtomicBoolean();
        AFTER_PATIENCE.execute(() -> {
            if (decided.compareAndSet(false, true)) {
                hangUp(stranger);
            }
        });
        try {
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(stranger, null, true);
            socket.setUseClientMode(false);
            socket.setNeedClientAuth(true);
            socket.setEnabledProtocols(GroupTls.protocols());
            socket.startHandshake();
            if (decided.compareAndSet(false, true)) {
                through.add(socket);
            }
        } catch (IOException e) {
            LOG.debug("a peer at {} did not get through the handshake", stranger.getInetAddress(), e);
            if (decided.compareAndSet(false, true)) {
                hangUp(stranger);
            }
        } finally {
            leave(stranger.getInetAddress());
        }
    }

    private static void hangUp(Socket stranger) {
        try {
            stranger.close();
        } catch (IOException e) {
            LOG.debug("hanging up failed", e);
        }
    }

    private boolean enter(InetAddress address) {
        synchronized (shaking) {
            int fromThere = shaking.getOrDefault(address, 0);
            if (fromThere >= MAX_PER_ADDRESS || shakingInAll >= MAX_AT_ONCE) {
                return false;
            }
            shaking.put(address, fromThere + 1);
            shakingInAll++;
            return true;
        }
    }

    private void leave(InetAddress address) {
        synchronized (shaking) {
            shaking.computeIfPresent(address, (from, count) -> count == 1 ? null : count - 1);
            shakingInAll--;
        }
    }

    private static void startThread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
