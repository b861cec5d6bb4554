package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A program at the other end of a WebSocket. */
final class SocketClient implements WebSocket.Listener, AutoCloseable {

    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    final CompletableFuture<Boolean> pinged = new CompletableFuture<>();
    final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();
    private volatile boolean isReading = true;
    private volatile String reason = "";
    private WebSocket socket;

    static SocketClient open(HttpClient client, URI uri, UnaryOperator<WebSocket.Builder> options) throws Exception {
        SocketClient result = new SocketClient();
        result.socket = options.apply(client.newWebSocketBuilder())
                .buildAsync(uri, result)
                .get(10, TimeUnit.SECONDS);
        return result;
    }

    /** Connects as the owner. */
    static SocketClient open(ApiFixture api) throws Exception {
        return open(
                api.client(),
                api.webSocket(),
                builder -> builder.header("Authorization", "Bearer " + api.token.text()));
    }

    void stopReading() {
        isReading = false;
    }

    SocketClient send(String message) throws Exception {
        socket.sendText(message, true).get(10, TimeUnit.SECONDS);
        return this;
    }

    WebSocket socket() {
        return socket;
    }

    String reason() {
        return reason;
    }

    /** Waits for the next message. */
    JsonNode next() throws Exception {
        String message = received.poll(10, TimeUnit.SECONDS);
        assertNotNull(message, "no message came");
        return ApiFixture.MAPPER.readTree(message);
    }

    /** Waits for the next message, which has to be of that type. */
    JsonNode next(String type) throws Exception {
        JsonNode message = next();
        assertEquals(type, message.path("type").asText(), message.toString());
        return message;
    }

    int closeCode() throws Exception {
        return closed.get(15, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            received.add(partial.toString());
            partial.setLength(0);
        }
        if (isReading) {
            webSocket.request(1);
        }
        return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
        pinged.complete(true);
        return WebSocket.Listener.super.onPing(webSocket, message);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String text) {
        reason = text;
        closed.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.completeExceptionally(error);
    }

    /** Sends a ping and returns what comes back next. */
    JsonNode ping() throws Exception {
        send("{\"op\":\"ping\",\"ref\":\"p\"}");
        JsonNode pong = next();
        assertEquals("p", pong.path("ref").asText(), pong.toString());
        return pong;
    }

    @Override
    public void close() {
        socket.abort();
    }
}
