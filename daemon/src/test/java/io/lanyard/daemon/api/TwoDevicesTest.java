package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The API of two real replicas, over a network in memory. */
@Timeout(60)
class TwoDevicesTest {

    @RegisterExtension
    final TwoDevices devices = new TwoDevices();

    private ApiFixture till;
    private ApiFixture office;

    @BeforeEach
    void start() {
        till = devices.till;
        office = devices.office;
    }

    @Test
    void putOnOne_isPushedToASubscriberOnTheOther_exactlyAsWritten() throws Exception {
        devices.awaitInStep();
        try (SocketClient client = SocketClient.open(office)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"transaction\"]}");
            TwoDevices.nextOf(client, "synced");
            till.send(
                    "PUT",
                    "/api/docs/transaction/t1",
                    "{\"amount\":12.10,\"who\":\"Żółć 漢\"}",
                    "Lanyard-Client",
                    "pos");
            JsonNode created = TwoDevices.nextOf(client, "transaction_created");
            assertEquals("Żółć 漢", created.at("/data/who").asText());
            assertEquals("[\"/amount\",\"/who\"]", created.get("changed").toString());
            assertEquals(
                    "{\"device\":\"t1\",\"client\":\"pos\",\"self\":false}",
                    created.get("origin").toString());
            assertEquals(
                    "{\"amount\":12.10,\"who\":\"Żółć 漢\"}",
                    office.get("/api/docs/transaction/t1").body());
            till.send("PATCH", "/api/docs/transaction/t1", "{\"amount\":0.1}");
            assertEquals(
                    "[\"/amount\"]",
                    TwoDevices.nextOf(client, "transaction_updated")
                            .get("changed")
                            .toString());
            till.send("DELETE", "/api/docs/transaction/t1", null);
            assertTrue(
                    TwoDevices.nextOf(client, "transaction_deleted").get("data").isNull());
        }
    }

    @Test
    void cutOff_bothWrite_healed_bothShowTheSame_andTheConflictIsTold() throws Exception {
        till.send("PUT", "/api/docs/order/o1", "{\"status\":\"open\",\"table\":4}");
        devices.awaitInStep();
        devices.cut();
        devices.awaitState("alone");
        try (SocketClient client = SocketClient.open(till)) {
            till.send("PATCH", "/api/docs/order/o1", "{\"status\":\"paid\"}");
            long written = System.currentTimeMillis();
            await().until(() -> System.currentTimeMillis() > written); // the later one wins
            office.send("PATCH", "/api/docs/order/o1", "{\"status\":\"void\",\"table\":5}");
            assertEquals(1, json(till.get("/api/sync/status")).get("pending").asInt());
            devices.heal();
            JsonNode conflict = TwoDevices.nextOf(client, "conflict");
            assertEquals("/status", conflict.get("path").asText());
            assertEquals("paid", conflict.get("lostValue").asText());
            assertEquals("till", conflict.get("loser").asText());
        }
        devices.awaitInStep();
        assertEquals(
                "{\"status\":\"void\",\"table\":5}",
                till.get("/api/docs/order/o1").body());
        JsonNode mine = json(till.get("/api/sync/status"));
        JsonNode theirs = json(office.get("/api/sync/status"));
        assertEquals(theirs.get("versionVector"), mine.get("versionVector"));
        assertEquals(theirs.get("digest"), mine.get("digest"));
        assertEquals(0, mine.get("pending").asInt());
        assertEquals(1, json(till.get("/api/conflicts")).get("items").size());
    }

    @Test
    void batchTimestamp_isShownOnBothDevices_andOrdersNothing() throws Exception {
        devices.awaitInStep();
        try (SocketClient client = SocketClient.open(office)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"expense\"]}");
            TwoDevices.nextOf(client, "synced");
            String first = batchOf("CREATE", "e1", "{\"n\":1}", "\"2031-01-01T00:00:00Z\"");
            assertEquals(200, till.send("POST", "/api/sync/batch", first).statusCode());
            assertEquals(
                    "2031-01-01T00:00:00Z",
                    TwoDevices.nextOf(client, "expense_created")
                            .at("/origin/clientTimestamp")
                            .asText());
            String second = batchOf("UPDATE", "e1", "{\"n\":2}", "86400000");
            assertEquals(200, till.send("POST", "/api/sync/batch", second).statusCode());
            JsonNode updated = TwoDevices.nextOf(client, "expense_updated");
            assertEquals("86400000", updated.at("/origin/clientTimestamp").asText());
            assertEquals("phone", updated.at("/origin/client").asText());
        }
        for (ApiFixture device : List.of(till, office)) {
            await().atMost(TwoDevices.SOON)
                    .untilAsserted(() -> assertEquals(
                            List.of("86400000", "2031-01-01T00:00:00Z"),
                            json(device.get("/api/docs/expense/e1/history")).findValuesAsText("clientTimestamp")));
            assertEquals("{\"n\":2}", device.get("/api/docs/expense/e1").body());
        }
    }

    private static String batchOf(String action, String id, String data, String timestamp) {
        return "[{\"action\":\"%s\",\"resourceType\":\"expense\",\"resourceId\":\"%s\",\"data\":%s,\"deviceId\":\"phone\",\"timestamp\":%s}]"
                .formatted(action, id, data, timestamp);
    }

    @Test
    void etags_areTheSameOnBoth_andGuardAgainstLostUpdates() throws Exception {
        String etag = till.send("PUT", "/api/docs/a/b", "{\"n\":1}")
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        devices.awaitInStep();
        assertEquals(
                etag, office.get("/api/docs/a/b").headers().firstValue("ETag").orElseThrow());
        assertEquals(
                200,
                office.send("PUT", "/api/docs/a/b", "{\"n\":2}", "If-Match", etag)
                        .statusCode());
        devices.awaitInStep();
        assertProblem(412, "etag_mismatch", till.send("PUT", "/api/docs/a/b", "{\"n\":3}", "If-Match", etag));
        assertProblem(412, "etag_mismatch", till.send("PUT", "/api/docs/a/b", "{}", "If-None-Match", "*"));
        assertProblem(404, "not_found", till.send("PATCH", "/api/docs/a/c", "{}"));
        assertProblem(404, "not_found", till.send("DELETE", "/api/docs/a/c", null));
        assertEquals("{\"n\":2}", till.get("/api/docs/a/b").body());
    }

    @Test
    void batch_isAllOrNothing_orEach_andEachItemTells() throws Exception {
        String items = "[{\"action\":\"CREATE\",\"resourceType\":\"x\",\"resourceId\":\"a\",\"data\":{\"n\":1.50}},"
                + "{\"action\":\"UPDATE\",\"resourceType\":\"x\",\"resourceId\":\"nobody\",\"data\":{}}]";
        JsonNode refused = assertProblem(404, "not_found", till.send("POST", "/api/sync/batch", items));
        assertEquals("not_applied", refused.at("/results/0/outcome").asText());
        assertEquals(404, till.get("/api/docs/x/a").statusCode());
        JsonNode each = json(till.send("POST", "/api/sync/batch?mode=each", items));
        assertEquals(201, each.at("/results/0/status").asInt());
        assertEquals(404, each.at("/results/1/status").asInt());
        devices.awaitInStep();
        assertEquals("{\"n\":1.50}", office.get("/api/docs/x/a").body());
    }

    @Test
    void list_pagesAndFilters() throws Exception {
        StringBuilder batch = new StringBuilder("[");
        for (int i = 0; i < 250; i++) {
            batch.append(i == 0 ? "" : ",")
                    .append("{\"action\":\"CREATE\",\"resourceType\":\"x\",\"resourceId\":\"d")
                    .append(1000 + i)
                    .append("\",\"data\":{\"n\":")
                    .append(i)
                    .append("}}");
        }
        assertEquals(200, till.send("POST", "/api/sync/batch", batch + "]").statusCode());
        List<String> ids = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = json(till.get("/api/docs/x?limit=40&where=n%3E%3D100" + cursor));
            page.get("items").forEach(item -> ids.add(item.get("id").asText()));
            cursor = page.get("next").isNull()
                    ? ""
                    : "&cursor=" + page.get("next").asText();
        } while (!cursor.isEmpty());
        assertEquals(150, ids.size());
        assertEquals("d1100", ids.get(0));
        assertFalse(ids.contains("d1099"));
        assertEquals(10, json(till.get("/api/docs/x?prefix=d112")).get("items").size());
    }

    @Test
    void changes_untilTheTail_giveTheWholePicture() throws Exception {
        for (int i = 0; i < 100; i++) {
            till.send("PUT", "/api/docs/x/d" + i, "{\"n\":" + i + "}");
        }
        till.send("DELETE", "/api/docs/x/d7", null);
        List<String> lines =
                till.get("/api/sync/changes?live=false").body().lines().toList();
        assertEquals(100, lines.size());
        assertTrue(lines.get(99).startsWith("{\"type\":\"synced\""), lines.get(99));
        assertTrue(lines.subList(0, 99).stream().allMatch(line -> line.endsWith("\"snapshot\":true}")));
    }
}
