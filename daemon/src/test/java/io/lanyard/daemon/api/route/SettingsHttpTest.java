package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.TwoDevices;
import io.lanyard.daemon.node.FeedChange.Kind;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is declared of collections, on two real replicas, over HTTP. */
@Timeout(60)
class SettingsHttpTest {

    private static final String SETTINGS = "/api/collections/contact/settings";

    @RegisterExtension
    final TwoDevices devices = new TwoDevices();

    private ApiFixture till;
    private ApiFixture office;

    @BeforeEach
    void start() {
        till = devices.till;
        office = devices.office;
    }

    @Test
    void settings_areThereForEveryCollection_andReplicate_andAreInForceOnBothDevices() throws Exception {
        JsonNode nothing = json(till.get(SETTINGS));
        assertEquals("{\"indexes\":[],\"events\":{},\"stringEvents\":false,\"schema\":null}", nothing.toString());
        String all = "{\"indexes\":[\"/a.b\",\"address.city\",\"amount\"],\"events\":{\"created\":\"contact_added\"},"
                + "\"stringEvents\":true,\"schema\":{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                + "\"$defs\":{\"n\":{\"type\":\"string\"}},\"properties\":{\"name\":{\"$ref\":\"#/$defs/n\"}}}}";
        HttpResponse<String> put = till.send("PUT", SETTINGS, all);
        assertEquals(200, put.statusCode(), put.body());
        assertTrue(put.headers().firstValue("ETag").isPresent());
        assertEquals(ApiFixture.MAPPER.readTree(all).get("indexes"), json(put).get("indexes"));
        assertEquals(put.body(), till.get(SETTINGS).body());
        await().atMost(TwoDevices.SOON).until(() -> office.get(SETTINGS).body().equals(put.body()));
        assertEquals(
                "contact_added",
                devices.officeNode
                        .settings()
                        .of("contact")
                        .eventName(Kind.CREATED)
                        .orElseThrow());
        assertTrue(devices.officeNode.settings().of("contact").isStringForm());
        await().atMost(TwoDevices.SOON)
                .until(() -> devices.officeNode
                        .index("contact", FieldPath.of("amount"))
                        .isPresent());
        HttpResponse<String> refused = office.send("PUT", "/api/docs/contact/anna", "{\"name\":5}");
        JsonNode problem = assertProblem(422, "schema_violation", refused);
        assertTrue(problem.get("detail").asText().contains("/name"), refused.body());
        assertEquals(
                201,
                office.send("PUT", "/api/docs/contact/anna", "{\"name\":\"Anna\"}")
                        .statusCode());
    }

    @Test
    void concurrentSettings_mergeFieldByField() throws Exception {
        devices.cut();
        till.send("PUT", SETTINGS, "{\"indexes\":[\"amount\"],\"events\":{\"created\":\"contact_added\"}}");
        office.send("PUT", SETTINGS, "{\"indexes\":[\"city\"],\"stringEvents\":true}");
        devices.heal();
        String both = "{\"indexes\":[\"amount\",\"city\"],\"events\":{\"created\":\"contact_added\"},"
                + "\"stringEvents\":true,\"schema\":null}";
        await().atMost(TwoDevices.SOON)
                .until(() -> till.get(SETTINGS).body().equals(both)
                        && office.get(SETTINGS).body().equals(both));
        assertEquals("[]", json(till.get("/api/conflicts")).get("items").toString());
    }

