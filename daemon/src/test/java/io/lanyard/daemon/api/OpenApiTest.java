package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.Explanation;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.PastChange;
import io.lanyard.daemon.node.Storage;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import io.lanyard.daemon.watch.Watchdog;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Holds {@code /openapi.json} against the running daemon: every route, parameter, status, code and field in it is real,
 * and nothing real is missing.
 */
@Timeout(240)
class OpenApiTest {

    private static final String E1 = "/api/docs/shop.expense/e1";
    private static final String FILE = "daemon/src/main/resources/io/lanyard/daemon/api/route/openapi.json";

    /** What takes a damaged store, a bug, a closing daemon or a thousand listeners; other tests bring it about. */
    private static final Set<String> RARE = Set.of(
            "code common internal_error",
            "code common damaged",
            "code common starting",
            "code common rate_limited",
            "code common scope_missing",
            "code GET /readyz 503 stopped",
            "answer POST /api/tokens 409",
            "code POST /api/tokens 409 too_many_tokens",
            "answer POST /api/invitations 409",
            "code POST /api/invitations 409 too_many_invitations",
            "code POST /api/join 503 stopped",
            "answer GET /ws 503",
            "code GET /ws 503 overloaded",
            "answer GET /api/sync/changes 503",
            "code GET /api/sync/changes 503 overloaded");

    /** These answer whatever the query says. */
    private static final Set<String> WITHOUT_PARAMETERS = Set.of("GET /healthz", "GET /readyz", "GET /metrics");

    private static final String BATCH = "/api/sync/batch";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private DescribedApi described;

    @BeforeEach
    void readDescription() throws Exception {
        described = new DescribedApi(ApiFixture.json(api.get("/openapi.json")));
    }

    @Test
    void routes_areTheDescribedOnes_forThoseWhomTheDescriptionSays() {
        Set<String> served = new TreeSet<>();
        for (Routes.Route route : api.server.routes().all()) {
            served.add(route.method() + " " + route.path() + " " + route.rights());
        }
        assertEquals(
                String.join("\n", described.routesWithRights()),
                String.join("\n", served),
                "what is served and what " + FILE + " describes differ");
    }

    @Test
    void parameters_areTheDescribedOnes() throws Exception {
        for (Routes.Route route : api.server.routes().all()) {
            String key = route.method() + " " + route.path();
            if (WITHOUT_PARAMETERS.contains(key)) {
                assertEquals(Set.of(), described.queryParameters(key), key);
                continue;
            }
            String path = route.path().replaceAll("\\{\\w+}", "1");
            HttpResponse<String> response = api.send(route.method(), path + "?no-such-parameter=1", null);
            JsonNode problem = ApiFixture.assertProblem(400, "unknown_field", response);
            String hint = problem.get("hint").asText();
            Set<String> known = hint.startsWith("use ")
                    ? Stream.of(hint.substring(4).split(", ")).collect(Collectors.toCollection(TreeSet::new))
                    : Set.of();
            assertEquals(known, described.queryParameters(key), "the parameters of " + key + " in " + FILE);
        }
    }

    @Test
    void codes_areThoseOfTheDaemon() {
        assertEquals(
                Stream.of(Problem.Code.values()).map(Problem.Code::word).toList(),
                ApiFixture.MAPPER.convertValue(described.root().at("/components/schemas/Code/enum"), List.class));
    }

    @Test
    void answers_areTheDescribedOnes_andEachDescribedOneIsGiven() throws Exception {
        driveHealth();
        driveDocuments();
        driveHistory();
        driveSettings();
        driveBatches();
        driveSync();
        driveConflicts();
        driveDevices();
        drivePairing();
        driveVerify();
        driveTokens();
        driveStrangers();
        List<String> missing = described.neverSeen(RARE);
        if (!missing.isEmpty()) {
            fail(FILE + " describes what no request of this test was answered with:\n" + String.join("\n", missing));
        }
    }

