package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.node.JournaledConflict;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What tokens may, route by route, and when they end. */
@Timeout(60)
class TokenHttpTest {

    private static final String MINE = "alice.notes";
    private static final String OTHERS = "bob.notes";

    /** What nobody but Bob and the owner may see. */
    private static final String SECRET = "the-secret";

    /** What a token gets an answer from though it may not read what is asked for: the answer leaves it out. */
    private static final Set<String> ANSWERING = Set.of(
            "GET /api/sync/status",
            "GET /api/sync/changes",
            "POST /api/sync/batch",
            "GET /api/collections",
            "GET /api/conflicts");

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private HttpResponse<String> as(String token, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = api.request(path)
                .setHeader("Authorization", "Bearer " + token)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return api.send(request);
    }

    private SocketClient socketOf(String token) throws Exception {
        return SocketClient.open(
                api.client(), api.webSocket(), builder -> builder.header("Authorization", "Bearer " + token));
    }

    /** Lets Alice and Bob have a document and a conflict each. */
    private void fill() throws Exception {
        assertEquals(
                201,
                api.send("PUT", "/api/docs/alice.notes/a1", "{\"text\":\"mine\"}")
                        .statusCode());
        assertEquals(
                201,
                api.send("PUT", "/api/docs/bob.notes/b1", "{\"text\":\"" + SECRET + "\"}")
                        .statusCode());
        node.addConflict(conflict(1, OTHERS));
        node.addConflict(conflict(2, MINE));
        node.addConflict(conflict(3, OTHERS));
    }

    private static JournaledConflict conflict(long number, String collection) {
        Dot dot = new Dot(new ReplicaId(1), number);
        FieldPath text = FieldPath.of("text");
        long time = Timestamp.pack(1_790_000_000_000L, 0);
        String value = '"' + (collection.equals(MINE) ? "mine" : SECRET) + '"';
        return new JournaledConflict(
                number,
                new DocumentId(collection, collection.equals(MINE) ? "a1" : "b1"),
                new Conflict(text, value, time, dot, dot, new Conflict.Standing(text, value, time)),
                "till",
                "office",
                1_790_000_000_000L,
                Optional.empty());
    }

    @Test
    void everyRoute_forATokenThatMayNothing_tellsNothing() throws Exception {
        fill();
        String token = api.tokenFor(List.of(), "nosuch:read");
        List<String> leaks = new ArrayList<>();
        for (Routes.Route route : api.server.routes().all()) {
            String key = route.method() + " " + route.path();
            HttpResponse<String> answer = walk(token, route, OTHERS);
            boolean mayAnswer = ANSWERING.contains(key) || route.rights() == Routes.Rights.OPEN;
            boolean isHidden = answer.statusCode() == 403 || answer.statusCode() == 404;
            boolean isNamed = answer.statusCode() < 400 && answer.body().contains("bob.");
            if (!mayAnswer && !isHidden || isNamed || answer.body().contains(SECRET)) {
                leaks.add(key + ": " + answer.statusCode() + " " + answer.body());
            }
            if (route.rights() == Routes.Rights.OWNER) {
                assertProblem(403, "scope_missing", answer);
            }
        }
        assertEquals(List.of(), leaks);
        assertEquals(SECRET, json(api.get("/api/docs/bob.notes/b1")).get("text").asText());
    }

    @Test
    void everyRoute_forATokenOfAlice_tellsAndDoesWhatIsAlices() throws Exception {
        fill();
        String token = api.tokenFor(List.of(), "alice.*:write");
        Set<String> refused = new TreeSet<>();
        for (Routes.Route route : api.server.routes().all()) {
            HttpResponse<String> others = walk(token, route, OTHERS);
            assertFalse(others.body().contains(SECRET), () -> route + " tells " + others.body());
            if (walk(token, route, MINE).statusCode() == 403) {
                refused.add(route.method() + " " + route.path());
            }
        }
        assertEquals(1, node.collections().stream().filter(OTHERS::equals).count());
        assertEquals(SECRET, json(api.get("/api/docs/bob.notes/b1")).get("text").asText());
        for (String mine :
                List.of("GET /api/docs/{collection}", "PUT /api/docs/{collection}/{id}", "GET /api/sync/changes")) {
            assertFalse(refused.contains(mine), mine);
        }
        for (Routes.Route route : api.server.routes().all()) {
            boolean isRefused = refused.contains(route.method() + " " + route.path());
            assertTrue(route.rights() != Routes.Rights.OWNER || isRefused, route + " is open to Alice");
        }
        assertTrue(
                refused.containsAll(Set.of("GET /metrics", "GET /api/devices", "GET /api/peers")), refused::toString);
    }

