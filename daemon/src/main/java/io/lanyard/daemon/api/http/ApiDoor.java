package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.watch.Meters;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port of the API, which is open before there is anything behind it: a store that is mended or replayed may take a
 * while to open. Until {@link #serve} everything is answered with 503 {@code starting}. Any thread.
 */
public final class ApiDoor implements AutoCloseable {

    /** What the process answers to {@code /healthz} as long as it answers. */
    public static final String HEALTHY = "{\"status\":\"ok\"}";

    private static final Logger LOG = LoggerFactory.getLogger(ApiDoor.class);
    private static final int MAX_THREADS = 40;
    private static final int MIN_THREADS = 6;
    private static final int FREE_PORT_ATTEMPTS = 10;

    private final Server server;
    private final Connections connections;
    private volatile int port;
    private volatile Handler served;

    /**
     * Opens the port; requests are answered when this returns.
     *
     * @param settings which port, and how many connections
     * @param meters where connections are counted
     * @throws ApiPortInUseException if another program has the port
     * @throws IOException if the server cannot start for another reason
     */
    public static ApiDoor open(ApiSettings settings, Meters meters) throws ApiPortInUseException, IOException {
        Connections connections = new Connections(settings.maxConnections(), meters);
        for (int attempt = 1; ; attempt++) {
            ApiDoor door = new ApiDoor(connections);
            try {
                door.open(settings.port());
                return door;
            } catch (ApiPortInUseException e) {
                door.close();
                // A port that is free on one address may be taken on the other.
                if (settings.port() != 0 || attempt == FREE_PORT_ATTEMPTS) {
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                door.close();
                throw e;
            }
        }
    }

    private ApiDoor(Connections connections) {
        this.connections = connections;
        server = Loopback.server("api", MIN_THREADS, MAX_THREADS);
        ServerWebSocketContainer.ensure(server);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                Handler behind = served;
                return behind == null
                        ? refuse(request, response, callback)
                        : behind.handle(request, response, callback);
            }
        });
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
    }

    private boolean refuse(Request request, Response response, Callback callback) {
        SecurityHeaders.put(response);
        try {
            Access.checkAddress(request, port);
            if (!request.getHttpURI().getPath().equals("/healthz")) {
                throw Code.STARTING.exception("the daemon is starting", "try again in a moment");
            }
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.write(true, StandardCharsets.UTF_8.encode(HEALTHY), callback);
        } catch (ProblemException e) {
            Problems.write(response, callback, e.problem());
        }
        return true;
    }

    /** Lets {@code handler} answer everything from now on. */
    public void serve(Handler handler) {
        handler.setServer(server);
        server.addManaged(handler);
        served = handler;
    }

    /** Returns the server behind the port. */
    public Server server() {
        return server;
    }

    /** Returns the books of its connections. */
    public Connections connections() {
        return connections;
    }

    /** Returns the port on which it listens. */
    public int port() {
        return port;
    }

    /** Returns its address, such as {@code http://127.0.0.1:7717/}. */
    public URI uri() {
        return Loopback.uri(port);
    }

    /** Stops at once. Idempotent. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the API did not stop cleanly", e);
        }
    }
}
