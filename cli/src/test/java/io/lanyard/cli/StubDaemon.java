package io.lanyard.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Answers in a daemon's place: what it was asked is kept, what it answers is set beforehand. */
final class StubDaemon implements AutoCloseable {

    record Request(String method, String target, Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().get(0))
                    .findFirst()
                    .orElse("");
        }
    }

    private record Reply(int status, Map<String, String> headers, String body) {}

    private final HttpServer server;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Reply> replies = new ArrayDeque<>();

    StubDaemon() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Makes a HOME as this daemon would have left it. */
    Path home(Path parent) throws IOException {
        Path home = Files.createDirectories(parent.resolve("home"));
        Files.writeString(home.resolve("api"), url() + "\n");
        Files.writeString(home.resolve("token"), "t0ken\n");
        return home;
    }

    StubDaemon answering(int status, String body) {
        return answering(status, Map.of(), body);
    }

    StubDaemon answering(int status, Map<String, String> headers, String body) {
        replies.add(new Reply(status, headers, body));
        return this;
    }

    /** Returns the oldest request that was not returned yet; null when there is none. */
    Request nextRequest() {
        return requests.poll();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            requests.add(new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    Map.copyOf(exchange.getRequestHeaders()),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            Reply reply = replies.remove();
            reply.headers().forEach(exchange.getResponseHeaders()::add);
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            // Length 0 makes the server send chunks, -1 no body at all.
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : 0);
            if (body.length > 0) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body, 0, body.length / 2);
                    out.flush();
                    out.write(body, body.length / 2, body.length - body.length / 2);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
