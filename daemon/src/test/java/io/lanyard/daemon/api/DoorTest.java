package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.api.http.ApiPortInUseException;
import io.lanyard.daemon.watch.Meters;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may come in, and what strangers and broken programs hear. */
@Timeout(30)
class DoorTest {

    private static final String ANNA = "/api/docs/contact/anna";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @ParameterizedTest
    @ValueSource(
            strings = {
                ANNA,
                "/api/docs/contact",
                "/api/sync/status",
                "/api/sync/changes",
                "/api/conflicts",
                "/api/peers",
                "/api/collections",
                "/api/sync/batch",
                "/nothing"
            })
    void withoutToken_everythingIs401(String path) throws Exception {
        HttpResponse<String> none =
                api.send(HttpRequest.newBuilder(api.server.uri().resolve(path)));
        assertProblem(401, "unauthorized", none);
        assertEquals("Bearer", none.headers().firstValue("WWW-Authenticate").orElse(""));
        for (String wrong : new String[] {
            "Bearer",
            "Bearer x",
            "Basic " + api.token.text(),
            "Bearer " + api.token.text() + "x",
            "Bearer " + "x".repeat(5000),
            api.token.text()
        }) {
            HttpResponse<String> refused = api.send(
                    HttpRequest.newBuilder(api.server.uri().resolve(path)).header("Authorization", wrong));
            assertProblem(401, "unauthorized", refused);
            assertFalse(refused.body().contains(api.token.text()));
        }
    }

    @Test
    void wrongToken_writesNothing() throws Exception {
        HttpResponse<String> refused = api.send("PUT", ANNA, "{}", "Authorization", "Bearer wrong");
        assertProblem(401, "unauthorized", refused);
        assertEquals(404, api.get(ANNA).statusCode());
    }

