package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.access.ApiSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** App C: messengers on two devices, and a dashboard on a third that must see everything, once. */
class MessengerTest {

    private static final String[] COLLECTIONS = {"contact", "user", "message"};
    private static final int MESSAGES = 600;

    @Test
    void dashboard_onAnotherDevice_seesEveryPostAtOnce(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "sales", "support", "office")) {
            ApiClient office = group.device(2).client("dashboard");
            try (Subscriber dashboard = Subscriber.of(office, "start", COLLECTIONS)) {
                dashboard.synced();
                Map<String, Object> posted = new TreeMap<>();
                for (int i = 0; i < 60; i++) {
                    String collection = COLLECTIONS[i % 3];
                    Map<String, Object> data = Json.object("name", TestData.name(i), "text", "héllo " + i);
                    ApiClient.Answer answer =
                            group.device(i % 2).client().post(collection, data).with(201);
                    String id = answer.location().substring(answer.location().lastIndexOf('/') + 1);
                    Map<String, Object> event = dashboard.awaitEvent(collection + "_created", id);
                    assertEquals(data, event.get("data"));
                    assertEquals(
                            Json.get(group.device(i % 2).client().status(), "device", "id"),
                            Json.get(event, "origin", "device"));
                    assertEquals(false, Json.get(event, "origin", "self"));
                    assertTrue(posted.put(collection + "/" + id, data) == null, "ids are never given twice");
                }
                group.awaitEqual();
                for (ApiClient client : group.clients()) {
                    Map<String, Object> held = new TreeMap<>();
                    for (String collection : COLLECTIONS) {
                        Map<String, Object> documents = client.documents(collection);
                        assertEquals(20, documents.size(), "the dashboard's count of each");
                        documents.forEach((id, data) -> held.put(collection + "/" + id, data));
                    }
                    assertEquals(posted, held);
                }
                assertEquals(60, dashboard.events().size());
            }
            assertToldWhatWasMissed(group, office);
            assertNoGapNoDuplicate(group, office);
        }
    }

    @Test
    void dashboard_knowsEventsByTheirOldNamesAndForm_andMayHaveThemGathered(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "sales", "office")) {
            ApiClient sales = group.device(0).client();
            for (String[] name : new String[][] {{"contact", "contact_added"}, {"message", "message_sent"}}) {
                sales.send(
                                "PUT",
                                "/api/collections/" + name[0] + "/settings",
                                Json.object("events", Json.object("created", name[1])))
                        .with(200);
            }
            group.awaitEqual();
            try (Subscriber dashboard = Subscriber.of(group.device(1).client(), "now", COLLECTIONS);
                    Subscriber counts = new Subscriber(group.device(1).client())) {
                dashboard.synced();
                counts.send(Json.object(
                        "op",
                        "subscribe",
                        "ref",
                        Json.number(2),
                        "collections",
                        List.of("message"),
                        "since",
                        "now",
                        "batchMillis",
                        Json.number(500)));
                counts.synced();
                Map<String, Object> data = Json.object("name", "Ada");
                sales.put("contact/c1", data).with(201);
                Map<String, Object> event = dashboard.awaitEvent("contact_added", "c1");
                assertEquals(data, event.get("data"));
                assertTrue(Instant.parse(Json.text(event, "timestamp")).isAfter(Instant.EPOCH));
                sales.put("user/u1", data).with(201);
                dashboard.awaitEvent("user_created", "u1");
                for (int i = 0; i < 40; i++) {
                    sales.put("message/m", Json.object("n", Json.number(i)));
                }
                dashboard.awaitEvent("message_sent", "m");
                counts.await("the last state", message -> Json.number(39).equals(Json.get(message, "data", "n")));
                assertTrue(counts.events().size() < 40, "gathered, not told one by one");
            }
        }
    }

    @Test
    void row_contactAddedAtOnce_eventNamesAndForm_feedAndCounts_andAllThatProductionWants(@TempDir Path folder)
            throws Exception {
        Row row = new Row(
                "POST of a contact -> contact_added on every dashboard at once",
                "user_created, message_sent",
                "event form {type, data, timestamp}",
                "live activity feed",
                "analytics counts refresh",
                "heartbeat",
                "authentication",
                "rate limit",
                "input validation of every message",
                "connection limits and monitoring",
                "batching and debouncing",
                "selective updates",
                "CORS");
        ApiSettings limits = new ApiSettings(0, 5, 5, 4, 100);
        try (Group group = Group.start(folder, limits, "sales", "office")) {
            ApiClient sales = group.device(0).client();
            ApiClient office = group.device(1).client();
            declare(sales, "contact", "contact_added", Json.object("required", List.of("name")));
            declare(sales, "message", "message_sent", null);
            group.awaitEqual();
            row.shows("POST of a contact -> contact_added on every dashboard at once", () -> {
                try (Subscriber here = Subscriber.of(sales, "now", COLLECTIONS);
                        Subscriber there = Subscriber.of(office, "now", COLLECTIONS)) {
                    here.synced();
                    there.synced();
                    String at = sales.post("contact", Json.object("name", "Ada"))
                            .with(201)
                            .location();
                    for (Subscriber dashboard : List.of(here, there)) {
                        dashboard.awaitEvent("contact_added", at.substring(at.lastIndexOf('/') + 1));
                    }
                }
            });
            try (Subscriber dashboard = Subscriber.of(office, "now", COLLECTIONS)) {
                dashboard.synced();
                row.shows("user_created, message_sent", () -> {
                    sales.put("user/u1", Json.object("name", "Ada")).with(201);
                    dashboard.awaitEvent("user_created", "u1");
                    sales.put("message/m1", text("m1")).with(201);
                    dashboard.awaitEvent("message_sent", "m1");
                });
                row.shows("event form {type, data, timestamp}", () -> {
                    Map<String, Object> event = dashboard.events().get(1);
                    assertEquals("message_sent", event.get("type"));
                    assertEquals(text("m1"), event.get("data"));
                    assertTrue(Instant.parse(Json.text(event, "timestamp")).isAfter(Instant.EPOCH));
                });
                row.shows("live activity feed", () -> {
                    sales.patch("message/m1", Json.object("read", true)).with(200);
                    sales.delete("user/u1").with(204);
                    dashboard.awaitEvent("user_deleted", "u1");
                    assertEquals(
                            List.of("user_created", "message_sent", "message_updated", "user_deleted"),
                            dashboard.events().stream()
                                    .map(event -> event.get("type"))
                                    .toList());
                });
            }
            row.shows("analytics counts refresh", () -> {
                try (Program dashboard = Program.of(group.device(1), "dashboard", COLLECTIONS)) {
                    for (int i = 0; i < 3; i++) {
                        sales.put("message/n" + i, text("n")).with(201);
                    }
                    Group.until(() -> assertEquals(Map.of("contact", 1L, "message", 4L), counts(dashboard)));
                    assertEquals(4, office.documents("message").size());
                }
            });
            row.shows("heartbeat", () -> {
                try (Subscriber socket = new Subscriber(office)) {
                    socket.send(Json.object("op", "ping", "ref", "beat"));
                    socket.await("pong", message -> "pong".equals(message.get("type")));
                    // The daemon's own comes after 20 s of silence: SocketTest waits for it on a clock of its own.
                    socket.awaitPongToPing();
                }
            });
            row.shows("authentication", () -> {
                ApiClient stranger = new ApiClient(office.api(), "wrong", null);
                stranger.get("user/u1").with(401);
                assertThrows(CompletionException.class, () -> new Subscriber(stranger));
            });
            row.shows("rate limit", () -> assertLimited(office));
            row.shows("input validation of every message", () -> {
                try (Subscriber socket = new Subscriber(sales)) {
                    socket.send(put("c", "contact", "c9", Json.object("phone", "1")));
                    assertRefused("schema_violation", socket);
                    socket.send(put("c", "contact", "not/an/id", Json.object("name", "Ada")));
                    assertRefused("invalid_name", socket);
                    socket.send(put("c", "message", "m9", Json.number(1)));
                    assertRefused("invalid_value", socket);
                    socket.send(Json.object("op", "shout", "ref", "c"));
                    socket.await("a refusal", message -> "error".equals(message.get("type")));
                    socket.send(put("c", "contact", "c9", Json.object("name", "Ada")));
                    socket.await("the right one", message -> "ack".equals(message.get("type")));
                }
                sales.put("contact/c8", Json.object("phone", "1")).with(422);
            });
            row.shows("connection limits and monitoring", () -> assertConnectionLimit(office, 4));
            row.shows("batching and debouncing", () -> {
                try (Subscriber counts = new Subscriber(office)) {
                    counts.send(Json.object(
                            "op",
                            "subscribe",
                            "ref",
                            "b",
                            "collections",
                            List.of("message"),
                            "since",
                            "now",
                            "batchMillis",
                            Json.number(300)));
                    counts.synced();
                    for (int i = 0; i < 20; i++) {
                        sales.put("message/m2", Json.object("n", Json.number(i)));
                    }
                    counts.await("the last state", message -> Json.number(19).equals(Json.get(message, "data", "n")));
                    assertTrue(counts.events().size() < 20, "gathered, not told one by one");
                }
            });
            row.shows("selective updates", () -> {
                try (Subscriber unread = new Subscriber(office)) {
                    unread.send(Json.object(
                            "op",
                            "subscribe",
                            "ref",
                            "u",
                            "collections",
                            List.of("message"),
                            "since",
                            "now",
                            "where",
                            Json.object("to", "ada")));
                    unread.synced();
                    sales.put("message/m3", Json.object("to", "bob")).with(201);
                    sales.put("message/m4", Json.object("to", "ada")).with(201);
                    unread.awaitEvent("message_sent", "m4");
                    sales.patch("message/m4", Json.object("read", true)).with(200);
                    assertEquals(
                            List.of("/read"),
                            unread.awaitEvent("message_updated", "m4").get("changed"));
                    assertEquals(2, unread.events().size());
                }
            });
            row.shows("CORS", () -> {
                ApiClient page = office.scoped("page", "https://dashboard.example", "message:read");
                String allow = "Access-Control-Allow-Origin";
                assertEquals(
                        "https://dashboard.example",
                        page.trySend("GET", "/api/docs/message/m4", null, "Origin", "https://dashboard.example")
                                .with(200)
                                .field(allow));
                ApiClient.Answer other =
                        page.trySend("GET", "/api/docs/message/m4", null, "Origin", "https://evil.example");
                assertEquals("", other.with(403).field(allow));
            });
        }
        row.assertWhole();
    }

    private static void declare(ApiClient client, String collection, String created, Object schema) {
        Map<String, Object> settings = Json.object("events", Json.object("created", created));
        if (schema != null) {
            settings.put("schema", schema);
        }
        client.send("PUT", "/api/collections/" + collection + "/settings", settings)
                .with(200);
    }

    private static Map<String, Long> counts(Program dashboard) {
        return dashboard.shown().keySet().stream()
                .collect(Collectors.groupingBy(id -> id.substring(0, id.indexOf('/')), Collectors.counting()));
    }

    private static Map<String, Object> put(String ref, String collection, String id, Object data) {
        return Json.object("op", "put", "ref", ref, "collection", collection, "id", id, "data", data);
    }

    private static void assertRefused(String code, Subscriber socket) {
        Map<String, Object> answer = socket.await("an answer", message -> message.containsKey("ref"));
        assertEquals(code, answer.get("code"), answer::toString);
    }

    private static void assertLimited(ApiClient office) {
        ApiClient eager = office.scoped("eager", "https://dashboard.example", "message:read");
        ApiClient.Answer answer = eager.get("message/m1");
        for (int i = 0; i < 100 && answer.status() == 200; i++) {
            answer = eager.get("message/m1");
        }
        assertEquals("1", answer.with(429).field("Retry-After"));
        Group.until(() -> assertTrue(office.metric("lanyard_rate_limited_requests_total", " ") > 0));
    }

    private static void assertConnectionLimit(ApiClient office, int most) {
        ApiClient dashboards = office.scoped("dashboards", "https://dashboard.example", "message:read");
        Group.until(() -> assertEquals(0, office.sockets()));
        List<Subscriber> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < most; i++) {
                sockets.add(new Subscriber(dashboards));
            }
            Group.until(() -> assertEquals(most, office.sockets(), "monitored"));
            assertThrows(CompletionException.class, () -> new Subscriber(dashboards));
            dashboards.send("GET", "/api/sync/changes?since=now", null).with(503);
        } finally {
            sockets.forEach(Subscriber::close);
        }
        Group.until(() -> assertEquals(0, office.sockets()));
    }

    /** Away for a while: afterwards each document that changed is told once, as it is then. */
    private void assertToldWhatWasMissed(Group group, ApiClient office) {
        ApiClient sales = group.device(0).client();
        for (String id : List.of("kept", "changed", "gone")) {
            sales.put("message/" + id, Json.object("text", id)).with(201);
        }
        group.awaitEqual();
        String position;
        try (Subscriber dashboard = Subscriber.of(office, "start", "message")) {
            position = dashboard.synced();
        }
        sales.patch("message/changed", Json.object("text", "twice")).with(200);
        sales.patch("message/changed", Json.object("read", true)).with(200);
        sales.delete("message/gone").with(204);
        sales.put("message/new", Json.object("text", "new")).with(201);
        sales.put("message/brief", Json.object("text", "brief")).with(201);
        sales.delete("message/brief").with(204);
        sales.put("user/unasked", Json.object("name", "nobody subscribed to it"))
                .with(201);
        group.awaitEqual();
        try (Subscriber dashboard = Subscriber.of(office, position, "message")) {
            dashboard.synced();
            List<List<Object>> told = dashboard.events().stream()
                    .map(event -> List.of(event.get("type"), event.get("id"), String.valueOf(event.get("data"))))
                    .toList();
            assertEquals(
                    List.of(
                            List.of("message_updated", "changed", "{read=true, text=twice}"),
                            List.of("message_deleted", "gone", "null"),
                            List.of("message_created", "new", "{text=new}")),
                    told);
        }
    }

    /** A dashboard that loses its connection again and again while messages pour in. */
    private void assertNoGapNoDuplicate(Group group, ApiClient office) {
        String position;
        try (Subscriber dashboard = Subscriber.of(office, "now", "message")) {
            position = dashboard.synced();
        }
        Set<String> sent = new HashSet<>();
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int sender = 0; sender < 3; sender++) {
            ApiClient client = group.device(sender).client("messenger");
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < MESSAGES / 3; i++) {
                ids.add("m" + sender + "-" + i);
            }
            sent.addAll(ids);
            boolean isOverSocket = sender == 0;
            senders.add(CompletableFuture.runAsync(() -> {
                if (isOverSocket) {
                    sendOverSocket(client, ids);
                } else {
                    ids.forEach(id -> client.put("message/" + id, text(id)).with(201));
                }
            }));
        }
        List<String> told = new ArrayList<>();
        while (told.size() < sent.size()) {
            int wanted = told.size() + Math.min(25, sent.size() - told.size());
            Subscriber dashboard = Subscriber.of(office, position, "message");
            Map<String, Object> last = dashboard.await(wanted + " messages in all", message -> {
                if (message.containsKey("event")) {
                    told.add(Json.text(message, "id"));
                }
                return told.size() == wanted;
            });
            position = Json.text(last, "position");
            dashboard.abort();
        }
        CompletableFuture.allOf(senders.toArray(CompletableFuture[]::new)).join();
        assertEquals(sent, new HashSet<>(told), "what was not told, or never sent");
        assertEquals(sent.size(), told.size(), "told twice");
    }

    /** Sends each message when the one before is acknowledged, as durable. */
    private static void sendOverSocket(ApiClient client, List<String> ids) {
        try (Subscriber socket = new Subscriber(client)) {
            for (String id : ids) {
                socket.send(Json.object("op", "put", "ref", id, "collection", "message", "id", id, "data", text(id)));
                Map<String, Object> ack = socket.await("an answer to " + id, message -> id.equals(message.get("ref")));
                assertEquals("ack", ack.get("type"), ack::toString);
                assertEquals(
                        '"' + Json.text(ack, "etag") + '"',
                        client.get("message/" + id).with(200).etag());
            }
        }
    }

    private static Map<String, Object> text(String id) {
        return Json.object("text", "of " + id);
    }
}
