package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.apps.ApiClient.Answer;
import io.lanyard.daemon.history.WriteStamp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** App B: three tills with the same orders and estimates, one of them cut off while orders change. */
class PointOfSaleTest {

    private static final int ORDERS = 500;
    private static final int ESTIMATES = 100;
    private static final Map<String, Object> STRINGS = Json.object("stringEvents", true);
    private static final List<String> STAGES = List.of("preparing", "ready", "paid");

    @Test
    void orders_changedAtSeveralTills_mergeFieldByFieldAndTellWhatWasLost(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "till1", "till2", "till3")) {
            List<ApiClient> tills = group.clients();
            try (Subscriber screen = Subscriber.of(tills.get(1).named("screen"), "now", "order", "estimate")) {
                screen.synced();
                open(tills, screen);
                Map<String, Object> expected = serve(group, tills, screen);

                tills.get(2).patch("order/o-7", Json.object("note", "online")).with(200);
                expected.put("/note", "online");
                group.awaitEqual();
                changeApart(group, tills);

                for (ApiClient till : tills) {
                    Map<String, Object> merged =
                            Json.leaves(till.get("order/o-7").with(200).json());
                    expected.put("/table", Json.number(99));
                    expected.put("/status", "cancelled");
                    expected.put("/customer/phone", "+48 1");
                    assertEquals(new TreeMap<>(expected), merged);
                    assertEquals(
                            ORDERS - 2, till.list("order", "&where=status=paid").size());
                    assertEquals(ESTIMATES, till.documents("estimate").size());
                }
            }
        }
    }

    @Test
    void screens_areToldBareStrings_orTheDataTheyFilterFor_alsoWhatTheyMissed(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "till1", "till2")) {
            ApiClient till = group.device(0).client();
            ApiClient other = group.device(1).client();
            till.send("PUT", "/api/collections/estimate/settings", Json.object("stringEvents", true))
                    .with(200);
            group.awaitEqual();
            Map<String, Object> ready = Json.object("status", Json.object("=", "ready"));
            String position;
            try (Subscriber screen = Subscriber.of(other, "now", "estimate");
                    Subscriber kitchen = new Subscriber(other)) {
                screen.synced();
                kitchen.send(
                        Json.object("op", "subscribe", "ref", "k", "collections", List.of("order"), "where", ready));
                kitchen.synced();
                till.put("estimate/e-1", Json.object("total", Json.number("12.10")))
                        .with(201);
                screen.awaitBare("estimate_created");
                till.patch("estimate/e-1", Json.object("total", Json.number("12.20")))
                        .with(200);
                screen.awaitBare("estimate_updated");

                till.put("order/o-1", Json.object("status", "open")).with(201);
                till.put("order/o-2", Json.object("status", "ready")).with(201);
                kitchen.awaitEvent("order_created", "o-2");
                till.patch("order/o-1", Json.object("status", "ready")).with(200);
                Map<String, Object> entered = kitchen.awaitEvent("order_created", "o-1");
                assertTrue(Json.isTrue(entered, "entered"), entered::toString);
                till.patch("order/o-1", Json.object("status", "paid")).with(200);
                Map<String, Object> left = kitchen.awaitEvent("order_deleted", "o-1");
                assertTrue(Json.isTrue(left, "left") && left.get("data") == null, left::toString);
                position = Json.text(left, "position");
            }
            till.patch("order/o-2", Json.object("status", "paid")).with(200);
            till.put("order/o-3", Json.object("status", "ready")).with(201);
            group.awaitEqual();
            try (Subscriber kitchen = new Subscriber(other)) {
                kitchen.send(Json.object(
                        "op",
                        "subscribe",
                        "ref",
                        "k",
                        "collections",
                        List.of("order"),
                        "where",
                        ready,
                        "since",
                        position));
                kitchen.synced();
                assertEquals(
                        List.of("order_deleted o-2", "order_created o-3"),
                        kitchen.events().stream()
                                .map(event -> event.get("type") + " " + event.get("id"))
                                .toList(),
                        "what was part of a resumed position leaves too");
            }
        }
    }

    @Test
    void row_bareStrings_screensRefresh_deadSocketsDropped_andAllThatWasWantedNext(@TempDir Path folder)
            throws Exception {
        Row row = new Row(
                "estimate_updated, order_updated as bare strings",
                "every screen refreshes itself",
                "dead sockets dropped while broadcasting",
                "filtering",
                "data instead of mere notices",
                "user-specific updates",
                "pooling",
                "queueing for absent clients",
                "WSS falls away: the socket does not leave the machine, and between devices all is TLS",
                "authentication",
                "rate limits");
        ApiSettings limits = new ApiSettings(0, 5, 5, 100, 100);
        try (Group group = Group.start(folder, limits, "till1", "till2")) {
            ApiClient till = group.device(0).client();
            ApiClient other = group.device(1).client();
            row.shows("estimate_updated, order_updated as bare strings", () -> {
                for (String collection : List.of("estimate", "order")) {
                    till.send("PUT", "/api/collections/" + collection + "/settings", STRINGS)
                            .with(200);
                    till.put(collection + "/1", Json.object("total", Json.number("1")))
                            .with(201);
                }
                group.awaitEqual();
                try (Subscriber screen = Subscriber.of(other, "now", "estimate", "order")) {
                    screen.synced();
                    till.patch("estimate/1", Json.object("total", Json.number("2")))
                            .with(200);
                    screen.awaitBare("estimate_updated");
                    till.patch("order/1", Json.object("total", Json.number("2")))
                            .with(200);
                    screen.awaitBare("order_updated");
                }
            });
            row.shows("every screen refreshes itself", () -> {
                try (Subscriber first = Subscriber.of(till, "now", "order");
                        Subscriber second = Subscriber.of(other, "now", "order")) {
                    first.synced();
                    second.synced();
                    till.put("order/1", Json.object("total", Json.number("3"))).with(200);
                    for (Subscriber screen : List.of(first, second)) {
                        screen.awaitBare("order_updated");
                    }
                    for (ApiClient screen : List.of(till, other)) {
                        assertEquals(Map.of("1", Json.object("total", Json.number("3"))), screen.documents("order"));
                    }
                }
            });
            row.shows("dead sockets dropped while broadcasting", () -> {
                try (Subscriber alive = Subscriber.of(other, "now", "sale")) {
                    alive.synced();
                    Subscriber dead = Subscriber.of(other, "now", "sale");
                    dead.synced();
                    Group.until(() -> assertEquals(2, other.sockets()));
                    dead.abort();
                    till.put("sale/1", Map.of()).with(201);
                    alive.awaitEvent("sale_created", "1");
                    Group.until(() -> assertEquals(1, other.sockets()));
                }
            });
            row.shows("filtering", () -> {
                try (Subscriber kitchen = new Subscriber(other)) {
                    Map<String, Object> open = Json.object("status", "open");
                    kitchen.send(
                            Json.object("op", "subscribe", "ref", "k", "collections", List.of("sale"), "where", open));
                    kitchen.synced();
                    till.put("sale/2", Json.object("status", "paid")).with(201);
                    till.put("sale/3", Json.object("status", "open")).with(201);
                    kitchen.awaitEvent("sale_created", "3");
                    assertEquals(1, kitchen.events().size());
                }
            });
            row.shows("data instead of mere notices", () -> {
                try (Subscriber screen = Subscriber.of(other, "now", "sale")) {
                    screen.synced();
                    till.patch("sale/3", Json.object("total", Json.number("12.10")))
                            .with(200);
                    Map<String, Object> event = screen.awaitEvent("sale_updated", "3");
                    assertEquals(Json.object("status", "open", "total", Json.number("12.10")), event.get("data"));
                    assertEquals(List.of("/total"), event.get("changed"));
                }
            });
            row.shows("user-specific updates", () -> {
                ApiClient alice = other.scoped("alice", "https://till.example", "alice.*:write");
                try (Subscriber screen = Subscriber.of(alice, "now", "*")) {
                    screen.synced();
                    till.put("bob.order/1", Map.of()).with(201);
                    till.put("alice.order/1", Map.of()).with(201);
                    screen.awaitEvent("order_created", "1");
                    assertEquals(
                            List.of("alice.order"),
                            screen.events().stream()
                                    .map(event -> event.get("collection"))
                                    .toList());
                }
                alice.get("bob.order/1").with(403);
            });
            row.shows("pooling", () -> {
                try (Subscriber pooled = Subscriber.of(other, "now", "sale")) {
                    pooled.send(
                            Json.object("op", "subscribe", "ref", "b", "collections", List.of("bill"), "since", "now"));
                    pooled.synced();
                    pooled.synced();
                    till.put("sale/4", Map.of()).with(201);
                    till.put("bill/4", Map.of()).with(201);
                    assertEquals(
                            Json.number(1),
                            pooled.awaitEvent("sale_created", "4").get("subscription"));
                    assertEquals("b", pooled.awaitEvent("bill_created", "4").get("subscription"));
                    Group.until(() -> assertEquals(1, other.sockets(), "one connection for all screens"));
                }
            });
            row.shows("queueing for absent clients", () -> {
                String position;
                try (Subscriber screen = Subscriber.of(other, "now", "sale")) {
                    position = screen.synced();
                }
                till.put("sale/5", Map.of()).with(201);
                till.delete("sale/4").with(204);
                group.awaitEqual();
                try (Subscriber screen = Subscriber.of(other, position, "sale")) {
                    screen.synced();
                    assertEquals(
                            List.of("sale_created 5", "sale_deleted 4"),
                            screen.events().stream()
                                    .map(event -> event.get("type") + " " + event.get("id"))
                                    .toList());
                }
            });
            row.shows("WSS falls away: the socket does not leave the machine, and between devices all is TLS", () -> {
                assertOnlyOnLoopback(till.api().getPort());
                Object peer = Json.list(other.status(), "peers").get(0);
                assertEquals("TLSv1.3", Wire.protocolAt(Json.text(peer, "address")));
            });
            row.shows("authentication", () -> {
                ApiClient stranger = new ApiClient(other.api(), "wrong", null);
                stranger.get("sale/5").with(401);
                assertThrows(CompletionException.class, () -> new Subscriber(stranger));
            });
            row.shows("rate limits", () -> {
                ApiClient eager = other.scoped("eager", "https://till.example", "sale:write");
                Answer answer = eager.get("sale/5");
                for (int i = 0; i < 100 && answer.status() == 200; i++) {
                    answer = eager.get("sale/5");
                }
                assertEquals("1", answer.with(429).field("Retry-After"));
                other.get("sale/5").with(200);
                ApiClient chatty = other.scoped("chatty", "https://till.example", "sale:write");
                try (Subscriber socket = new Subscriber(chatty)) {
                    for (int i = 0; i < 100; i++) {
                        socket.send(Json.object("op", "ping", "ref", Json.number(i)));
                    }
                    socket.await("a refusal", message -> "rate_limited".equals(message.get("code")));
                    socket.await(
                            "all to be answered", message -> Json.number(99).equals(message.get("ref")));
                }
            });
        }
        row.assertWhole();
    }

    private static void assertOnlyOnLoopback(int port) throws IOException {
        for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(network.getInetAddresses())) {
                if (!address.isLoopbackAddress()) {
                    assertThrows(IOException.class, () -> new Socket(address, port).close(), address.toString());
                }
            }
        }
    }

    private void open(List<ApiClient> tills, Subscriber screen) {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < ORDERS; i++) {
            items.add(ApiClient.create("order", "o-" + i, TestData.order(i, "open")));
        }
        for (int i = 0; i < ESTIMATES; i++) {
            items.add(ApiClient.create("estimate", "e-" + i, TestData.order(i, "draft")));
        }
        tills.get(0).writeAll(items);
        screen.awaitEvents(ORDERS + ESTIMATES);
    }

    /** Moves every order through all stages, each stage at another till; returns the leaves of order 7. */
    private Map<String, Object> serve(Group group, List<ApiClient> tills, Subscriber screen) {
        for (int stage = 0; stage < STAGES.size(); stage++) {
            group.awaitEqual();
            List<List<Object>> items = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < ORDERS; i++) {
                Map<String, Object> change = Json.object("status", STAGES.get(stage), "by", "till" + (i + stage) % 3);
                items.get((i + stage) % 3).add(ApiClient.update("order", "o-" + i, change));
            }
            for (int till = 0; till < 3; till++) {
                tills.get(till).writeAll(items.get(till));
            }
            String reached = STAGES.get(stage);
            long[] told = {0};
            screen.await(
                    "every order to be " + reached,
                    event -> "order_updated".equals(event.get("type"))
                            && reached.equals(Json.get(event, "data", "status"))
                            && ++told[0] == ORDERS);
        }
        List<Map<String, Object>> changes = screen.events().stream()
                .filter(event -> "order_updated".equals(event.get("type")))
                .toList();
        assertTrue(
                changes.stream().allMatch(event -> Json.list(event, "changed").contains("/status")),
                "an update names the fields that changed");
        assertEquals(
                IntStream.range(0, ORDERS).mapToObj(i -> "o-" + i).collect(Collectors.toSet()),
                changes.stream().map(event -> event.get("id")).collect(Collectors.toSet()));
        group.awaitEqual();
        Map<String, Object> expected = Json.leaves(TestData.order(7, "paid"));
        expected.put("/by", "till" + (7 + STAGES.size() - 1) % 3);
        return expected;
    }

    private void changeApart(Group group, List<ApiClient> tills) {
        group.device(2).pullCable();
        try (Subscriber news = new Subscriber(tills.get(0))) {
            // Different fields of one order, also side by side in one object.
            tills.get(0).patch("order/o-7", Json.object("status", "cancelled")).with(200);
            tills.get(2)
                    .patch(
                            "order/o-7",
                            Json.object("table", Json.number(99), "customer", Json.object("phone", "+48 1")))
                    .with(200);
            // The same field of another; and one deleted here, changed there.
            Answer first = tills.get(0)
                    .patch("order/o-8", Json.object("status", "refunded"))
                    .with(200);
            Answer second = patchLater(tills.get(2), "order/o-8", "cancelled", first);
            group.device(2).plugIn();
            group.awaitMet();
            group.awaitEqual();

            assertTrue(WriteStamp.parse(second.stamp()).compareTo(WriteStamp.parse(first.stamp())) > 0);
            for (ApiClient till : tills) {
                assertEquals(
                        "cancelled", Json.get(till.get("order/o-8").with(200).json(), "status"), "the last writer's");
            }
            Map<String, Object> told = news.await("a conflict", message -> "conflict".equals(message.get("type")));
            assertLost(told);
            // Whoever lost it can look it up: its author above all.
            List<Object> listed = tills.get(0).conflicts();
            assertEquals(1, listed.size(), () -> "only the field that both changed: " + listed);
            assertLost(listed.get(0));
            assertEquals(
                    1, Json.integer(tills.get(0).status(), "conflicts"), "the status counts what the journal holds");
        }
    }

    private static void assertLost(Object conflict) {
        assertEquals("order", Json.get(conflict, "collection"));
        assertEquals("o-8", Json.get(conflict, "id"));
        assertEquals("/status", Json.get(conflict, "path"));
        assertEquals("refunded", Json.get(conflict, "lostValue"));
        assertEquals("till1", Json.get(conflict, "loser"));
        assertEquals("till3", Json.get(conflict, "winner"));
    }

    /** Writes again and again until the stamp is newer, should both fall into one millisecond. */
    private static Answer patchLater(ApiClient till, String order, String status, Answer earlier) {
        Answer answer = till.patch(order, Json.object("status", status + "?")).with(200);
        while (WriteStamp.parse(answer.stamp()).compareTo(WriteStamp.parse(earlier.stamp())) < 0) {
            answer = till.patch(order, Json.object("status", answer.stamp())).with(200);
        }
        return till.patch(order, Json.object("status", status)).with(200);
    }
}
