package io.lanyard.daemon.api.feed;

import static io.lanyard.daemon.api.json.JsonVariants.at;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.Fuzzing;
import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.access.Callers;
import io.lanyard.daemon.api.access.OwnerCaller;
import io.lanyard.daemon.api.json.JsonShape;
import io.lanyard.daemon.api.json.JsonVariants;
import io.lanyard.daemon.api.request.BatchRunner;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.watch.Meters;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.junit.jupiter.api.AfterAll;

/** Messages over the WebSocket: whatever comes, the next one is answered, and it comes to reading the next one. */
class SocketFuzz {

    private static final JsonVariants MESSAGES = new JsonVariants(
            "{\"op\":\"auth\",\"token\":\"eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJhIn0.AAAA\"}",
            "{\"op\":\"hello\",\"ref\":1,\"client\":\"till\"}",
            "{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"expense\",\"app.*\"],\"where\":{\"amount\":{\">=\":10,\"<\":2e1}},"
                    + "\"since\":\"start\",\"echo\":true,\"batchMillis\":5}",
            "{\"op\":\"subscribe\",\"ref\":\"two\",\"where\":{\"city\":{\"in\":[\"a\",1]},\"note\":{\"exists\":false}}}",
            "{\"op\":\"unsubscribe\",\"ref\":1}",
            "{\"op\":\"put\",\"ref\":2,\"collection\":\"expense\",\"id\":\"e1\",\"data\":{\"a\":{\"b\":[1,\"x\"]}},\"ifMatch\":\"x\","
                    + "\"key\":\"k\"}",
            "{\"op\":\"patch\",\"ref\":3,\"collection\":\"stock\",\"id\":\"s1\",\"data\":{\"count\":{\"$increment\":-1},"
                    + "\"tags\":{\"$add\":[\"a\"],\"$remove\":[\"b\"]}}}",
            "{\"op\":\"delete\",\"ref\":\"4\",\"collection\":\"expense\",\"id\":\"e1\"}",
            "{\"op\":\"batch\",\"ref\":5,\"mode\":\"each\",\"items\":[{\"action\":\"CREATE\",\"resourceType\":\"expense\","
                    + "\"resourceId\":\"e1\",\"data\":{\"a\":1},\"deviceId\":\"pos\",\"timestamp\":1},{\"action\":\"DELETE\","
                    + "\"resourceType\":\"expense\",\"resourceId\":\"e2\"}]}",
            "{\"op\":\"sync_request\",\"ref\":6,\"since\":\"2026-01-01T00:00:00Z\",\"collections\":[\"expense\"],"
                    + "\"where\":{\"a\":1},\"echo\":false,\"limit\":10}",
            "{\"op\":\"ping\",\"ref\":7}");

    /** What a message can be about: ordinary mistakes, at each of which a bug could wait. */
    private static final Map<String, Predicate<JsonNode>> PLACES = Map.ofEntries(
            Map.entry("text that is no JSON", message -> message == null),
            Map.entry("no object", message -> message != null && !message.isObject()),
            Map.entry(
                    "an op that is no text",
                    message -> has(message, "op") && !message.get("op").isTextual()),
            Map.entry("an empty ref", message -> at(message, "/ref").asText("-").isEmpty()),
            Map.entry("a ref that is an object", message -> at(message, "/ref").isObject()),
            Map.entry(
                    "an empty collection",
                    message -> at(message, "/collections/0").asText("-").isEmpty()),
            Map.entry(
                    "collections that are no list",
                    message -> at(message, "/collections").isTextual()),
            Map.entry(
                    "an empty since",
                    message -> at(message, "/since").asText("-").isEmpty()),
            Map.entry(
                    "an operator of an object",
                    message -> at(message, "/where/amount/>=").isContainerNode()),
            Map.entry(
                    "an in without a list",
                    message -> at(message, "/where/city/in").isValueNode()),
            Map.entry("a negative wait", message -> at(message, "/batchMillis").asInt(0) < 0),
            Map.entry(
                    "a limit that is no number",
                    message ->
                            is(message, "sync_request") && at(message, "/limit").isTextual()),
            Map.entry("items that are no list", message -> at(message, "/items").isObject()),
            Map.entry(
                    "an item that is no object",
                    message -> at(message, "/items/0").isValueNode()),
            Map.entry(
                    "an item without an action",
                    message -> at(message, "/items/0").isObject() && !has(at(message, "/items/0"), "action")),
            Map.entry("an item of null", message -> at(message, "/items/0/data").isNull()),
            Map.entry(
                    "data of null",
                    message -> is(message, "put") && at(message, "/data").isNull()),
            Map.entry("no data", message -> is(message, "put") && !has(message, "data")),
            Map.entry(
                    "a count of text",
                    message -> at(message, "/data/count/$increment").isTextual()),
            Map.entry(
                    "an add of no list",
                    message -> at(message, "/data/tags/$add").isValueNode()),
            Map.entry("an empty key", message -> at(message, "/key").asText("-").isEmpty()),
            Map.entry(
                    "a token that is no text",
                    message -> is(message, "auth") && !at(message, "/token").isTextual()));

