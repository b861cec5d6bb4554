package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counters and sets by the API of two real replicas, over a network in memory. */
@Timeout(60)
class CountersTwoDevicesTest {

    private static final String APPLE = "/api/docs/stock/apple";

    @RegisterExtension
    final TwoDevices devices = new TwoDevices();

    private ApiFixture till;
    private ApiFixture counter;

    @BeforeEach
    void start() {
        till = devices.till;
        counter = devices.office;
    }

    private void cutOff() {
        devices.cut();
        devices.awaitState("alone");
    }

    private static int patch(ApiFixture api, String body) throws Exception {
        return api.send("PATCH", APPLE, body).statusCode();
    }

    @Test
    void twoTillsSellOne_offline_twoAreGone() throws Exception {
        till.send("PUT", APPLE, "{\"name\":\"apple\",\"count\":10,\"labels\":[\"fruit\"],\"sales\":{}}");
        devices.awaitInStep();
        cutOff();
        try (SocketClient client = SocketClient.open(till)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"stock\"],\"since\":\"now\"}");
            TwoDevices.nextOf(client, "synced");
            client.send("{\"op\":\"patch\",\"ref\":2,\"collection\":\"stock\",\"id\":\"apple\",\"data\":"
                    + "{\"count\":{\"$increment\":-1},\"labels\":{\"$add\":[\"red\"]},\"name\":\"Apple\"}}");
            assertEquals(2, TwoDevices.nextOf(client, "ack").get("ref").asInt());
            String batch = "[{\"action\":\"UPDATE\",\"resourceType\":\"stock\",\"resourceId\":\"apple\",\"data\":"
                    + "{\"count\":{\"$increment\":-1.00},\"sales\":{\"today\":{\"$increment\":12.10}}}}]";
            assertEquals(200, counter.send("POST", "/api/sync/batch", batch).statusCode());
            assertEquals(200, patch(counter, "{\"labels\":{\"$add\":[\"cheap\"],\"$remove\":[\"fruit\"]}}"));
            devices.heal();
            JsonNode updated = TwoDevices.nextOf(client, "stock_updated");
            while (!updated.get("data").has("sales")
                    || !updated.at("/data/labels/1").asText().equals("cheap")) {
                updated = TwoDevices.nextOf(client, "stock_updated");
            }
        }
        devices.awaitInStep();
        String expected =
                "{\"count\":8.00,\"labels\":[\"red\",\"cheap\"],\"name\":\"Apple\",\"sales\":{\"today\":12.10}}";
        assertEquals(expected, till.get(APPLE).body());
        assertEquals(expected, counter.get(APPLE).body());
        assertEquals(
                till.get(APPLE).headers().firstValue("ETag"),
                counter.get(APPLE).headers().firstValue("ETag"));
        assertEquals(0, json(till.get("/api/conflicts")).get("items").size());
    }

    @Test
    void event_namesTheFieldThatIsCounted() throws Exception {
        till.send("PUT", APPLE, "{\"count\":10,\"shelf\":{\"a\":1}}");
        devices.awaitInStep();
        try (SocketClient client = SocketClient.open(counter)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"stock\"],\"since\":\"now\"}");
            TwoDevices.nextOf(client, "synced");
            patch(till, "{\"count\":{\"$increment\":5},\"shelf\":{\"a\":{\"$increment\":0.5}}}");
            JsonNode updated = TwoDevices.nextOf(client, "stock_updated");
            assertEquals("[\"/count\",\"/shelf/a\"]", updated.get("changed").toString());
            assertEquals(
                    "{\"count\":15,\"shelf\":{\"a\":1.5}}", updated.get("data").toString());
        }
    }

    @Test
    void plainWriteBeside_startsANewCount_andTheCountIsInTheJournal_andComesBack() throws Exception {
        till.send("PUT", APPLE, "{\"count\":10}");
        devices.awaitInStep();
        patch(till, "{\"count\":{\"$increment\":-2}}");
        devices.awaitInStep();
        cutOff();
        patch(till, "{\"count\":{\"$increment\":-1}}");
        patch(counter, "{\"count\":50}");
        devices.heal();
        devices.awaitInStep();
        assertEquals("{\"count\":50}", till.get(APPLE).body());
        JsonNode conflict = json(till.get("/api/conflicts")).at("/items/0");
        assertEquals("/count", conflict.get("path").asText());
        assertEquals("{\"$increment\":-1}", conflict.get("lostValue").toString());
        assertEquals("till", conflict.get("loser").asText());
        assertEquals(50, conflict.get("winnerValue").asInt());
        String number = conflict.get("number").asText();
        assertEquals(
                200,
                till.send("POST", "/api/conflicts/" + number + "/restore", null).statusCode());
        assertEquals("{\"count\":49}", till.get(APPLE).body());
        devices.awaitInStep();
        assertEquals("{\"count\":49}", counter.get(APPLE).body());
    }

    @Test
    void undoOfACount_writesTheNumberThatWasThere_andStartsANewCount() throws Exception {
        till.send("PUT", APPLE, "{\"count\":10,\"labels\":[\"fruit\"]}");
        devices.awaitInStep();
        patch(till, "{\"count\":{\"$increment\":-2},\"labels\":{\"$add\":[\"red\"]}}");
        devices.awaitInStep();
        assertEquals(200, till.send("POST", APPLE + "/undo", null).statusCode());
        assertEquals("{\"count\":10,\"labels\":[\"fruit\"]}", till.get(APPLE).body());
        devices.awaitInStep();
        patch(till, "{\"count\":{\"$increment\":-3}}");
        devices.awaitInStep();
        cutOff();
        patch(counter, "{\"count\":{\"$increment\":-1}}");
        till.send("POST", APPLE + "/undo", null);
        devices.heal();
        devices.awaitInStep();
        assertEquals(10, json(counter.get(APPLE)).get("count").asInt());
        JsonNode conflict = json(counter.get("/api/conflicts")).at("/items/0");
        assertEquals(
                "{\"$increment\":-1}", conflict.get("lostValue").toString(), "what was sold beside it is not lost");
        String number = conflict.get("number").asText();
        counter.send("POST", "/api/conflicts/" + number + "/restore", null);
        assertEquals(9, json(counter.get(APPLE)).get("count").asInt());
        devices.awaitInStep();
        patch(till, "{\"count\":{\"$increment\":-2}}");
        patch(till, "{\"count\":{\"$increment\":-1}}");
        till.send("POST", APPLE + "/undo", null);
        assertEquals(7, json(till.get(APPLE)).get("count").asInt(), "only the last one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'text':{'$increment':1}}      | not_a_number  | 422",
                "{'object':{'$increment':1}}    | not_a_number  | 422",
                "{'list':{'$increment':1}}      | not_a_number  | 422",
                "{'null':{'$increment':1}}      | not_a_number  | 422",
                "{'big':{'$increment':1}}       | out_of_range  | 422",
                "{'count':{'$increment':1e300}} | out_of_range  | 422",
                "{'count':{'$add':[1]}}         | not_an_array  | 422",
                "{'object':{'$remove':[1]}}     | not_an_array  | 422",
                "{'count':{'$increment':'1'}}   | invalid_value | 422",
                "{'count':{'$increment':1e20000000}} | invalid_value | 422",
                "{'list':{'$add':1}}            | invalid_value | 422",
                "{'list':{'$add':[1],'$remove':[1]}} | invalid_value | 422",
                "{'count':{'$increment':1,'$add':[1]}} | invalid_value | 422",
                "{'count':{'$increment':1,'other':1}} | invalid_name | 422",
                "{'count':{'other':1,'$increment':1}} | invalid_name | 422",
                "{'count':{'$decrement':1}}     | invalid_name  | 422",
                "{'$increment':1}               | invalid_name  | 422",
                "{'list':[{'$increment':1}]}    | invalid_name  | 422",
                "{'count':{'$increment':1,'$increment':1}} | duplicate_key | 400",
            })
    void stepThatCannotBe_isRefused_andNothingIsWritten(String body, String code, int status) throws Exception {
        String document =
                "{\"big\":1e300,\"count\":1.5,\"list\":[1],\"null\":null,\"object\":{\"a\":1},\"text\":\"1\"}";
        till.send("PUT", APPLE, document);
        assertProblem(status, code, till.send("PATCH", APPLE, body.replace('\'', '"')));
        assertEquals(document, till.get(APPLE).body());
    }

    @Test
    void stepOutsideOfAPatch_isRefused() throws Exception {
        String step = "{\"count\":{\"$increment\":1}}";
        assertProblem(422, "invalid_name", till.send("PUT", APPLE, step));
        assertProblem(422, "invalid_name", till.send("POST", "/api/docs/stock", step));
        assertProblem(404, "not_found", till.send("PATCH", APPLE, step));
        String batch =
                "[{\"action\":\"CREATE\",\"resourceType\":\"stock\",\"resourceId\":\"apple\",\"data\":" + step + "}]";
        assertProblem(422, "invalid_name", till.send("POST", "/api/sync/batch", batch));
        try (SocketClient client = SocketClient.open(till)) {
            client.send("{\"op\":\"put\",\"ref\":1,\"collection\":\"stock\",\"id\":\"apple\",\"data\":" + step + "}");
            assertEquals(
                    "invalid_name",
                    TwoDevices.nextOf(client, "error").get("code").asText());
        }
    }

    @Test
    void stepThatChangesNothing_isNoWrite() throws Exception {
        till.send("PUT", APPLE, "{\"count\":1.50,\"labels\":[\"a\"]}");
        String etag = till.get(APPLE).headers().firstValue("ETag").orElseThrow();
        String nothing = "{\"count\":{\"$increment\":0.000},\"labels\":{\"$add\":[\"a\"],\"$remove\":[\"b\"]},"
                + "\"none\":{\"$increment\":0},\"never\":{\"$remove\":[1]}}";
        assertEquals(200, patch(till, nothing));
        assertEquals(etag, till.get(APPLE).headers().firstValue("ETag").orElseThrow());
        assertEquals("{\"count\":1.50,\"labels\":[\"a\"]}", till.get(APPLE).body());
        assertEquals(200, patch(till, "{\"count\":{\"$increment\":0.05}}"));
        assertTrue(!etag.equals(till.get(APPLE).headers().firstValue("ETag").orElseThrow()));
        assertEquals("{\"count\":1.55,\"labels\":[\"a\"]}", till.get(APPLE).body());
    }
}
