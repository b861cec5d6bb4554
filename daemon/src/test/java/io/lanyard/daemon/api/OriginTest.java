package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Web pages: which may come in, and what browsers are told of it. */
@Timeout(60)
class OriginTest {

    private static final String SHOP = "http://localhost:5173";
    private static final String OTHER = "http://localhost:5174";
    private static final String STATUS = "/api/sync/status";
    private static final String ALLOW = "Access-Control-Allow-Origin";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private HttpResponse<String> ask(String path, String origin, String token) throws Exception {
        return api.send(
                api.request(path).setHeader("Authorization", "Bearer " + token).header("Origin", origin));
    }

    private HttpResponse<String> preflight(String path, String origin, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.server.uri().resolve(path))
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "PUT")
                .header("Access-Control-Request-Headers", "authorization,content-type");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return api.send(request);
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void page_comesInWithATokenThatNamesIt() throws Exception {
        String token = api.tokenFor(List.of(SHOP), "a:write");
        HttpResponse<String> answer = ask(STATUS, SHOP, token);
        assertEquals(200, answer.statusCode());
        assertEquals(SHOP, header(answer, ALLOW));
        assertEquals("ETag, Lanyard-Stamp, Location, Retry-After", header(answer, "Access-Control-Expose-Headers"));
        assertTrue(header(answer, "Vary").contains("Origin"));
        assertEquals("", header(answer, "Access-Control-Allow-Credentials"));
        assertEquals(204, preflight(STATUS, SHOP).statusCode());
    }

    @Test
    void page_withAnothersToken_isRefused() throws Exception {
        String shops = api.tokenFor(List.of(SHOP), "a:write");
        String others = api.tokenFor(List.of(OTHER), "a:write");
        String programs = api.tokenFor(List.of(), "a:write");
        assertEquals(200, ask(STATUS, SHOP, shops).statusCode());
        for (String token : List.of(others, programs, api.token.text())) {
            assertProblem(403, "origin_not_allowed", ask(STATUS, SHOP, token));
        }
        assertEquals(
                200,
                api.send(api.request(STATUS).setHeader("Authorization", "Bearer " + shops))
                        .statusCode());
    }

    @Test
    void page_ofAnOriginThatNoTokenNames_learnsNothing() throws Exception {
        String token = api.tokenFor(List.of(SHOP), "a:write");
        for (String path : List.of(STATUS, "/healthz", "/connect", "/openapi.json", "/api/docs/a/b")) {
            HttpResponse<String> answer = ask(path, OTHER, token);
            assertProblem(403, "origin_not_allowed", answer);
            assertEquals("", header(answer, ALLOW));
            answer = preflight(path, OTHER);
            assertProblem(403, "origin_not_allowed", answer);
            assertEquals("", header(answer, ALLOW));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "http://LOCALHOST:5173",
                "http://localhost:5173/",
                "http://localhost:5173.evil",
                "https://localhost:5173",
                "http://localhost",
                "*",
                ""
            })
    void origin_thatOnlyLooksLikeTheNamedOne_isAnother(String origin) throws Exception {
        String token = api.tokenFor(List.of(SHOP), "a:write");
        String answer = api.raw("GET " + STATUS + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nOrigin: "
                + origin + "\nAuthorization: Bearer " + token + "\nConnection: close\n\n");
        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
        assertFalse(answer.contains(ALLOW), answer);
    }

    @Test
    void origin_givenTwice_isRefused() throws Exception {
        String token = api.tokenFor(List.of(SHOP), "a:write");
        String answer = api.raw("GET " + STATUS + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nOrigin: "
                + SHOP + "\nOrigin: " + OTHER + "\nAuthorization: Bearer " + token + "\nConnection: close\n\n");
        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    }

    @Test
    void nullOrigin_comesInWhereItIsNamed() throws Exception {
        String token = api.tokenFor(List.of("null"), "a:write");
        HttpResponse<String> answer = ask(STATUS, "null", token);
        assertEquals(200, answer.statusCode());
        assertEquals("null", header(answer, ALLOW));
    }

    @Test
    void preflight_ofANamedOrigin_isGranted_forAllThatAppsSend() throws Exception {
        api.tokenFor(List.of(OTHER), "a:write");
        api.tokenFor(List.of(SHOP), "a:write");
        HttpResponse<String> answer =
                preflight("/api/docs/a/b", SHOP, "Access-Control-Request-Private-Network", "true");
        assertEquals(204, answer.statusCode());
        assertEquals(SHOP, header(answer, ALLOW));
        assertEquals("true", header(answer, "Access-Control-Allow-Private-Network"));
        for (String method : List.of("GET", "PUT", "PATCH", "DELETE", "POST")) {
            assertTrue(header(answer, "Access-Control-Allow-Methods").contains(method));
        }
        for (String name : List.of("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Lanyard-Client")) {
            assertTrue(header(answer, "Access-Control-Allow-Headers").contains(name));
        }
        assertEquals("", header(preflight(STATUS, SHOP), "Access-Control-Allow-Private-Network"));
    }

    @Test
    void preflight_afterTheTokenIsRevoked_isRefused() throws Exception {
        api.tokenFor(List.of(SHOP), "a:write");
        assertEquals(204, preflight(STATUS, SHOP).statusCode());
        String id = ApiFixture.json(api.get("/api/tokens")).at("/items/0/id").asText();
        assertEquals(204, api.send("DELETE", "/api/tokens/" + id, null).statusCode());
        assertProblem(403, "origin_not_allowed", preflight(STATUS, SHOP));
    }

    @Test
    void refusals_canBeReadByThePage() throws Exception {
        api.tokenFor(List.of(SHOP), "a:write");
        HttpResponse<String> answer = ask(STATUS, SHOP, "wrong");
        assertProblem(401, "unauthorized", answer);
        assertEquals(SHOP, header(answer, ALLOW));
    }

    @Test
    void socketOfAPage_isCheckedAgainstTheUnion_thenAgainstItsToken() throws Exception {
        String shops = api.tokenFor(List.of(SHOP), "a:write");
        String others = api.tokenFor(List.of(OTHER), "a:write");
        try (SocketClient socket = open(SHOP, Optional.of(shops))) {
            socket.ping();
        }
        try (SocketClient socket = open(SHOP, Optional.of(others))) {
            assertEquals(4003, socket.closeCode());
        }
        try (SocketClient socket = open(SHOP, Optional.of(api.token.text()))) {
            assertEquals(4003, socket.closeCode());
        }
        try (SocketClient socket = open(SHOP, Optional.of("wrong"))) {
            assertEquals(4001, socket.closeCode());
        }
        try (SocketClient socket = open(SHOP, Optional.empty())) {
            socket.send("{\"op\":\"auth\",\"token\":\"" + others + "\"}");
            assertEquals(4003, socket.closeCode());
        }
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> open("http://evil.example", Optional.of(shops)));
        assertEquals(
                403, ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode());
    }

    private SocketClient open(String origin, Optional<String> token) throws Exception {
        return SocketClient.open(api.client(), api.webSocket(), builder -> {
            builder.header("Origin", origin);
            return token.isPresent()
                    ? builder.subprotocols("lanyard.v1", "lanyard.token." + token.get())
                    : builder.subprotocols("lanyard.v1");
        });
    }

    @Test
    void ownPage_needsNoName() throws Exception {
        String own = "http://127.0.0.1:" + api.server.port();
        assertEquals(200, ask(STATUS, own, api.token.text()).statusCode());
        String answer = api.raw("GET " + STATUS + " HTTP/1.1\nHost: localhost:" + api.server.port() + "\nOrigin: " + own
                + "\nAuthorization: Bearer " + api.token.text() + "\nConnection: close\n\n");
        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    }

    @Test
    void pageThatLetsAppsIn_cannotBeFramed_norRunAnythingOfOthers() throws Exception {
        HttpResponse<String> page = api.get("/connect?app=%3Cimg%20src=x%3E&scope=a:write&origin=" + SHOP);
        assertEquals(200, page.statusCode());
        assertFalse(page.body().contains("<img"), page.body());
        assertFalse(page.body().contains(SHOP), page.body());
        assertEquals("DENY", header(page, "X-Frame-Options"));
        assertEquals("nosniff", header(page, "X-Content-Type-Options"));
        assertEquals("no-referrer", header(page, "Referrer-Policy"));
        String policy = header(page, "Content-Security-Policy");
        for (String part :
                List.of("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'")) {
            assertTrue(policy.contains(part), policy);
        }
        assertFalse(policy.contains("unsafe") || policy.contains("*"), policy);
        assertFalse(page.body().matches("(?s).*<script(?! type=\"module\" src=).*|.*\\son\\w+=.*|.*<style.*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app=a&scope=a:write",
                "app=a&scope=all&origin=http://a",
                "scope=a:read&origin=http://a",
                "app=a&scope=a:read&origin=null",
                "app=a&scope=a:read&origin=file://x",
                "app=a&scope=a:read&origin=*",
                "app=a&scope=a:read&origin=http://a/",
                "app=a%0Ab&scope=a:read&origin=http://a",
                "app=a&app=b&scope=a:read&origin=http://a",
                "app=a&scope=&origin=http://a"
            })
    void connect_withWhatNoTokenCouldHave_isRefused(String query) throws Exception {
        assertProblem(422, "invalid_value", api.get("/connect?" + query));
    }

    @Test
    void tokenIsNotMadeForAPageThatOnlyOpenedConnect() throws Exception {
        String body = "{\"name\":\"a\",\"scopes\":[\"*:write\"],\"origins\":[\"http://evil.example\"]}";
        for (String origin : List.of("http://evil.example", "null", "http://127.0.0.1:1")) {
            HttpResponse<String> answer = api.send("POST", "/api/tokens", body, "Origin", origin);
            assertProblem(403, "origin_not_allowed", answer);
            answer = api.send("POST", "/connect/session", "{\"code\":\"x\"}", "Origin", origin);
            assertProblem(403, "origin_not_allowed", answer);
        }
        HttpResponse<String> answer = api.send("POST", "/api/tokens", body, "Authorization", "Bearer ");
        assertProblem(401, "unauthorized", answer);
        answer = api.send("POST", "/api/tokens", body, "Cookie", "session=" + api.token.text(), "Authorization", "x");
        assertProblem(401, "unauthorized", answer);
        assertEquals(0, ApiFixture.json(api.get("/api/tokens")).get("items").size());
    }
}
