package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