    /** Asks a route for something of a collection; numbers name what is Bob's. */
    private HttpResponse<String> walk(String token, Routes.Route route, String collection) throws Exception {
        boolean isMine = collection.equals(MINE);
        String path = route.path()
                .replace("{collection}", collection)
                .replace("{id}", isMine ? "a1" : "b1")
                .replace("{number}", isMine ? "2" : "1")
                .replaceAll("\\{\\w+}", "device-3");
        String query = path.equals("/api/sync/changes") ? "?live=0" : "";
        String body = "{}";
        if (path.equals("/api/sync/batch")) {
            body = "[{\"action\":\"UPDATE\",\"resourceType\":\"" + collection + "\",\"resourceId\":\""
                    + (isMine ? "a1" : "b1") + "\",\"data\":{\"by\":\"token\"}}]";
        }
        return as(token, route.method(), path + query, route.method().equals("GET") ? null : body);
    }

    @Test
    void lists_nameWhatTheTokenMayRead_andCountNothingElse() throws Exception {
        fill();
        String token = api.tokenFor(List.of(), "alice.*:read");
        assertEquals(
                "{\"items\":[{\"name\":\"alice.notes\"}]}",
                as(token, "GET", "/api/collections", null).body());
        JsonNode conflicts = json(as(token, "GET", "/api/conflicts?limit=1", null));
        assertEquals(1, conflicts.get("items").size());
        assertEquals(MINE, conflicts.at("/items/0/collection").asText());
        assertTrue(conflicts.get("next").isNull() && conflicts.get("dropped").isNull(), conflicts::toString);
        JsonNode status = json(as(token, "GET", "/api/sync/status", null));
        assertEquals(1, status.get("conflicts").asInt());
        for (String counted : List.of("documents", "pending", "versionVector", "digest", "storage", "replica")) {
            assertFalse(status.has(counted), counted);
        }
        String feed = as(token, "GET", "/api/sync/changes?live=0", null).body();
        assertTrue(feed.contains("\"mine\"") && !feed.contains(OTHERS), feed);
        assertProblem(403, "scope_missing", as(token, "GET", "/api/sync/changes?live=0&collection=bob.notes", null));
        assertProblem(403, "scope_missing", as(token, "PUT", "/api/docs/alice.notes/a1", "{}"));
        assertProblem(403, "scope_missing", as(token, "POST", "/api/conflicts/2/dismiss", null));
        assertProblem(404, "not_found", as(token, "GET", "/api/conflicts/1", null));
    }

    @Test
    void rightsOverTheDaemon_areGivenOneByOne() throws Exception {
        assertEquals(
                200,
                as(api.tokenFor(List.of(), "metrics"), "GET", "/metrics", null).statusCode());
        assertTrue(json(as(api.tokenFor(List.of(), "status"), "GET", "/api/sync/status", null))
                .has("versionVector"));
        String devices = api.tokenFor(List.of(), "devices");
        assertEquals(200, as(devices, "GET", "/api/devices", null).statusCode());
        assertEquals(200, as(devices, "GET", "/api/peers", null).statusCode());
        assertProblem(403, "scope_missing", as(devices, "GET", "/metrics", null));
        assertProblem(403, "scope_missing", as(devices, "POST", "/api/devices/device-3/retire", null));
    }

    @Test
    void batch_isRefusedItemByItem_orAsAWhole() throws Exception {
        String token = api.tokenFor(List.of(), "alice.*:write");
        String item = "{\"action\":\"CREATE\",\"resourceType\":\"%s\",\"resourceId\":\"n1\",\"data\":{}}";
        String both = "[" + item.formatted(MINE) + "," + item.formatted(OTHERS) + "]";
        assertProblem(403, "scope_missing", as(token, "POST", "/api/sync/batch", both));
        assertEquals(404, api.get("/api/docs/alice.notes/n1").statusCode());
        JsonNode each = json(as(token, "POST", "/api/sync/batch?mode=each", both));
        assertEquals(201, each.at("/results/0/status").asInt());
        assertEquals(403, each.at("/results/1/status").asInt());
        assertEquals("scope_missing", each.at("/results/1/code").asText());
        assertEquals(404, api.get("/api/docs/bob.notes/n1").statusCode());
    }

