package io.lanyard.daemon.api;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.node.Explanation;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.PastChange;
import io.lanyard.daemon.node.Storage;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Asks for all that there is about documents, in every way that has an answer of its own. */
final class DocumentTour extends Tour {

    private static final String E1 = "/api/docs/shop.expense/e1";
    private static final String BATCH = "/api/sync/batch";

    /** Sets out; to be used once. */
    DocumentTour(FakeNode node, ApiFixture api, DescribedApi described) {
        super(node, api, described);
    }

    /** Documents, one by one and in lists. */
    void documents() throws Exception {
        write("PUT", E1, "{\"amount\":12.10,\"who\":{\"name\":\"Ada\"}}", 201);
        write("PUT", E1, "{\"amount\":12.20}", 200);
        write("PUT", E1, "{}", 412, "If-Match", "\"other\"");
        write("PUT", E1, "{}", 412, "If-None-Match", "*");
        write("PATCH", E1, "{\"who\":null}", 200);
        write("PATCH", "/api/docs/shop.expense/none", "{}", 404);
        write("PATCH", E1, "{}", 412, "If-Match", "\"other\"");
        String etag = ask("GET", E1, 200).headers().firstValue("ETag").orElseThrow();
        ask("GET", E1 + "?meta=1", 200);
        ask("GET", E1, 304, "If-None-Match", etag);
        ask("GET", E1 + "?meta=perhaps", 422);
        ask("GET", "/api/docs/shop.expense/none", 404);
        write("POST", "/api/docs/shop.expense", "{\"amount\":1}", 201);
        write("POST", "/api/docs/shop.expense", "{}", 412, "If-Match", "*");
        String list = "/api/docs/shop.expense?where=amount%3E0&prefix=e&limit=10&order=-amount";
        ask("GET", list, 200);
        node.unreadable = List.of(new DocumentId("shop.expense", "e9"));
        ask("GET", "/api/docs/shop.expense", 200);
        ask("GET", "/api/docs/shop.expense?cursor=ZTE", 422);
        ask("GET", "/api/docs/shop.expense?limit=0", 422);
        for (String method : List.of("GET", "POST")) {
            write(method, "/api/docs/no%20name", method.equals("GET") ? null : "{}", 422);
        }
        for (String method : List.of("GET", "PUT", "PATCH", "DELETE")) {
            write(method, "/api/docs/shop.expense/no%20name", method.equals("PUT") ? "{}" : null, 422);
        }
        for (String method : List.of("PUT", "PATCH")) {
            write(method, E1, "{\"a\":{\"$b\":1}}", 422);
        }
        write("POST", "/api/docs/shop.expense", "{\"a\":{\"$b\":1}}", 422);
        refuseBodies("PUT", E1, "{\"a\":%s}");
        refuseBodies("PATCH", E1, "{\"a\":%s}");
        refuseBodies("POST", "/api/docs/shop.expense", "{\"a\":%s}");
        for (String method : List.of("PUT", "PATCH", "DELETE")) {
            refuseWrites(method, E1, method.equals("DELETE") ? null : "{}");
        }
        refuseWrites("POST", "/api/docs/shop.expense", "{}");
        for (String method : List.of("PUT", "PATCH", "DELETE")) {
            write(method, E1, method.equals("DELETE") ? null : "{}", 422, "Idempotency-Key", " ");
        }
        write("POST", "/api/docs/shop.expense", "{}", 422, "Idempotency-Key", " ");
        write("DELETE", E1, null, 412, "If-Match", "\"other\"");
        write("PATCH", E1, "{}", 200, "If-None-Match", "\"other\"");
        write("POST", "/api/docs/shop.expense", "{}", 201, "If-None-Match", "*");
        write("DELETE", E1, null, 204, "If-None-Match", "\"other\"");
        write("DELETE", E1, null, 404);
    }

