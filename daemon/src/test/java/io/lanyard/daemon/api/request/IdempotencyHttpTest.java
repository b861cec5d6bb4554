package io.lanyard.daemon.api.request;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.DeviceOnDisk;
import io.lanyard.daemon.api.SocketClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Writes that come again under the same key, over HTTP, on a real store. */
@Timeout(60)
class IdempotencyHttpTest {

    private static final String KEY = "Idempotency-Key";

    @RegisterExtension
    final DeviceOnDisk device = new DeviceOnDisk();

    private ApiFixture api() {
        return device.api;
    }

    @Test
    void post_again_createsOneDocument_andIsAnsweredTheSame_alsoAfterARestart() throws Exception {
        HttpResponse<String> first = api().send("POST", "/api/docs/order", "{\"n\":1}", KEY, "k1");
        assertEquals(201, first.statusCode());
        assertSame(first, api().send("POST", "/api/docs/order", "{\"n\":1}", KEY, "k1"));
        device.restart();
        assertSame(first, api().send("POST", "/api/docs/order", "{\"n\":1}", KEY, "k1"));
        assertEquals(1, json(api().get("/api/docs/order")).get("items").size());
        HttpResponse<String> other = api().send("POST", "/api/docs/order", "{\"n\":1}", KEY, "k2");
        assertTrue(!other.body().equals(first.body()));
    }

    @Test
    void sameKey_forAnotherRequest_isRefused_andNothingIsDone() throws Exception {
        api().send("PUT", "/api/docs/order/a", "{\"n\":1}", KEY, "k1");
        assertProblem(422, "idempotency_key_reused", api().send("PUT", "/api/docs/order/a", "{\"n\":2}", KEY, "k1"));
        assertProblem(422, "idempotency_key_reused", api().send("PUT", "/api/docs/order/b", "{\"n\":1}", KEY, "k1"));
        assertProblem(422, "idempotency_key_reused", api().send("PATCH", "/api/docs/order/a", "{\"n\":1}", KEY, "k1"));
        assertProblem(
                422,
                "idempotency_key_reused",
                api().send("PUT", "/api/docs/order/a", "{\"n\":1}", KEY, "k1", "If-Match", "*"));
        device.restart();
        assertProblem(422, "idempotency_key_reused", api().send("DELETE", "/api/docs/order/a", null, KEY, "k1"));
        assertEquals("{\"n\":1}", api().get("/api/docs/order/a").body());
        assertEquals(404, api().get("/api/docs/order/b").statusCode());
    }

    @Test
    void whatWasDone_isNotDoneAgain_evenIfOthersWroteSince() throws Exception {
        api().send("PUT", "/api/docs/order/a", "{\"n\":1}");
        HttpResponse<String> patched = api().send("PATCH", "/api/docs/order/a", "{\"n\":2}", KEY, "p");
        HttpResponse<String> deleted = api().send("DELETE", "/api/docs/order/a", null, KEY, "d");
        assertEquals(204, deleted.statusCode());
        api().send("PUT", "/api/docs/order/a", "{\"n\":9}");
        assertSame(patched, api().send("PATCH", "/api/docs/order/a", "{\"n\":2}", KEY, "p"));
        assertSame(deleted, api().send("DELETE", "/api/docs/order/a", null, KEY, "d"));
        assertEquals("{\"n\":9}", api().get("/api/docs/order/a").body());
    }

    @Test
    void refusedRequests_leaveTheirKeyFree() throws Exception {
        assertEquals(
                404,
                api().send("PATCH", "/api/docs/order/a", "{\"n\":2}", KEY, "k").statusCode());
        api().send("PUT", "/api/docs/order/a", "{\"n\":1}");
        assertEquals(
                200,
                api().send("PATCH", "/api/docs/order/a", "{\"n\":2}", KEY, "k").statusCode());
        assertProblem(422, "invalid_value", api().send("PUT", "/api/docs/order/a", "{}", KEY, " "));
        assertProblem(422, "invalid_value", api().send("PUT", "/api/docs/order/a", "{}", KEY, "x".repeat(256)));
    }

    @Test
    void batch_again_isAnsweredTheSame() throws Exception {
        String batch = "[{\"action\":\"CREATE\",\"resourceType\":\"e\",\"resourceId\":\"a\",\"data\":{\"n\":1}},"
                + "{\"action\":\"DELETE\",\"resourceType\":\"e\",\"resourceId\":\"x\"}]";
        HttpResponse<String> first = api().send("POST", "/api/sync/batch", batch, KEY, "b1");
        assertEquals(200, first.statusCode(), first.body());
        device.restart();
        assertSame(first, api().send("POST", "/api/sync/batch", batch, KEY, "b1"));
        assertProblem(
                422,
                "idempotency_key_reused",
                api().send("POST", "/api/sync/batch", batch.replace("\"a\"", "\"b\""), KEY, "b1"));
        assertProblem(422, "invalid_value", api().send("POST", "/api/sync/batch", batch, "If-Match", "*"));
    }

