package io.lanyard.daemon.pairing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where joiners come: a TCP port on the LAN, and an ear for those who search by multicast. Bounded in what strangers can
 * take of it: connections at once, in all and per address, and the time of each, however slowly it speaks. Thread-safe.
 */
final class Reception implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final int BACKLOG = 64;

    private final ServerSocket server;
    private final PairingLimits limits;
    private final SSLContext tls;
    private final ScheduledExecutorService timer;
    private final Conversation conversation;
    private final List<Guest> guests = new ArrayList<>();
    private Ear ear;
    private boolean closed;

    /** Talks to whoever came. */
    interface Conversation {
        void hold(Visit visit) throws IOException, InterruptedException;
    }

    private static final class Guest {
        private final Socket socket;
        private boolean hasProved;
        private Future<?> deadline;

        Guest(Socket socket) {
            this.socket = socket;
        }
    }

    private Reception(
            ServerSocket server,
            PairingLimits limits,
            SSLContext tls,
            ScheduledExecutorService timer,
            Conversation conversation) {
        this.server = server;
        this.limits = limits;
        this.tls = tls;
        this.timer = timer;
        this.conversation = conversation;
    }

    /** Listens at the first free port of the network; {@code answers} tells what to answer to a search. */
    static Reception open(
            Network network,
            PairingLimits limits,
            SSLContext tls,
            ScheduledExecutorService timer,
            Conversation conversation,
            BiFunction<SearchFrame, InetAddress, Optional<SearchFrame>> answers)
            throws IOException {
        InetAddress address = network.address()
                .get()
                .orElseThrow(() -> new IOException("this device is on no network now, so nobody could come"));
        Reception reception = new Reception(bind(address, network.port()), limits, tls, timer, conversation);
        start(reception::accept, "lanyard-pairing-accept");
        if (network.multicast()) {
            reception.ear = Ear.open(address, network.multicastPort(), answers);
        }
        return reception;
    }

    private static ServerSocket bind(InetAddress address, int first) throws IOException {
        for (int offset = 0; ; offset++) {
            ServerSocket socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(address, first == 0 ? 0 : first + offset), BACKLOG);
                return socket;
            } catch (BindException e) {
                socket.close();
                if (first == 0 || offset == Network.PORTS - 1) {
                    throw new IOException(
                            "none of the ports " + first + " to " + (first + offset) + " of " + address.getHostAddress()
                                    + " is free",
                            e);
                }
            }
        }
    }

    boolean isAt(Optional<InetAddress> address) {
        return address.filter(server.getInetAddress()::equals).isPresent();
    }

    int port() {
        return server.getLocalPort();
    }

    String address() {
        return server.getInetAddress().getHostAddress() + ":" + port();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                admit(socket);
            } catch (SocketException e) {
                LOG.debug("the listener of pairing ended", e);
                return;
            } catch (IOException e) {
                LOG.debug("a connection did not come about", e);
            }
        }
    }

    private void admit(Socket socket) {
        Guest guest = new Guest(socket);
        Guest turnedAway;
        synchronized (this) {
            turnedAway = whoGoesFor(guest);
            if (turnedAway != guest) {
                guests.remove(turnedAway);
                guests.add(guest);
                guest.deadline =
                        timer.schedule(() -> Visit.hangUp(socket, LOG), limits.proofMillis(), TimeUnit.MILLISECONDS);
            }
        }
        if (turnedAway != null) {
            Visit.hangUp(turnedAway.socket, LOG);
        }
        if (turnedAway != guest) {
            start(() -> talk(guest), "lanyard-pairing");
        }
    }

    /** Returns who has to go so that this one can come, itself perhaps; {@code null} if there is room. */
    private Guest whoGoesFor(Guest guest) {
        long fromThere = guests.stream()
                .filter(one -> one.socket.getInetAddress().equals(guest.socket.getInetAddress()))
                .count();
        if (closed || fromThere >= limits.maxPerAddress()) {
            return guest;
        }
        if (guests.size() < limits.maxConnections()) {
            return null;
        }
        return guests.stream().filter(one -> !one.hasProved).findFirst().orElse(guest);
    }

    private void talk(Guest guest) {
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(guest.socket, null, true)) {
            socket.setUseClientMode(false);
            socket.setNeedClientAuth(true);
            conversation.hold(Visit.begin(socket, () -> hasProved(guest)));
        } catch (IOException e) {
            LOG.debug("a pairing with {} ended early", guest.socket.getInetAddress(), e);
        } catch (InterruptedException e) {
            LOG.debug("a pairing was interrupted", e);
            Thread.currentThread().interrupt();
        } finally {
            leave(guest);
        }
    }

    private synchronized void hasProved(Guest guest) {
        guest.hasProved = true;
        guest.deadline.cancel(false);
        guest.deadline = timer.schedule(
                () -> Visit.hangUp(guest.socket, LOG), limits.conversationMillis(), TimeUnit.MILLISECONDS);
    }

    private void leave(Guest guest) {
        Visit.hangUp(guest.socket, LOG);
        synchronized (this) {
            guests.remove(guest);
            guest.deadline.cancel(false);
        }
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Listens no more. Who proved to know the code may still hear the end of what is said. */
    @Override
    public void close() {
        List<Guest> strangers;
        synchronized (this) {
            closed = true;
            strangers = guests.stream().filter(one -> !one.hasProved).toList();
        }
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("closing the listener of pairing failed", e);
        }
        if (ear != null) {
            ear.close();
        }
        strangers.forEach(guest -> Visit.hangUp(guest.socket, LOG));
    }
}
