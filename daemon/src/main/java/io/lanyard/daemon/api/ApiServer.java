package io.lanyard.daemon.api;

import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.pairing.Pairing;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.watch.Meters;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loopback HTTP and WebSocket server, on 127.0.0.1 and, where there is one, on ::1 under the same port. Nothing
 * outside this machine can reach it. Any thread.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final int MAX_THREADS = 40;
    private static final int MIN_THREADS = 6;
    private static final int FREE_PORT_ATTEMPTS = 10;
    private static final long GOODBYE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Server server;
    private final Streams streams;
    private final Connections connections;
    private final HealthRoutes health;
    private final ApiHandler handler;
    private final Callers callers;
    private volatile int port;

    /**
     * Starts serving; requests are answered when this returns.
     *
     * @param settings the port, and how much of the API each token may use
     * @param node what is served; it stays open when this closes
     * @param pairing who may come in, and how this device does; it stays open when this closes
     * @param owner the token that may do everything
     * @param tokens those that may do less
     * @param metrics what {@code /metrics} answers, in the text form of Prometheus
     * @param meters where it counts what it does
     * @param group who belongs to it
     * @throws ApiPortInUseException if another program has the port
     * @throws IOException if the server cannot start for another reason
     */
    public static ApiServer start(
            ApiSettings settings,
            Node node,
            Pairing pairing,
            OwnerToken owner,
            TokenBook tokens,
            Supplier<String> metrics,
            Meters meters,
            GroupAccess group)
            throws ApiPortInUseException, IOException {
        Callers callers = new Callers(owner, tokens, settings, meters);
        for (int attempt = 1; ; attempt++) {
            ApiServer api = new ApiServer(settings, node, pairing, callers, metrics, meters, group);
            try {
                api.open(settings.port());
                return api;
            } catch (ApiPortInUseException e) {
                api.close();
                // A port that is free on one address may be taken on the other.
                if (settings.port() != 0 || attempt == FREE_PORT_ATTEMPTS) {
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                api.close();
                throw e;
            }
        }
    }

    private ApiServer(
            ApiSettings settings,
            Node node,
            Pairing pairing,
            Callers callers,
            Supplier<String> metrics,
            Meters meters,
            GroupAccess group) {
        this.callers = callers;
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
        threads.setName("api");
        threads.setDaemon(true);
        server = new Server(threads);
        server.setErrorHandler(new Problems());
        server.setStopTimeout(0); // the server's own way waits for idle connections too
        ServerWebSocketContainer container = ServerWebSocketContainer.ensure(server);
        streams = new Streams(node, threads, server.getScheduler(), meters, settings.maxStreams());
        connections = new Connections(settings.maxConnections(), meters);
        Access access = new Access(callers, () -> port);
        Events events = new Events(EventNames.declaredIn(node.settings()));
        health = new HealthRoutes(node, metrics);
        handler = new ApiHandler(
                access,
                connections,
                ApiRoutes.table(
                        node,
                        threads,
                        streams,
                        events,
                        health,
                        new SocketRoute(node, streams, access, events, threads, container),
                        new TokenRoutes(callers),
                        pairing,
                        group),
                meters);
        server.setHandler(handler);
    }

    /** Returns the port on which it listens. */
    public int port() {
        return port;
    }

    /** Returns its address for people and programs of this machine, such as {@code http://127.0.0.1:7717/}. */
    public URI uri() {
        return URI.create("http://" + Loopback.IPV4 + ":" + port + "/");
    }

    /** Returns a code by which a browser signs in as the owner, once and within some minutes. */
    public String newCode() {
        return callers.sessions().newCode();
    }

    /** Returns everything that is served. */
    Routes routes() {
        return handler.routes();
    }

    /** Returns whether somebody listens. */
    boolean isListenedTo() {
        return streams.isBusy();
    }

    /** Lets everything that has to do with time look at this one, as it does once a second by itself. */
    void tick(long nowNanos) {
        streams.tick(nowNanos);
    }

    /**
     * Says good-bye to whoever listens (close code 1001), lets answers that are under way go out, for a second at most,
     * and stops. Idempotent.
     */
    @Override
    public void close() {
        health.beginClosing();
        for (Connector connector : server.getConnectors()) {
            if (connector instanceof ServerConnector listening) {
                listening.close();
            }
        }
        streams.close();
        long deadline = System.nanoTime() + GOODBYE_NANOS;
        while ((handler.isBusy() || streams.isBusy()) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the API did not stop cleanly", e);
        }
    }

    private void open(int wantedPort) throws ApiPortInUseException, IOException {
        port = Loopback.bind(server, wantedPort, connections);
        try {
            server.start();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the API could not start", e);
        }
        streams.start();
    }
}
