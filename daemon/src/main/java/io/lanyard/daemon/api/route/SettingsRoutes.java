package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.http.Preconditions;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.request.Outcomes;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.CollectionSettings;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** What is declared of a collection, over HTTP: {@code /api/collections/{collection}/settings}. */
final class SettingsRoutes {

    private static final Set<String> JSON_ONLY = Set.of("application/json");

    private final Node node;
    private final Executor executor;

    SettingsRoutes(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
    }

    /** Answers with what is declared, whether anything is or not. */
    void get(Exchange exchange, String collection) {
        exchange.allowParameters(Set.of("meta"));
        new DocumentId(collection, "x").open(); // says what is wrong with the name
        exchange.caller().checkRead(collection);
        boolean isMeta = exchange.flag("meta", false);
        CollectionSettings settings = node.settings().of(collection);
        Optional<DocumentView> kept = node.declared(collection);
        kept.ifPresent(view -> describe(exchange, view.etag(), view.stamp().toString()));
        JsonWriter json = new JsonWriter();
        if (!isMeta) {
            exchange.json(200, SettingsJson.write(json, settings).toString());
            return;
        }
        List<String> filling = settings.indexes().stream()
                .filter(path -> node.index(collection, path).isEmpty())
                .map(FieldPath::pointer)
                .toList();
        json.beginObject()
                .field("etag", kept.map(DocumentView::etag).orElse(null))
                .field("stamp", kept.map(view -> view.stamp().toString()).orElse(null))
                .field("filling", filling)
                .name("data");
        exchange.json(200, SettingsJson.write(json, settings).endObject().toString());
    }

    /** Declares all anew. */
    void put(Exchange exchange, String collection) {
        exchange.allowParameters(Set.of());
        new DocumentId(collection, "x").open();
        exchange.caller().checkSettle(collection);
        exchange.requireJson(JSON_ONLY);
        String client = exchange.client();
        exchange.body(Limits.MAX_DOCUMENT_BYTES, bytes -> {
            CollectionSettings settings = SettingsJson.read(bytes);
            exchange.whenWritten(
                    node.declare(
                            collection, settings, Preconditions.of(exchange, () -> node.declared(collection)), client),
                    executor,
                    result -> answer(exchange, result, settings));
        });
    }

    private static void answer(Exchange exchange, WriteResult result, CollectionSettings settings) {
        WriteResult.Item item = result.items().get(0);
        Optional<Problem> problem = Outcomes.problem(item);
        if (problem.isPresent()) {
            exchange.problem(problem.get());
            return;
        }
        if (item.etag() != null) {
            describe(exchange, item.etag(), item.stamp().toString());
        }
        exchange.json(200, SettingsJson.write(new JsonWriter(), settings).toString());
    }

    private static void describe(Exchange exchange, String etag, String stamp) {
        exchange.with("ETag", '"' + etag + '"').with("Lanyard-Stamp", stamp);
    }
}
