package io.lanyard.daemon.api.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RoutesTest {

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    final ApiFixture api = new ApiFixture(node);

    private final Routes routes = new Routes()
            .token("GET", "/a/{name}", exchange -> {})
            .owner("DELETE", "/a/{name}", exchange -> {})
            .token("GET", "/a/{name}/{part}", exchange -> {})
            .token("GET", "/a/{name}/log", exchange -> {})
            .open("GET", "/a/health", exchange -> {})
            .token("POST", "/a/health", exchange -> {});

    @Test
    void find_twoPathsFit_takesTheOneWithTheEarlierLiteral() {
        assertEquals("/a/health", path("a", "health"));
        assertEquals("/a/{name}", path("a", "b"));
        assertEquals("/a/{name}/log", path("a", "health", "log"));
        assertEquals("/a/{name}/{part}", path("a", "b", "c"));
        assertEquals("", path("a"));
        assertEquals("", path("a", "b", "c", "d"));
        assertEquals("", path("b", "a"));
    }

    @Test
    void find_bracesTakeThePartsOfThePath() {
        assertEquals(
                Map.of("name", "{x}", "part", "y/z"),
                routes.find(List.of("a", "{x}", "y/z")).orElseThrow().parts());
    }

    @Test
    void allowed_namesHeadWhereThereIsGet() {
        assertEquals("DELETE, GET, HEAD", place("a", "b").allowed());
        assertEquals("GET, HEAD, POST", place("a", "health").allowed());
    }

    @Test
    void needsToken_isOfTheRoute_andOfThePlaceForOtherMethods() {
        assertTrue(place("a", "b").needsToken("GET"));
        assertTrue(place("a", "b").needsToken("PUT"));
        assertFalse(place("a", "health").needsToken("HEAD"));
        assertTrue(place("a", "health").needsToken("POST"));
        assertFalse(place("a", "health").needsToken("PUT"));
    }

    @Test
    void add_sameRowTwice_isABug() {
        assertThrows(IllegalArgumentException.class, () -> routes.token("GET", "/a/health", exchange -> {}));
    }

    @Test
    void request_wrongMethod_isToldTheRightOnes() throws Exception {
        HttpResponse<String> response = api.send("POST", "/api/docs/expense/a", "{}");
        ApiFixture.assertProblem(405, "method_not_allowed", response);
        assertEquals(
                "DELETE, GET, HEAD, PATCH, PUT",
                response.headers().firstValue("Allow").orElse(""));
        assertEquals(
                "GET, HEAD",
                api.send("PUT", "/healthz", "{}").headers().firstValue("Allow").orElse(""));
    }

    private Routes.Place place(String... path) {
        return routes.find(List.of(path)).orElseThrow().place();
    }

    private String path(String... path) {
        return routes.find(List.of(path)).map(found -> found.place().path()).orElse("");
    }
}
