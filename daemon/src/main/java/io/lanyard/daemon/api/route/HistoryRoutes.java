package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.request.Outcomes;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Explanation;
import io.lanyard.daemon.node.FeedChange.Origin;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.PastChange;
import io.lanyard.daemon.node.Undo;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;

/** Why a document is as it is, what happened to it, and how to take the last of that back. */
final class HistoryRoutes {

    private final Node node;
    private final Executor executor;

    /** Makes the routes. Answers of writes are written on {@code executor}. */
    HistoryRoutes(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
    }

    /** Answers with why a document shows what it shows. */
    void explain(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        Explanation explanation = node.explain(id)
                .orElseThrow(() -> Outcomes.notFound(id.toString()).exception());
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("collection", id.collection())
                .field("id", id.id())
                .field("visible", explanation.isVisible())
                .field("summary", summary(explanation))
                .name("written");
        mark(json, explanation.created());
        json.name("deleted");
        mark(json, explanation.deleted());
        json.name("begunAnew");
        mark(json, explanation.floor());
        json.name("conflicts");
        numbers(json, explanation.conflicts());
        json.name("fields").beginArray();
        for (Explanation.Field field : explanation.fields()) {
            json.beginObject()
                    .field("path", field.path().pointer())
                    .field("removed", field.value() == null)
                    .name("value")
                    .raw(String.valueOf(field.value()))
                    .field("shown", field.isShown())
                    .name("written");
            mark(json, field.mark());
            json.name("replaced");
            if (field.replaced().isPresent()) {
                values(json.beginObject(), field.replaced().get().before(), "value");
                json.endObject();
            } else {
                json.raw("null");
            }
            json.name("conflicts");
            numbers(json, field.conflicts());
            json.endObject();
        }
        exchange.json(200, json.endArray().endObject().toString());
    }

    private static void numbers(JsonWriter json, List<Long> numbers) {
        json.beginArray();
        numbers.forEach(number -> json.raw(Long.toString(number)));
        json.endArray();
    }

    private static void mark(JsonWriter json, Explanation.Mark mark) {
        if (mark == null) {
            json.raw("null");
            return;
        }
        Origin origin = mark.origin();
        json.beginObject()
                .field("at", Texts.time(mark.atMillis()))
                .field("stamp", mark.stamp().toString())
                .field("device", Texts.orNull(origin.deviceId()))
                .field("deviceName", Texts.orNull(origin.deviceName()))
                .field("client", Texts.orNull(origin.client()))
                .endObject();
    }

    /** Writes a value, or nothing where there was none. */
    private static void values(JsonWriter json, String value, String name) {
        if (value != null) {
            json.name(name).raw(value);
        }
    }

    private static String summary(Explanation explanation) {
        StringBuilder words = new StringBuilder();
        Explanation.Mark created = explanation.created();
        Explanation.Mark deleted = explanation.deleted();
        if (explanation.isVisible()) {
            words.append("It is there: it was written last ").append(when(created));
            if (deleted != null) {
                words.append(", after it had been deleted ").append(when(deleted));
            }
        } else if (deleted == null) {
            words.append("It is not there, and nothing is left of why");
        } else {
            words.append("It is not there: it was deleted ").append(when(deleted));
            if (created != null) {
                words.append(", after it had been written ").append(when(created));
            }
        }
        if (explanation.floor() != null) {
            words.append(". It was begun anew after the delete ")
                    .append(when(explanation.floor()))
                    .append(": what was written before that does not show");
        }
        return words.append('.').toString();
    }

    private static String when(Explanation.Mark mark) {
        Origin origin = mark.origin();
        String device = origin.deviceName().isEmpty() ? origin.deviceId() : origin.deviceName();
        return "at " + Texts.time(mark.atMillis()) + " by "
                + (device.isEmpty() ? "a device that is not known any more" : device);
    }

    /** Answers with the changes of a document that this device saw and still has, the newest first. */
    void history(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        List<PastChange> changes = node.history(id);
        if (changes.isEmpty() && node.explain(id).isEmpty()) {
            throw Outcomes.notFound(id.toString()).exception();
        }
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        changes.forEach(change -> describe(json, change));
        exchange.json(200, json.endArray().endObject().toString());
    }

    private void describe(JsonWriter json, PastChange change) {
        json.beginObject()
                .field("number", change.number())
                .field("at", Texts.time(change.atMillis()))
                .field("event", change.kind().name().toLowerCase(Locale.ROOT))
                .field("device", Texts.orNull(change.deviceId()))
                .field("deviceName", Texts.orNull(node.deviceName(change.deviceId())))
                .field("client", Texts.orNull(change.client()))
                .field("clientTimestamp", Texts.orNull(change.clientTimestamp()))
                .field("whole", change.isWhole())
                .name("undoes")
                .raw(change.undoes() == 0 ? "null" : Long.toString(change.undoes()))
                .name("changes")
                .beginArray();
        change.fields().forEach((path, value) -> {
            json.beginObject().field("path", path.pointer());
            values(json, value.before(), "before");
            values(json, value.after(), "after");
            json.endObject();
        });
        json.endArray().endObject();
    }

    /** Takes the last change of a document back, by a new write. */
    void undo(Exchange exchange, DocumentId id) {
        exchange.allowParameters(Set.of());
        Optional<DocumentView> current = node.find(id);
        List<String> wanted = Etags.parse(exchange.request(), HttpHeader.IF_MATCH);
        boolean isWanted = wanted.isEmpty()
                || current.isPresent()
                        && (wanted.contains(Etags.ANY)
                                || wanted.contains(current.get().etag()));
        if (!isWanted) {
            throw Outcomes.problem(new WriteResult.Item(
                            WriteResult.Outcome.ETAG_MISMATCH,
                            id,
                            current.map(DocumentView::etag).orElse(null),
                            null))
                    .orElseThrow()
                    .exception();
        }
        Undo undo = Undo.of(id, node.history(id), current);
        if (undo.operation() == null) {
            throw Code.NOT_UNDOABLE.exception(undo.refusal(), "look at its history, and write what it should be");
        }
        exchange.whenWritten(node.undo(undo, exchange.client()), executor, result -> answer(exchange, undo, result));
    }

    private void answer(Exchange exchange, Undo undo, WriteResult result) {
        WriteResult.Item item = result.items().get(0);
        Optional<Problem> problem = Outcomes.problem(item);
        if (problem.isPresent()) {
            throw problem.get().exception();
        }
        if (item.etag() != null) {
            exchange.with("ETag", '"' + item.etag() + '"')
                    .with("Lanyard-Stamp", item.stamp().toString());
        }
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("collection", item.id().collection())
                .field("id", item.id().id())
                .field("outcome", Outcomes.word(item.outcome()))
                .field("etag", item.etag())
                .field("stamp", item.etag() == null ? null : item.stamp().toString())
                .name("undone");
        describe(json, undo.undone());
        exchange.json(200, json.endObject().toString());
    }
}
