package io.lanyard.daemon.api.feed;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.access.ClientName;
import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.api.request.BatchRunner;
import io.lanyard.daemon.api.request.IdempotencyKey;
import io.lanyard.daemon.api.request.JsonFields;
import io.lanyard.daemon.api.request.Outcomes;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads what a program sends over its WebSocket, one message at a time, and does it. */
final class SocketRequests {

    /** What may be asked for, and the fields of it besides {@code op} and {@code ref}. */
    static final Map<String, Set<String>> FIELDS = Map.of(
            "auth", Set.of("token"),
            "hello", Set.of("client"),
            "subscribe", Set.of("collections", "where", "since", "echo", "batchMillis"),
            "unsubscribe", Set.of(),
            "put", Set.of("collection", "id", "data", "ifMatch", "key"),
            "patch", Set.of("collection", "id", "data", "ifMatch", "key"),
            "delete", Set.of("collection", "id", "ifMatch", "key"),
            "batch", Set.of("items", "mode", "key"),
            "sync_request", Set.of("collections", "where", "since", "echo", "limit"),
            "ping", Set.of());

    private static final Set<String> ALL_FIELDS = allFields();

    /** What says which write it is. */
    private static final List<String> ASKED =
            List.of("op", "collection", "id", JsonFields.DATA, "ifMatch", JsonFields.ITEMS, "mode");

    private final Socket socket;
    private final Node node;
    private final SignIn door;
    private final BatchRunner batches;
    private final Events events;
    private final SyncAnswer syncAnswer;

    SocketRequests(Socket socket, Node node, SignIn door, BatchRunner batches, Events events, ArrivalTimes times) {
        this.socket = socket;
        this.node = node;
        this.door = door;
        this.batches = batches;
        this.events = events;
        this.syncAnswer = new SyncAnswer(node, events, times);
    }

    /** Does what {@code message} says; the socket gets exactly one answer, which may be {@code null}. */
    void receive(String message) {
        String[] ref = new String[1];
        try {
            JsonFields fields = JsonReader.read(message, reader -> {
                JsonFields read = JsonFields.read(reader, ALL_FIELDS, "a message");
                ref[0] = read.reference("ref");
                if (reader.firstProblem() != null) {
                    throw reader.firstProblem().exception();
                }
                return read;
            });
            perform(fields, ref[0]);
        } catch (ProblemException e) {
            refuse(ref[0], e.problem());
        } catch (DocumentId.IllegalNameException e) {
            refuse(ref[0], Code.INVALID_NAME.with(e.getMessage(), e.hint()));
        }
    }

    private void refuse(String ref, Problem problem) {
        if (socket.isSignedIn()) {
            socket.answer(error(ref, problem));
        } else {
            turnAway("the first message has to be auth");
        }
    }

    private void turnAway(String reason) {
        socket.answer(null);
        socket.close(Socket.NOT_SIGNED_IN, reason);
    }

    private void perform(JsonFields fields, String ref) {
        String op = fields.string("op");
        if (!socket.isSignedIn() && !op.equals("auth")) {
            turnAway("the first message has to be auth");
            return;
        }
        if (socket.isSignedIn()) {
            Caller caller = socket.caller();
            if (caller.isEnded()) {
                turnAway("the token was revoked or has expired");
                return;
            }
            caller.countMessage();
        }
        if (!FIELDS.containsKey(op)) {
            throw Code.INVALID_VALUE.exception(
                    "'" + Texts.shortened(op) + "' is no op",
                    "use one of " + String.join(", ", new TreeSet<>(FIELDS.keySet())));
        }
        fields.allow(FIELDS.get(op), op);
        switch (op) {
            case "auth" -> signIn(fields, ref);
            case "hello" -> {
                socket.setClient(ClientName.checked(fields.string("client")));
                socket.answer(acknowledgement(ref));
            }
            case "subscribe" -> subscribe(fields, requiredRef(ref));
            case "unsubscribe" -> {
                if (!socket.unsubscribe(requiredRef(ref))) {
                    throw Code.NOT_FOUND.exception("there is no subscription " + ref, "");
                }
                socket.answer(acknowledgement(ref));
            }
            case "batch" -> batch(fields, ref);
            case "sync_request" -> sync(fields, ref);
            case "ping" -> socket.answer(message("pong", ref).endObject().toString());
            default -> write(fields, op, ref);
        }
    }

    private void signIn(JsonFields fields, String ref) {
        SignIn.Outcome outcome = door.with(fields.string("token"));
        if (outcome.refusal() != null) {
            socket.answer(null);
            socket.close(outcome.refusal().closeCode(), outcome.refusal().reason());
            return;
        }
        socket.signIn(outcome.caller());
        socket.answer(acknowledgement(ref));
    }

