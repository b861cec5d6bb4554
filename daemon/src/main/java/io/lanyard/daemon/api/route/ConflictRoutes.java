package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.request.Outcomes;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Settling;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.JournaledConflict.State;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.ConflictFilter;
import io.lanyard.daemon.node.Node.ConflictPage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;

/** Values that lost to a concurrent write, over HTTP: {@code /api/conflicts} and what is below it. */
final class ConflictRoutes {

    private static final Set<String> LIST_PARAMETERS = Set.of("after", "limit", "collection", "id", "state");

    private final Node node;
    private final Executor executor;

    /** Makes the routes. Answers of writes are written on {@code executor}. */
    ConflictRoutes(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
    }

    /** Answers with a page of the conflict journal, oldest first. */
    void list(Exchange exchange) {
        exchange.allowParameters(LIST_PARAMETERS);
        long after = exchange.number("after", 0, Long.MAX_VALUE, 0);
        int limit = (int) exchange.number("limit", 1, Limits.MAX_PAGE_ITEMS, Limits.MAX_PAGE_ITEMS);
        ConflictFilter filter = new ConflictFilter(
                exchange.parameter("collection"),
                exchange.parameter("id"),
                exchange.parameter("state").map(ConflictRoutes::stateOf));
        // What somebody may not see shall not show by pages that are short either.
        Caller caller = exchange.caller();
        ConflictPage page = node.conflicts(filter, after, caller.mayReadAll() ? limit : Limits.MAX_PAGE_ITEMS);
        List<JournaledConflict> visible = page.items().stream()
                .filter(conflict -> caller.mayRead(conflict.id().collection()))
                .toList();
        List<JournaledConflict> items = visible.subList(0, Math.min(limit, visible.size()));
        boolean isLast = items.size() == visible.size() && page.isLast();
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        items.forEach(conflict -> describe(json, conflict));
        String next = isLast || items.isEmpty()
                ? "null"
                : Long.toString(items.get(items.size() - 1).number());
        json.endArray().name("next").raw(next).name("dropped");
        json.raw(caller.mayReadAll() ? Long.toString(page.dropped()) : "null");
        exchange.json(200, json.endObject().toString());
    }

    /** Answers with one conflict. */
    void get(Exchange exchange, String number) {
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter();
        describe(json, find(exchange, number));
        exchange.json(200, json.toString());
    }

    /** Writes the value that lost anew, and settles the conflict with that write. */
    void restore(Exchange exchange, String number) {
        exchange.allowParameters(Set.of());
        JournaledConflict conflict = find(exchange, number);
        exchange.caller().checkWrite(conflict.id().collection());
        List<String> wanted = Etags.parse(exchange.request(), HttpHeader.IF_MATCH);
        Condition condition = wanted.isEmpty() ? Condition.NONE : new Condition(wanted.get(0), false);
        WriteRequest request =
                request(List.of(conflict.restoring(condition)), exchange.client(), conflict.number(), Verdict.RESTORED);
        exchange.whenWritten(
                node.write(request),
                executor,
                result -> answer(exchange, conflict, result.items().get(0)));
    }

    /** Settles the conflict and writes nothing; one that is settled already stays as it is. */
    void dismiss(Exchange exchange, String number) {
        exchange.allowParameters(Set.of());
        JournaledConflict conflict = find(exchange, number);
        exchange.caller().checkWrite(conflict.id().collection());
        if (conflict.state() != State.OPEN) {
            get(exchange, number);
            return;
        }
        WriteRequest request = request(List.of(), exchange.client(), conflict.number(), Verdict.DISMISSED);
        exchange.whenWritten(node.write(request), executor, result -> get(exchange, number));
    }

    private static WriteRequest request(List<Operation> operations, String client, long number, Verdict verdict) {
        return new WriteRequest(
                operations, WriteRequest.Mode.ALL_OR_NOTHING, client, Optional.of(new Settling(number, verdict)));
    }

    private static void answer(Exchange exchange, JournaledConflict conflict, WriteResult.Item item) {
        Optional<Problem> problem = Outcomes.problem(item);
        if (problem.isPresent()) {
            exchange.problem(problem.get());
            return;
        }
        if (item.etag() != null) {
            exchange.with("ETag", '"' + item.etag() + '"')
                    .with("Lanyard-Stamp", item.stamp().toString());
        }
        exchange.json(
                200,
                new JsonWriter()
                        .beginObject()
                        .field("number", conflict.number())
                        .field("state", EventJson.word(State.RESTORED))
                        .field("collection", conflict.id().collection())
                        .field("id", conflict.id().id())
                        .field("outcome", Outcomes.word(item.outcome()))
                        .field("etag", item.etag())
                        .field(
                                "stamp",
                                item.etag() == null ? null : item.stamp().toString())
                        .endObject()
                        .toString());
    }

    /** Returns the conflict of that number, if the caller may see it: what is elsewhere is not there. */
    private JournaledConflict find(Exchange exchange, String number) {
        Optional<JournaledConflict> found =
                number.matches("[0-9]{1,18}") ? node.conflict(Long.parseLong(number)) : Optional.empty();
        return found.filter(conflict -> exchange.caller().mayRead(conflict.id().collection()))
                .orElseThrow(() -> Code.NOT_FOUND.exception(
                        "there is no conflict " + Texts.shortened(number),
                        "look for it with GET /api/conflicts; the journal keeps the newest ones"));
    }

    private void describe(JsonWriter json, JournaledConflict conflict) {
        json.beginObject();
        EventJson.conflict(json, conflict);
        current(json, conflict.id(), conflict.conflict().path());
        json.endObject();
    }

    /** Writes what stands now where the value was lost. */
    private void current(JsonWriter json, DocumentId id, FieldPath path) {
        Optional<DocumentView> view = node.find(id);
        String value = view.map(found -> valueAt(path, found)).orElse(null);
        json.name("current")
                .beginObject()
                .field("present", value != null)
                .name("value")
                .raw(String.valueOf(value))
                .field("etag", view.map(DocumentView::etag).orElse(null))
                .endObject();
    }

    private static String valueAt(FieldPath path, DocumentView view) {
        if (path == null) {
            return JsonWriter.documentText(view.leaves());
        }
        String leaf = view.leaves().get(path);
        if (leaf != null) {
            return leaf;
        }
        TreeMap<FieldPath, String> below = new TreeMap<>();
        view.leaves()
                .subMap(path.firstBelow(), path.endBelow())
                .forEach((inner, value) -> below.put(
                        new FieldPath(inner.pointer().substring(path.pointer().length())), value));
        return below.isEmpty() ? null : JsonWriter.documentText(below);
    }

    private static State stateOf(String word) {
        for (State state : State.values()) {
            if (EventJson.word(state).equals(word)) {
                return state;
            }
        }
        throw Code.INVALID_VALUE.exception(
                "'" + Texts.shortened(word) + "' is no state of a conflict", "use open, restored or dismissed");
    }
}
