package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.Scope;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.watch.Meters;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real server on loopback over some node, and what tests do with it. As an extension of a test class it opens before
 * each test, and closes itself and the node after it.
 */
public final class ApiFixture implements BeforeEachCallback, AfterEachCallback, AutoCloseable {

    /** Reads JSON as programs do. */
    public static final ObjectMapper MAPPER = new ObjectMapper();

    /** The server, once it is open. */
    public ApiServer server;

    /** How its device invites and joins. */
    public final FakePairing pairing = new FakePairing();

    /** The owner's token. */
    public OwnerToken token;

    /** The group of its device. */
    public GroupAccess group;

    /** How it listens; to be set before it opens. */
    public ApiSettings settings = ApiSettings.on(0);

    TokenBook tokens;
    LongSupplier clockMillis = System::currentTimeMillis;
    private final Node node;
    private final AutoCloseable closing;
    private Path home;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** Makes an extension. */
    public ApiFixture(FakeNode node) {
        this.node = node;
        closing = node;
    }

    /** Opens at once; the node stays open when this closes. */
    ApiFixture(Node node, Path home) throws Exception {
        this.node = node;
        closing = () -> {};
        open(home);
    }

    private void open(Path directory) throws Exception {
        group = new GroupAccess(GroupHome.openOrCreate(directory, "till"), device -> Optional.of("1.0"));
        token = OwnerToken.openOrCreate(directory);
        tokens = TokenBook.openOrCreate(directory, () -> clockMillis.getAsLong());
        server = ApiServer.start(
                ApiDoor.open(settings, Meters.NONE),
                settings,
                node,
                pairing,
                token,
                tokens,
                () -> "some_metric 1\n",
                Meters.NONE,
                group);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        home = Files.createTempDirectory("lanyard-api");
        open(home);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        close();
        closing.close();
        try (Stream<Path> files = Files.list(home)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(home);
    }

    /** Returns the directory in which the tokens are. */
    public Path home() {
        return home;
    }

    /** Makes a token that may do that, for programs and for pages of {@code origins}; returns its text. */
    public String tokenFor(List<String> origins, String... scopes) throws Exception {
        return tokens.create("test", Stream.of(scopes).map(Scope::parse).toList(), origins, Duration.ofDays(1))
                .text();
    }

    /** Starts a request as the owner. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.uri().resolve(path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + token.text());
    }

    /** Sends a request and reads the whole answer. */
    public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Sends a request whose answer is read as it comes. */
    public HttpResponse<InputStream> stream(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofInputStream());
    }

    /** Reads as the owner. */
    public HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    /** Sends a body as JSON, with further header fields by name and value. */
    public HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    /** Lets everything that has to do with time look at this one. */
    public void tick(long nowNanos) {
        server.tick(nowNanos);
    }

    /** Returns whether somebody listens. */
    public boolean isListenedTo() {
        return server.isListenedTo();
    }

    /** Returns where programs connect by WebSocket. */
    public URI webSocket() {
        return URI.create("ws://127.0.0.1:" + server.port() + "/ws");
    }

    /** Returns what sends the requests. */
    public HttpClient client() {
        return client;
    }

    /** Sends bytes as they are and returns everything that comes back until the server closes. */
    String raw(byte[] bytes) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Sends text as it is, with {@code \n} as the end of each line, and returns everything that comes back. */
    public String raw(String text) throws IOException {
        return raw(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the JSON of an answer. */
    public static JsonNode json(HttpResponse<String> response) throws IOException {
        return MAPPER.readTree(response.body());
    }

    /** Checks that an answer is the problem of that status and code, in the form that every problem has. */
    public static JsonNode assertProblem(int status, String code, HttpResponse<String> response) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/problem+json",
                response.headers().firstValue("Content-Type").orElse(""));
        return assertProblem(status, code, response.body());
    }

    /** Checks a problem's body. */
    public static JsonNode assertProblem(int status, String code, String body) throws IOException {
        JsonNode problem = MAPPER.readTree(body);
        assertEquals(code, problem.path("code").asText(), body);
        assertEquals(status, problem.path("status").asInt(), body);
        for (String field : new String[] {"type", "title", "detail"}) {
            assertTrue(!problem.path(field).asText().isEmpty(), field + " is missing in " + body);
        }
        assertTrue(problem.has("hint"), body);
        return problem;
    }

    @Override
    public void close() {
        server.close();
    }
}
