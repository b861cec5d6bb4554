package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.fail;

import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A program that listens: a WebSocket to a device's daemon, and everything that came over it, in order.
 *
 * <p>{@link #await} goes on where it stopped the last time, so what was waited for once is passed.
 */
final class Subscriber implements AutoCloseable {

    private static final long TIMEOUT_SECONDS = 60;

    private final List<Map<String, Object>> received = new ArrayList<>();
    private final StringBuilder frame = new StringBuilder();
    private final WebSocket socket;
    private int passed;
    private int pongs;
    private String end;

    /** Connects under the client's name. */
    Subscriber(ApiClient client) {
        URI api = client.api();
        WebSocket.Builder builder =
                ApiClient.HTTP.newWebSocketBuilder().header("Authorization", "Bearer " + client.token());
        if (client.name() != null) {
            builder.header("Lanyard-Client", client.name());
        }
        socket = builder.buildAsync(URI.create("ws://" + api.getHost() + ":" + api.getPort() + "/ws"), new Listener())
                .join();
    }

    /** Connects and subscribes, and waits until the daemon has told everything since that position. */
    static Subscriber of(ApiClient client, String since, String... collections) {
        Subscriber subscriber = new Subscriber(client);
        subscriber.send(Json.object(
                "op", "subscribe", "ref", Json.number(1), "collections", List.of(collections), "since", since));
        return subscriber;
    }

    /** Waits until the daemon has told everything that happened before, and returns the position after that. */
    String synced() {
        return Json.text(await("synced", message -> "synced".equals(message.get("type"))), "position");
    }

    void send(Object message) {
        socket.sendText(Json.write(message), true).join();
    }

    /** Waits for a message that is a bare string instead of JSON. */
    void awaitBare(String text) {
        await(text, message -> text.equals(message.get("bare")));
    }

    /** Waits for an event of that type about that document. */
    Map<String, Object> awaitEvent(String type, String id) {
        return await(type + " of " + id, event -> type.equals(event.get("type")) && id.equals(event.get("id")));
    }

    /** Waits until an event of that type has come for every one of these documents, in any order. */
    void awaitEvents(String type, Set<String> ids) {
        Set<String> missing = new HashSet<>(ids);
        if (missing.isEmpty()) {
            return;
        }
        await(ids.size() + " times " + type, event -> {
            if (type.equals(event.get("type"))) {
                missing.remove(event.get("id"));
            }
            return missing.isEmpty();
        });
    }

    /** Waits until that many events came since the beginning, and returns all. */
    synchronized List<Map<String, Object>> awaitEvents(int count) {
        long[] seen = {events(received.subList(0, passed)).size()};
        if (seen[0] < count) {
            await(count + " events", message -> message.containsKey("event") && ++seen[0] >= count);
        }
        return events();
    }

    /** Waits for the first message that fits; the predicate sees each message once and may keep count. */
    synchronized Map<String, Object> await(String what, Predicate<Map<String, Object>> fits) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (true) {
            while (passed < received.size()) {
                Map<String, Object> message = received.get(passed++);
                if (fits.test(message)) {
                    return message;
                }
            }
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMillis <= 0 || end != null) {
                fail("waited in vain for " + what + (end == null ? "" : ", the socket closed: " + end) + "; of "
                        + received.size() + " messages the last: "
                        + received.subList(Math.max(0, received.size() - 3), received.size()));
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fail("interrupted while waiting for " + what);
            }
        }
    }

    /** Returns everything that came so far. */
    synchronized List<Map<String, Object>> received() {
        return List.copyOf(received);
    }

    /** Returns the events that came so far, without control messages. */
    List<Map<String, Object>> events() {
        return events(received());
    }

    private static List<Map<String, Object>> events(List<Map<String, Object>> messages) {
        return messages.stream().filter(message -> message.containsKey("event")).toList();
    }

    /** Sends a WebSocket ping, and waits for its pong. */
    synchronized void awaitPongToPing() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        int before = pongs;
        socket.sendPing(ByteBuffer.allocate(0)).join();
        while (pongs == before) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMillis <= 0) {
                fail("no pong");
            }
            wait(leftMillis);
        }
    }

    private synchronized void pong() {
        pongs++;
        notifyAll();
    }

    /** Hands over every message, those to come too, one at a time, until the socket has ended. */
    void forEach(Consumer<Map<String, Object>> reader) throws InterruptedException {
        while (true) {
            Map<String, Object> message;
            synchronized (this) {
                while (passed == received.size() && end == null) {
                    wait();
                }
                if (passed == received.size()) {
                    return;
                }
                message = received.get(passed++);
            }
            reader.accept(message);
        }
    }

    /** Waits until the daemon is gone; nothing more comes then. */
    synchronized void awaitEnd() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (end == null) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMillis <= 0) {
                fail("the socket is still open");
            }
            wait(leftMillis);
        }
    }

    /** Hangs up as a program does that crashes: without a word. */
    void abort() {
        socket.abort();
        end("hung up");
    }

    @Override
    public void close() {
        CompletableFuture<WebSocket> goodbye = socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
        try {
            goodbye.join();
        } catch (CompletionException e) {
            socket.abort();
        }
    }

    private synchronized void take(String text) {
        received.add(text.startsWith("{") ? Json.parseObject(text) : Json.object("bare", text));
        notifyAll();
    }

    private synchronized void end(String reason) {
        end = reason;
        notifyAll();
    }

    private final class Listener implements WebSocket.Listener {

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            frame.append(data);
            if (last) {
                take(frame.toString());
                frame.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
            pong();
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            end(statusCode + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            end(error.toString());
        }
    }
}
