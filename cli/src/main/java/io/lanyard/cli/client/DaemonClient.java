package io.lanyard.cli.client;

import io.lanyard.cli.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Talks to one daemon over loopback HTTP, as its owner.
 *
 * <p>Every call blocks, up to 5 s for the connection and 60 s for the answer. Safe for use by several threads.
 */
public final class DaemonClient {

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int ANSWER_TIMEOUT_MILLIS = 60_000;
    private static final int MAX_REFUSAL_BYTES = 64 * 1024;

    private final URI api;
    private final String token;
    private final String hintWhenUnreachable;

    /**
     * Names the daemon; nothing is sent yet.
     *
     * @param api its address, such as {@code http://127.0.0.1:7717}
     * @param token the bearer token; empty sends none
     * @param hintWhenUnreachable what to tell a person when nobody answers there
     */
    public DaemonClient(URI api, String token, String hintWhenUnreachable) {
        this.api = api;
        this.token = token;
        this.hintWhenUnreachable = hintWhenUnreachable;
    }

    /** Returns the daemon's address. */
    public URI api() {
        return api;
    }

    /** Reads {@code target}, a path with its query, already percent-encoded. */
    public Answer get(String target)
            throws DaemonUnreachableException, DaemonTimeoutException, RequestRefusedException {
        return send("GET", target, Map.of(), null);
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @param target the path and query, already percent-encoded
     * @param fields header fields besides the usual ones
     * @param json the body, or null for none; sent as it is, since the daemon is the judge of it
     * @throws DaemonUnreachableException when no daemon answers there
     * @throws DaemonTimeoutException when the answer does not come in time
     * @throws RequestRefusedException when the status of the answer is not 2xx
     */
    public Answer send(String method, String target, Map<String, String> fields, String json)
            throws DaemonUnreachableException, DaemonTimeoutException, RequestRefusedException {
        try (HttpExchange exchange = open(method, target, fields, json)) {
            String body = new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(exchange.status(), exchange.headers(), body);
        } catch (SocketTimeoutException late) {
            throw timedOut();
        } catch (IOException failed) {
            throw unreachable(failed);
        }
    }

    /**
     * Reads an answer line by line for as long as it goes on and the reader wants more.
     *
     * @param reader takes each line that is not blank, and answers whether it wants another
     * @return whether the reader had enough; false when the daemon ended the answer
     */
    public boolean readLines(String target, Map<String, String> fields, Predicate<String> reader)
            throws DaemonUnreachableException, DaemonTimeoutException, RequestRefusedException {
        try (HttpExchange exchange = open("GET", target, fields, null);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(exchange.body(), StandardCharsets.UTF_8))) {
            exchange.waitWithoutEnd();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !reader.test(line)) {
                    return true;
                }
            }
            return false;
        } catch (IOException failed) {
            throw unreachable(failed);
        }
    }

    private HttpExchange open(String method, String target, Map<String, String> fields, String json)
            throws DaemonUnreachableException, DaemonTimeoutException, RequestRefusedException {
        HttpExchange exchange;
        try {
            exchange = new HttpExchange(api, CONNECT_TIMEOUT_MILLIS, ANSWER_TIMEOUT_MILLIS);
        } catch (IOException failed) {
            throw unreachable(failed);
        }
        try {
            exchange.send(
                    method, target, headers(fields, json), json == null ? null : json.getBytes(StandardCharsets.UTF_8));
            if (exchange.status() >= 200 && exchange.status() < 300) {
                return exchange;
            }
            RequestRefusedException refusal = refusal(exchange);
            exchange.close();
            throw refusal;
        } catch (SocketTimeoutException late) {
            closeQuietly(exchange, late);
            throw timedOut();
        } catch (IOException failed) {
            closeQuietly(exchange, failed);
            throw unreachable(failed);
        }
    }

    private Map<String, String> headers(Map<String, String> fields, String json) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Host", api.getRawAuthority());
        all.put("Accept", "application/json");
        if (!token.isEmpty()) {
            all.put("Authorization", "Bearer " + token);
        }
        if (json != null) {
            all.put("Content-Type", "application/json");
        }
        all.putAll(fields);
        return all;
    }

    private RequestRefusedException refusal(HttpExchange exchange) throws IOException {
        String body = new String(exchange.body().readNBytes(MAX_REFUSAL_BYTES), StandardCharsets.UTF_8);
        JsonValue problem;
        try {
            problem = JsonValue.parse(body);
        } catch (IOException notJson) {
            problem = JsonValue.NULL;
        }
        JsonValue said = problem.get("detail").isNull() ? problem.get("title") : problem.get("detail");
        return new RequestRefusedException(
                exchange.status(),
                problem.get("code").isNull() ? "" : problem.get("code").text(),
                said.isNull() ? api + " answered with HTTP status " + exchange.status() : said.text(),
                problem.get("hint").isNull() ? "" : problem.get("hint").text());
    }

    private DaemonUnreachableException unreachable(IOException failed) {
        String why = failed.getMessage() == null ? failed.getClass().getSimpleName() : failed.getMessage();
        return new DaemonUnreachableException(
                "no answer from a daemon at " + api + " (" + why + "); " + hintWhenUnreachable);
    }

    private DaemonTimeoutException timedOut() {
        return new DaemonTimeoutException(api + " did not answer within " + ANSWER_TIMEOUT_MILLIS / 1000
                + " s; it may still carry out the request");
    }

    private static void closeQuietly(HttpExchange exchange, IOException reason) {
        try {
            exchange.close();
        } catch (IOException alsoFailed) {
            reason.addSuppressed(alsoFailed);
        }
    }
}
