package io.lanyard.daemon.api.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.DescribedStatus;
import io.lanyard.daemon.api.Description;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.SampleConflicts;
import io.lanyard.daemon.api.SocketClient;
import io.lanyard.daemon.node.NodeStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Holds {@code /asyncapi.json} against what is spoken over {@code /ws}, both ways. */
@Timeout(240)
class AsyncApiTest {

    private static final String FILE = "daemon/src/main/resources/io/lanyard/daemon/api/route/asyncapi.json";
    private static final String MESSAGES = "/components/messages/";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private final Set<String> met = new TreeSet<>();
    private Description described;

    @BeforeEach
    void readDescription() throws Exception {
        described = new Description(ApiFixture.json(api.get("/asyncapi.json")));
    }

    @Test
    void requests_areTheDescribedOnes_withTheDescribedFields() {
        Map<String, Set<String>> expected = new TreeMap<>();
        SocketRequests.FIELDS.forEach((op, fields) -> {
            Set<String> all = new TreeSet<>(Set.of("op", "ref"));
            all.addAll(fields);
            expected.put(op, all);
        });
        Map<String, Set<String>> found = new TreeMap<>();
        described.root().at("/components/messages").properties().forEach(message -> {
            if (message.getKey().startsWith("client.")) {
                Set<String> fields = new TreeSet<>();
                message.getValue().at("/payload/properties").fieldNames().forEachRemaining(fields::add);
                found.put(message.getKey().substring("client.".length()), fields);
            }
        });
        assertEquals(expected, found, "what /ws takes and what " + FILE + " describes differ");
    }

    @Test
    void codes_areThoseOfHttp() throws Exception {
        assertEquals(
                ApiFixture.json(api.get("/openapi.json")).at("/components/schemas/Code"),
                described.root().at("/components/schemas/Code"));
    }

    @Test
    void messages_areTheDescribedOnes_andEachDescribedOneIsSpoken() throws Exception {
        api.send("PUT", "/api/docs/expense/e1", "{\"amount\":1}");
        try (SocketClient stranger = SocketClient.open(api.client(), api.webSocket(), builder -> builder)) {
            say(stranger, "auth", "\"token\":\"" + api.token.text() + "\"");
            hear(stranger, "ack");
        }
        try (SocketClient client = SocketClient.open(api)) {
            say(client, "hello", "\"client\":\"till\"");
            hear(client, "ack");
            say(client, "ping", "");
            hear(client, "pong");
            say(
                    client,
                    "subscribe",
                    "\"collections\":[\"expense\"],\"since\":\"start\",\"echo\":true,\"batchMillis\":1");
            hear(client, "expense_created");
            hear(client, "synced");
            say(client, "put", "\"collection\":\"expense\",\"id\":\"e2\",\"data\":{\"a\":1}");
            JsonNode done = hear(client, "ack");
            say(
                    client,
                    "patch",
                    "\"collection\":\"expense\",\"id\":\"e2\",\"data\":{\"a\":2},\"ifMatch\":" + done.get("etag"));
            done = hear(client, "ack");
            say(client, "put", "\"collection\":\"expense\",\"id\":\"e2\",\"data\":{},\"ifMatch\":\"other\"");
            hear(client, "error");
            say(client, "delete", "\"collection\":\"expense\",\"id\":\"e2\",\"ifMatch\":" + done.get("etag"));
            hear(client, "ack");
            String item = "{\"action\":\"%s\",\"resourceType\":\"contact\",\"resourceId\":\"c1\",\"data\":{},"
                    + "\"deviceId\":\"till\",\"timestamp\":1}";
            say(client, "put", "\"collection\":\"expense\",\"id\":\"e3\",\"key\":\"k1\",\"data\":{}");
            done = hear(client, "ack");
            say(client, "patch", "\"collection\":\"expense\",\"id\":\"e3\",\"key\":\"k2\",\"data\":{\"a\":2}");
            hear(client, "ack");
            say(client, "delete", "\"collection\":\"expense\",\"id\":\"e3\",\"key\":\"k3\"");
            hear(client, "ack");
            say(client, "batch", "\"mode\":\"all\",\"key\":\"k4\",\"items\":[" + item.formatted("CREATE") + "]");
            hear(client, "ack");
            say(client, "batch", "\"items\":[" + item.formatted("CREATE") + "]");
            hear(client, "error");
            say(client, "batch", "\"items\":[" + item.formatted("CREATE").replace("contact", "expense") + "]");
            hear(client, "expense_created");
            say(
                    client,
                    "sync_request",
                    "\"collections\":[\"expense\"],\"since\":\"start\",\"echo\":true,\"limit\":5,"
                            + "\"where\":{\"amount\":{\">=\":1}}");
            hear(client, "sync_data");
            say(client, "subscribe", "\"collections\":[\"till\"],\"where\":{\"open\":true}", 77);
            hear(client, "synced");
            api.send("PUT", "/api/docs/till/t1", "{\"open\":false}");
            api.send("PUT", "/api/docs/till/t1", "{\"open\":true}");
            hear(client, "till_created");
            api.send("PUT", "/api/docs/till/t1", "{\"open\":false}");
            hear(client, "till_deleted");
            say(client, "unsubscribe", "", 4);
            hear(client, "ack");
            say(client, "subscribe", "\"collections\":[\"expense\"],\"since\":\"123-4\"");
            hear(client, "resync_required");
            say(client, "subscribe", "\"collections\":[\"none\"],\"where\":{\"amount\":{\">=\":10}}");
            node.adornStatus = DescribedStatus::full;
            node.changePeers(NodeStatus.State.IN_STEP);
            hear(client, "status");
            node.addConflict(SampleConflicts.conflict(1, "12.10"));
            hear(client, "conflict");
        }
        Set<String> missing = new TreeSet<>();
        described.root().at("/components/messages").fieldNames().forEachRemaining(missing::add);
        missing.removeAll(met);
        described.unmetFields().forEach(missing::add);
        assertEquals(Set.of(), missing, FILE + " describes what was never spoken in this test");
    }

    private int ref;

    private void say(SocketClient client, String op, String members) throws Exception {
        say(client, op, members, ++ref);
    }

    private void say(SocketClient client, String op, String members, int number) throws Exception {
        String message = "{\"op\":\"" + op + "\",\"ref\":" + number + (members.isEmpty() ? "" : ",") + members + "}";
        check("client." + op, ApiFixture.MAPPER.readTree(message));
        client.send(message);
    }

    /** Takes messages until one of that type comes; all are checked. */
    private JsonNode hear(SocketClient client, String type) throws Exception {
        while (true) {
            JsonNode message = client.next();
            String heard = message.get("type").asText();
            boolean isNamed = described.root().at(MESSAGES + "server." + heard).isObject();
            assertTrue(isNamed || message.has("event"), () -> message + " is spoken but not described in " + FILE);
            check("server." + (isNamed ? heard : "change"), message);
            if (heard.equals(type)) {
                return message;
            }
        }
    }

    private void check(String name, JsonNode message) {
        List<String> errors = described.check(MESSAGES + name + "/payload", message);
        assertEquals(List.of(), errors, message + " is not as " + FILE + " describes " + name);
        met.add(name);
    }
}
