package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.feed.OwnStatus;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.request.BatchItem;
import io.lanyard.daemon.api.request.BatchRunner;
import io.lanyard.daemon.api.request.IdempotencyKey;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.Scope.Right;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;

/** What goes on with this replica, and batches. */
final class SyncRoutes {

    private final Node node;
    private final Executor executor;
    private final BatchRunner batches;

    /** Makes the routes. Answers of writes are written on {@code executor}. */
    SyncRoutes(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
        this.batches = new BatchRunner(node, executor);
    }

    /** Writes a batch. */
    void batch(Exchange exchange) {
        exchange.allowParameters(Set.of("mode"));
        exchange.requireJson(Set.of("application/json"));
        Mode mode = BatchRunner.modeOf(exchange.parameter("mode").orElse("all"));
        String client = exchange.client();
        if (exchange.header(HttpHeader.IF_MATCH).isPresent()
                || exchange.header(HttpHeader.IF_NONE_MATCH).isPresent()) {
            throw Code.INVALID_VALUE.exception(
                    "a batch has no ETag of its own, so If-Match and If-None-Match mean nothing here",
                    "write the document by itself, or use CREATE for one that must not be there");
        }
        exchange.body(Limits.MAX_BATCH_BYTES, bytes -> {
            Optional<Repeat> repeat = IdempotencyKey.of(exchange, bytes);
            List<BatchItem> items = BatchItem.read(bytes);
            exchange.whenWritten(
                    batches.run(items, mode, client, exchange.caller(), repeat),
                    executor,
                    outcome -> answer(exchange, outcome));
        });
    }

    /** Answers with what is going on. */
    void status(Exchange exchange) {
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter().beginObject();
        if (exchange.caller().mayUse(Right.STATUS)) {
            EventJson.status(json, node.status());
        } else {
            OwnStatus.write(json, node, exchange.caller());
        }
        exchange.json(200, json.endObject().toString());
    }

    /** Answers with the devices that were met. */
    void peers(Exchange exchange) {
        exchange.caller().checkUse(Right.DEVICES);
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter().beginObject().name("items");
        EventJson.peers(json, node.status().peers());
        exchange.json(200, json.endObject().toString());
    }

    /** Answers with the names of the collections. */
    void collections(Exchange exchange) {
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        node.collections().stream()
                .filter(DocumentId::isCollection)
                .filter(exchange.caller()::mayRead)
                .forEach(name -> json.beginObject().field("name", name).endObject());
        exchange.json(200, json.endArray().endObject().toString());
    }

    private static void answer(Exchange exchange, BatchRunner.Outcome outcome) {
        if (outcome.problem() == null) {
            exchange.json(
                    200,
                    new JsonWriter()
                            .beginObject()
                            .name("results")
                            .raw(outcome.results())
                            .field("position", outcome.position().toString())
                            .endObject()
                            .toString());
            return;
        }
        int status = outcome.problem().code().status();
        String body = outcome.problem().body(status);
        exchange.problem(status, body.substring(0, body.length() - 1) + ",\"results\":" + outcome.results() + "}");
    }
}