    @Test
    void socket_tellsAndTakesWhatTheTokenMay() throws Exception {
        fill();
        try (SocketClient socket = socketOf(api.tokenFor(List.of(), "alice.*:write"))) {
            socket.send("{\"op\":\"subscribe\",\"ref\":1}");
            assertEquals(MINE, socket.next().get("collection").asText());
            assertEquals("synced", socket.next().get("type").asText());
            socket.send("{\"op\":\"subscribe\",\"ref\":2,\"collections\":[\"bob.*\"],\"since\":\"start\"}");
            assertEquals("synced", socket.next().get("type").asText());
            socket.send("{\"op\":\"subscribe\",\"ref\":3,\"collections\":[\"bob.notes\"]}");
            assertEquals("scope_missing", socket.next().get("code").asText());
            for (String op : List.of("\"put\",\"data\":{\"a\":1}", "\"patch\",\"data\":{\"a\":1}", "\"delete\"")) {
                socket.send("{\"op\":" + op + ",\"ref\":4,\"collection\":\"bob.notes\",\"id\":\"b1\"}");
                assertEquals("scope_missing", socket.next().get("code").asText(), op);
            }
            socket.send("{\"op\":\"batch\",\"ref\":5,\"items\":[{\"action\":\"DELETE\",\"resourceType\":\"bob.notes\","
                    + "\"resourceId\":\"b1\"}]}");
            assertEquals("scope_missing", socket.next().get("code").asText());
            api.send("PUT", "/api/docs/bob.notes/b2", "{\"text\":\"" + SECRET + "\"}");
            node.addConflict(conflict(4, OTHERS));
            node.addConflict(conflict(5, MINE));
            JsonNode news = socket.next("conflict");
            assertEquals(5, news.get("number").asLong());
            api.send("PUT", "/api/docs/alice.notes/a2", "{\"text\":\"mine too\"}");
            assertEquals("a2", socket.next().get("id").asText());
            assertTrue(socket.received.stream().noneMatch(message -> message.contains(SECRET)));
        }
        assertEquals(200, api.get("/api/docs/bob.notes/b1").statusCode());
    }

    @Test
    void revoking_endsWhatIsOpen_atOnce_andNobodyElses() throws Exception {
        String token = api.tokenFor(List.of(), "alice.*:write");
        String other = api.tokenFor(List.of(), "alice.*:write");
        String id = json(api.get("/api/tokens")).at("/items/0/id").asText();
        try (SocketClient socket = socketOf(token);
                SocketClient kept = socketOf(other);
                BufferedReader feed = new BufferedReader(new InputStreamReader(
                        api.stream(api.request("/api/sync/changes").setHeader("Authorization", "Bearer " + token))
                                .body()))) {
            socket.ping();
            feed.readLine();
            assertEquals(204, api.send("DELETE", "/api/tokens/" + id, null).statusCode());
            assertEquals(4001, socket.closeCode());
            assertEquals(null, feed.readLine());
            assertProblem(401, "unauthorized", as(token, "GET", "/api/sync/status", null));
            kept.ping();
        }
        assertEquals(1, json(api.get("/api/tokens")).get("items").size());
        assertProblem(404, "not_found", api.send("DELETE", "/api/tokens/" + id, null));
    }

    @Test
    void expiry_endsWhatIsOpen() throws Exception {
        long[] nowMillis = {System.currentTimeMillis()};
        api.clockMillis = () -> nowMillis[0];
        String token = api.tokenFor(List.of(), "alice.*:write");
        try (SocketClient socket = socketOf(token)) {
            socket.ping();
            nowMillis[0] += 25L * 3_600_000;
            api.server.tick(System.nanoTime());
            assertEquals(4001, socket.closeCode());
        }
        assertProblem(401, "unauthorized", as(token, "GET", "/api/sync/status", null));
        assertEquals(0, json(api.get("/api/tokens")).get("items").size());
    }

    @Test
    void creating_tellsTheTextOnce() throws Exception {
        HttpResponse<String> made = api.send(
                "POST",
                "/api/tokens",
                "{\"name\":\"Café\",\"scopes\":[\"alice.*:write\",\"metrics\"],\"origins\":[\"null\"],\"days\":2}");
        assertEquals(201, made.statusCode(), made.body());
        String text = json(made).get("token").asText();
        assertTrue(text.length() <= 4_096 && text.matches("[A-Za-z0-9_.-]+"), text);
        assertEquals(200, as(text, "GET", "/api/sync/status", null).statusCode());
        String list = api.get("/api/tokens").body();
        assertFalse(list.contains(text.substring(text.lastIndexOf('.') + 1)), list);
        JsonNode item = ApiFixture.MAPPER.readTree(list).at("/items/0");
        assertEquals("Café", item.get("name").asText());
        assertEquals("[\"alice.*:write\",\"metrics\"]", item.get("scopes").toString());
        assertEquals("[\"null\"]", item.get("origins").toString());
        assertProblem(403, "scope_missing", as(text, "POST", "/api/tokens", "{}"));
    }