    /** Sends bodies that cannot be taken; {@code form} has a place for a value. */
    private void refuseBodies(String method, String path, String form) throws Exception {
        write(method, path, form.substring(0, form.indexOf('%')), 400);
        write(method, path, form.formatted("{\"b\":1,\"b\":2}"), 400);
        write(method, path, form.formatted("\"" + "x".repeat(5 << 20) + "\""), 413);
        write(method, path, form.formatted("{}"), 415, "Content-Type", "text/plain");
        write(method, path, form.formatted("[".repeat(70) + "]".repeat(70)), 422);
        byte[] noText = form.formatted("\"\u00e9\"").getBytes(StandardCharsets.ISO_8859_1);
        HttpResponse<String> response = api.send(api.request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(noText)));
        described.check(method, path, null, response);
    }

    /** Has the node refuse writes for every reason that it may have. */
    private void refuseWrites(String method, String path, String body) throws Exception {
        refuseReasons(method, path, body);
        refuseOutcomes(method, path, body);
    }

    private void refuseReasons(String method, String path, String body) throws Exception {
        node.refusal = new Node.OverloadedException();
        write(method, path, body, 503);
        node.refusal = new Node.StoppedException("the store failed", null);
        write(method, path, body, 503);
        for (Storage.State state : List.of(Storage.State.FULL, Storage.State.READ_ONLY, Storage.State.FAILING)) {
            node.refusal = new Node.UnwritableException(new Storage(state, "the disk"), true);
            write(method, path, body, 507);
        }
        node.refusal = null;
    }

    /** What happened to a document. */
    void history() throws Exception {
        String document = "/api/docs/shop.expense/h1";
        DocumentId id = new DocumentId("shop.expense", "h1");
        FieldPath amount = FieldPath.of("amount");
        write("PUT", document, "{\"amount\":2}", 201);
        SortedMap<FieldPath, PastChange.Values> fields = new TreeMap<>(Map.of(amount, new PastChange.Values("1", "2")));
        PastChange change =
                new PastChange(1_000, 7, PastChange.Kind.UPDATED, FakeNode.DEVICE, "pos", "", fields, 0, true);
        Explanation.Mark mark = new Explanation.Mark(
                new Stamp(Timestamp.pack(1_790_000_000_000L, 0), new ReplicaId(1)),
                new FeedChange.Origin("o1", "office", "pos", false));
        Explanation.Field field = new Explanation.Field(
                amount, "2", true, mark, Optional.of(new PastChange.Values("1", "2")), List.of(4L));
        node.explanations.put(id, new Explanation(id, true, mark, mark, mark, List.of(field), List.of(5L)));
        node.past = List.of(change);
        ask("GET", document + "/explain", 200);
        ask("GET", document + "/history", 200);
        write("POST", document + "/undo", null, 412, "If-Match", "\"other\"");
        refuseReasons("POST", document + "/undo", null);
        force(422, "POST", document + "/undo", null, Outcome.REFUSED_BY_GUARD);
        force(409, "POST", document + "/undo", null, Outcome.CLOCK_EXHAUSTED);
        force(413, "POST", document + "/undo", null, Outcome.TOO_LARGE);
        write("POST", document + "/undo", null, 200);
        write("POST", document + "/undo", null, 409);
        for (String route : List.of("explain", "history")) {
            ask("GET", "/api/docs/shop.expense/none/" + route, 404);
            ask("GET", "/api/docs/shop.expense/no%20name/" + route, 422);
        }
        write("POST", "/api/docs/shop.expense/no%20name/undo", null, 422);
    }

    private void refuseOutcomes(String method, String path, String body) throws Exception {
        force(422, method, path, body, Outcome.NAME_TAKEN);
        if (!method.equals("DELETE")) {
            force(422, method, path, body, Outcome.REFUSED_BY_GUARD);
        }
        if (!method.equals("POST") || path.equals(BATCH)) {
            force(409, method, path, body, Outcome.CLOCK_EXHAUSTED);
        }
        if (method.equals("PATCH") || path.equals(BATCH)) {
            force(422, method, path, body, Outcome.NOT_A_NUMBER, Outcome.NOT_AN_ARRAY, Outcome.OUT_OF_RANGE);
        }
    }

    /** Has the write end in each of these ways. */
    private void force(int status, String method, String path, String body, Outcome... outcomes) throws Exception {
        for (Outcome outcome : outcomes) {
            node.outcome = Optional.of(outcome);
            write(method, path, body, status);
        }
        node.outcome = Optional.empty();
    }

    /** What is declared of a collection. */
    void settings() throws Exception {
        String path = "/api/collections/shop.expense/settings";
        ask("GET", path, 200);
        ask("GET", path + "?meta=1", 200);
        ask("GET", path + "?meta=perhaps", 422);
        ask("GET", "/api/collections/no%20name/settings", 422);
        write("PUT", "/api/collections/no%20name/settings", "{}", 422);
        write(
                "PUT",
                path,
                "{\"indexes\":[\"amount\"],\"events\":{\"created\":\"made\",\"updated\":\"mended\",\"deleted\":\"gone\"}}",
                200);
        write("PUT", path, "{\"indexes\":5}", 422);
        write("PUT", path, "{\"schema\":{\"type\":5}}", 422);
        write("PUT", path, "{\"nothing\":5}", 400);
        ask("GET", path, 200);
        force(409, "PUT", path, "{}", Outcome.CLOCK_EXHAUSTED);
        node.outcome = Optional.of(Outcome.ETAG_MISMATCH);
        write("PUT", path, "{}", 412, "If-Match", "\"other\"");
        write("PUT", path, "{}", 412, "If-None-Match", "*");
        node.outcome = Optional.empty();
        refuseBodies("PUT", path, "{\"schema\":{\"const\":%s}}");
        refuseReasons("PUT", path, "{}");
    }

    /** Batches. */
    void batches() throws Exception {
        String item = "{\"action\":\"%s\",\"resourceType\":\"expense\",\"resourceId\":\"%s\",\"data\":{\"a\":1}}";
        String create =
                item.formatted("CREATE", "b1").replace("}}", "},\"deviceId\":\"till\",\"timestamp\":\"2026-01-01\"}");
        String batch = BATCH;
        write("POST", batch, "[" + create + "," + create.replace("\"b1\"", "\"b3\"") + "]", 200);
        write("POST", batch + "?mode=each", "[" + create + "," + item.formatted("UPDATE", "b1") + "]", 200);
        write("POST", batch, "[" + item.formatted("CREATE", "b1") + "]", 409);
        write("POST", batch, "[" + item.formatted("UPDATE", "none") + "]", 404);
        write("POST", batch, "[" + item.formatted("CREATE", "no name") + "]", 422);
        write("POST", batch, "[{\"action\":\"CREATE\",\"zz\":1}]", 400);
        write("POST", batch + "?mode=some", "[]", 422);
        write("POST", batch, "[" + create + "]", 422, "Idempotency-Key", " ");
        write("POST", batch, "[" + create.replace("\"a\"", "\"$b\"") + "]", 422);
        refuseBodies("POST", batch, "[" + item.formatted("CREATE", "b2").replace("1}}", "%s}}") + "]");
        refuseWrites("POST", batch, "[" + create + "]");
    }

    /** Conflicts, and what is done about them. */
    void conflicts() throws Exception {
        for (long number = 1; number <= 3; number++) {
            node.addConflict(SampleConflicts.conflict(number, "12.10"));
        }
        ask("GET", "/api/conflicts?after=0&limit=2&collection=expense&id=e1&state=open", 200);
        ask("GET", "/api/conflicts?limit=0", 422);
        ask("GET", "/api/conflicts/1", 200);
        ask("GET", "/api/conflicts/99", 404);
        write("POST", "/api/conflicts/1/dismiss", null, 200);
        write("POST", "/api/conflicts/99/dismiss", null, 404);
        refuseReasons("POST", "/api/conflicts/2/dismiss", null);
        write("POST", "/api/conflicts/2/restore", null, 412, "If-Match", "\"other\"");
        String restore = "/api/conflicts/2/restore";
        refuseReasons("POST", restore, null);
        force(409, "POST", restore, null, Outcome.ALREADY_RESTORED, Outcome.CLOCK_EXHAUSTED);
        force(413, "POST", restore, null, Outcome.TOO_LARGE);
        force(422, "POST", restore, null, Outcome.REFUSED_BY_GUARD);
        force(422, "POST", restore, null, Outcome.NOT_A_NUMBER, Outcome.NOT_AN_ARRAY, Outcome.OUT_OF_RANGE);
        write("POST", "/api/conflicts/2/restore", null, 200);
        write("POST", "/api/conflicts/99/restore", null, 404);
    }
}
