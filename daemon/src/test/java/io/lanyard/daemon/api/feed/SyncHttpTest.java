package io.lanyard.daemon.api.feed;

import static io.lanyard.daemon.api.ApiFixture.MAPPER;
import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.engine.Operation;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class SyncHttpTest {

    private static final String BATCH = "/api/sync/batch";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void batch_appliesAll_withAResultPerItem() throws Exception {
        api.send("PUT", "/api/docs/expense/old", "{\"a\":1}");
        HttpResponse<String> response = api.send("POST", BATCH, """
                [{"action":"CREATE","resourceType":"expense","resourceId":"e1","data":{"amount":12.10},
                  "deviceId":"phone","timestamp":"2026-01-01T00:00:00Z"},
                 {"action":"UPDATE","resourceType":"expense","resourceId":"old","data":{"b":2},"deviceId":"phone"},
                 {"action":"DELETE","resourceType":"expense","resourceId":"gone","data":null,"deviceId":"phone"}]
                """);
        assertEquals(200, response.statusCode(), response.body());
        JsonNode results = json(response).get("results");
        assertEquals(List.of("201 created", "200 updated", "200 absent"), summaries(results));
        assertEquals("expense", results.get(0).get("resourceType").asText());
        assertEquals("e1", results.get(0).get("resourceId").asText());
        assertTrue(results.get(0).hasNonNull("etag"));
        assertTrue(json(response).get("position").asText().contains("-"));
        assertEquals("{\"amount\":12.10}", api.get("/api/docs/expense/e1").body());
        assertEquals("{\"a\":1,\"b\":2}", api.get("/api/docs/expense/old").body());
        assertEquals(200, api.send("POST", BATCH, "[]").statusCode());
    }

    @Test
    void batch_oneItemFails_nothingIsApplied_andEachItemSaysWhy() throws Exception {
        api.send("PUT", "/api/docs/expense/taken", "{}");
        HttpResponse<String> response = api.send("POST", BATCH, """
                [{"action":"CREATE","resourceType":"expense","resourceId":"e1","data":{}},
                 {"action":"CREATE","resourceType":"expense","resourceId":"taken","data":{"x":1}}]
                """);
        JsonNode problem = assertProblem(409, "already_exists", response);
        assertTrue(problem.get("detail").asText().contains("item 1"));
        assertEquals(List.of("424 not_applied", "409 already_exists"), summaries(problem.get("results")));
        assertEquals(404, api.get("/api/docs/expense/e1").statusCode());
        assertEquals("{}", api.get("/api/docs/expense/taken").body());
    }

    @Test
    void batch_modeEach_badItemsLeaveTheOthersAlone() throws Exception {
        HttpResponse<String> response = api.send("POST", BATCH + "?mode=each", """
                [{"action":"CREATE","resourceType":"expense","resourceId":"e1","data":{"a":1}},
                 {"action":"UPDATE","resourceType":"expense","resourceId":"nobody","data":{"a":1}},
                 {"action":"CREATE","resourceType":"expense","resourceId":"e2","data":{"a":1e999}},
                 {"action":"CREATE","resourceType":"ex pense","resourceId":"e3","data":{}},
                 {"action":"CREATE","resourceType":"expense","resourceId":"e4","dta":{}},
                 {"action":"EXPLODE","resourceType":"expense","resourceId":"e5","data":{}},
                 7,
                 {"action":"CREATE","resourceType":"expense","resourceId":"e6","data":{"$x":1}},
                 {"action":"CREATE","resourceType":"expense","resourceId":"e7","data":{"a":7},"deviceId":"tablet"},
                 {"action":"CREATE","resourceType":"expense","resourceId":"e8"}]
                """);
        assertEquals(200, response.statusCode(), response.body());
        JsonNode results = json(response).get("results");
        assertEquals(
                List.of(
                        "201 created",
                        "404 not_found",
                        "422 refused",
                        "422 refused",
                        "400 refused",
                        "422 refused",
                        "422 refused",
                        "422 refused",
                        "201 created",
                        "422 refused"),
                summaries(results));
        assertEquals("unknown_field", results.get(4).get("code").asText());
        assertTrue(results.get(4).get("detail").asText().contains("dta"));
        assertEquals("invalid_name", results.get(3).get("code").asText());
        assertTrue(results.get(2).get("detail").asText().contains("/2/data/a"));
        assertEquals("{\"a\":1}", api.get("/api/docs/expense/e1").body());
        assertEquals("{\"a\":7}", api.get("/api/docs/expense/e7").body());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            400 | unknown_field  | item 1 | {"action":"CREATE","resourceType":"x","resourceId":"b","data":{},"extra":1}
            400 | unknown_field  | extra  | {"action":"CREATE","resourceType":"x","resourceId":"b","data":{},"extra":1}
            422 | invalid_value  | item 1 | {"action":"CREATE","resourceType":"x","resourceId":"b","data":[1]}
            422 | invalid_value  | action | {"resourceType":"x","resourceId":"b","data":{}}
            422 | invalid_value  | action | {"action":7,"resourceType":"x","resourceId":"b","data":{}}
            422 | invalid_value  | item 1 | {"action":"create","resourceType":"x","resourceId":"b","data":{}}
            422 | invalid_name   | item 1 | {"action":"CREATE","resourceType":"x","resourceId":"..","data":{}}
            422 | invalid_value  | item 1 | {"action":"CREATE","resourceType":"x","resourceId":"b","deviceId":"a\\nb","data":{}}
            422 | invalid_value  | deviceId | {"action":"CREATE","resourceType":"x","resourceId":"b","deviceId":"b","data":{}}
            422 | invalid_value  | timestamp | {"action":"CREATE","resourceType":"x","resourceId":"b","timestamp":{},"data":{}}
            422 | invalid_value  | timestamp | {"action":"CREATE","resourceType":"x","resourceId":"b","timestamp":"a\\nb","data":{}}
            400 | duplicate_key  | line 1 | {"action":"CREATE","action":"DELETE","resourceType":"x","resourceId":"b"}
            400 | malformed_json | line 1 | {"action":"CREATE",}
            404 | not_found      | item 1 | {"action":"UPDATE","resourceType":"x","resourceId":"b","data":{}}
            """)
    void batch_withABadItem_isRefusedWhole_sayingWhichAndWhat(int status, String code, String where, String item)
            throws Exception {
        String good =
                "{\"action\":\"CREATE\",\"resourceType\":\"x\",\"resourceId\":\"a\",\"data\":{},\"deviceId\":\"a\"}";
        HttpResponse<String> response = api.send("POST", BATCH, "[" + good + "," + item + "]", "Lanyard-Client", "a");
        JsonNode problem = assertProblem(status, code, response);
        assertTrue(problem.get("detail").asText().contains(where), response.body());
        assertEquals(404, api.get("/api/docs/x/a").statusCode());
    }

    @Test
    void batch_limits() throws Exception {
        String item = "{\"action\":\"DELETE\",\"resourceType\":\"x\",\"resourceId\":\"a\"}";
        assertEquals(
                200,
                api.send("POST", BATCH, "[" + (item + ",").repeat(999) + item + "]")
                        .statusCode());
        assertProblem(413, "too_large", api.send("POST", BATCH, "[" + (item + ",").repeat(1000) + item + "]"));
        int length = 3 * Limits.MAX_BATCH_BYTES;
        String tooLarge = api.raw("POST " + BATCH + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port()
                + "\nAuthorization: Bearer " + api.token.text() + "\nContent-Type: application/json\nContent-Length: "
                + length + "\nConnection: close\n\n" + " ".repeat(length));
        assertProblem(413, "too_large", tooLarge.substring(tooLarge.indexOf("{\"type")));
        String large = "{\"action\":\"CREATE\",\"resourceType\":\"x\",\"resourceId\":\"a\",\"data\":{\"a\":\""
                + "x".repeat(Limits.MAX_DOCUMENT_BYTES) + "\"}}";
        JsonNode results =
                json(api.send("POST", BATCH + "?mode=each", "[" + large + "]")).get("results");
        assertEquals("too_large", results.get(0).get("code").asText());
        assertProblem(422, "invalid_value", api.send("POST", BATCH, "{}"));
        assertProblem(422, "invalid_value", api.send("POST", BATCH + "?mode=some", "[]"));
        assertProblem(415, "not_json", api.send("POST", BATCH, "[]", "Content-Type", "text/plain"));
    }

    @Test
    void status_hasTheContractsForm() throws Exception {
        JsonNode status = json(api.get("/api/sync/status"));
        assertEquals(
                "{\"id\":\"device-1\",\"name\":\"till\"}", status.get("device").toString());
        assertEquals("0000000000000001", status.get("replica").asText());
        assertEquals("alone", status.get("state").asText());
        assertEquals(3, status.get("pending").asInt());
        assertTrue(status.get("lastSync").asText().endsWith("Z"));
        assertEquals("{\"0000000000000001\":1}", status.get("versionVector").toString());
        assertEquals("0".repeat(32), status.get("digest").asText());
        assertEquals(0, status.get("conflicts").asInt());
        assertEquals(4096, status.get("storage").get("bytes").asInt());
        JsonNode peer = status.get("peers").get(0);
        List<String> names = new ArrayList<>();
        peer.fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of(
                        "id",
                        "name",
                        "address",
                        "online",
                        "inStep",
                        "behind",
                        "clockOffsetMillis",
                        "clockOff",
                        "lastSeen"),
                names);
        assertEquals("another group was heard", status.get("notices").get(0).asText());
        assertFalse(status.get("catchingUp").asBoolean());
        assertEquals(0, status.get("heldBack").asInt());
        assertEquals("device-2", json(api.get("/api/peers")).at("/items/0/id").asText());
    }

    @Test
    void metrics_needTheToken_andSayTheirForm() throws Exception {
        HttpResponse<String> metrics = api.get("/metrics");
        assertEquals(200, metrics.statusCode());
        assertEquals("some_metric 1\n", metrics.body());
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                metrics.headers().firstValue("Content-Type").orElse(""));
        assertProblem(401, "unauthorized", api.send(api.request("/metrics").setHeader("Authorization", "Bearer no")));
    }

    @Test
    void collections_areListed() throws Exception {
        api.send("PUT", "/api/docs/b.c/x", "{}");
        api.send("PUT", "/api/docs/a/x", "{}");
        assertEquals(
                "[{\"name\":\"a\"},{\"name\":\"b.c\"}]",
                json(api.get("/api/collections")).get("items").toString());
    }

    @Test
    void changes_tellFromTheStart_thenLive_andResumeFromAPosition() throws Exception {
        api.send("PUT", "/api/docs/expense/a", "{\"n\":12.10}");
        api.send("PUT", "/api/docs/app1.expense/b", "{\"n\":2}");
        api.send("PUT", "/api/docs/other/c", "{}");
        HttpResponse<InputStream> feed =
                api.stream(api.request("/api/sync/changes?collection=expense&collection=app1.*"));
        assertEquals(200, feed.statusCode());
        assertEquals(
                "application/x-ndjson",
                feed.headers().firstValue("Content-Type").orElse(""));
        JsonNode resume;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            assertTrue(line.contains("\"data\":{\"n\":12.10}"), line);
            JsonNode first = MAPPER.readTree(line);
            assertEquals("expense_created", first.get("type").asText());
            assertTrue(first.get("snapshot").asBoolean());
            assertEquals("app1.expense", next(lines).get("collection").asText());
            assertEquals("synced", next(lines).get("type").asText());

            api.send("PATCH", "/api/docs/expense/a", "{\"m\":1}");
            JsonNode live = next(lines);
            assertEquals("expense_updated", live.get("type").asText());
            assertEquals("updated", live.get("event").asText());
            assertEquals("[\"/m\"]", live.get("changed").toString());
            assertFalse(live.has("snapshot"));
            api.send("DELETE", "/api/docs/app1.expense/b", null);
            resume = next(lines);
            assertEquals("expense_deleted", resume.get("type").asText());
            assertTrue(resume.get("data").isNull());
        }
        api.send("PUT", "/api/docs/expense/d", "{}");
        String missed = api.get("/api/sync/changes?live=false&since="
                        + resume.get("position").asText())
                .body();
        assertEquals(2, missed.lines().count(), missed);
        assertTrue(missed.startsWith("{\"type\":\"expense_created\""), missed);
    }

    @Test
    void changes_ownOnesAreNotTold_unlessAskedFor() throws Exception {
        api.send("PUT", "/api/docs/x/mine", "{}", "Lanyard-Client", "till");
        api.send("PUT", "/api/docs/x/theirs", "{}", "Lanyard-Client", "office");
        api.send("PUT", "/api/docs/x/nobodys", "{}");
        node.writeRemotely(new Operation(
                Operation.Kind.PUT,
                new DocumentId("x", "remote"),
                FakeNode.leaves("a", "1"),
                Operation.Condition.NONE));
        String begin = "/api/sync/changes?live=false&since=abcd-0";
        String told =
                api.send(api.request(begin).header("Lanyard-Client", "till")).body();
        assertFalse(told.contains("\"mine\""), told);
        assertTrue(told.contains("\"theirs\"") && told.contains("\"nobodys\"") && told.contains("\"remote\""), told);
        String echoed = api.send(api.request(begin + "&echo=true").header("Lanyard-Client", "till"))
                .body();
        assertTrue(echoed.contains("\"origin\":{\"device\":\"device-1\",\"client\":\"till\",\"self\":true}"), echoed);
        assertTrue(echoed.contains("\"client\":\"office\",\"self\":false"), echoed);
        assertTrue(echoed.contains("\"device\":\"device-1\",\"client\":null,\"self\":false"), echoed);
    }

    @Test
    void changes_badPositions_areNamed() throws Exception {
        assertProblem(410, "resync_required", api.get("/api/sync/changes?since=1234-0"));
        assertProblem(410, "resync_required", api.get("/api/sync/changes?since=abcd-99"));
        assertProblem(422, "invalid_value", api.get("/api/sync/changes?since=yesterday"));
        assertProblem(422, "invalid_name", api.get("/api/sync/changes?collection=a..b"));
        assertProblem(400, "unknown_field", api.get("/api/sync/changes?from=1"));
    }

    @Test
    void changes_whenTheServerStops_theFeedEndsCleanly() throws Exception {
        HttpResponse<InputStream> feed = api.stream(api.request("/api/sync/changes"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
            assertEquals("synced", next(lines).get("type").asText());
            api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(16));
            assertEquals("", lines.readLine(), "a heartbeat");
            api.server.close();
            assertEquals(null, lines.readLine());
        }
    }

    @Test
    void changes_asServerSentEvents_goOnAfterTheLastEventId_andFilter() throws Exception {
        api.send("PUT", "/api/docs/x/a", "{\"n\":1}");
        api.send("PUT", "/api/docs/x/b", "{\"n\":20}");
        String path = "/api/sync/changes?live=false&where=n%3E%3D10";
        HttpResponse<String> first = api.send(api.request(path).header("Accept", "text/event-stream"));
        assertEquals(
                "text/event-stream", first.headers().firstValue("Content-Type").orElse(""));
        String[] events = first.body().split("\n\n");
        assertEquals(2, events.length, first.body());
        assertTrue(events[0].startsWith("retry: 2000\nid: abcd-2\ndata: {"), events[0]);
        assertEquals(
                "b", MAPPER.readTree(events[0].split("data: ")[1]).get("id").asText());
        assertEquals(
                "synced",
                MAPPER.readTree(events[1].split("data: ")[1]).get("type").asText());
        api.send("PUT", "/api/docs/x/b", "{\"n\":2}");
        HttpResponse<String> again =
                api.send(api.request(path).header("Accept", "text/event-stream").header("Last-Event-ID", "abcd-2"));
        JsonNode left = MAPPER.readTree(again.body().split("\n\n")[0].split("data: ")[1]);
        assertEquals("deleted", left.get("event").asText());
        assertTrue(left.get("left").asBoolean());
        assertTrue(left.get("data").isNull());
    }

    @Test
    void changes_aReaderThatTakesNothing_isCutOff() throws Exception {
        String filler = "f".repeat(200_000);
        try (Socket reader = new Socket("127.0.0.1", api.server.port())) {
            reader.setSoTimeout(10_000);
            String request = "GET /api/sync/changes HTTP/1.1\r\nHost: 127.0.0.1:" + api.server.port()
                    + "\r\nAuthorization: Bearer " + api.token.text() + "\r\n\r\n";
            reader.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', reader.getInputStream().read());
            for (int i = 0; i < 100; i++) {
                api.send("PUT", "/api/docs/x/d" + i, "{\"filler\":\"" + filler + "\"}");
            }
            await().until(() -> {
                api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(31));
                return !api.isListenedTo();
            });
            long taken = 0;
            byte[] buffer = new byte[1 << 16];
            try {
                for (int count = 0; count >= 0; count = reader.getInputStream().read(buffer)) {
                    taken += count;
                }
            } catch (SocketException e) {
                assertTrue(e.getMessage().contains("reset"), e.getMessage());
            }
            assertTrue(taken < 100L * filler.length(), "took " + taken);
        }
    }

    private static JsonNode next(BufferedReader lines) throws Exception {
        String line = lines.readLine();
        while (line.isEmpty()) {
            line = lines.readLine();
        }
        return MAPPER.readTree(line);
    }

    private static List<String> summaries(JsonNode results) {
        List<String> summaries = new ArrayList<>();
        for (JsonNode result : results) {
            assertEquals(summaries.size(), result.get("index").asInt());
            summaries.add(
                    result.get("status").asInt() + " " + result.get("outcome").asText());
        }
        return summaries;
    }
}
