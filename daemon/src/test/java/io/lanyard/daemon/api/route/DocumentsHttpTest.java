package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.node.Node;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class DocumentsHttpTest {

    private static final String ANNA = "/api/docs/contact/anna";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void put_new_is201_sameAgain_is200WithTheSameEtag() throws Exception {
        HttpResponse<String> created = api.send("PUT", ANNA, "{\"name\":\"Ana\",\"amount\":12.10}");
        assertEquals(201, created.statusCode());
        HttpResponse<String> again = api.send("PUT", ANNA, "{ \"amount\":12.10,\"name\":\"Ana\" }");
        assertEquals(200, again.statusCode());
        assertEquals(etag(created), etag(again));
        HttpResponse<String> changed = api.send("PUT", ANNA, "{\"name\":\"Ana\",\"amount\":12.1}");
        assertEquals(200, changed.statusCode());
        assertNotEquals(etag(created), etag(changed));
    }

    @Test
    void get_returnsTheFieldsAndNothingElse_exactlyAsWritten() throws Exception {
        api.send(
                "PUT",
                ANNA,
                "{\"z\":[1.50,{\"b\":1,\"a\":2}],\"a\":{\"x\":-0,\"e\":{}},\"n\":null,\"t\":\"Łukasz 漢\"}");
        HttpResponse<String> got = api.get(ANNA);
        assertEquals(200, got.statusCode());
        assertEquals(
                "{\"a\":{\"e\":{},\"x\":-0},\"n\":null,\"t\":\"Łukasz 漢\",\"z\":[1.50,{\"a\":2,\"b\":1}]}", got.body());
        assertEquals("application/json", header(got, "Content-Type"));
        assertTrue(etag(got).matches("\"[^\"]+\""), etag(got));
        assertFalse(header(got, "Lanyard-Stamp").isEmpty());
        assertEquals("nosniff", header(got, "X-Content-Type-Options"));
        assertEquals("no-store", header(got, "Cache-Control"));
        assertEquals("", header(got, "Server"));
        assertEquals("", header(got, "Access-Control-Allow-Origin"));
    }

    @Test
    void get_meta_wrapsTheFields() throws Exception {
        api.send("PUT", ANNA, "{\"a\":1}");
        HttpResponse<String> got = api.get(ANNA + "?meta=1");
        JsonNode meta = json(got);
        assertEquals("anna", meta.get("id").asText());
        assertEquals(etag(got), '"' + meta.get("etag").asText() + '"');
        assertEquals(header(got, "Lanyard-Stamp"), meta.get("stamp").asText());
        assertEquals(1, meta.get("data").get("a").asInt());
    }

    @Test
    void get_head_and_ifNoneMatch() throws Exception {
        api.send("PUT", ANNA, "{\"a\":1}");
        HttpResponse<String> got = api.get(ANNA);
        HttpResponse<String> head = api.send(api.request(ANNA).method("HEAD", BodyPublishers.noBody()));
        assertEquals(200, head.statusCode());
        assertEquals(etag(got), etag(head));
        assertEquals("", head.body());
        HttpResponse<String> unchanged = api.send(api.request(ANNA).header("If-None-Match", etag(got)));
        assertEquals(304, unchanged.statusCode());
    }

    @Test
    void absentDocuments_are404_forEveryMethodThatNeedsOne() throws Exception {
        assertProblem(404, "not_found", api.get(ANNA));
        assertProblem(404, "not_found", api.send("PATCH", ANNA, "{\"a\":1}"));
        assertProblem(404, "not_found", api.send("DELETE", ANNA, null));
    }

    @Test
    void patch_mergesAndRemoves_withEitherContentType() throws Exception {
        api.send("PUT", ANNA, "{\"a\":1,\"b\":{\"c\":2,\"d\":3}}");
        HttpResponse<String> patched =
                api.send("PATCH", ANNA, "{\"b\":{\"c\":null},\"e\":5}", "Content-Type", "application/merge-patch+json");
        assertEquals(200, patched.statusCode());
        assertEquals("{\"a\":1,\"b\":{\"d\":3},\"e\":5}", api.get(ANNA).body());
        assertEquals(etag(patched), etag(api.get(ANNA)));
        HttpResponse<String> again = api.send("PATCH", ANNA, "{\"e\":5}");
        assertEquals(etag(patched), etag(again));
    }

    @Test
    void delete_takesItAway() throws Exception {
        api.send("PUT", ANNA, "{}");
        HttpResponse<String> deleted = api.send("DELETE", ANNA, null);
        assertEquals(204, deleted.statusCode());
        assertEquals("", deleted.body());
        assertEquals(404, api.get(ANNA).statusCode());
    }

    @Test
    void preconditions_thatDoNotHold_are412_andNothingIsWritten() throws Exception {
        assertProblem(412, "etag_mismatch", api.send("PUT", ANNA, "{\"a\":1}", "If-Match", "\"x\""));
        assertProblem(412, "etag_mismatch", api.send("PUT", ANNA, "{\"a\":1}", "If-Match", "*"));
        assertEquals(404, api.get(ANNA).statusCode());

        HttpResponse<String> first = api.send("PUT", ANNA, "{\"a\":1}", "If-None-Match", "*");
        assertEquals(201, first.statusCode());
        assertProblem(412, "etag_mismatch", api.send("PUT", ANNA, "{\"a\":2}", "If-None-Match", "*"));
        assertProblem(412, "etag_mismatch", api.send("PATCH", ANNA, "{\"a\":2}", "If-Match", "\"x\""));
        assertProblem(412, "etag_mismatch", api.send("DELETE", ANNA, null, "If-Match", "\"x\""));
        assertProblem(412, "etag_mismatch", api.send("PUT", ANNA, "{\"a\":2}", "If-Match", "W/" + etag(first)));
        assertProblem(412, "etag_mismatch", api.send("PUT", ANNA, "{\"a\":2}", "If-None-Match", etag(first)));
        assertEquals("{\"a\":1}", api.get(ANNA).body());
        assertEquals(
                304,
                api.send(api.request(ANNA).header("If-None-Match", "W/" + etag(first)))
                        .statusCode());
        assertEquals(
                200,
                api.send("PUT", ANNA, "{\"a\":1}", "If-None-Match", "\"x\"").statusCode());

        assertEquals(
                200,
                api.send("PUT", ANNA, "{\"a\":2}", "If-Match", "\"x\", " + etag(first))
                        .statusCode());
        assertEquals(200, api.send("PUT", ANNA, "{\"a\":3}", "If-Match", "*").statusCode());
        String unquoted = etag(api.get(ANNA)).replace("\"", "");
        assertEquals(204, api.send("DELETE", ANNA, null, "If-Match", unquoted).statusCode());
    }

    @Test
    void post_makesIdsThatSortByTime() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> created = api.send("POST", "/api/docs/expense", "{\"n\":" + i + "}");
            assertEquals(201, created.statusCode());
            String id = json(created).get("id").asText();
            assertTrue(id.matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), id);
            assertEquals("/api/docs/expense/" + id, header(created, "Location"));
            assertEquals(
                    "{\"n\":" + i + "}", api.get(header(created, "Location")).body());
            ids.add(id);
        }
        assertEquals(ids.stream().sorted().toList(), ids);
    }

    @Test
    void list_pagesByCursor_everyDocumentOnce() throws Exception {
        for (int i = 0; i < 25; i++) {
            api.send("PUT", "/api/docs/item/i" + (char) ('a' + i), "{\"n\":" + i + "}");
        }
        api.send("PUT", "/api/docs/items/other", "{}");
        List<String> seen = new ArrayList<>();
        String query = "?limit=10";
        int pages = 0;
        while (query != null) {
            JsonNode page = json(api.get("/api/docs/item" + query));
            page.get("items").forEach(item -> seen.add(item.get("id").asText()));
            query = page.get("next").isNull()
                    ? null
                    : "?limit=10&cursor=" + page.get("next").asText();
            pages++;
        }
        assertEquals(3, pages);
        assertEquals(25, seen.size());
        assertEquals(seen.stream().distinct().sorted().toList(), seen);
        JsonNode item = json(api.get("/api/docs/item?limit=1")).get("items").get(0);
        assertEquals("{\"n\":0}", item.get("data").toString());
        assertTrue(item.hasNonNull("etag") && item.hasNonNull("stamp"));
        assertTrue(json(api.get("/api/docs/nothing")).get("items").isEmpty());
    }

    @Test
    void list_prefix_includesTheIdThatIsThePrefixItself() throws Exception {
        for (String id : List.of("a", "ab", "abc", "abd", "b", "2026-01", "2026-02")) {
            api.send("PUT", "/api/docs/item/" + id, "{}");
        }
        assertEquals(List.of("ab", "abc", "abd"), listed("?prefix=ab"));
        assertEquals(List.of("2026-01", "2026-02"), listed("?prefix=2026-"));
        JsonNode page = json(api.get("/api/docs/item?prefix=ab&limit=1"));
        assertEquals(
                List.of("abc", "abd"),
                listed("?prefix=ab&cursor=" + page.get("next").asText()));
        assertEquals(List.of(), listed("?prefix=c"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            amount>=10            | b c d
            amount>10             | c d
            amount<10             | a
            amount<=10.0          | a b
            amount=10             | b
            amount = 10.00        | b
            amount!=10            | a c d e
            amount=1e1            | b
            address.city=Kraków   | c
            address.city="Kraków" | c
            /address/city=Kraków  | c
            address.city>K        | c d
            paid=true             | a
            paid=null             | b
            tags=["x","y"]        | d
            nothing=1             | ``
            name=10               | ``
            name="10"             | e
            """)
    void list_where_findsWhatIsTrue(String where, String expected) throws Exception {
        api.send("PUT", "/api/docs/item/a", "{\"amount\":9.99,\"paid\":true}");
        api.send("PUT", "/api/docs/item/b", "{\"amount\":10.0,\"paid\":null}");
        api.send("PUT", "/api/docs/item/c", "{\"amount\":10.01,\"address\":{\"city\":\"Kraków\"}}");
        api.send("PUT", "/api/docs/item/d", "{\"amount\":1E3,\"address\":{\"city\":\"Łódź\"},\"tags\":[\"x\", \"y\"]}");
        api.send("PUT", "/api/docs/item/e", "{\"name\":\"10\",\"amount\":\"10\"}");
        String query = "?where=" + java.net.URLEncoder.encode(where, StandardCharsets.UTF_8);
        assertEquals(expected == null ? "" : expected, String.join(" ", listed(query)));
    }

    @Test
    void list_badParameters_areNamed() throws Exception {
        assertProblem(422, "invalid_value", api.get("/api/docs/item?where=amount"));
        assertProblem(422, "invalid_value", api.get("/api/docs/item?limit=0"));
        assertProblem(422, "invalid_value", api.get("/api/docs/item?limit=1001"));
        assertProblem(422, "invalid_value", api.get("/api/docs/item?limit=ten"));
        assertProblem(422, "invalid_value", api.get("/api/docs/item?cursor=%21"));
        assertProblem(422, "invalid_name", api.get("/api/docs/it..em"));
        JsonNode problem = assertProblem(400, "unknown_field", api.get("/api/docs/item?limt=5"));
        assertTrue(problem.get("detail").asText().contains("limt"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            400 | malformed_json | {"a":1
            400 | malformed_json | {"a":NaN}
            400 | malformed_json | ``
            400 | malformed_json | {"a":1} {}
            400 | duplicate_key  | {"a":1,"a":2}
            400 | invalid_utf8   | {"a":"\\ud800"}
            422 | invalid_value  | [1,2]
            422 | invalid_value  | {"a":1e999}
            422 | invalid_name   | {"$a":1}
            """)
    void badBodies_getTheirCode_andTheDocumentStaysAsItWas(int status, String code, String body) throws Exception {
        api.send("PUT", ANNA, "{\"kept\":12.10}");
        String text = body == null ? "" : body;
        assertProblem(status, code, api.send("PUT", ANNA, text));
        assertProblem(status, code, api.send("PATCH", ANNA, text));
        assertProblem(status, code, api.send("POST", "/api/docs/contact", text));
        assertEquals("{\"kept\":12.10}", api.get(ANNA).body());
        assertEquals(1, json(api.get("/api/docs/contact")).get("items").size());
    }

    @Test
    void badBytes_deepNestingAndSize_getTheirCode_andTheDocumentStaysAsItWas() throws Exception {
        api.send("PUT", ANNA, "{\"kept\":1}");
        byte[] notUtf8 = {'{', '"', 'a', '"', ':', '"', (byte) 0xFF, '"', '}'};
        assertProblem(
                400,
                "invalid_utf8",
                api.send(api.request(ANNA)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofByteArray(notUtf8))));
        assertProblem(422, "too_deep", api.send("PUT", ANNA, "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}"));
        String large = "{\"a\":\"" + "x".repeat(Limits.MAX_DOCUMENT_BYTES) + "\"}";
        assertProblem(413, "too_large", api.send("PUT", ANNA, large));
        assertEquals("{\"kept\":1}", api.get(ANNA).body());
    }

    @Test
    void oversizedBodies_areRefused_withoutBeingRead() throws Exception {
        String head = "PUT " + ANNA + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nAuthorization: Bearer "
                + api.token.text() + "\nContent-Type: application/json\n";
        String declared = api.raw(head + "Content-Length: 1000000000\n\n{");
        assertTrue(declared.startsWith("HTTP/1.1 413"), declared);
        String chunk = "10000\n" + "x".repeat(0x10000) + "\n";
        String chunked = api.raw(head + "Transfer-Encoding: chunked\n\n" + chunk.repeat(270));
        assertTrue(chunked.startsWith("HTTP/1.1 413"), chunked);
        assertProblem(413, "too_large", chunked.substring(chunked.indexOf("{\"type")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"})
    void otherContentTypes_are415(String type) throws Exception {
        var request = api.request(ANNA).PUT(BodyPublishers.ofString("{}"));
        assertProblem(415, "not_json", api.send(type.isEmpty() ? request : request.header("Content-Type", type)));
        assertEquals(404, api.get(ANNA).statusCode());
    }

    @Test
    void jsonContentType_mayNameUtf8() throws Exception {
        assertEquals(
                201,
                api.send("PUT", ANNA, "{}", "Content-Type", "Application/JSON; charset=\"UTF-8\"")
                        .statusCode());
        assertProblem(415, "not_json", api.send("PUT", ANNA, "{}", "Content-Type", "application/merge-patch+json"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/docs/con%20tact/a",
                "/api/docs/.contact/a",
                "/api/docs/a..b/a",
                "/api/docs/contact/",
                "/api/docs/contact/a%2Fb",
                "/api/docs/contact/%2e%2e",
                "/api/docs/contact/..",
                "/api/docs/contact/.",
                "/api/docs/contact/%C5%82",
                "/api/docs/contact/a;b",
                "/api/docs/contact/%FF",
                "/api/docs//a"
            })
    void illegalNames_are422(String path) throws Exception {
        String answer = api.raw("PUT " + path + " HTTP/1.1\nHost: 127.0.0.1:" + api.server.port()
                + "\nAuthorization: Bearer " + api.token.text()
                + "\nContent-Type: application/json\nContent-Length: 2\nConnection: close\n\n{}");
        assertTrue(answer.startsWith("HTTP/1.1 422"), answer);
        assertProblem(422, "invalid_name", answer.substring(answer.indexOf("{\"type")));
    }

    @Test
    void legalNames_withEveryCharacterThatIsAllowed_work() throws Exception {
        String path = "/api/docs/app-1.My_expense/a.b_c~d:e@f+g-1";
        assertEquals(201, api.send("PUT", path, "{}").statusCode());
        assertEquals(
                200,
                api.get("/api/docs/app-1.My_expense/a.b_c%7Ed%3Ae%40f%2Bg-1").statusCode());
        assertEquals(
                201, api.send("PUT", "/api/docs/x/" + "i".repeat(128), "{}").statusCode());
        assertProblem(422, "invalid_name", api.send("PUT", "/api/docs/x/" + "i".repeat(129), "{}"));
    }

    @Test
    void clientNames_thatCannotBeShown_areRefused() throws Exception {
        assertProblem(422, "invalid_value", api.send("PUT", ANNA, "{}", "Lanyard-Client", "x".repeat(65)));
        assertEquals(404, api.get(ANNA).statusCode());
        assertEquals(
                201, api.send("PUT", ANNA, "{}", "Lanyard-Client", "till 1").statusCode());
    }

    @Test
    void busyAndStoppedNodes_are503() throws Exception {
        node.refusal = new Node.OverloadedException();
        HttpResponse<String> busy = api.send("PUT", ANNA, "{}");
        assertProblem(503, "overloaded", busy);
        assertEquals("1", header(busy, "Retry-After"));
        node.refusal = new Node.StoppedException("the disk is full", null);
        JsonNode stopped = assertProblem(503, "stopped", api.send("PUT", ANNA, "{}"));
        assertTrue(stopped.get("detail").asText().contains("the disk is full"));
        node.refusal = new IllegalStateException("secret inside");
        HttpResponse<String> failed = api.send("PUT", ANNA, "{}");
        assertProblem(500, "internal_error", failed);
        assertFalse(failed.body().contains("secret"));
    }

    private List<String> listed(String query) throws Exception {
        List<String> ids = new ArrayList<>();
        HttpResponse<String> response = api.get("/api/docs/item" + query);
        assertEquals(200, response.statusCode(), response.body());
        json(response).get("items").forEach(item -> ids.add(item.get("id").asText()));
        return ids;
    }

    private static String etag(HttpResponse<String> response) {
        return header(response, "ETag");
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