    @Test
    void internalDocuments_areDigested_butShownNowhere() throws Exception {
        till.send("PUT", "/api/docs/contact/anna", "{\"name\":\"Anna\"}");
        await().atMost(TwoDevices.SOON)
                .until(() -> office.get("/api/docs/contact/anna").statusCode() == 200);
        String before = json(till.get("/api/sync/status")).get("digest").asText();
        till.send("PUT", SETTINGS, "{\"indexes\":[\"name\"]}");
        JsonNode status = json(till.get("/api/sync/status"));
        assertFalse(before.equals(status.get("digest").asText()), "settings are in the digest");
        assertEquals(1, status.get("documents").asInt());
        assertEquals(
                "{\"items\":[{\"name\":\"contact\"}]}",
                till.get("/api/collections").body());
        assertFalse(till.get("/api/sync/changes?live=false").body().contains("$settings"));
        for (String dollar : new String[] {"$", "%24"}) {
            assertProblem(403, "scope_missing", till.get("/api/docs/" + dollar + "settings"));
            assertProblem(422, "invalid_name", till.get("/api/docs/" + dollar + "settings/contact"));
        }
        assertProblem(422, "invalid_name", till.send("PUT", "/api/docs/$settings/contact", "{}"));
        assertProblem(422, "invalid_name", till.send("DELETE", "/api/docs/$settings/contact", null));
        assertProblem(422, "invalid_name", till.get("/api/collections/$settings/settings"));
        String batch = "[{\"action\":\"DELETE\",\"resourceType\":\"$settings\",\"resourceId\":\"contact\"}]";
        assertProblem(422, "invalid_name", till.send("POST", "/api/sync/batch", batch));
        JsonNode each = json(till.send("POST", "/api/sync/batch?mode=each", batch));
        assertEquals("invalid_name", each.at("/results/0/code").asText());
        await().atMost(TwoDevices.SOON)
                .until(() -> json(office.get("/api/sync/status"))
                        .get("state")
                        .asText()
                        .equals("in_step"));
        HttpResponse<String> verified = till.send("POST", "/api/sync/verify", null);
        assertEquals("same", json(verified).get("verdict").asText(), verified.body());
        assertEquals(2, json(verified).at("/own/documents").asInt(), "settings are verified as well");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '§',
            value = {
                "{\"index\":[]} | 400 | unknown_field | index",
                "{\"indexes\":\"amount\"} | 422 | invalid_value | /indexes",
                "{\"indexes\":[\"a\",5]} | 422 | invalid_value | /indexes/1",
                "{\"indexes\":[\"\"]} | 422 | invalid_value | /indexes/0",
                "{\"indexes\":[\"/a~\"]} | 422 | invalid_value | a~",
                "{\"indexes\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]} | 422 | invalid_value | at most 8",
                "{\"events\":{\"made\":\"x\"}} | 400 | unknown_field | made",
                "{\"events\":{\"created\":\"ack\"}} | 422 | invalid_value | /events/created",
                "{\"events\":{\"deleted\":\"Resync_Required\"}} | 422 | invalid_value | /events/deleted",
                "{\"events\":{\"updated\":\"a b\"}} | 422 | invalid_value | /events/updated",
                "{\"stringEvents\":1} | 422 | invalid_value | /stringEvents",
                "[] | 422 | invalid_value | settings",
                "{\"schema\":true} | 422 | invalid_value | /schema",
                "{\"schema\":{\"type\":\"nonsense\"}} | 422 | invalid_schema | /type",
                "{\"schema\":{\"pattern\":\"[\"}} | 422 | invalid_schema | /schema",
                "{\"schema\":{\"$schema\":\"http://example.org/s\"}} | 422 | invalid_schema | dialect",
                "{\"schema\":{\"items\":{\"$ref\":\"https://example.org/s\"}}} | 422 | invalid_schema | /items/$ref",
                "{\"schema\":{\"$ref\":\"#/$defs/gone\"}} | 422 | invalid_schema | gone",
                "{\"schema\":{\"maximum\":1e2000000000}} | 422 | invalid_value | /schema/maximum"
            })
    void settings_thatCannotBeInForce_areRefused(String body, int status, String code, String where) throws Exception {
        HttpResponse<String> refused = till.send("PUT", SETTINGS, body);
        JsonNode problem = assertProblem(status, code, refused);
        assertTrue(problem.get("detail").asText().contains(where), refused.body());
        assertEquals("[]", json(till.get(SETTINGS)).get("indexes").toString());
    }

