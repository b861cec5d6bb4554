package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.apps.Json.Num;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A program on a device: it talks to that device's daemon over loopback HTTP, under a name of its own or none. */
final class ApiClient {

    /** One for all, as its threads are not cheap. */
    static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final URI api;
    private final String token;
    private final String name;

    ApiClient(URI api, String token, String name) {
        this.api = api;
        this.token = token;
        this.name = name;
    }

    /** Returns a client for the daemon that runs in {@code home}, found as any program would find it. */
    static ApiClient in(Path home) throws IOException {
        return new ApiClient(
                URI.create(Files.readString(home.resolve("api")).strip()),
                Files.readString(home.resolve("token")).strip(),
                null);
    }

    /** Returns the same under another name. */
    ApiClient named(String newName) {
        return new ApiClient(api, token, newName);
    }

    URI api() {
        return api;
    }

    String token() {
        return token;
    }

    String name() {
        return name;
    }

    /** What the daemon answered. */
    record Answer(int status, String body, String etag, String stamp, String location, HttpHeaders fields) {

        /** Returns a header field, or the empty text. */
        String field(String name) {
            return fields.firstValue(name).orElse("");
        }

        /** Fails unless the status is the one expected. */
        Answer with(int expected) {
            assertEquals(expected, status, body);
            return this;
        }

        Map<String, Object> json() {
            return Json.parseObject(body);
        }

        List<Object> results() {
            return Json.list(json(), "results");
        }
    }

    Answer put(String document, Object data) {
        return send("PUT", "/api/docs/" + document, data);
    }

    Answer patch(String document, Object data) {
        return send("PATCH", "/api/docs/" + document, data);
    }

    Answer delete(String document) {
        return send("DELETE", "/api/docs/" + document, null);
    }

    Answer get(String document) {
        return send("GET", "/api/docs/" + document, null);
    }

    Answer post(String collection, Object data) {
        return send("POST", "/api/docs/" + collection, data);
    }

    /** Sends a batch that is all or nothing. */
    Answer batch(List<?> items) {
        return send("POST", "/api/sync/batch", items);
    }

    /** Sends a batch in which every item counts by itself. */
    Answer batchEach(List<?> items) {
        return send("POST", "/api/sync/batch?mode=each", items);
    }

    /** Sends any number of items, a thousand at a time, and expects all to be done. */
    void writeAll(List<?> items) {
        for (int from = 0; from < items.size(); from += 1_000) {
            batch(items.subList(from, Math.min(items.size(), from + 1_000))).with(200);
        }
    }

    static Map<String, Object> create(String collection, String id, Object data) {
        return Json.object("action", "CREATE", "resourceType", collection, "resourceId", id, "data", data);
    }

    static Map<String, Object> update(String collection, String id, Object data) {
        return Json.object("action", "UPDATE", "resourceType", collection, "resourceId", id, "data", data);
    }

    static Map<String, Object> remove(String collection, String id) {
        return Json.object("action", "DELETE", "resourceType", collection, "resourceId", id);
    }

    /** Returns a program of that name on the same device, whose token allows it these scopes and pages of this origin. */
    ApiClient scoped(String newName, String origin, String... scopes) {
        Map<String, Object> asked = Json.object("name", newName, "scopes", List.of(scopes), "origins", List.of(origin));
        String scoped = Json.text(send("POST", "/api/tokens", asked).with(201).json(), "token");
        return new ApiClient(api, scoped, newName);
    }

    /** Returns what {@code /metrics} says of that name, added up over the lines that have this in them. */
    double metric(String name, String part) {
        return send("GET", "/metrics", null)
                .with(200)
                .body()
                .lines()
                .filter(line -> line.startsWith(name) && line.contains(part))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Returns how many WebSockets are open there. */
    int sockets() {
        return (int) metric("lanyard_sockets", " ");
    }

    Map<String, Object> status() {
        return send("GET", "/api/sync/status", null).with(200).json();
    }

    /** Returns every conflict in this device's journal. */
    List<Object> conflicts() {
        List<Object> all = new ArrayList<>();
        Object next = Json.number(0);
        while (next instanceof Num after) {
            Map<String, Object> page =
                    send("GET", "/api/conflicts?after=" + after, null).with(200).json();
            all.addAll(Json.list(page, "items"));
            next = page.get("next");
        }
        return all;
    }

    /** Returns every document of a collection by id, read page by page: {@code id}, {@code etag}, {@code stamp}, {@code data}. */
    Map<String, Map<String, Object>> list(String collection, String... parameters) {
        Map<String, Map<String, Object>> items = new LinkedHashMap<>();
        String query = "?limit=1000" + String.join("", parameters);
        String cursor = "";
        while (cursor != null) {
            Map<String, Object> page = send("GET", "/api/docs/" + collection + query + cursor, null)
                    .with(200)
                    .json();
            for (Object item : Json.list(page, "items")) {
                @SuppressWarnings("unchecked")
                Map<String, Object> entry = (Map<String, Object>) item;
                assertTrue(items.put(Json.text(item, "id"), entry) == null, "listed twice: " + item);
            }
            String next = Json.text(page, "next");
            cursor = next == null ? null : "&cursor=" + next;
        }
        return items;
    }

    /** Returns the data of every document of a collection by id. */
    Map<String, Object> documents(String collection) {
        Map<String, Object> documents = new LinkedHashMap<>();
        list(collection).forEach((id, item) -> documents.put(id, item.get("data")));
        return documents;
    }

    Answer send(String method, String target, Object json) {
        try {
            return trySend(method, target, json);
        } catch (IOException e) {
            throw new AssertionError(method + " " + api + target + " got no answer", e);
        }
    }

    /** Sends a batch in which every item counts by itself, once under that key; its answer may not come. */
    Answer tryBatch(List<?> items, String idempotencyKey) throws IOException {
        return trySend("POST", "/api/sync/batch?mode=each", items, "Idempotency-Key", idempotencyKey);
    }

    /** Sends a request whose answer may not come, with more header fields if there are any, names before values. */
    Answer trySend(String method, String target, Object json, String... fields) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.resolve(target))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        json == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString(Json.write(json), StandardCharsets.UTF_8));
        if (name != null) {
            request.header("Lanyard-Client", name);
        }
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        try {
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Answer(
                    response.statusCode(),
                    response.body(),
                    response.headers().firstValue("ETag").orElse(null),
                    response.headers().firstValue("Lanyard-Stamp").orElse(null),
                    response.headers().firstValue("Location").orElse(null),
                    response.headers());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
