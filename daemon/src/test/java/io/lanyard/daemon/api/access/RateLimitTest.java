package io.lanyard.daemon.api.access;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.SocketClient;
import io.lanyard.daemon.api.json.Problem;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How much one token may ask for. */
@Timeout(60)
class RateLimitTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    {
        api.settings = new ApiSettings(0, 1, 1, 2, 20);
    }

    private HttpResponse<String> ask(String token) throws Exception {
        return api.send(api.request("/api/sync/status").setHeader("Authorization", "Bearer " + token));
    }

    @Test
    void requests_beyondTheAllowance_areRefused_forThatTokenOnly() throws Exception {
        String token = api.tokenFor(List.of(), "a:read");
        HttpResponse<String> answer = ask(token);
        for (int i = 0; i < 200 && answer.statusCode() == 200; i++) {
            answer = ask(token);
        }
        assertProblem(429, "rate_limited", answer);
        assertEquals("1", answer.headers().firstValue("Retry-After").orElse(""));
        assertEquals(200, ask(api.tokenFor(List.of(), "a:read")).statusCode());
        for (int i = 0; i < 50; i++) {
            assertEquals(200, api.get("/api/sync/status").statusCode());
        }
    }

    @Test
    void messages_beyondTheAllowance_areRefused_overAllConnections_withoutClosing() throws Exception {
        String token = api.tokenFor(List.of(), "a:write");
        try (SocketClient first = open(token);
                SocketClient second = open(token)) {
            JsonNode answer = second.send("{\"op\":\"ping\",\"ref\":0}").next();
            for (int i = 1; i < 200 && answer.get("type").asText().equals("pong"); i++) {
                answer = first.send("{\"op\":\"ping\",\"ref\":" + i + "}").next();
            }
            assertEquals("rate_limited", answer.get("code").asText());
            assertTrue(answer.has("ref"), answer::toString);
            // Each of them takes a second to earn, wherever it is spent.
            JsonNode later = first.send("{\"op\":\"ping\",\"ref\":999}").next();
            for (int i = 0; i < 100_000 && !later.get("type").asText().equals("pong"); i++) {
                later = first.send("{\"op\":\"ping\",\"ref\":999}").next();
            }
            assertEquals("pong", later.get("type").asText());
        }
    }

    @Test
    void streams_beyondTheLimit_areRefused_butNotTheOwners() throws Exception {
        String token = api.tokenFor(List.of(), "a:write");
        try (SocketClient first = open(token);
                SocketClient second = open(token);
                SocketClient owners = open(api.token.text())) {
            assertProblem(
                    503,
                    "overloaded",
                    api.send(api.request("/api/sync/changes").setHeader("Authorization", "Bearer " + token)));
            assertEquals(
                    "pong", owners.send("{\"op\":\"ping\"}").next().get("type").asText());
            first.socket().abort();
            second.socket().abort();
        }
    }

    @Test
    void allowance_fillsWithTime_upToItsBurst() {
        long[] nowNanos = {Long.MAX_VALUE - 5};
        AtomicInteger refused = new AtomicInteger();
        Allowance allowance =
                new Allowance(10, 2, () -> nowNanos[0], (number, values) -> refused.addAndGet((int) number));
        assertEquals(20, taken(allowance));
        nowNanos[0] += TimeUnit.MILLISECONDS.toNanos(300);
        assertEquals(3, taken(allowance));
        nowNanos[0] += TimeUnit.DAYS.toNanos(100);
        assertEquals(20, taken(allowance));
        assertEquals(3, refused.get());
    }

    private static int taken(Allowance allowance) {
        for (int count = 0; count < 1_000; count++) {
            try {
                allowance.take("requests");
            } catch (Problem.ProblemException e) {
                assertEquals(Problem.Code.RATE_LIMITED, e.problem().code());
                return count;
            }
        }
        return 1_000;
    }

    @Test
    void settings_thatMakeNoSense_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ApiSettings(0, -1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ApiSettings(0, 1, 1, 0, 1));
    }

    private SocketClient open(String token) throws Exception {
        return SocketClient.open(
                api.client(), api.webSocket(), builder -> builder.header("Authorization", "Bearer " + token));
    }
}