    @Test
    void schema_isAskedOnEveryLocalWay_butNotOfPeers() throws Exception {
        till.send("PUT", SETTINGS, "{\"schema\":{\"required\":[\"name\"],\"properties\":{\"age\":{\"minimum\":0}}}}");
        assertProblem(422, "schema_violation", till.send("PUT", "/api/docs/contact/a", "{}"));
        assertProblem(422, "schema_violation", till.send("POST", "/api/docs/contact", "{}"));
        assertEquals(
                201, till.send("PUT", "/api/docs/contact/a", "{\"name\":\"A\"}").statusCode());
        assertProblem(422, "schema_violation", till.send("PATCH", "/api/docs/contact/a", "{\"name\":null}"));
        assertProblem(422, "schema_violation", till.send("PATCH", "/api/docs/contact/a", "{\"age\":-1}"));
        assertEquals(
                200, till.send("PATCH", "/api/docs/contact/a", "{\"age\":1}").statusCode());
        String batch =
                "[{\"action\":\"CREATE\",\"resourceType\":\"contact\",\"resourceId\":\"b\",\"data\":{\"name\":\"B\"}},"
                        + "{\"action\":\"UPDATE\",\"resourceType\":\"contact\",\"resourceId\":\"a\",\"data\":{\"age\":-5}}]";
        assertProblem(422, "schema_violation", till.send("POST", "/api/sync/batch", batch));
        assertEquals(404, till.get("/api/docs/contact/b").statusCode());
        assertEquals(200, till.send("POST", "/api/sync/batch?mode=each", batch).statusCode());
        assertEquals(200, till.get("/api/docs/contact/b").statusCode());
        devices.cut();
        office.send("PUT", SETTINGS, "{}");
        office.send("PUT", "/api/docs/contact/c", "{\"free\":true}");
        till.send("PUT", SETTINGS, "{\"schema\":{\"required\":[\"name\"]}}");
        devices.heal();
        await().atMost(TwoDevices.SOON)
                .until(() -> till.get("/api/docs/contact/c").statusCode() == 200);
    }

    @Test
    void schema_isAskedOfARestoredConflict_too() throws Exception {
        till.send("PUT", "/api/docs/contact/a", "{\"name\":\"A\",\"age\":1}");
        await().atMost(TwoDevices.SOON)
                .until(() -> office.get("/api/docs/contact/a").statusCode() == 200);
        devices.cut();
        till.send("PATCH", "/api/docs/contact/a", "{\"age\":-1}");
        long written = System.currentTimeMillis();
        await().until(() -> System.currentTimeMillis() > written); // the later one wins
        office.send("PATCH", "/api/docs/contact/a", "{\"age\":2}");
        devices.heal();
        await().atMost(TwoDevices.SOON)
                .until(() -> json(till.get("/api/conflicts")).get("items").size() == 1);
        till.send("PUT", SETTINGS, "{\"schema\":{\"properties\":{\"age\":{\"minimum\":0}}}}");
        JsonNode conflict = json(till.get("/api/conflicts")).at("/items/0");
        String restore = "/api/conflicts/" + conflict.get("number") + "/restore";
        JsonNode problem = assertProblem(422, "schema_violation", till.send("POST", restore, null));
        assertTrue(problem.get("detail").asText().contains("/age"), problem.toString());
        assertEquals(
                "open", json(till.get("/api/conflicts")).at("/items/0/state").asText());
        assertEquals(
                "{\"age\":2,\"name\":\"A\"}", till.get("/api/docs/contact/a").body());
        till.send("PUT", SETTINGS, "{}");
        assertEquals(200, till.send("POST", restore, null).statusCode());
        assertEquals(
                "{\"age\":-1,\"name\":\"A\"}", till.get("/api/docs/contact/a").body());
    }

