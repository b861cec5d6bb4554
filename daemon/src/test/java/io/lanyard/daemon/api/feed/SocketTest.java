package io.lanyard.daemon.api.feed;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.SampleConflicts;
import io.lanyard.daemon.api.SocketClient;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.node.NodeStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(40)
class SocketTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void filterThatLetsNothingThrough_keepsNoOtherMessageWaiting() throws Exception {
        for (int i = 0; i < 4; i++) {
            StringBuilder items = new StringBuilder();
            for (int j = 0; j < 300; j++) {
                items.append(j == 0 ? "[" : ",")
                        .append("{\"action\":\"CREATE\",\"resourceType\":\"x\",\"resourceId\":\"")
                        .append(i)
                        .append('-')
                        .append(j)
                        .append("\",\"data\":{}}");
            }
            assertEquals(
                    200,
                    api.send("POST", "/api/sync/batch", items.append(']').toString())
                            .statusCode());
        }
        AtomicInteger looked = new AtomicInteger();
        CountDownLatch isAnswered = new CountDownLatch(1);
        // Some time for the ping to arrive, while a part of the documents is looked at.
        node.onLook = () -> {
            if (looked.incrementAndGet() % FeedCursor.LOOKED_AT_ONCE == 0) {
                assertDoesNotThrow(() -> isAnswered.await(3, TimeUnit.SECONDS));
            }
        };
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"where\":{\"n\":1},\"batchMillis\":5}");
            client.send("{\"op\":\"ping\",\"ref\":2}");
            assertEquals("pong", client.next().get("type").asText(), "it does not wait for the end of the search");
            isAnswered.countDown();
            assertEquals("synced", client.next().get("type").asText());
            JsonNode some = client.send("{\"op\":\"sync_request\",\"ref\":3,\"where\":{\"n\":1}}")
                    .next();
            assertEquals("[]", some.get("items").toString());
            assertFalse(some.get("more").asBoolean());
        }
        assertEquals(
                1,
                api.get("/api/sync/changes?live=false&where=n%3D1")
                        .body()
                        .lines()
                        .count());
    }

    @Test
    void subscribe_givesTheSnapshot_thenSynced_thenEverythingLive() throws Exception {
        api.send("PUT", "/api/docs/expense/a", "{\"amount\":12.10}");
        api.send("PUT", "/api/docs/contact/b", "{}");
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"hello\",\"client\":\"till\"}");
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"expense\"],\"since\":\"start\"}");
            String text = client.received.poll(10, TimeUnit.SECONDS);
            assertTrue(
                    text.startsWith("{\"type\":\"expense_created\",\"event\":\"created\",\"collection\":\"expense\","
                            + "\"id\":\"a\",\"data\":{\"amount\":12.10},\"changed\":[\"/amount\"],"
                            + "\"timestamp\":\"2026-09-"),
                    text);
            assertTrue(
                    text.contains("\"origin\":{\"device\":\"device-1\",\"client\":null,\"self\":false},"
                            + "\"subscription\":1,\"position\":\"abcd-1-0-2\",\"snapshot\":true}"),
                    text);
            JsonNode synced = client.next("synced");
            assertEquals(1, synced.get("subscription").asInt());
            assertEquals("abcd-2", synced.get("position").asText());

            api.send("PATCH", "/api/docs/expense/a", "{\"amount\":13}");
            JsonNode updated = client.next("expense_updated");
            assertFalse(updated.has("snapshot"));
            api.send("DELETE", "/api/docs/expense/a", null);
            JsonNode deleted = client.next("expense_deleted");
            assertTrue(deleted.get("data").isNull());
            assertEquals("[\"/amount\"]", deleted.get("changed").toString());
        }
    }

    @Test
    void subscribe_sincePosition_givesExactlyWhatWasMissed() throws Exception {
        api.send("PUT", "/api/docs/x/a", "{}");
        api.send("PUT", "/api/docs/x/b", "{}");
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":\"s\",\"since\":\"abcd-1\"}");
            JsonNode missed = client.next("x_created");
            assertEquals("b", missed.get("id").asText());
            assertEquals("s", missed.get("subscription").asText());
            assertFalse(missed.has("snapshot"));
            assertEquals("abcd-2", client.next("synced").get("position").asText());
            client.send("{\"op\":\"subscribe\",\"ref\":2,\"since\":\"now\"}");
            assertEquals(2, client.next("synced").get("subscription").asInt());
            client.send("{\"op\":\"subscribe\",\"ref\":3,\"since\":\"1234-5\"}");
            assertEquals(3, client.next("resync_required").get("subscription").asInt());
        }
    }

    @Test
    void wildcards_matchAnyDepthOfDottedNames() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"app1.*\",\"contact\"]}");
            client.next("synced");
            for (String name : List.of("app1.x", "app1", "app1.x.deep", "app12.x", "contact", "contacts")) {
                api.send("PUT", "/api/docs/" + name + "/a", "{}");
            }
            assertEquals("app1.x", client.next().get("collection").asText());
            JsonNode deep = client.next("deep_created");
            assertEquals("app1.x.deep", deep.get("collection").asText());
            assertEquals("contact", client.next().get("collection").asText());
            assertEquals("pong", client.ping().get("type").asText());
        }
    }

    @Test
    void ownChanges_areNotTold_butThoseOfOthersAre_andEchoTellsAll() throws Exception {
        try (SocketClient till = SocketClient.open(api);
                SocketClient office = SocketClient.open(api)) {
            till.send("{\"op\":\"hello\",\"client\":\"till\",\"ref\":0}");
            till.next("ack");
            till.send("{\"op\":\"subscribe\",\"ref\":1}");
            till.next("synced");
            office.send("{\"op\":\"hello\",\"client\":\"office\"}");
            office.send("{\"op\":\"subscribe\",\"ref\":1,\"echo\":true}");
            office.next("synced");

            till.send("{\"op\":\"put\",\"ref\":7,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"n\":1}}");
            assertEquals(7, till.next("ack").get("ref").asInt());
            assertFalse(office.next("x_created").at("/origin/self").asBoolean());
            // Whoever has seen this has read all before it, so that the patch is an update for both.
            node.writeRemotely(new Operation(
                    Operation.Kind.PUT, new DocumentId("y", "a"), FakeNode.leaves("n", "1"), Operation.Condition.NONE));
            till.next("y_created");
            office.next("y_created");
            office.send("{\"op\":\"patch\",\"ref\":8,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"n\":2}}");
            JsonNode first = office.next();
            JsonNode second = office.next();
            JsonNode event = first.has("event") ? first : second;
            assertTrue(event.at("/origin/self").asBoolean(), event.toString());
            assertEquals("office", till.next("x_updated").at("/origin/client").asText());

            node.writeRemotely(new Operation(
                    Operation.Kind.PUT, new DocumentId("x", "b"), FakeNode.leaves("n", "1"), Operation.Condition.NONE));
            assertEquals("device-2", till.next("x_created").at("/origin/device").asText());
        }
    }

    @Test
    void writes_areAcknowledgedOnceDurable_withEtagAndPosition() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"put\",\"ref\":1,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"n\":12.10}}");
            JsonNode put = client.next("ack");
            assertEquals("abcd-1", put.get("position").asText());
            assertEquals("{\"n\":12.10}", api.get("/api/docs/x/a").body());
            assertEquals(
                    '"' + put.get("etag").asText() + '"',
                    api.get("/api/docs/x/a").headers().firstValue("ETag").orElse(""));
            client.send(
                    "{\"op\":\"patch\",\"ref\":2,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"m\":1},\"ifMatch\":\""
                            + put.get("etag").asText() + "\"}");
            assertEquals(2, client.next("ack").get("ref").asInt());
            client.send("{\"op\":\"put\",\"ref\":3,\"collection\":\"x\",\"id\":\"a\",\"data\":{},\"ifMatch\":\"old\"}");
            assertError(client.next(), 3, "etag_mismatch");
            client.send("{\"op\":\"delete\",\"ref\":4,\"collection\":\"x\",\"id\":\"a\"}");
            assertTrue(client.next("ack").get("etag").isNull());
            client.send("{\"op\":\"delete\",\"ref\":5,\"collection\":\"x\",\"id\":\"a\"}");
            assertError(client.next(), 5, "not_found");
            client.send("""
                    {"op":"batch","ref":"b","items":[
                      {"action":"CREATE","resourceType":"x","resourceId":"c","data":{"n":1}},
                      {"action":"CREATE","resourceType":"x","resourceId":"d","data":{"n":2}}]}
                    """);
            JsonNode batch = client.next("ack");
            assertEquals("b", batch.get("ref").asText());
            assertEquals(201, batch.at("/results/1/status").asInt());
            client.send("{\"op\":\"batch\",\"ref\":9,\"items\":[{\"action\":\"CREATE\",\"resourceType\":\"x\","
                    + "\"resourceId\":\"c\",\"data\":{}}]}");
            JsonNode failed = client.next();
            assertError(failed, 9, "already_exists");
            assertEquals(409, failed.at("/results/0/status").asInt());
            client.send("{\"op\":\"batch\",\"ref\":10,\"mode\":\"each\",\"items\":[{\"what\":1},{\"action\":\"DELETE\","
                    + "\"resourceType\":\"x\",\"resourceId\":\"c\"}]}");
            JsonNode each = client.next("ack");
            assertEquals("unknown_field", each.at("/results/0/code").asText());
            assertEquals("deleted", each.at("/results/1/outcome").asText());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            malformed_json |   | {"op":
            malformed_json |   | ``
            invalid_value  |   | [1]
            invalid_value  |   | 7
            invalid_value  | 1 | {"ref":1}
            invalid_value  | 1 | {"op":"dance","ref":1}
            unknown_field  | 1 | {"op":"sync_request","ref":1,"batchMillis":1}
            invalid_value  | 1 | {"op":"sync_request","ref":1,"since":"yesterday"}
            invalid_value  | 1 | {"op":"sync_request","ref":1,"limit":1001}
            resync_required | 1 | {"op":"sync_request","ref":1,"since":"1234-5"}
            unknown_field  | 1 | {"op":"put","ref":1,"collection":"x","id":"a","data":{},"extra":1}
            unknown_field  | 1 | {"ref":1,"op":"put","collection":"x","id":"a","data":{},"since":"now"}
            duplicate_key  |   | {"op":"ping","op":"ping","ref":1}
            invalid_value  | 1 | {"op":"put","ref":1,"collection":"x","id":"a"}
            invalid_value  | 1 | {"op":"put","ref":1,"collection":"x","id":"a","data":[]}
            invalid_value  | 1 | {"op":"put","ref":1,"collection":"x","id":7,"data":{}}
            invalid_value  | 1 | {"op":"put","ref":1,"collection":"x","id":"a","data":{"n":1e401}}
            invalid_name   | 1 | {"op":"put","ref":1,"collection":"x","id":"a","data":{"$n":1}}
            invalid_utf8   | 1 | {"op":"put","ref":1,"collection":"x","id":"a","data":{"n":"\\ud800"}}
            invalid_name   | 1 | {"op":"put","ref":1,"collection":"x y","id":"a","data":{}}
            not_found      | 1 | {"op":"patch","ref":1,"collection":"x","id":"a","data":{}}
            invalid_value  |   | {"op":"subscribe"}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"where":{"a":{"~":1}}}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"where":"a=1"}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"since":"abcd-5-6-7"}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"since":"yesterday"}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"collections":"x"}
            invalid_name   | 1 | {"op":"subscribe","ref":1,"collections":["x y"]}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"echo":1}
            invalid_value  | 1 | {"op":"subscribe","ref":1,"batchMillis":-1}
            not_found      | 1 | {"op":"unsubscribe","ref":1}
            invalid_value  | 1 | {"op":"hello","ref":1,"client":"a\\nb"}
            invalid_value  | 1 | {"op":"batch","ref":1,"items":{}}
            invalid_value  | 1 | {"op":"batch","ref":1}
            unknown_field  | 1 | {"op":"batch","ref":1,"items":[],"itms":[]}
            unknown_field  | 1 | {"itms":[],"op":"batch","ref":1,"items":[]}
            invalid_value  |   | {"op":"ping","ref":{"a":1}}
            """)
    void badMessages_areAnswered_andTheConnectionLivesOn(String code, Integer ref, String message) throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send(message == null ? "" : message);
            assertError(client.next(), ref, code);
            assertEquals("pong", client.ping().get("type").asText());
            assertEquals(404, api.get("/api/docs/x/a").statusCode());
        }
    }

    @Test
    void unsubscribe_endsIt() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1}");
            client.next("synced");
            client.send("{\"op\":\"subscribe\",\"ref\":1}");
            assertError(client.next(), 1, "invalid_value");
            client.send("{\"op\":\"unsubscribe\",\"ref\":1}");
            client.next("ack");
            api.send("PUT", "/api/docs/x/a", "{}");
            assertEquals("pong", client.ping().get("type").asText());
            for (int ref = 0; ref < Limits.MAX_SUBSCRIPTIONS; ref++) {
                client.send("{\"op\":\"subscribe\",\"ref\":" + ref + ",\"since\":\"now\"}");
                client.next("synced");
            }
            client.send("{\"op\":\"subscribe\",\"ref\":\"more\"}");
            assertEquals("invalid_value", client.next("error").get("code").asText());
        }
    }

    @Test
    void peersAndConflicts_areTold() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            assertEquals("pong", client.ping().get("type").asText());
            node.changePeers(NodeStatus.State.SYNCING);
            JsonNode status = client.next("status");
            assertEquals("syncing", status.get("state").asText());
            assertEquals("device-2", status.at("/peers/0/id").asText());
            for (long number = 5; number < 45; number++) {
                node.addConflict(SampleConflicts.conflict(number, "1.50"));
            }
            for (long number = 5; number < 45; number++) {
                JsonNode conflict = client.next("conflict");
                assertEquals(number, conflict.get("number").asLong());
                assertEquals("/amount", conflict.get("path").asText());
            }
        }
    }

    @Test
    void batchMillis_tellsTheNewestStateOfWhatHappenedMeanwhile() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1,\"batchMillis\":700}");
            client.next("synced");
            long begin = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                client.send("{\"op\":\"put\",\"ref\":" + i + ",\"collection\":\"x\",\"id\":\"a\",\"data\":{\"n\":" + i
                        + "}}");
            }
            List<JsonNode> events = new ArrayList<>();
            JsonNode message = client.next();
            while (!message.has("event") || message.at("/data/n").asInt() < 19) {
                if (message.has("event")) {
                    events.add(message);
                }
                message = client.next();
            }
            long windows = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) / 700;
            assertTrue(events.size() <= windows, "told " + events.size() + " times in " + windows + " windows");
        }
    }

    @Test
    void sizes_documentsAreRefused_messagesClose() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"put\",\"ref\":1,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"a\":\""
                    + "x".repeat(Limits.MAX_DOCUMENT_BYTES) + "\"}}");
            assertError(client.next(), 1, "too_large");
            client.send("{\"op\":\"put\",\"ref\":2,\"collection\":\"x\",\"id\":\"a\",\"data\":{\"a\":\""
                    + "x".repeat(Limits.MAX_DOCUMENT_BYTES - 8) + "\"}}");
            client.next("ack");
            client.socket().sendText("x".repeat(Limits.MAX_MESSAGE_BYTES + 1), true);
            assertEquals(1009, client.closeCode());
        }
    }

    @Test
    void binaryFrames_areClosed_andPingsAnswered() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            client.socket().sendBinary(ByteBuffer.wrap(new byte[] {1}), true);
            assertEquals(1003, client.closeCode());
        }
    }

    @Test
    void shutDown_closesWith1001() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            assertEquals("pong", client.ping().get("type").asText());
            api.server.close();
            assertEquals(1001, client.closeCode());
        }
    }

    @Test
    void slowReader_costsNoMemory_andGetsTheNewestStatesWhenItReadsOn() throws Exception {
        String filler = "f".repeat(200_000);
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1}");
            client.next("synced");
            client.stopReading();
            int rounds = 200;
            for (int i = 1; i <= rounds; i++) {
                api.send("PUT", "/api/docs/x/a", "{\"n\":" + i + ",\"filler\":\"" + filler + "\"}");
            }
            client.socket().request(Long.MAX_VALUE);
            int told = 0;
            int last = 0;
            while (last < rounds) {
                JsonNode event = client.next();
                assertTrue(event.at("/data/n").asInt() > last);
                last = event.at("/data/n").asInt();
                told++;
            }
            assertTrue(told < rounds / 2, "told " + told + " of " + rounds + " states");
        }
    }

    @Test
    void deadReader_isClosedWith4008_andAPositionToResumeFrom() throws Exception {
        String filler = "f".repeat(200_000);
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"subscribe\",\"ref\":1}");
            client.next("synced");
            client.stopReading();
            for (int i = 0; i < 100; i++) {
                api.send("PUT", "/api/docs/x/d" + i, "{\"n\":" + i + ",\"filler\":\"" + filler + "\"}");
            }
            api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(15));
            api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(31));
            client.socket().request(Long.MAX_VALUE);
            assertEquals(4008, client.closeCode());
            String position = client.reason().replaceAll(".*resume from ", "");
            int told = client.received.size();
            assertTrue(told > 0 && told < 100, "told " + told);
            assertEquals(Integer.toString(told), position.split("-")[1], position);
            try (SocketClient again = SocketClient.open(api)) {
                again.send("{\"op\":\"subscribe\",\"ref\":1,\"since\":\"" + position + "\"}");
                assertEquals("d" + told, again.next("x_created").get("id").asText());
            }
        }
    }

    @Test
    void pings_keepAQuietConnectionAlive() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            assertEquals("pong", client.ping().get("type").asText());
            await().until(() -> {
                api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(21));
                return client.pinged.isDone();
            });
        }
    }

    @Test
    void manyRequestsAtOnce_areAllAnswered_inOrder() throws Exception {
        try (SocketClient client = SocketClient.open(api)) {
            int count = 1_000;
            for (int i = 0; i < count; i++) {
                client.send("{\"op\":\"put\",\"ref\":" + i + ",\"collection\":\"x\",\"id\":\"" + i + "\",\"data\":{}}");
            }
            for (int i = 0; i < count; i++) {
                assertEquals(i, client.next("ack").get("ref").asInt());
            }
        }
    }

    private static void assertError(JsonNode message, Integer ref, String code) {
        assertEquals("error", message.path("type").asText(), message.toString());
        assertEquals(code, message.path("code").asText(), message.toString());
        assertEquals(ref == null ? "" : ref.toString(), message.path("ref").asText(), message.toString());
        assertFalse(message.path("message").asText().isEmpty());
        assertTrue(message.has("hint"));
    }
}