    private void subscribe(JsonFields fields, String ref) {
        FeedCursor cursor =
                new FeedCursor(node, events, fields.optionalString("since").orElse("start"), selection(fields, ref));
        int batchMillis = fields.number("batchMillis", Limits.MAX_BATCH_MILLIS);
        if (!socket.subscribe(new Subscription(ref, cursor, batchMillis, socket::wakeAfter))) {
            throw Code.INVALID_VALUE.exception(
                    "subscription " + ref + " is there already, or there are " + Limits.MAX_SUBSCRIPTIONS + " of them",
                    "unsubscribe first, or use another ref");
        }
        socket.answer(null);
    }

    private Selection selection(JsonFields fields, String name) {
        return new Selection(
                new CollectionPattern(fields.strings("collections")).within(socket.caller()),
                fields.object("where").map(Filter::parseObject).orElse(Filter.ALL),
                fields.flag("echo"),
                socket.caller(),
                name);
    }

    private void sync(JsonFields fields, String ref) {
        int limit = fields.number("limit", Limits.MAX_PAGE_ITEMS);
        SyncAnswer.Question question = new SyncAnswer.Question(
                fields.optionalString("since").orElse("start"),
                selection(fields, null),
                limit == 0 ? Limits.MAX_PAGE_ITEMS : limit);
        FeedCursor cursor = syncAnswer.cursor(question);
        socket.answerLater(() -> Outgoing.of(syncData(ref, cursor, question)));
    }

    private String syncData(String ref, FeedCursor cursor, SyncAnswer.Question question) {
        try {
            JsonWriter json = message("sync_data", ref);
            syncAnswer.write(json, cursor, question, socket.client());
            return json.endObject().toString();
        } catch (ProblemException e) {
            return error(ref, e.problem());
        }
    }

    private void write(JsonFields fields, String op, String ref) {
        DocumentId id = new DocumentId(fields.string("collection"), fields.string("id")).open();
        socket.caller().checkWrite(id.collection());
        Condition condition = new Condition(
                fields.optionalString("ifMatch").map(Etags::unquoted).orElse(null), false);
        Operation operation = switch (op) {
            case "put" -> new Operation(Operation.Kind.PUT, id, new TreeMap<>(fields.plainDocument()), condition);
            case "patch" -> new Operation(Operation.Kind.PATCH, id, new TreeMap<>(fields.document()), condition);
            default -> Operation.delete(id, condition);
        };
        WriteRequest request = new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, socket.client())
                .named(IdempotencyKey.of(socket.caller(), fields, ASKED));
        node.write(request)
                .whenComplete((result, failure) -> socket.answer(
                        failure == null
                                ? answerTo(result, ref)
                                : error(ref, Exchange.failureOf(failure).problem())));
    }

    private void batch(JsonFields fields, String ref) {
        Mode mode = BatchRunner.modeOf(fields.optionalString("mode").orElse("all"));
        Optional<Repeat> name = IdempotencyKey.of(socket.caller(), fields, ASKED);
        batches.run(fields.items(), mode, socket.client(), socket.caller(), name)
                .whenComplete((outcome, failure) -> socket.answer(
                        failure == null
                                ? answerTo(outcome, ref)
                                : error(ref, Exchange.failureOf(failure).problem())));
    }

    private static String answerTo(WriteResult result, String ref) {
        WriteResult.Item item = result.items().get(0);
        Problem problem = item.outcome() == WriteResult.Outcome.ABSENT
                ? Outcomes.notFound(item.id().toString())
                : Outcomes.problem(item).orElse(null);
        if (problem != null) {
            return error(ref, problem);
        }
        return message("ack", ref)
                .field("etag", item.etag())
                .field("position", result.position().toString())
                .field("outcome", Outcomes.word(item.outcome()))
                .endObject()
                .toString();
    }

    private static String answerTo(BatchRunner.Outcome outcome, String ref) {
        JsonWriter json = outcome.problem() == null
                ? message("ack", ref).field("position", outcome.position().toString())
                : errorFields(ref, outcome.problem());
        return json.name("results").raw(outcome.results()).endObject().toString();
    }

    private static String acknowledgement(String ref) {
        return ref == null ? null : message("ack", ref).endObject().toString();
    }

    private static String error(String ref, Problem problem) {
        return errorFields(ref, problem).endObject().toString();
    }

    private static JsonWriter errorFields(String ref, Problem problem) {
        return message("error", ref)
                .field("code", problem.code().word())
                .field("message", problem.detail())
                .field("hint", problem.hint());
    }

    private static JsonWriter message(String type, String ref) {
        JsonWriter json = new JsonWriter().beginObject().field("type", type);
        return ref == null ? json : json.name("ref").raw(ref);
    }

    private static String requiredRef(String ref) {
        if (ref == null) {
            throw Code.INVALID_VALUE.exception("'ref' is missing", "send a number or a string to know it by");
        }
        return ref;
    }

    private static Set<String> allFields() {
        Set<String> all = new TreeSet<>(Set.of("op", "ref"));
        FIELDS.values().forEach(all::addAll);
        return Set.copyOf(all);
    }
}