    @Test
    void schemas_thatAreBombs_areBounded() throws Exception {
        assertTimeout(Duration.ofSeconds(10), () -> {
            till.send("PUT", SETTINGS, "{\"schema\":{\"properties\":{\"s\":{\"pattern\":\"^(a+)+$\"}}}}");
            assertProblem(
                    422,
                    "schema_violation",
                    till.send("PUT", "/api/docs/contact/a", "{\"s\":\"" + "a".repeat(5_000) + "b\"}"));
            StringBuilder doubling = new StringBuilder("{\"schema\":{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
            for (int i = 0; i < 60; i++) {
                String next = "{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}";
                doubling.append("\"d" + i + "\":{\"allOf\":[" + next + "," + next + "]},");
            }
            doubling.append("\"d60\":{\"type\":\"object\"}}}}");
            HttpResponse<String> put = till.send("PUT", SETTINGS, doubling.toString());
            if (put.statusCode() == 200) {
                assertProblem(422, "schema_violation", till.send("PUT", "/api/docs/contact/a", "{}"));
            }
            put = till.send("PUT", SETTINGS, "{\"schema\":{\"$ref\":\"#\"}}");
            if (put.statusCode() == 200) {
                assertProblem(422, "schema_violation", till.send("PUT", "/api/docs/contact/a", "{}"));
            }
            assertProblem(
                    422,
                    "invalid_schema",
                    till.send("PUT", SETTINGS, "{\"schema\":{\"description\":\"" + "x".repeat(70_000) + "\"}}"));
        });
        assertEquals(200, till.send("PUT", SETTINGS, "{}").statusCode());
        assertEquals(201, till.send("PUT", "/api/docs/contact/a", "{}").statusCode());
    }

    @Test
    void events_haveTheDeclaredNames() throws Exception {
        till.send("PUT", SETTINGS, "{\"events\":{\"created\":\"contact_added\"}}");
        till.send("PUT", "/api/docs/contact/a", "{\"n\":1}");
        till.send("PUT", "/api/docs/order/a", "{\"n\":1}");
        String feed = till.get("/api/sync/changes?live=false").body();
        assertTrue(feed.contains("\"type\":\"contact_added\",\"event\":\"created\""), feed);
        assertTrue(feed.contains("\"type\":\"order_created\""), feed);
    }

    @Test
    void settings_haveAnEtag_andHonourPreconditions() throws Exception {
        String etag = till.send("PUT", SETTINGS, "{\"indexes\":[\"a\"]}", "If-None-Match", "*")
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        assertProblem(412, "etag_mismatch", till.send("PUT", SETTINGS, "{}", "If-None-Match", "*"));
        assertEquals(200, till.send("PUT", SETTINGS, "{}", "If-Match", etag).statusCode());
        assertProblem(412, "etag_mismatch", till.send("PUT", SETTINGS, "{\"indexes\":[]}", "If-Match", etag));
        JsonNode meta = json(till.get(SETTINGS + "?meta=1"));
        assertTrue(meta.has("etag") && meta.has("stamp") && meta.has("data") && meta.has("filling"), meta.toString());
    }

    @Test
    void list_overHttp_isOrderedAndPaged() throws Exception {
        till.send("PUT", SETTINGS, "{\"indexes\":[\"amount\"]}");
        for (int i = 0; i < 7; i++) {
            till.send("PUT", "/api/docs/contact/c" + i, "{\"amount\":" + (i * 3 % 7) + "}");
        }
        String where = URLEncoder.encode("amount in [0,1,2,3,4]", StandardCharsets.UTF_8);
        JsonNode first = json(till.get("/api/docs/contact?order=-amount&limit=3&where=" + where));
        assertEquals("[\"c6\",\"c1\",\"c3\"]", ids(first));
        String cursor = first.get("next").asText();
        JsonNode second = json(till.get("/api/docs/contact?order=-amount&where=" + where + "&cursor=" + cursor));
        assertEquals("[\"c5\",\"c0\"]", ids(second));
        assertTrue(second.get("next").isNull());
        assertProblem(422, "invalid_value", till.get("/api/docs/contact?order=amount&cursor=" + cursor));
        assertProblem(422, "invalid_value", till.get("/api/docs/contact?order="));
        assertProblem(422, "invalid_value", till.get("/api/docs/contact?order=a,b,c,d,e"));
        assertTrue(devices.tillNode.index("contact", FieldPath.of("amount")).isPresent());
    }

    private static String ids(JsonNode page) {
        ArrayNode ids = ApiFixture.MAPPER.createArrayNode();
        page.get("items").forEach(item -> ids.add(item.get("id")));
        return ids.toString();
    }
}