    private static final FakeNode NODE = node();
    private static final Streams STREAMS =
            new Streams(NODE, Runnable::run, new ScheduledExecutorScheduler("fuzz", true), Meters.NONE, 10);

    private static final Access ACCESS = access();

    private static Access access() {
        return Fuzzing.inFolder(home -> new Access(
                new Callers(
                        OwnerToken.openOrCreate(home),
                        TokenBook.openOrCreate(home, () -> 0),
                        ApiSettings.on(0),
                        Meters.NONE),
                () -> 0));
    }

    /** Refuses all writes at once, so that nothing is kept and nothing goes on beside. */
    private static FakeNode node() {
        FakeNode node = new FakeNode();
        node.refusal = new Node.OverloadedException();
        return node;
    }

    private static boolean has(JsonNode node, String name) {
        return node != null && node.has(name);
    }

    private static boolean is(JsonNode message, String op) {
        return at(message, "/op").asText("").equals(op);
    }

    /** Sends an input to a socket, and variants of what is usual; with the empty one, each ordinary mistake. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    @DictionaryFile(resourcePath = "/io/lanyard/daemon/api/json/json.dict")
    void messages(byte[] data) {
        Fuzzing.begin();
        if (data.length == 0) {
            MESSAGES.forEachMistake(message -> converse(List.of(message), message, true));
        }
        SplittableRandom random = Fuzzing.decider(data);
        List<byte[]> messages = new ArrayList<>(List.of(JsonShape.of(data)));
        while (messages.size() <= Fuzzing.VARIANTS) {
            messages.add(MESSAGES.next(random));
        }
        converse(messages, data, random.nextInt(8) > 0);
    }

    private static void converse(List<byte[]> messages, byte[] input, boolean isSignedIn) {
        Fuzzing.timed(input, () -> {
            int said = 0;
            while (said < messages.size()) {
                try (Conversation conversation = new Conversation(isSignedIn)) {
                    while (said < messages.size() && !conversation.isClosed) {
                        conversation.say(messages.get(said++));
                    }
                }
            }
        });
        assertTrue(!STREAMS.isBusy(), "the socket is still listed");
    }

    /** A socket, and what it was asked and answered. */
    private static final class Conversation implements AutoCloseable {

        private final List<String> sent = new ArrayList<>();
        private int demands;
        private int said;
        private boolean isClosed;
        private final Socket socket;

        Conversation(boolean isSignedIn) {
            Session session = (Session) Proxy.newProxyInstance(
                    Session.class.getClassLoader(),
                    new Class<?>[] {Session.class},
                    (proxy, method, arguments) -> called(method.getName(), arguments));
            STREAMS.reserve(null);
            socket = new Socket(
                    NODE,
                    STREAMS,
                    new SignIn(ACCESS, new Access.Approach(null)),
                    new BatchRunner(NODE, Runnable::run),
                    new Events(EventNames.USUAL),
                    "",
                    isSignedIn ? Optional.of(new SignIn.Welcome(OwnerCaller.INSTANCE)) : Optional.empty());
            socket.onWebSocketOpen(session);
        }

        private Object called(String method, Object[] arguments) {
            switch (method) {
                case "sendText" -> {
                    sent.add((String) arguments[0]);
                    ((Callback) arguments[1]).succeed();
                }
                case "demand" -> demands++;
                case "close" -> isClosed = true;
                default -> {
                    // Nothing that matters here.
                }
            }
            return null;
        }

        /** Sends a message, and a ping, which has to be answered if the connection is not closed. */
        void say(byte[] message) {
            String text = new String(message, StandardCharsets.UTF_8);
            socket.onWebSocketText(text);
            Fuzzing.wasRead();
            JsonNode tree = JsonVariants.tree(text);
            PLACES.forEach((name, isThere) -> Fuzzing.place(name, isThere.test(tree)));
            sent.clear();
            socket.onWebSocketText("{\"op\":\"ping\",\"ref\":\"fuzz\"}");
            said += 2;
            assertTrue(isClosed || sent.contains("{\"type\":\"pong\",\"ref\":\"fuzz\"}"), () -> "no pong, but " + sent);
            assertTrue(demands > said, "nothing more is read");
        }

        @Override
        public void close() {
            socket.onWebSocketClose(1000, "", Callback.NOOP);
        }
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }
}