    @Test
    void batch_ofSeveralDevices_each_isDoneOnce() throws Exception {
        String item =
                "{\"action\":\"CREATE\",\"resourceType\":\"e\",\"resourceId\":\"%s\",\"data\":{\"n\":1},\"deviceId\":\"%s\"}";
        String batch = "[" + item.formatted("a", "p1") + "," + item.formatted("b", "p2") + ","
                + item.formatted("a", "p3") + ",{\"action\":\"NONSENSE\"}]";
        HttpResponse<String> first = api().send("POST", "/api/sync/batch?mode=each", batch, KEY, "b");
        assertEquals(409, json(first).at("/results/2/status").asInt(), first.body());
        api().send("DELETE", "/api/docs/e/b", null);
        assertSame(first, api().send("POST", "/api/sync/batch?mode=each", batch, KEY, "b"));
        assertEquals(404, api().get("/api/docs/e/b").statusCode());
        String longer = batch.replace("[" + item.formatted("a", "p1"), "[" + item.formatted("q", "p1"))
                .replace(",{\"action\":\"NONSENSE\"}", "," + item.formatted("z", "p9"));
        assertProblem(422, "idempotency_key_reused", api().send("POST", "/api/sync/batch?mode=each", longer, KEY, "b"));
        assertEquals(404, api().get("/api/docs/e/z").statusCode(), "nothing of another batch was done");
    }

    @Test
    void keysOfDifferentTokens_haveNothingToDoWithEachOther() throws Exception {
        for (String token :
                List.of(api().tokenFor(List.of(), "order:write"), api().tokenFor(List.of(), "order:write"))) {
            HttpResponse<String> made =
                    api().send("POST", "/api/docs/order", "{\"n\":1}", KEY, "k", "Authorization", "Bearer " + token);
            assertEquals(201, made.statusCode(), made.body());
        }
        assertEquals(2, json(api().get("/api/docs/order")).get("items").size());
    }

    @Test
    void messages_underAKey_areDoneOnce_overBreaksAndARestart() throws Exception {
        String count = "{\"op\":\"patch\",\"ref\":%s,\"key\":\"k1\",\"collection\":\"stock\",\"id\":\"tea\",\"data\":"
                + "{\"left\":{\"$increment\":-1}}}";
        String batch = "{\"op\":\"batch\",\"ref\":7,\"key\":\"k2\",\"items\":[{\"action\":\"CREATE\","
                + "\"resourceType\":\"e\",\"resourceId\":\"a\",\"data\":{\"n\":1}}]}";
        api().send("PUT", "/api/docs/stock/tea", "{\"left\":10}");
        JsonNode first;
        JsonNode created;
        try (SocketClient client = SocketClient.open(api())) {
            client.send("{\"op\":\"hello\",\"client\":\"page-1\"}");
            first = client.send(count.formatted(1)).next();
            assertEquals("ack", first.get("type").asText());
            created = client.send(batch).next();
            assertEquals("created", created.at("/results/0/outcome").asText());
        }
        api().send("DELETE", "/api/docs/e/a", null);
        device.restart();
        try (SocketClient client = SocketClient.open(api())) {
            client.send("{\"op\":\"hello\",\"client\":\"page-2\"}");
            assertEquals(first, client.send(count.formatted(1)).next(), "the answer of the first time");
            assertEquals(created, client.send(batch).next());
            JsonNode other = client.send(count.formatted(2).replace("-1", "-2")).next();
            assertEquals("idempotency_key_reused", other.get("code").asText());
            JsonNode none = client.send(count.formatted(3).replace("k1", " ")).next();
            assertEquals("invalid_value", none.get("code").asText());
            JsonNode another =
                    client.send(count.formatted(4).replace("k1", "k9")).next();
            assertEquals("updated", another.get("outcome").asText());
        }
        assertEquals("{\"left\":8}", api().get("/api/docs/stock/tea").body());
        assertEquals(404, api().get("/api/docs/e/a").statusCode(), "it was not created again");
    }

    @Test
    void manyAtOnce_underOneKey_areOneWrite() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 20)
                .mapToObj(i -> api().client()
                        .sendAsync(
                                api().request("/api/docs/order")
                                        .header("Content-Type", "application/json")
                                        .header(KEY, "same")
                                        .POST(BodyPublishers.ofString("{\"n\":1}"))
                                        .build(),
                                BodyHandlers.ofString()))
                .toList();
        Set<String> bodies = new HashSet<>();
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            bodies.add(answer.get(20, TimeUnit.SECONDS).body());
        }
        assertEquals(1, bodies.size(), bodies.toString());
        assertEquals(1, json(api().get("/api/docs/order")).get("items").size());
    }

    private static void assertSame(HttpResponse<String> expected, HttpResponse<String> actual) {
        assertEquals(expected.statusCode(), actual.statusCode(), actual.body());
        assertEquals(expected.body(), actual.body());
        for (String name : List.of("ETag", "Lanyard-Stamp", "Location", "Content-Type")) {
            assertEquals(expected.headers().firstValue(name), actual.headers().firstValue(name), name);
        }
    }
}
