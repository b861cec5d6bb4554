package io.lanyard.daemon.api;

import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.access.Callers;
import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.feed.EventNames;
import io.lanyard.daemon.api.feed.Events;
import io.lanyard.daemon.api.feed.SocketRoute;
import io.lanyard.daemon.api.feed.Streams;
import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.api.http.ApiHandler;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.api.route.ApiRoutes;
import io.lanyard.daemon.api.route.HealthRoutes;
import io.lanyard.daemon.api.route.TokenRoutes;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.pairing.Pairing;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.watch.Meters;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/**
 * The loopback HTTP and WebSocket server, on 127.0.0.1 and, where there is one, on ::1 under the same port. Nothing
 * outside this machine can reach it. Any thread.
 */
public final class ApiServer implements AutoCloseable {

    private static final long GOODBYE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ApiDoor door;
    private final Streams streams;
    private final HealthRoutes health;
    private final ApiHandler handler;
    private final Callers callers;

    /**
     * Starts serving; requests are answered when this returns.
     *
     * @param door where requests come in; it is closed when this closes
     * @param settings how much of the API each token may use
     * @param node what is served; it stays open when this closes
     * @param pairing who may come in, and how this device does; it stays open when this closes
     * @param owner the token that may do everything
     * @param tokens those that may do less
     * @param metrics what {@code /metrics} answers, in the text form of Prometheus
     * @param meters where it counts what it does
     * @param group who belongs to it
     */
    public static ApiServer start(
            ApiDoor door,
            ApiSettings settings,
            Node node,
            Pairing pairing,
            OwnerToken owner,
            TokenBook tokens,
            Supplier<String> metrics,
            Meters meters,
            GroupAccess group) {
        Callers callers = new Callers(owner, tokens, settings, meters);
        ApiServer api = new ApiServer(door, settings, node, pairing, callers, metrics, meters, group);
        api.streams.start();
        door.serve(api.handler);
        return api;
    }

    private ApiServer(
            ApiDoor door,
            ApiSettings settings,
            Node node,
            Pairing pairing,
            Callers callers,
            Supplier<String> metrics,
            Meters meters,
            GroupAccess group) {
        this.callers = callers;
        this.door = door;
        Server server = door.server();
        ThreadPool threads = server.getThreadPool();
        ServerWebSocketContainer container = ServerWebSocketContainer.ensure(server);
        streams = new Streams(node, threads, server.getScheduler(), meters, settings.maxStreams());
        Access access = new Access(callers, door::port);
        Events events = new Events(EventNames.declaredIn(node.settings()));
        health = new HealthRoutes(node, metrics);
        handler = new ApiHandler(
                access,
                door.connections(),
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
    }

    /** Returns the port on which it listens. */
    public int port() {
        return door.port();
    }

    /** Returns its address for people and programs of this machine, such as {@code http://127.0.0.1:7717/}. */
    public URI uri() {
        return door.uri();
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
        for (Connector connector : door.server().getConnectors()) {
            if (connector instanceof ServerConnector listening) {
                listening.close();
            }
        }
        streams.close();
        long deadline = System.nanoTime() + GOODBYE_NANOS;
        while ((handler.isBusy() || streams.isBusy()) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        door.close();
    }
}