    @Test
    void creating_whatNoTokenCouldBe_isRefused() throws Exception {
        for (String wrong : List.of(
                "\"name\":\"\",\"scopes\":[\"a:read\"]",
                "\"name\":\"a\\u202eb\",\"scopes\":[\"a:read\"]",
                "\"name\":\"a\",\"scopes\":[]",
                "\"name\":\"a\",\"scopes\":[\"$settings:read\"]",
                "\"name\":\"a\",\"scopes\":[\"a:read\"],\"origins\":[\"*\"]",
                "\"name\":\"a\",\"scopes\":[\"a:read\"],\"origins\":[\"http://localhost/\"]",
                "\"name\":\"a\",\"scopes\":[\"a:read\"],\"days\":0",
                "\"name\":\"a\",\"scopes\":[\"a:read\"],\"days\":99999")) {
            assertProblem(422, "invalid_value", api.send("POST", "/api/tokens", "{" + wrong + "}"));
        }
        assertEquals(0, json(api.get("/api/tokens")).get("items").size());
    }

    @Test
    void token_inTheAddress_isRefused() throws Exception {
        for (String name : List.of("token", "access_token")) {
            for (String path : List.of("/api/sync/status", "/ws", "/healthz", "/connect")) {
                assertProblem(400, "token_in_address", api.get(path + "?" + name + "=" + api.token.text()));
            }
        }
    }

    @Test
    void log_holdsNoSecret() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        String token;
        String code;
        try {
            HttpResponse<String> made =
                    api.send("POST", "/api/tokens", "{\"name\":\"app\",\"scopes\":[\"alice.*:write\"]}");
            token = json(made).get("token").asText();
            code = json(api.send("POST", "/api/codes", null)).get("code").asText();
            as(token + "x", "GET", "/api/sync/status", null);
            api.get("/api/sync/status?token=" + token);
            api.send("POST", "/connect/session", "{\"code\":\"" + code + "\"}");
            api.send("DELETE", "/api/tokens/" + json(made).get("id").asText(), null);
        } finally {
            System.setErr(before);
        }
        String text = log.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("was revoked"), text);
        for (String secret : List.of(token.substring(token.lastIndexOf('.') + 1), code, api.token.text())) {
            assertFalse(text.contains(secret), text);
        }
    }

    @Test
    void settings_areChangedByWhoHasThatScope_andByNobodyElse() throws Exception {
        String app = api.tokenFor(List.of(), "shop.*:settings");
        String writer = api.tokenFor(List.of(), "shop.*:write");
        String declared = "{\"events\":{\"created\":\"contact_added\"}}";
        assertEquals(
                200,
                as(app, "PUT", "/api/collections/shop.contact/settings", declared)
                        .statusCode());
        assertEquals(
                "contact_added",
                json(as(writer, "GET", "/api/collections/shop.contact/settings", null))
                        .at("/events/created")
                        .asText());
        assertProblem(403, "scope_missing", as(writer, "PUT", "/api/collections/shop.contact/settings", "{}"));
        assertProblem(403, "scope_missing", as(app, "PUT", "/api/collections/bank.contact/settings", "{}"));
        assertProblem(403, "scope_missing", as(app, "GET", "/api/collections/bank.contact/settings", null));
        assertProblem(403, "scope_missing", as(app, "PUT", "/api/docs/shop.contact/a", "{}"));
    }

    @Test
    void sessionSecret_isGoodForTheOwner_andACodeOnlyOnce() throws Exception {
        String code = json(api.send("POST", "/api/codes", null)).get("code").asText();
        String shown = "{\"code\":\"" + code + "\"}";
        HttpResponse<String> in = api.send(api.request("/connect/session")
                .setHeader("Authorization", "")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(shown)));
        assertEquals(201, in.statusCode(), in.body());
        assertProblem(401, "unauthorized", api.send("POST", "/connect/session", shown));
        String session = json(in).get("session").asText();
        assertEquals(200, as(session, "GET", "/connect/session", null).statusCode());
        assertEquals(200, as(session, "GET", "/api/tokens", null).statusCode());
        assertProblem(401, "unauthorized", as(code, "GET", "/connect/session", null));
        assertProblem(
                403,
                "scope_missing",
                as(api.tokenFor(List.of(), "*:write", "*:settings", "status"), "POST", "/api/codes", null));
    }

    @Test
    void answers_neverCarryWhatTheyWereAskedWith() throws Exception {
        Map<String, String> asked = Map.of("bearer", "Bearer abc.def.ghi", "basic", "Basic abc.def.ghi");
        for (String value : asked.values()) {
            HttpResponse<String> answer =
                    api.send(api.request("/api/sync/status").setHeader("Authorization", value));
            assertProblem(401, "unauthorized", answer);
            assertFalse(answer.body().contains("abc.def.ghi"));
        }
    }
}