    @Test
    void health_needsNoToken() throws Exception {
        assertEquals(
                200,
                api.send(HttpRequest.newBuilder(api.server.uri().resolve("/healthz")))
                        .statusCode());
        assertEquals(
                200,
                api.send(HttpRequest.newBuilder(api.server.uri().resolve("/readyz")))
                        .statusCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:PORT",
                "127.0.0.1.evil.example:PORT", "user@127.0.0.1:PORT", "[::2]:PORT", "0.0.0.0:PORT", "127.0.0.2:PORT"
            })
    void otherHosts_areRefused(String host) throws Exception {
        String answer = api.raw(get(ANNA, host));
        assertTrue(answer.startsWith("HTTP/1.1 403") || answer.startsWith("HTTP/1.1 400"), answer);
        assertTrue(answer.contains("host_not_allowed") || answer.contains("bad_request"), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT", "[::1]:PORT"})
    void ownHosts_areTaken(String host) throws Exception {
        assertTrue(api.raw(get("/api/sync/status", host)).startsWith("HTTP/1.1 200"));
    }

    @Test
    void absoluteForm_ofAnotherHost_andNoHost_areRefused() throws Exception {
        String own = "127.0.0.1:" + api.server.port();
        String absolute = api.raw(get("http://evil.example/api/sync/status", own));
        assertTrue(absolute.startsWith("HTTP/1.1 40"), absolute);
        assertFalse(absolute.contains("versionVector"));
        String none = api.raw("GET /healthz HTTP/1.0\n\n");
        assertTrue(none.contains("403") && none.contains("host_not_allowed"), none);
        String missing = api.raw("GET /healthz HTTP/1.1\nConnection: close\n\n");
        assertTrue(missing.startsWith("HTTP/1.1 400") && missing.contains("bad_request"), missing);
        String twice = api.raw("GET /healthz HTTP/1.1\nHost: " + own + "\nHost: evil\nConnection: close\n\n");
        assertTrue(twice.startsWith("HTTP/1.1 400"), twice);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "http://127.0.0.1:7717", ""})
    void webPages_areRefused_withoutAnyCorsHeader(String origin) throws Exception {
        String answer = api.raw("PUT " + ANNA + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nOrigin: "
                + origin + "\nAuthorization: Bearer " + api.token.text()
                + "\nContent-Type: application/json\nContent-Length: 2\nConnection: close\n\n{}");
        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
        assertProblem(403, "origin_not_allowed", answer.substring(answer.indexOf("{\"type")));
        assertFalse(answer.contains("Access-Control"));
        assertEquals(404, api.get(ANNA).statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/docs/contact/anna, 405",
        "PUT, /api/docs/contact, 405",
        "GET, /api/sync/batch, 405",
        "POST, /api/sync/status, 405",
        "OPTIONS, /api/sync/status, 405",
        "TRACE, /api/sync/status, 405",
        "DELETE, /healthz, 405",
        "GET, /nothing, 404",
        "GET, /api, 404",
        "GET, /api/docs, 404",
        "GET, /api/docs/a/b/c, 404",
        "GET, /ws, 426"
    })
    void wrongMethodsAndPaths_areProblems(String method, String path, int status) throws Exception {
        String answer = api.raw(method + " " + path + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port()
                + "\nAuthorization: Bearer " + api.token.text() + "\nConnection: close\n\n");
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        String code = status == 405 ? "method_not_allowed" : status == 404 ? "not_found" : "upgrade_required";
        assertProblem(status, code, answer.substring(answer.indexOf("{\"type")));
        assertEquals(status == 405, answer.contains("Allow: "), answer);
    }

    @Test
    void brokenHttp_isAProblemToo() throws Exception {
        String own = "\nHost: 127.0.0.1:" + api.server.port() + "\nConnection: close\n";
        assertRawProblem(400, "bad_request", "nonsense\n\n");
        assertRawProblem(400, "bad_request", "GET /healthz HTTP/1.1" + own + "Bad Header: x\n\n");
        assertRawProblem(400, "bad_request", "GET /%zz HTTP/1.1" + own + "\n");
        assertRawProblem(400, "bad_request", "GET /api/docs/a/%00 HTTP/1.1" + own + "\n");
        assertRawProblem(431, "headers_too_large", "GET /healthz HTTP/1.1" + own + "X: " + "x".repeat(20_000) + "\n\n");
        String longUri = api.raw("GET /" + "x".repeat(20_000) + " HTTP/1.1" + own + "\n");
        assertTrue(longUri.startsWith("HTTP/1.1 414") || longUri.startsWith("HTTP/1.1 431"), longUri);
        assertTrue(longUri.contains("application/problem+json"), longUri);
        assertRawProblem(
                400,
                "bad_request",
                "PUT " + ANNA + " HTTP/1.1" + own + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n");
        assertEquals(
                200,
                api.send(HttpRequest.newBuilder(api.server.uri().resolve("/healthz")))
                        .statusCode());
    }

    @Test
    void beforeThereIsAnythingBehind_everythingIsAnsweredAsStarting_butWhetherTheProcessLives() throws Exception {
        ApiSettings settings = ApiSettings.on(0);
        try (ApiDoor door = ApiDoor.open(settings, Meters.NONE)) {
            URI uri = URI.create("http://127.0.0.1:" + door.port() + "/");
            for (String path : List.of("readyz", "api/docs/contact/anna", "ws", "nothing", "")) {
                HttpResponse<String> answer = ask(uri.resolve("/" + path));
                assertProblem(503, "starting", answer);
                assertEquals("1", answer.headers().firstValue("Retry-After").orElseThrow());
            }
            assertEquals(200, ask(uri.resolve("/healthz")).statusCode());
            assertTrue(rawTo(door.port(), "GET /healthz HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n")
                    .startsWith("HTTP/1.1 403"));
            try (ApiServer server = ApiServer.start(
                    door, settings, node, api.pairing, api.token, api.tokens, () -> "", Meters.NONE, api.group)) {
                assertEquals(uri, server.uri());
                assertEquals(200, ask(uri.resolve("/readyz")).statusCode());
                assertProblem(401, "unauthorized", ask(uri.resolve("/api/docs/contact/anna")));
            }
        }
    }

    private static HttpResponse<String> ask(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String rawTo(int port, String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void portInUse_isOneSentence() {
        ApiPortInUseException e = assertThrows(
                ApiPortInUseException.class, () -> ApiDoor.open(ApiSettings.on(api.server.port()), Meters.NONE));
        assertTrue(e.getMessage().startsWith("Port " + api.server.port() + " on 127.0.0.1 is in use"), e.getMessage());
    }

    @Test
    void ipv6Loopback_answersOnTheSamePort() throws Exception {
        Assumptions.assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null);
        try (Socket socket = new Socket("::1", api.server.port())) {
            String request = get("/api/sync/status", "[::1]:PORT")
                    .replace("PORT", "" + api.server.port())
                    .replace("\n", "\r\n");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertTrue(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .startsWith("HTTP/1.1 200"));
        }
    }

    private void assertRawProblem(int status, String code, String request) throws Exception {
        String answer = api.raw(request);
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        assertTrue(answer.contains("Content-Type: application/problem+json"), answer);
        assertProblem(status, code, answer.substring(answer.indexOf("{\"type")));
    }

    private String get(String path, String host) {
        return "GET " + path + " HTTP/1.1\nHost: " + host.replace("PORT", "" + api.server.port())
                + "\nAuthorization: Bearer " + api.token.text() + "\nConnection: close\n\n";
    }
}
