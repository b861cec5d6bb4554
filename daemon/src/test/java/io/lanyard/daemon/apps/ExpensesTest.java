package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** App D: people's expenses, entered by programs that name their device and queue what they cannot send. */
class ExpensesTest {

    private static final int ONLINE = 1_000;
    private static final int EXPENSES = 2_000;
    private static final String WRITTEN_AT = "2026-02-28T23:59:59+01:00";

    private final Map<String, Object> expenses = new TreeMap<>();

    @Test
    void expenses_queuedOffline_arriveWholeAndAreNotEchoed(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "alice-desk", "bob-desk", "server-room")) {
            ApiClient alice = group.device(0).client("alice-phone");
            ApiClient bob = group.device(1).client("bob-phone");
            try (Subscriber alicePhone = Subscriber.of(alice, "now", "expense");
                    Subscriber aliceTablet = Subscriber.of(alice.named("alice-tablet"), "now", "expense");
                    Subscriber namesake = Subscriber.of(bob.named("alice-phone"), "now", "expense");
                    Subscriber bobPhone = Subscriber.of(bob, "now", "expense")) {
                List.of(alicePhone, aliceTablet, namesake, bobPhone).forEach(Subscriber::synced);

                Set<String> online = create(alice, 0, ONLINE, "alice-phone");
                for (Subscriber other : List.of(aliceTablet, namesake, bobPhone)) {
                    other.awaitEvents("expense_created", online);
                }
                assertOrigin(aliceTablet, "alice-phone", group.device(0).client(), false);
                assertOrigin(namesake, "alice-phone", group.device(0).client(), false);

                group.device(1).pullCable();
                Set<String> queued = create(bob, ONLINE, EXPENSES, "bob-phone");
                sendOldQueue(bob);
                group.device(1).plugIn();
                group.awaitMet();
                group.awaitEqual();
                alicePhone.awaitEvents(queued.size() + 3);

                assertEquals(queuedAndChanged(queued), told(alicePhone), "what others did, and nothing else");
                assertEquals(online, told(bobPhone), "what others did, and nothing else");
                for (ApiClient client : group.clients()) {
                    Documents.assertSame(
                            expenses, client.documents("expense"), client.api().toString());
                }
                assertStatus(group);
            }
        }
    }

    @Test
    void device_thatComesBack_asksForWhatChanged_byPositionOrTime(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "alice-desk", "bob-desk")) {
            ApiClient alice = group.device(0).client("alice-phone");
            ApiClient bob = group.device(1).client("bob-phone");
            alice.put("expense/e1", Json.object("amount", Json.number("12.10"))).with(201);
            alice.put("expense/e2", Json.object("amount", Json.number("5"))).with(201);
            alice.put("other/o1", Map.of()).with(201);
            group.awaitEqual();
            try (Subscriber phone = new Subscriber(bob)) {
                Map<String, Object> first = sync(phone, "start");
                assertEquals(List.of("expense_created e1", "expense_created e2"), itemsOf(first));
                alice.patch("expense/e1", Json.object("amount", Json.number("13")))
                        .with(200);
                alice.delete("expense/e2").with(204);
                bob.put("expense/mine", Json.object("amount", Json.number("1"))).with(201);
                group.awaitEqual();
                Map<String, Object> second = sync(phone, Json.text(first, "position"));
                assertEquals(
                        Set.of("expense_updated e1", "expense_deleted e2"),
                        Set.copyOf(itemsOf(second)),
                        "and nothing of its own");
                assertEquals(List.of(), itemsOf(sync(phone, Json.text(second, "position"))));
                List<String> byTime = itemsOf(sync(phone, Json.text(first, "timestamp")));
                assertTrue(
                        byTime.contains("expense_updated e1") || byTime.contains("expense_created e1"),
                        () -> "by the time of the first answer: " + byTime);
            }
        }
    }

    @Test
    void row_events_rooms_deviceIds_offlineQueue_status_sync_conflicts_retry_jwt_indicator(@TempDir Path folder)
            throws Exception {
        Row row = new Row(
                "JWT on connect",
                "rooms per user",
                "expense_created, expense_updated, expense_deleted",
                "device ids, so that a device is not told of its own change",
                "online/offline indicator",
                "offline queue sent by POST /api/sync/batch",
                "periodic retry",
                "GET /api/sync/status",
                "sync_request, sync_data",
                "conflict resolution");
        try (Group group = Group.start(folder, "desk", "server-room")) {
            ApiClient owner = group.device(0).client();
            ApiClient alice = owner.scoped("alice-phone", "https://app.example", "alice.*:write", "status");
            ApiClient bob = group.device(1).client().scoped("bob-phone", "https://app.example", "bob.*:write");
            row.shows("JWT on connect", () -> {
                assertEquals(3, alice.token().split("\\.").length, "header, claims and signature");
                ApiClient forged = new ApiClient(alice.api(), bob.token(), "forged");
                assertThrows(CompletionException.class, () -> new Subscriber(forged), "signed by another device");
                new Subscriber(alice).close();
            });
            try (Program phone = program(group, alice, "alice-phone", "alice.expense");
                    Program tablet = program(group, alice, "alice-tablet", "alice.expense");
                    Subscriber bobs = Subscriber.of(bob, "now", "*")) {
                bobs.synced();
                Group.until(() -> assertEquals(2, phone.connections() + tablet.connections()));
                row.shows("rooms per user", () -> {
                    alice.put("alice.expense/1", amount("12.10")).with(201);
                    bob.put("alice.expense/1", amount("1")).with(403);
                    group.awaitEqual();
                    assertEquals(List.of(), bobs.events(), "nobody else's room");
                });
                row.shows("expense_created, expense_updated, expense_deleted", () -> {
                    alice.patch("alice.expense/1", amount("12.20")).with(200);
                    Group.until(
                            () -> assertEquals(amount("12.20"), tablet.shown().get("alice.expense/1")));
                    alice.delete("alice.expense/1").with(204);
                    Group.until(() -> assertEquals(
                            List.of("expense_created", "expense_updated", "expense_deleted"),
                            tablet.told().stream()
                                    .map(event -> event.get("type"))
                                    .toList()));
                });
                row.shows("device ids, so that a device is not told of its own change", () -> {
                    assertEquals(List.of(), phone.told());
                    assertEquals("alice-phone", Json.get(tablet.told().get(0), "origin", "client"));
                });
                row.shows("online/offline indicator", () -> {
                    assertEquals(Program.ONLINE, phone.indicator());
                    group.device(0).pullCable();
                    Group.until(() -> assertEquals(Program.OFFLINE, phone.indicator()));
                });
                row.shows("offline queue sent by POST /api/sync/batch", () -> {
                    phone.send(queued(ApiClient.create("alice.expense", "2", amount("2")), "alice-phone"));
                    phone.send(queued(ApiClient.update("alice.expense", "2", amount("3")), "alice-phone"));
                    Group.until(() -> assertEquals(0, phone.waiting()));
                    group.device(0).plugIn();
                    group.awaitMet();
                    group.awaitEqual();
                    assertEquals(
                            Map.of("2", amount("3")), group.device(1).client().documents("alice.expense"));
                    Group.until(() -> assertEquals(Program.ONLINE, phone.indicator()));
                });
                row.shows("periodic retry", () -> {
                    group.stop(0);
                    Map<String, Object> sale = Json.object("spent", Json.object("$increment", Json.number(5)));
                    phone.send(queued(ApiClient.update("alice.expense", "2", sale), "alice-phone"));
                    Group.until(() -> assertTrue(phone.failedSends() > 1, "tried again and again"));
                    group.startAgain(0);
                    Group.until(() -> assertEquals(0, phone.waiting()));
                    group.awaitMet();
                    group.awaitEqual();
                    assertEquals(
                            Json.object("amount", Json.number("3"), "spent", Json.number(5)),
                            group.device(1).client().get("alice.expense/2").json(),
                            "once");
                });
            }
            row.shows("GET /api/sync/status", () -> {
                Map<String, Object> status =
                        new ApiClient(group.device(0).client().api(), alice.token(), null).status();
                assertEquals("desk", Json.get(status, "device", "name"));
                assertEquals("in_step", status.get("state"));
                assertEquals(0, Json.integer(status, "pending"));
            });
            ApiClient desk = group.device(0).client("desk");
            ApiClient room = group.device(1).client("room");
            row.shows("sync_request, sync_data", () -> {
                try (Subscriber phone = new Subscriber(room)) {
                    desk.put("expense/1", amount("1")).with(201);
                    group.awaitEqual();
                    Map<String, Object> first = sync(phone, "start");
                    assertEquals(List.of("expense_created 1"), itemsOf(first));
                    desk.delete("expense/1").with(204);
                    group.awaitEqual();
                    assertEquals(List.of("expense_deleted 1"), itemsOf(sync(phone, Json.text(first, "position"))));
                }
            });
            row.shows("conflict resolution", () -> {
                desk.put("expense/2", amount("1")).with(201);
                group.awaitEqual();
                group.device(1).pullCable();
                desk.patch("expense/2", amount("2")).with(200);
                room.patch("expense/2", amount("3")).with(200);
                group.device(1).plugIn();
                group.awaitMet();
                group.awaitEqual();
                Map<String, Object> stands = desk.get("expense/2").json();
                assertEquals(stands, room.get("expense/2").json(), "the same on both");
                Group.until(() -> assertEquals(1, desk.conflicts().size()));
                Object conflict = desk.conflicts().get(0);
                assertEquals(
                        Set.of(Json.number("2"), Json.number("3")),
                        Set.of(stands.get("amount"), Json.get(conflict, "lostValue")));
                desk.send("POST", "/api/conflicts/" + Json.get(conflict, "number") + "/restore", null)
                        .with(200);
                group.awaitEqual();
                assertEquals(
                        Json.get(conflict, "lostValue"),
                        room.get("expense/2").json().get("amount"),
                        "a person decided");
            });
        }
        row.assertWhole();
    }

    private static Program program(Group group, ApiClient alice, String name, String... collections) {
        return new Program(group.device(0).home(), Optional.of(alice.token()), name, collections);
    }

    private static Map<String, Object> amount(String amount) {
        return Json.object("amount", Json.number(amount));
    }

    private static Map<String, Object> sync(Subscriber phone, String since) {
        phone.send(Json.object("op", "sync_request", "ref", "s", "collections", List.of("expense"), "since", since));
        return phone.await("sync_data", message -> "sync_data".equals(message.get("type")));
    }

    private static List<String> itemsOf(Map<String, Object> syncData) {
        return Json.list(syncData, "items").stream()
                .map(item -> Json.get(item, "type") + " " + Json.get(item, "id"))
                .toList();
    }

    private Set<String> create(ApiClient program, int from, int to, String deviceId) {
        List<Object> queue = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Map<String, Object> expense = TestData.expense(i, deviceId);
            queue.add(queued(ApiClient.create("expense", "x-" + i, expense), deviceId));
            expenses.put("x-" + i, expense);
        }
        // Without a header of its own: the device id in each item says who writes.
        program.named(null).writeAll(queue);
        return IntStream.range(from, to).mapToObj(i -> "x-" + i).collect(Collectors.toSet());
    }

    private static Map<String, Object> queued(Map<String, Object> item, String deviceId) {
        item.put("deviceId", deviceId);
        item.put("timestamp", WRITTEN_AT);
        return item;
    }

    /** A queue with all that can be wrong in it: the rest is done, and each item is told what became of it. */
    @SuppressWarnings("unchecked")
    private void sendOldQueue(ApiClient program) {
        List<Map<String, Object>> queue = List.of(
                ApiClient.update("expense", "x-0", Json.object("amount", Json.number("12.10"), "note", null)),
                ApiClient.create("expense", "x-2", Json.object("amount", Json.number("1"))),
                ApiClient.update("expense", "nowhere", Json.object("amount", Json.number("2"))),
                ApiClient.remove("expense", "x-1"),
                ApiClient.remove("expense", "nowhere"),
                ApiClient.create("expense", "not/an/id", Json.object("amount", Json.number("3"))),
                Json.object("action", "UPSERT", "resourceType", "expense", "resourceId", "x-3", "data", Map.of()),
                ApiClient.create("expense", "x-last", Json.object("amount", Json.number("-0"))));
        queue.forEach(item -> queued(item, "bob-phone"));
        Map<String, Object> before = program.documents("expense");
        program.batch(queue).with(422);
        Documents.assertSame(before, program.documents("expense"), "all or nothing: nothing");

        assertEquals(List.of(200L, 409L, 404L, 200L, 200L, 422L, 422L, 201L), statusesOf(program.batchEach(queue)));
        Map<String, Object> changed = (Map<String, Object>) expenses.get("x-0");
        changed.put("amount", Json.number("12.10"));
        changed.remove("note");
        expenses.remove("x-1");
        expenses.put("x-last", Json.object("amount", Json.number("-0")));
        Documents.assertSame(expenses, program.documents("expense"), "each by itself");

        // The program did not hear the answer, and sends everything again.
        assertEquals(List.of(200L, 409L, 404L, 200L, 200L, 422L, 422L, 409L), statusesOf(program.batchEach(queue)));
        Documents.assertSame(expenses, program.documents("expense"), "a second time changes nothing");
    }

    private static List<Long> statusesOf(ApiClient.Answer answer) {
        return answer.with(200).results().stream()
                .map(result -> Json.integer(result, "status"))
                .toList();
    }

    private static void assertOrigin(Subscriber subscriber, String client, ApiClient device, boolean self) {
        String deviceId = Json.text(device.status(), "device", "id");
        for (Map<String, Object> event : subscriber.events()) {
            assertEquals(
                    Json.object("device", deviceId, "client", client, "clientTimestamp", WRITTEN_AT, "self", self),
                    event.get("origin"),
                    event.toString());
        }
    }

    private static Set<Object> told(Subscriber subscriber) {
        return subscriber.events().stream().map(event -> event.get("id")).collect(Collectors.toSet());
    }

    private static Set<String> queuedAndChanged(Set<String> queued) {
        Set<String> all = new HashSet<>(queued);
        all.addAll(List.of("x-0", "x-1", "x-last"));
        return all;
    }

    private static void assertStatus(Group group) {
        List<Map<String, Object>> statuses =
                group.clients().stream().map(ApiClient::status).toList();
        for (int i = 0; i < statuses.size(); i++) {
            Map<String, Object> status = statuses.get(i);
            assertEquals(group.device(i).name(), Json.get(status, "device", "name"));
            assertEquals(statuses.get(0).get("digest"), status.get("digest"));
            assertEquals(
                    new TreeMap<>(Json.leaves(statuses.get(0).get("versionVector"))),
                    new TreeMap<>(Json.leaves(status.get("versionVector"))));
            assertEquals(2, Json.leaves(status.get("versionVector")).size(), "two devices wrote");
            assertEquals(0, Json.integer(status, "pending"));
            assertEquals("in_step", status.get("state"));
            assertNotNull(status.get("lastSync"));
            assertTrue(Json.integer(status, "storage", "bytes") > 0);
            assertEquals(0, Json.integer(status, "conflicts"));
            assertEquals(2, Json.list(status, "peers").size());
            for (Object peer : Json.list(status, "peers")) {
                assertEquals(
                        Set.of(
                                "id",
                                "name",
                                "address",
                                "online",
                                "inStep",
                                "behind",
                                "clockOffsetMillis",
                                "clockOff",
                                "lastSeen"),
                        ((Map<?, ?>) peer).keySet());
                assertTrue(Json.isTrue(peer, "online") && Json.isTrue(peer, "inStep"), () -> Json.write(status));
                assertEquals(0, Json.integer(peer, "behind"));
            }
        }
    }
}
