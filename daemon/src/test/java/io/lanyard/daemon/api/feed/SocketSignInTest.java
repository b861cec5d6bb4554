package io.lanyard.daemon.api.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.SocketClient;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.node.NodeStatus;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may open a WebSocket. */
@Timeout(40)
class SocketSignInTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void signIn_byHeader_wrong_isHttp401() {
        ExecutionException e = assertThrows(
                ExecutionException.class,
                () -> SocketClient.open(
                        api.client(), api.webSocket(), builder -> builder.header("Authorization", "Bearer wrong")));
        WebSocketHandshakeException refusal = assertInstanceOf(WebSocketHandshakeException.class, e.getCause());
        assertEquals(401, refusal.getResponse().statusCode());
    }

    @Test
    void signIn_bySubprotocol_selectsTheProtocol_andNeverEchoesTheToken() throws Exception {
        try (SocketClient client = SocketClient.open(
                api.client(),
                api.webSocket(),
                builder -> builder.subprotocols("lanyard.v1", "lanyard.token." + api.token.text()))) {
            assertEquals("lanyard.v1", client.socket().getSubprotocol());
            assertEquals("pong", client.ping().get("type").asText());
        }
        try (SocketClient client = SocketClient.open(
                api.client(), api.webSocket(), builder -> builder.subprotocols("lanyard.v1", "lanyard.token.wrong"))) {
            assertEquals(4001, client.closeCode());
        }
    }

    @Test
    void signIn_byFirstMessage_works_andAnythingElseFirstIs4001() throws Exception {
        try (SocketClient client = SocketClient.open(api.client(), api.webSocket(), builder -> builder)) {
            client.send("{\"op\":\"auth\",\"ref\":1,\"token\":\"" + api.token.text() + "\"}");
            client.next("ack");
            assertEquals("pong", client.ping().get("type").asText());
        }
        for (String first : List.of(
                "{\"op\":\"auth\",\"token\":\"wrong\"}",
                "{\"op\":\"auth\"}",
                "{",
                "{\"op\":\"put\",\"ref\":1,\"collection\":\"x\",\"id\":\"a\",\"data\":{}}",
                "{\"op\":\"subscribe\",\"ref\":1}")) {
            try (SocketClient client = SocketClient.open(api.client(), api.webSocket(), builder -> builder)) {
                client.send(first);
                assertEquals(4001, client.closeCode());
                assertTrue(client.received.isEmpty());
            }
        }
        assertEquals(404, api.get("/api/docs/x/a").statusCode());
    }

    @Test
    void signIn_thatNeverComes_isClosedAfterFiveSeconds_andHearsNothingBefore() throws Exception {
        try (SocketClient client = SocketClient.open(api.client(), api.webSocket(), builder -> builder)) {
            node.changePeers(NodeStatus.State.SYNCING);
            api.tick(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_000));
            assertFalse(client.closed.isDone());
            api.tick(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5_100));
            assertEquals(4001, client.closeCode());
            assertTrue(client.reason().contains("5 s"), client.reason());
            assertTrue(client.received.isEmpty());
        }
    }

    @Test
    void strangersMessages_mayNotBeLarge() throws Exception {
        try (SocketClient client = SocketClient.open(api.client(), api.webSocket(), builder -> builder)) {
            client.send("{\"op\":\"auth\",\"token\":\"" + "x".repeat(Limits.MAX_SIGN_IN_BYTES) + "\"}");
            assertEquals(1009, client.closeCode());
        }
    }

    @Test
    void webPages_areRefused() {
        ExecutionException e = assertThrows(
                ExecutionException.class,
                () -> SocketClient.open(
                        api.client(),
                        api.webSocket(),
                        builder -> builder.header("Origin", "http://evil.example")
                                .header("Authorization", "Bearer " + api.token.text())));
        WebSocketHandshakeException refusal = assertInstanceOf(WebSocketHandshakeException.class, e.getCause());
        assertEquals(403, refusal.getResponse().statusCode());
    }
}
