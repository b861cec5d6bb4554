package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket whose {@link #accept} gives out only peers that are through their TLS handshake: members of the
 * group. JGroups would do the handshakes one after the other on its only accepting thread, where a stranger who says
 * nothing holds up everybody behind him.
 *
 * <p>Strangers cost little: a thread until they have been silent for {@link #SILENCE_MILLIS}, {@link #HANDSHAKE_MILLIS} at
 * most (a machine that is slow or has just started takes its time), at most {@link #MAX_PER_ADDRESS} at once from one address and {@link #MAX_AT_ONCE} in all. Where that many are at it, the one who has been at it longest makes
 * room, if he had {@link #GRACE_MILLIS}, in which a member is long through; else the newcomer is hung up on. So neither
 * strangers who stay silent nor many members at once keep a member out.
 */
final class HandshakingServerSocket extends ServerSocket {
    static final int MAX_PER_ADDRESS = 16;
    static final int MAX_AT_ONCE = 64;
    static final int SILENCE_MILLIS = 1_500;
    static final long HANDSHAKE_MILLIS = 4_000;
    static final long GRACE_MILLIS = 300;
    private static final int MAX_UNCLAIMED = 256;
    private static final int MAX_THREADS = 2 * MAX_AT_ONCE;
    private static final long IDLE_THREAD_SECONDS = 2;
    private static final Logger LOG = LoggerFactory.getLogger(HandshakingServerSocket.class);
    private static final Executor AFTER_PATIENCE =
            CompletableFuture.delayedExecutor(HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);

    /** Put into the queue once this socket is closed, to wake whoever waits; never given out. */
    private static final Socket CLOSED = new Socket();

    private final SSLContext tls;
    private final AtomicLong hungUp;
    private final BlockingQueue<Socket> through = new LinkedBlockingQueue<>(MAX_UNCLAIMED);
    private final Set<Stranger> strangers = new LinkedHashSet<>();
    private final AtomicBoolean started = new AtomicBoolean();

    /** Those who were just hung up on may still have their threads, so there are some more than strangers. */
    private final ThreadPoolExecutor pool = new ThreadPoolExecutor(
            0,
            MAX_THREADS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> newThread(work, "lanyard-handshake"));

    /** Somebody in his handshake; let go exactly once, be it into the group or off. */
    private static final class Stranger {
        private final Socket socket;
        private final long sinceNanos = System.nanoTime();
        private final AtomicBoolean decided = new AtomicBoolean();

        Stranger(Socket socket) {
            this.socket = socket;
        }

        InetAddress address() {
            return socket.getInetAddress();
        }

        boolean hadItsChance() {
            return System.nanoTime() - sinceNanos >= TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
        }
    }

    /**
     * @param hungUp counts those who did not get through, whatever the reason
     */
    HandshakingServerSocket(SSLContext tls, AtomicLong hungUp) throws IOException {
        this.tls = tls;
        this.hungUp = hungUp;
    }

    @Override
    public Socket accept() throws IOException {
        if (started.compareAndSet(false, true)) {
            newThread(this::acceptStrangers, "lanyard-accept").start();
        }
        try {
            Socket socket = through.take();
            if (socket == CLOSED) {
                through.offer(CLOSED);
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
        pool.shutdown();
        everybody().forEach(this::hangUp);
        for (Socket unclaimed = through.poll(); unclaimed != null; unclaimed = through.poll()) {
            unclaimed.close();
        }
        through.offer(CLOSED);
    }

    private void acceptStrangers() {
        while (!isClosed()) {
            try {
                receive(new Stranger(super.accept()));
            } catch (IOException e) {
                if (!isClosed()) {
                    LOG.debug("a connection could not be accepted", e);
                }
            }
        }
    }

    private void receive(Stranger stranger) {
        if (!enter(stranger)) {
            hangUp(stranger);
            return;
        }
        try {
            pool.execute(() -> shakeHands(stranger));
        } catch (RejectedExecutionException e) {
            LOG.debug("no thread for the handshake of {}", stranger.address(), e);
            hangUp(stranger);
        }
    }

    private void shakeHands(Stranger stranger) {
        AFTER_PATIENCE.execute(() -> hangUp(stranger));
        try {
            stranger.socket.setSoTimeout(SILENCE_MILLIS);
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(stranger.socket, null, true);
            socket.setUseClientMode(false);
            socket.setNeedClientAuth(true);
            socket.setEnabledProtocols(GroupTls.protocols());
            socket.startHandshake();
            socket.setSoTimeout(0);
            if (stranger.decided.compareAndSet(false, true) && !through.offer(socket)) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.debug("a peer at {} did not get through the handshake", stranger.address(), e);
            hangUp(stranger);
        } finally {
            leave(stranger);
        }
    }

    private void hangUp(Stranger stranger) {
        if (!stranger.decided.compareAndSet(false, true)) {
            return;
        }
        leave(stranger);
        hungUp.incrementAndGet();
        try {
            stranger.socket.close();
        } catch (IOException e) {
            LOG.debug("hanging up failed", e);
        }
    }

    /** Returns whether there is room for one more, if need be by hanging up on another. */
    private boolean enter(Stranger newcomer) {
        Optional<Stranger> makesRoom = Optional.empty();
        synchronized (strangers) {
            List<Stranger> neighbours = strangers.stream()
                    .filter(other -> other.address().equals(newcomer.address()))
                    .toList();
            if (neighbours.size() >= MAX_PER_ADDRESS) {
                makesRoom = neighbours.stream().findFirst();
            } else if (strangers.size() >= MAX_AT_ONCE) {
                makesRoom = strangers.stream().findFirst();
            }
            if (makesRoom.isPresent() && !makesRoom.get().hadItsChance()) {
                return false;
            }
            strangers.add(newcomer);
            makesRoom.ifPresent(strangers::remove);
        }
        makesRoom.ifPresent(this::hangUp);
        return true;
    }

    private void leave(Stranger stranger) {
        synchronized (strangers) {
            strangers.remove(stranger);
        }
    }

    private List<Stranger> everybody() {
        synchronized (strangers) {
            return new ArrayList<>(strangers);
        }
    }

    private static Thread newThread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
