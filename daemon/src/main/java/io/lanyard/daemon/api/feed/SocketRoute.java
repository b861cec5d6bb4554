package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.request.BatchRunner;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.websocket.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/** {@code /ws}: turns a request into a {@link Socket}. */
public final class SocketRoute {

    private static final String PROTOCOL = "lanyard.v1";
    private static final String TOKEN_PREFIX = "lanyard.token.";

    private final Node node;
    private final Streams streams;
    private final Access access;
    private final BatchRunner batches;
    private final Events events;
    private final ServerWebSocketContainer container;

    /** Makes the route; what takes longer is done on {@code executor}. */
    public SocketRoute(
            Node node,
            Streams streams,
            Access access,
            Events events,
            Executor executor,
            ServerWebSocketContainer container) {
        this.node = node;
        this.streams = streams;
        this.access = access;
        this.events = events;
        this.batches = new BatchRunner(node, executor);
        this.container = container;
    }

    /**
     * Upgrades the exchange.
     *
     * <p>A wrong token in the header is refused with HTTP 401; one among the subprotocols, which come from a web page,
     * by a close frame, because a page cannot see the HTTP status.
     *
     * @throws Problem.ProblemException {@code unauthorized}, {@code upgrade_required}, {@code overloaded}
     */
    public void upgrade(Exchange exchange) {
        exchange.allowParameters(Set.of());
        Caller known = null;
        if (exchange.header(HttpHeader.AUTHORIZATION).isPresent()) {
            known = access.caller(exchange.request(), exchange.approach());
            exchange.signIn(known);
        }
        String client = exchange.client();
        streams.reserve(known);
        boolean isUpgraded = false;
        Socket[] socket = new Socket[1];
        try {
            isUpgraded = container.upgrade(
                    (request, response, callback) -> socket[0] = socket(exchange, request, response, client),
                    exchange.request(),
                    exchange.response(),
                    exchange.callback());
        } finally {
            // Only a socket that opens comes to take its place, and gives it back when it closes.
            if (!isUpgraded || socket[0] == null || exchange.response().getStatus() != 101) {
                streams.release();
            }
        }
        if (!isUpgraded) {
            throw Code.UPGRADE_REQUIRED.exception(
                    "this address speaks WebSocket only", "connect with a WebSocket client");
        }
    }

    private Socket socket(
            Exchange exchange, ServerUpgradeRequest request, ServerUpgradeResponse response, String client) {
        List<String> offered = request.getSubProtocols();
        if (offered.contains(PROTOCOL)) {
            response.setAcceptedSubProtocol(PROTOCOL);
        }
        // Compression would cost memory for each connection and win nothing on loopback.
        response.setExtensions(List.of());
        SignIn door = new SignIn(access, exchange.approach());
        Optional<SignIn.Outcome> outcome = request.getHeaders().contains(HttpHeader.AUTHORIZATION)
                ? Optional.of(new SignIn.Welcome(exchange.caller()))
                : offered.stream()
                        .filter(protocol -> protocol.startsWith(TOKEN_PREFIX))
                        .findFirst()
                        .map(protocol -> door.with(protocol.substring(TOKEN_PREFIX.length())));
        return new Socket(node, streams, door, batches, events, client, outcome);
    }
}