    private void driveHealth() throws Exception {
        for (String path : List.of("/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json")) {
            ask("GET", path, 200);
        }
        node.readiness = new Node.Readiness(
                List.of(new Watchdog.Stuck("writer", 61_000)), new Storage(Storage.State.FULL, "no room"));
        ask("GET", "/readyz", 503);
        node.readiness = new Node.Readiness(List.of(), new Storage(Storage.State.WRITABLE, ""));
        String etag =
                ask("GET", "/lanyard.js", 200).headers().firstValue("ETag").orElseThrow();
        ask("GET", "/lanyard.js", 304, "If-None-Match", etag);
        ask("GET", "/ws", 426);
        ask("GET", "/ws", 422, "Lanyard-Client", "x".repeat(1_000));
        ask("GET", "/ws", 401, "Authorization", "Bearer wrong");
        SocketClient.open(api).close();
        described.note("GET /ws", 101);
    }

    private void driveDocuments() throws Exception {
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

    private void driveHistory() throws Exception {
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

    private void driveSettings() throws Exception {
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

    private void driveBatches() throws Exception {
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

    private void driveSync() throws Exception {
        ask("GET", "/api/sync/status", 200);
        node.adornStatus = DescribedStatus::full;
        ask("GET", "/api/sync/status", 200);
        node.adornStatus = status -> status;
        node.adornStatus = status -> {
            throw new Node.StoppedException("the store failed", null);
        };
        for (String path : List.of("/api/sync/status", "/api/peers", "/api/devices")) {
            ask("GET", path, 503);
        }
        node.adornStatus = status -> status;
        ask("GET", "/api/peers", 200);
        ask("GET", "/api/collections", 200);
        node.writeRemotely(Operation.delete(new DocumentId("expense", "b1"), Operation.Condition.NONE));
        String changes = "/api/sync/changes?live=0";
        ask("GET", changes + "&since=start&collection=*&echo=1", 200, "Lanyard-Client", "pos");
        ask(
                "GET",
                changes,
                200,
                "Accept",
                "text/event-stream",
                "Last-Event-ID",
                node.start().toString());
        node.writeRemotely(till("t1", "true"), till("t2", "false"));
        String before = node.tail().toString();
        node.writeRemotely(till("t1", "false"), till("t2", "true"));
        ask("GET", changes + "&collection=till&where=open=true&since=" + before, 200);
        ask("GET", changes + "&since=123-4", 410);
        ask("GET", changes + "&since=nowhere", 422);
    }

    private static Operation till(String id, String open) {
        return new Operation(
                Operation.Kind.PUT,
                new DocumentId("till", id),
                FakeNode.leaves("open", open),
                Operation.Condition.NONE);
    }

    private void driveConflicts() throws Exception {
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

    private void driveDevices() throws Exception {
        ask("GET", "/api/devices", 200);
        write("POST", "/api/devices/device-3/retire", null, 200);
        write("POST", "/api/devices/device-2/retire", null, 409);
        write("POST", "/api/devices/device-9/retire", null, 404);
        GroupHome home = api.group.home();
        PublicKey other = home.identity().publicKey();
        ask("GET", "/api/group", 200);
        write("POST", "/api/keys/rotate", null, 200);
        write("POST", "/api/devices/device-9/revoke", null, 404);
        write("POST", "/api/devices/" + home.identity().id() + "/revoke", null, 409);
        Path admins = Files.createDirectory(api.home().resolve("admin"));
        GroupHome admin = GroupHome.openOrCreate(admins, "office");
        home.admit(admin.identity().publicKey(), "van", Role.MEMBER);
        Path book = api.home().resolve("members");
        Files.delete(book);
        Files.createDirectories(book.resolve("in the way"));
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 507);
        write("POST", "/api/keys/rotate", null, 507);
        Files.delete(book.resolve("in the way"));
        Files.delete(book);
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 200);
        home.adopt(admin.admit(other, "till", Role.MEMBER));
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 403);
        write("POST", "/api/keys/rotate", null, 403);
        for (String name : List.of("device.p12", "members", "group")) {
            Files.delete(admins.resolve(name));
        }
        Files.delete(admins);
    }

    private void drivePairing() throws Exception {
        String full = "{\"admin\":true,\"minutes\":5}";
        write("POST", "/api/invitations", full, 201);
        ask("GET", "/api/invitations", 200);
        refuseSmallBodies("/api/invitations", "{\"admin\":%s}");
        write("POST", "/api/invitations", "{\"minutes\":0}", 422);
        write("DELETE", "/api/invitations/0a0b0c0d", null, 204);
        write("DELETE", "/api/invitations/1", null, 404);
        api.pairing.noNetwork = new IOException("no network");
        write("POST", "/api/invitations", full, 503);
        api.pairing.isAdmin = false;
        write("POST", "/api/invitations", full, 403);
        refuseSmallBodies("/api/join", "{\"code\":%s}");
        String join = "{\"code\":\"" + FakePairing.CODE.text() + "\",\"from\":\"10.0.0.1\",\"yes\":true}";
        write("POST", "/api/join", join, 200);
        write("POST", "/api/join", join.replace("10.0.0.1", "?"), 422);
        write("POST", "/api/join", "{\"code\":\"K7QF\"}", 422);
        api.pairing.others = List.of(FakePairing.OTHER);
        write("POST", "/api/join", join.replace("true", "false"), 409);
        for (Reason reason : Reason.values()) {
            api.pairing.refusal = new PairingException(reason, "It did not work.", "try again");
            int status = Map.of(Reason.NOBODY_FOUND, 404, Reason.CUT_OFF, 503, Reason.NOT_ADOPTED, 503)
                    .getOrDefault(reason, 409);
            write("POST", "/api/join", join, status);
        }
    }

    private void driveVerify() throws Exception {
        String verify = "/api/sync/verify";
        write("POST", verify + "?wait=0", null, 202);
        ask("GET", verify + "/3?wait=0", 202);
        ask("GET", verify + "/9", 404);
        write("POST", verify + "?wait=99", null, 422);
        ask("GET", verify + "/3?wait=99", 422);
        Device office = new Device("o1", "office");
        node.report.complete(report(new Repair(office, 2, null, "")));
        write("POST", verify + "?repairFrom=office", null, 200);
        ask("GET", verify + "/3", 200);
        for (Refusal refusal : Refusal.values()) {
            node.report.obtrudeValue(report(new Repair(office, 0, refusal, "so")));
            int status = Map.of(Refusal.UNKNOWN_DEVICE, 404, Refusal.NO_ANSWER, 504, Refusal.BUSY, 503)
                    .getOrDefault(refusal, 409);
            write("POST", verify + "?repairFrom=office", null, status);
            ask("GET", verify + "/3", status);
        }
    }

    private static VerifyReport report(Repair repair) {
        PeerResult peer =
                new PeerResult(repair.from(), Verdict.DIFFERS, "", List.of(new DocumentId("contact", "ada")), false);
        return new VerifyReport(
                1_000,
                2_000,
                new VerifyReport.Own(2, Hash.ZERO, false, List.of(), List.of()),
                List.of(peer),
                Optional.of(repair));
    }

    private void driveTokens() throws Exception {
        String full =
                "{\"name\":\"app\",\"scopes\":[\"contact:read\"],\"origins\":[\"http://localhost:5173\"],\"days\":1}";
        String made = ApiFixture.json(write("POST", "/api/tokens", full, 201))
                .get("id")
                .asText();
        ask("GET", "/api/tokens", 200);
        refuseSmallBodies("/api/tokens", "{\"name\":%s}");
        write("DELETE", "/api/tokens/" + made, null, 204);
        String other = ApiFixture.json(write("POST", "/api/tokens", full, 201))
                .get("id")
                .asText();
        Path file = api.home().resolve("tokens.json");
        Files.delete(file);
        Files.createDirectory(file); // a file cannot take its place
        write("POST", "/api/tokens", full, 507);
        write("DELETE", "/api/tokens/" + other, null, 507);
        Files.delete(file);
        write("DELETE", "/api/tokens/" + made, null, 404);
        write("GET", "/api/sync/status?access_token=x", null, 400);
        ask("GET", "/connect", 200);
        ask("GET", "/connect?app=Notes&scope=alice.*:write&origin=http://localhost:5173", 200);
        ask("GET", "/connect?app=Notes&scope=all&origin=http://localhost:5173", 422);
        ask("GET", "/connect.js", 200);
        ask("GET", "/connect.css", 200);
        ask("GET", "/", 200);
        ask("GET", "/dashboard.js", 200);
        ask("GET", "/dashboard.css", 200);
        String code = ApiFixture.json(write("POST", "/api/codes", null, 201))
                .get("code")
                .asText();
        refuseSmallBodies("/connect/session", "{\"code\":%s}");
        write("POST", "/connect/session", "{\"code\":\"wrong\"}", 401);
        write("POST", "/connect/session", "{\"code\":\"" + code + "\"}", 201);
        ask("GET", "/connect/session", 200);
    }

    private void refuseSmallBodies(String path, String form) throws Exception {
        write("POST", path, "{", 400);
        write("POST", path, "{\"zz\":1}", 400);
        write("POST", path, form.formatted("{\"b\":1,\"b\":2}"), 400);
        write("POST", path, form.formatted("\"" + "x".repeat(1 << 20) + "\""), 413);
        write("POST", path, form.formatted("1"), 422);
        write("POST", path, form.formatted("\"x\""), 415, "Content-Type", "text/plain");
        HttpResponse<String> response = api.send(api.request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(form.formatted("\"\u00e9\"").getBytes(StandardCharsets.ISO_8859_1))));
        described.check("POST", path, null, response);
    }

    /** What may be refused everywhere. */
    private void driveStrangers() throws Exception {
        for (Routes.Route route : api.server.routes().all()) {
            String path = route.path().replaceAll("\\{\\w+}", "1");
            if (route.rights() != Routes.Rights.OPEN) {
                write(route.method(), path, null, 401, "Authorization", "Bearer wrong");
                write(route.method(), path, null, 403, "Origin", "http://evil.example");
            }
            HttpResponse<String> refused = api.send("PURGE", path, null);
            ApiFixture.assertProblem(405, "method_not_allowed", refused);
            described.checkRefusal(refused);
        }
        write("GET", "/api/sync/status?zz=1", null, 400);
        write("GET", "/api/sync/status", null, 431, "Big", "x".repeat(20_000));
        described.checkRefusal(api.get("/nothing"));
        String answer = api.raw("GET /healthz HTTP/1.1\nHost: evil.example\nConnection: close\n\n");
        assertTrue(answer.contains("\"code\":\"host_not_allowed\""), answer);
        described.noteCode("host_not_allowed");
        answer = api.raw("GET /%zz HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nConnection: close\n\n");
        assertTrue(answer.contains("\"code\":\"bad_request\""), answer);
        described.noteCode("bad_request");
    }

    private HttpResponse<String> ask(String method, String path, int status, String... headers) throws Exception {
        return write(method, path, null, status, headers);
    }

    private HttpResponse<String> write(String method, String path, String body, int status, String... headers)
            throws Exception {
        List<String> all = new ArrayList<>(method.equals("GET") ? List.of() : List.of("Lanyard-Client", "pos"));
        all.addAll(List.of(headers));
        HttpResponse<String> response = api.send(method, path, body, all.toArray(String[]::new));
        assertEquals(
                status, response.statusCode(), () -> method + " " + path + ": " + Texts.shortened(response.body()));
        described.check(method, path, body, response);
        return response;
    }
}
