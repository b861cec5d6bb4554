package io.lanyard.daemon.api;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.api.Problem.ProblemException;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Every request comes through here: who may come in, and where to. */
final class ApiHandler extends Handler.Abstract {

    /** The text form of Prometheus. */
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Access access;
    private final DocumentRoutes documents;
    private final SyncRoutes sync;
    private final ConflictRoutes conflicts;
    private final DeviceRoutes devices;
    private final VerifyRoutes verify;
    private final SocketRoute sockets;
    private final Supplier<String> metrics;
    private final Node node;
    private final Streams streams;
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile boolean isClosing;

    /** Puts the routes together. */
    ApiHandler(
            Access access,
            DocumentRoutes documents,
            SyncRoutes sync,
            ConflictRoutes conflicts,
            DeviceRoutes devices,
            VerifyRoutes verify,
            SocketRoute sockets,
            Supplier<String> metrics,
            Node node,
            Streams streams) {
        this.access = access;
        this.documents = documents;
        this.sync = sync;
        this.conflicts = conflicts;
        this.devices = devices;
        this.verify = verify;
        this.sockets = sockets;
        this.metrics = metrics;
        this.node = node;
        this.streams = streams;
    }

    /** Says from now on that the daemon is not ready. */
    void beginClosing() {
        isClosing = true;
    }

    /** Returns whether an answer is still to be written. */
    boolean isBusy() {
        return unanswered.get() > 0;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        unanswered.incrementAndGet();
        Request.addCompletionListener(request, failure -> unanswered.decrementAndGet());
        SecurityHeaders.put(response);
        try {
            access.checkAddress(request);
            Exchange exchange = new Exchange(request, response, callback);
            route(exchange);
        } catch (ProblemException e) {
            refuse(response, callback, e.problem());
        } catch (DocumentId.IllegalNameException e) {
            refuse(response, callback, Code.INVALID_NAME.with(e.getMessage(), e.hint()));
        } catch (Store.DamagedException e) {
            refuse(response, callback, Outcomes.damaged(e));
        }
        return true;
    }

    private void route(Exchange exchange) {
        List<String> path = exchange.segments();
        switch (String.join("/", path)) {
            case "healthz" -> get(exchange, ApiHandler::healthy);
            case "readyz" -> get(exchange, this::ready);
            case "ws" -> get(exchange, sockets::upgrade);
            default -> {
                exchange.signIn(access.caller(exchange.request()));
                exchange.caller().countRequest();
                routeSignedIn(exchange, path);
            }
        }
    }

    private void routeSignedIn(Exchange exchange, List<String> path) {
        boolean isDocuments =
                path.size() >= 2 && path.get(0).equals("api") && path.get(1).equals("docs");
        if (isDocuments && path.size() == 3) {
            collection(exchange, path.get(2));
        } else if (isDocuments && path.size() == 4) {
            document(exchange, new DocumentId(path.get(2), path.get(3)));
        } else if (path.size() > 2 && path.get(0).equals("api") && path.get(1).equals("conflicts")) {
            conflict(exchange, path.get(2), path.subList(3, path.size()));
        } else if (path.size() == 4
                && path.get(0).equals("api")
                && path.get(1).equals("devices")
                && path.get(3).equals("retire")) {
            allow(exchange, "POST");
            devices.retire(exchange, path.get(2));
        } else if (path.size() == 4 && path.subList(0, 3).equals(List.of("api", "sync", "verify"))) {
            get(exchange, one -> verify.get(one, path.get(3)));
        } else {
            switch (String.join("/", path)) {
                case "api/sync/batch" -> {
                    allow(exchange, "POST");
                    sync.batch(exchange);
                }
                case "api/sync/verify" -> {
                    allow(exchange, "POST");
                    verify.begin(exchange);
                }
                case "api/sync/status" -> get(exchange, sync::status);
                case "api/sync/changes" -> get(exchange, feed -> ChangeFeed.start(feed, node, streams));
                case "api/conflicts" -> get(exchange, conflicts::list);
                case "metrics" -> get(exchange, page -> page.text(METRICS_TYPE, metrics.get()));
                case "api/devices" -> get(exchange, devices::list);
                case "api/peers" -> get(exchange, sync::peers);
                case "api/collections" -> get(exchange, sync::collections);
                default -> throw nothingThere(exchange);
            }
        }
    }

    private void conflict(Exchange exchange, String number, List<String> rest) {
        switch (String.join("/", rest)) {
            case "" -> get(exchange, one -> conflicts.get(one, number));
            case "restore" -> {
                allow(exchange, "POST");
                conflicts.restore(exchange, number);
            }
            case "dismiss" -> {
                allow(exchange, "POST");
                conflicts.dismiss(exchange, number);
            }
            default -> throw nothingThere(exchange);
        }
    }

    private static ProblemException nothingThere(Exchange exchange) {
        return Code.NOT_FOUND.exception(
                "there is nothing at "
                        + Texts.shortened(exchange.request().getHttpURI().getPath()),
                "the routes are in docs/api.md");
    }

    private void collection(Exchange exchange, String name) {
        switch (exchange.method()) {
            case "GET", "HEAD" -> documents.list(exchange, name);
            case "POST" -> documents.post(exchange, name);
            default -> throw methodNotAllowed(exchange, "GET, HEAD, POST");
        }
    }

    private void document(Exchange exchange, DocumentId id) {
        switch (exchange.method()) {
            case "GET", "HEAD" -> documents.get(exchange, id);
            case "PUT" -> documents.put(exchange, id);
            case "PATCH" -> documents.patch(exchange, id);
            case "DELETE" -> documents.delete(exchange, id);
            default -> throw methodNotAllowed(exchange, "GET, HEAD, PUT, PATCH, DELETE");
        }
    }

    private static void get(Exchange exchange, Consumer<Exchange> route) {
        if (!exchange.method().equals("HEAD")) {
            allow(exchange, "GET");
        }
        route.accept(exchange);
    }

    private static void allow(Exchange exchange, String method) {
        if (!exchange.method().equals(method)) {
            throw methodNotAllowed(exchange, method.equals("GET") ? "GET, HEAD" : method);
        }
    }

    private static ProblemException methodNotAllowed(Exchange exchange, String allowed) {
        exchange.with("Allow", allowed);
        return Code.METHOD_NOT_ALLOWED.exception(exchange.method() + " does nothing here", "use one of " + allowed);
    }

    private static void healthy(Exchange exchange) {
        exchange.json(200, "{\"status\":\"ok\"}");
    }

    private void ready(Exchange exchange) {
        if (isClosing) {
            throw Code.STOPPED.exception("the daemon is shutting down", "");
        }
        Node.Readiness readiness = node.readiness();
        if (readiness.isReady()) {
            exchange.json(200, "{\"status\":\"ready\"}");
        } else {
            exchange.problem(Problem.Code.NOT_READY.status(), StorageProblem.notReady(readiness));
        }
    }

    private static void refuse(Response response, Callback callback, Problem problem) {
        if (problem.code() == Code.UNAUTHORIZED) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        Problems.write(response, callback, problem);
    }
}
