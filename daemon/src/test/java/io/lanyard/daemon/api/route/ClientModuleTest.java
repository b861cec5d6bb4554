package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The client for web pages, as the daemon hands it out. */
class ClientModuleTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void get_withoutTokenAndFromAnyOrigin_isAModuleThatPagesMayRun() throws Exception {
        HttpResponse<String> answer = api.send(module().header("Origin", "https://shop.example"));

        assertEquals(200, answer.statusCode());
        assertEquals("text/javascript; charset=utf-8", header(answer, "Content-Type"));
        assertEquals("*", header(answer, "Access-Control-Allow-Origin"));
        assertEquals("cross-origin", header(answer, "Cross-Origin-Resource-Policy"));
        assertEquals("nosniff", header(answer, "X-Content-Type-Options"));
        assertTrue(answer.body().contains("export function connect("), answer.body());
    }

    @Test
    void get_withItsEtag_isNotSentAgain() throws Exception {
        String etag = header(api.send(module()), "ETag");

        HttpResponse<String> again = api.send(module().header("If-None-Match", etag));

        assertEquals(304, again.statusCode());
        assertEquals(etag, header(again, "ETag"));
        assertEquals("", again.body());
        assertEquals("no-cache", header(again, "Cache-Control"), "a page gets a new module as soon as there is one");
    }

    @Test
    void otherRoutes_stillRefuseOriginsThatNobodyNamed() throws Exception {
        HttpRequest.Builder status = api.request("/api/sync/status").header("Origin", "https://shop.example");

        assertProblem(403, "origin_not_allowed", api.send(status));
    }

    private HttpRequest.Builder module() {
        return HttpRequest.newBuilder(api.server.uri().resolve("/lanyard.js"));
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
