package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.http.Preconditions;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.list.DocumentList;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.api.list.ListOrder;
import io.lanyard.daemon.api.list.ListQuery;
import io.lanyard.daemon.api.request.IdempotencyKey;
import io.lanyard.daemon.api.request.Outcomes;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpHeader;

/** Documents over HTTP: {@code /api/docs/{collection}} and {@code /api/docs/{collection}/{id}}. */
final class DocumentRoutes {

    private static final String JSON = "application/json";
    private static final Set<String> JSON_ONLY = Set.of(JSON);
    private static final Set<String> PATCH_TYPES = Set.of(JSON, "application/merge-patch+json");
    private static final Set<String> LIST_PARAMETERS = Set.of("where", "prefix", "order", "limit", "cursor");

    private final Node node;
    private final Executor executor;
    private final LongSupplier clock;
    private final TimeOrderedId ids = new TimeOrderedId();

    /** Makes the routes. Answers of writes are written on {@code executor}; {@code clock} gives milliseconds. */
    DocumentRoutes(Node node, Executor executor, LongSupplier clock) {
        this.node = node;
        this.executor = executor;
        this.clock = clock;
    }

    /** Answers with one document: its fields, or with {@code ?meta=1} these among what is known about it. */
    void get(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of("meta"));
        boolean isMeta = exchange.flag("meta", false);
        Optional<DocumentView> found = node.find(id);
        if (found.isEmpty()) {
            exchange.problem(Outcomes.notFound(id.toString()));
            return;
        }
        DocumentView view = found.get();
        describe(exchange, view.etag(), view.stamp().toString());
        List<String> known = Etags.parse(exchange.request(), HttpHeader.IF_NONE_MATCH);
        boolean isKnown = known.stream().map(Etags::strong).anyMatch(view.etag()::equals);
        if (known.contains(Etags.ANY) || isKnown) {
            exchange.empty(304);
        } else if (isMeta) {
            JsonWriter json = new JsonWriter();
            EventJson.document(json, view);
            exchange.json(200, json.toString());
        } else {
            exchange.json(200, JsonWriter.documentText(view.leaves()));
        }
    }

    /** Replaces one document, or creates it. */
    void put(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(JSON_ONLY);
        write(exchange, Operation.Kind.PUT, id, false);
    }

    /** Applies a JSON merge patch to one document. */
    void patch(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(PATCH_TYPES);
        write(exchange, Operation.Kind.PATCH, id, false);
    }

    /** Creates a document under an id of the daemon's making. */
    void post(Exchange exchange, String collection) {
        exchange.allowParameters(Set.of());
        DocumentId id = new DocumentId(collection, ids.next(clock.getAsLong()));
        exchange.requireJson(JSON_ONLY);
        write(exchange, Operation.Kind.CREATE, id, true);
    }

    /** Deletes one document. */
    void delete(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        perform(exchange, Operation.delete(id, Preconditions.of(exchange, () -> node.find(id))), new byte[0], false);
    }

    /** Answers with a page of a collection. */
    void list(Exchange exchange, String collection) {
        exchange.allowParameters(LIST_PARAMETERS);
        new DocumentId(collection, "x").open(); // says what is wrong with the name
        ListQuery query = ListQuery.of(
                collection,
                exchange.parameter("prefix").orElse(""),
                Filter.parse(exchange.parameters("where")),
                ListOrder.parse(exchange.parameters("order")),
                (int) exchange.number("limit", 1, Limits.MAX_PAGE_ITEMS, Limits.DEFAULT_PAGE_ITEMS),
                exchange.parameter("cursor"));
        exchange.json(200, new DocumentList(node, query).text());
    }

    private void write(Exchange exchange, Operation.Kind kind, DocumentId id, boolean isPost) {
        Condition condition = Preconditions.of(exchange, () -> node.find(id));
        exchange.client();
        exchange.body(Limits.MAX_DOCUMENT_BYTES, bytes -> {
            SortedMap<FieldPath, String> leaves = DocumentJson.read(bytes);
            if (kind != Operation.Kind.PATCH) {
                DocumentJson.requireNoSteps(leaves);
            }
            perform(exchange, new Operation(kind, id, new TreeMap<>(leaves), condition), bytes, isPost);
        });
    }

    private void perform(Exchange exchange, Operation operation, byte[] body, boolean isPost) {
        WriteRequest request = new WriteRequest(List.of(operation), WriteRequest.Mode.ALL_OR_NOTHING, exchange.client())
                .named(IdempotencyKey.of(exchange, body));
        exchange.whenWritten(node.write(request), executor, result -> answer(exchange, result, isPost));
    }

    private static void answer(Exchange exchange, WriteResult result, boolean isPost) {
        WriteResult.Item item = result.items().get(0);
        Optional<Problem> problem = item.outcome() == WriteResult.Outcome.ABSENT
                ? Optional.of(Outcomes.notFound(item.id().toString()))
                : Outcomes.problem(item);
        if (problem.isPresent()) {
            exchange.problem(problem.get());
            return;
        }
        if (item.etag() == null) {
            exchange.empty(204);
            return;
        }
        describe(exchange, item.etag(), item.stamp().toString());
        if (isPost) {
            exchange.with("Location", "/api/docs/" + item.id());
        }
        exchange.json(
                Outcomes.status(item),
                new JsonWriter()
                        .beginObject()
                        .field("id", item.id().id())
                        .field("etag", item.etag())
                        .field("stamp", item.stamp().toString())
                        .endObject()
                        .toString());
    }

    private static void describe(Exchange exchange, String etag, String stamp) {
        exchange.with("ETag", '"' + etag + '"').with("Lanyard-Stamp", stamp);
    }
}
