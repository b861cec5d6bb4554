package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.StorageProblem;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.Scope.Right;
import java.util.function.Supplier;

/** Whether the daemon lives and is ready, and its numbers, for programs that watch programs. */
public final class HealthRoutes {

    /** The text form of Prometheus. */
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Node node;
    private final Supplier<String> metrics;
    private volatile boolean isClosing;

    /** Makes the routes; {@code metrics} gives the page of {@code /metrics}. */
    public HealthRoutes(Node node, Supplier<String> metrics) {
        this.node = node;
        this.metrics = metrics;
    }

    /** Says from now on that the daemon is not ready. */
    public void beginClosing() {
        isClosing = true;
    }

    /** Answers as long as there is anybody who can. */
    void healthy(Exchange exchange) {
        exchange.json(200, ApiDoor.HEALTHY);
    }

    /** Answers whether everything works that is needed to serve. */
    void ready(Exchange exchange) {
        if (isClosing) {
            throw Code.STOPPED.exception("the daemon is shutting down", "");
        }
        Node.Readiness readiness = node.readiness();
        if (readiness.isReady()) {
            exchange.json(200, "{\"status\":\"ready\"}");
        } else {
            exchange.problem(Code.NOT_READY.status(), StorageProblem.notReady(readiness));
        }
    }

    /** Answers with the metrics. */
    void metrics(Exchange exchange) {
        exchange.caller().checkUse(Right.METRICS);
        exchange.text(METRICS_TYPE, metrics.get());
    }
}
