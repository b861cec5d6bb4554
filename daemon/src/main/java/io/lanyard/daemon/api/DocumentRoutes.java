package io.lanyard.daemon.api;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
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
    private static final Set<String> LIST_PARAMETERS = Set.of("where", "prefix", "limit", "cursor");

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
        if (known.contains(Etags.ANY) || known.contains(view.etag())) {
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
        perform(exchange, Operation.delete(id, condition(exchange, id)), false);
    }

    /** Answers with a page of a collection, in the order of ids. */
    void list(Exchange exchange, String collection) {
        exchange.allowParameters(LIST_PARAMETERS);
        if (!DocumentId.isCollection(collection)) {
            new DocumentId(collection, "x"); // says what is wrong with the name
        }
        Filter filter = Filter.parse(exchange.parameters("where"));
        String prefix = exchange.parameter("prefix").orElse("");
        String after = exchange.parameter("cursor").map(DocumentRoutes::idOf).orElse("");
        int limit = (int) exchange.number("limit", 1, Limits.MAX_PAGE_ITEMS, Limits.DEFAULT_PAGE_ITEMS);
        Page page = new Page(prefix, filter, limit);
        if (!prefix.isEmpty() && after.compareTo(prefix) < 0) {
            if (isId(prefix)) {
                node.find(new DocumentId(collection, prefix)).ifPresent(page::offer);
            }
            after = prefix;
        }
        page.passOver(node.visit(collection, after, page::offer));
        exchange.json(200, page.text());
    }

    private void write(Exchange exchange, Operation.Kind kind, DocumentId id, boolean isPost) {
        Condition condition = condition(exchange, id);
        exchange.client();
        exchange.body(Limits.MAX_DOCUMENT_BYTES, bytes -> {
            SortedMap<FieldPath, String> leaves = DocumentJson.read(bytes);
            if (kind != Operation.Kind.PATCH) {
                DocumentJson.requireNoSteps(leaves);
            }
            perform(exchange, new Operation(kind, id, new TreeMap<>(leaves), condition), isPost);
        });
    }

    private void perform(Exchange exchange, Operation operation, boolean isPost) {
        WriteRequest request =
                new WriteRequest(List.of(operation), WriteRequest.Mode.ALL_OR_NOTHING, exchange.client());
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

    /**
     * Returns what the caller wants to hold before. Of several ETags the one that the document has now is asked for, if
     * it has one of them: should it change in between, the write is refused, and rightly.
     */
    private Condition condition(Exchange exchange, DocumentId id) {
        List<String> wanted = Etags.parse(exchange.request(), HttpHeader.IF_MATCH);
        List<String> unwanted = Etags.parse(exchange.request(), HttpHeader.IF_NONE_MATCH);
        if (!unwanted.isEmpty() && !unwanted.equals(List.of(Etags.ANY))) {
            throw Code.INVALID_VALUE.exception("If-None-Match of a write has to be *", "use If-Match with an ETag");
        }
        String etag = wanted.isEmpty() ? null : wanted.get(0);
        if (wanted.size() > 1) {
            etag = node.find(id)
                    .map(DocumentView::etag)
                    .filter(wanted::contains)
                    .orElse(etag);
        }
        return new Condition(etag, !unwanted.isEmpty());
    }

    private static boolean isId(String text) {
        try {
            new DocumentId("x", text);
            return true;
        } catch (DocumentId.IllegalNameException e) {
            return false;
        }
    }

    private static String idOf(String cursor) {
        try {
            String id = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (isId(id)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            throw invalidCursor(cursor);
        }
        throw invalidCursor(cursor);
    }

    private static Problem.ProblemException invalidCursor(String cursor) {
        return Code.INVALID_VALUE.exception(
                "'" + Texts.shortened(cursor) + "' is not a cursor", "use what the last page gave as 'next'");
    }

    /** The page that is being filled. */
    private static final class Page {
        private final String prefix;
        private final Filter filter;
        private final int limit;
        private final JsonWriter json =
                new JsonWriter().beginObject().name("items").beginArray();
        private final List<String> ids = new ArrayList<>();
        private final List<String> damaged = new ArrayList<>();
        private boolean hasMore;

        Page(String prefix, Filter filter, int limit) {
            this.prefix = prefix;
            this.filter = filter;
            this.limit = limit;
        }

        /** Takes a document if it belongs here; returns whether it wants another. */
        boolean offer(DocumentView view) {
            if (!view.id().id().startsWith(prefix)) {
                return false;
            }
            if (!filter.matches(view.leaves())) {
                return true;
            }
            if (ids.size() == limit || json.length() > Limits.MAX_PAGE_CHARACTERS) {
                hasMore = true;
                return false;
            }
            EventJson.document(json, view);
            ids.add(view.id().id());
            return true;
        }

        /** Takes the names of documents that cannot be shown. */
        void passOver(List<DocumentId> unreadable) {
            unreadable.stream()
                    .map(DocumentId::id)
                    .filter(id -> id.startsWith(prefix))
                    .forEach(damaged::add);
        }

        String text() {
            String next = hasMore
                    ? Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(ids.get(ids.size() - 1).getBytes(StandardCharsets.UTF_8))
                    : null;
            json.endArray().field("next", next);
            if (!damaged.isEmpty()) {
                json.field("damaged", damaged);
            }
            return json.endObject().toString();
        }
    }
}
