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
public final class SocketClient implements WebSocket.Listener, AutoCloseable {

    /** Done with the close code when the connection ends. */
    public final CompletableFuture<Integer> closed = new CompletableFuture<>();

    /** Done when the server sends a ping. */
    public final CompletableFuture<Boolean> pinged = new CompletableFuture<>();

    /** What came and was not asked for by {@link #next()} yet. */
    public final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    private final StringBuilder partial = new StringBuilder();
    private volatile boolean isReading = true;
    private volatile String reason = "";
    private WebSocket socket;

    /** Connects in some way. */
    public static SocketClient open(HttpClient client, URI uri, UnaryOperator<WebSocket.Builder> options)
            throws Exception {
        SocketClient result = new SocketClient();
        result.socket = options.apply(client.newWebSocketBuilder())
                .buildAsync(uri, result)
                .get(10, TimeUnit.SECONDS);
        return result;
    }

    /** Connects as the owner. */
    public static SocketClient open(ApiFixture api) throws Exception {
        return open(
                api.client(),
                api.webSocket(),
                builder -> builder.header("Authorization", "Bearer " + api.token.text()));
    }

    /** Takes nothing more from the connection. */
    public void stopReading() {
        isReading = false;
    }

    /** Sends a message. */
    public SocketClient send(String message) throws Exception {
        socket.sendText(message, true).get(10, TimeUnit.SECONDS);
        return this;
    }

    /** Returns the connection. */
    public WebSocket socket() {
        return socket;
    }

    /** Returns why the server closed, in its words. */
    public String reason() {
        return reason;
    }

    /** Waits for the next message. */
    public JsonNode next() throws Exception {
        String message = received.poll(10, TimeUnit.SECONDS);
        assertNotNull(message, "no message came");
        return ApiFixture.MAPPER.readTree(message);
    }

    /** Waits for the next message, which has to be of that type. */
    public JsonNode next(String type) throws Exception {
        JsonNode message = next();
        assertEquals(type, message.path("type").asText(), message.toString());
        return message;
    }

    /** Waits for the end of the connection and returns the close code. */
    public int closeCode() throws Exception {
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
    public JsonNode ping() throws Exception {
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
