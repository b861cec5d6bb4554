package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static io.lanyard.daemon.api.SampleConflicts.WRITTEN_MILLIS;
import static io.lanyard.daemon.api.SampleConflicts.conflict;
import static io.lanyard.daemon.api.SampleConflicts.ofDocument;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.node.JournaledConflict;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ConflictHttpTest {

    private static final String DOCUMENT = "/api/docs/expense/e1";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void list_goesPageByPage_andSaysHowManyAreGone() throws Exception {
        for (long number = 1; number <= 3; number++) {
            node.addConflict(conflict(number, "12.10"));
        }
        node.addConflict(conflict(4, null));
        JsonNode page = json(api.get("/api/conflicts?limit=2"));
        assertEquals(2, page.get("items").size());
        assertEquals(2, page.get("next").asInt());
        assertEquals(5, page.get("dropped").asInt());
        JsonNode rest = json(api.get("/api/conflicts?after=3"));
        assertTrue(rest.get("next").isNull());
        assertTrue(rest.at("/items/0/lostRemoval").asBoolean());
        assertTrue(rest.at("/items/0/lostValue").isNull());
        assertProblem(422, "invalid_value", api.get("/api/conflicts?limit=0"));
        assertProblem(400, "unknown_field", api.get("/api/conflicts?cursor=1"));
    }

    @Test
    void list_givesOnlyWhatIsAskedFor() throws Exception {
        node.addConflict(conflict(1, "1"));
        node.addConflict(new JournaledConflict(
                2,
                new DocumentId("other", "e2"),
                conflict(2, "1").conflict(),
                "",
                "",
                WRITTEN_MILLIS,
                Optional.empty()));
        api.send("POST", "/api/conflicts/1/dismiss", null);
        assertEquals("[2]", numbers("/api/conflicts?collection=other"));
        assertEquals("[1]", numbers("/api/conflicts?collection=expense&id=e1"));
        assertEquals("[]", numbers("/api/conflicts?collection=expense&id=e2"));
        assertEquals("[2]", numbers("/api/conflicts?state=open"));
        assertEquals("[1]", numbers("/api/conflicts?state=dismissed"));
        assertEquals("[1, 2]", numbers("/api/conflicts"));
        assertProblem(422, "invalid_value", api.get("/api/conflicts?state=lost"));
    }

    @Test
    void conflict_tellsWhatLostToWhat_byWhomAndWhen_andWhatStandsNow() throws Exception {
        node.addConflict(conflict(7, "12.10"));
        api.send("PUT", DOCUMENT, "{\"amount\":{\"net\":10.0,\"tax\":2.10}}");
        HttpResponse<String> response = api.get("/api/conflicts/7");
        assertEquals(200, response.statusCode());
        assertTrue(response.body().contains("\"lostValue\":12.10,"), response.body());
        JsonNode conflict = json(response);
        assertEquals("/amount", conflict.get("path").asText());
        assertFalse(conflict.get("lostRemoval").asBoolean());
        assertEquals("2026-09-21T14:13:20.000Z", conflict.get("lostAt").asText());
        assertEquals("till", conflict.get("loser").asText());
        assertEquals("office", conflict.get("winner").asText());
        assertEquals("/amount", conflict.get("winnerPath").asText());
        assertEquals("\"none\"", conflict.get("winnerValue").toString());
        assertFalse(conflict.get("winnerRemoval").asBoolean());
        assertEquals("2026-09-21T14:13:21.000Z", conflict.get("winnerAt").asText());
        assertEquals("open", conflict.get("state").asText());
        assertTrue(conflict.get("settledAt").isNull());
        assertTrue(
                response.body().contains("\"current\":{\"present\":true,\"value\":{\"net\":10.0,\"tax\":2.10},"),
                response.body());
        assertEquals(
                api.get(DOCUMENT).headers().firstValue("ETag").orElseThrow(),
                '"' + conflict.at("/current/etag").asText() + '"');

        api.send("PUT", DOCUMENT, "{\"other\":1}");
        assertFalse(json(api.get("/api/conflicts/7")).at("/current/present").asBoolean());
        api.send("DELETE", DOCUMENT, null);
        assertTrue(json(api.get("/api/conflicts/7")).at("/current/etag").isNull());
    }

    @Test
    void conflictThatIsNotThere_isNotFound() throws Exception {
        assertProblem(404, "not_found", api.get("/api/conflicts/1"));
        assertProblem(404, "not_found", api.get("/api/conflicts/first"));
        assertProblem(404, "not_found", api.send("POST", "/api/conflicts/1/restore", null));
        assertProblem(404, "not_found", api.send("POST", "/api/conflicts/1/dismiss", null));
        node.addConflict(conflict(1, "1"));
        assertProblem(404, "not_found", api.get("/api/conflicts/1/forget"));
        assertProblem(405, "method_not_allowed", api.get("/api/conflicts/1/restore"));
        assertProblem(405, "method_not_allowed", api.send("DELETE", "/api/conflicts/1", null));
    }

    @Test
    void restore_writesTheLostValue_andIsOpenNoMore() throws Exception {
        api.send("PUT", DOCUMENT, "{\"amount\":1,\"paid\":true}");
        node.addConflict(conflict(1, "12.10"));
        assertEquals(1, json(api.get("/api/sync/status")).get("conflicts").asInt());
        HttpResponse<String> restored = api.send("POST", "/api/conflicts/1/restore", null);
        assertEquals(200, restored.statusCode(), restored.body());
        assertEquals("restored", json(restored).get("state").asText());
        assertEquals("updated", json(restored).get("outcome").asText());
        HttpResponse<String> document = api.get(DOCUMENT);
        assertEquals("{\"amount\":12.10,\"paid\":true}", document.body());
        assertEquals(
                document.headers().firstValue("ETag").orElseThrow(),
                restored.headers().firstValue("ETag").orElseThrow());
        assertEquals("restored", json(api.get("/api/conflicts/1")).get("state").asText());
        assertTrue(json(api.get("/api/conflicts/1")).get("settledAt").asText().endsWith("Z"));
        assertEquals(0, json(api.get("/api/sync/status")).get("conflicts").asInt());
    }

    @Test
    void restore_documentChangedSince_isRefusedOnlyIfAskedSo() throws Exception {
        api.send("PUT", DOCUMENT, "{\"amount\":1}");
        node.addConflict(conflict(1, "12.10"));
        assertProblem(
                412, "etag_mismatch", api.send("POST", "/api/conflicts/1/restore", null, "If-Match", "\"other\""));
        assertEquals("{\"amount\":1}", api.get(DOCUMENT).body());
        assertEquals("open", json(api.get("/api/conflicts/1")).get("state").asText());
        String etag = api.get(DOCUMENT).headers().firstValue("ETag").orElseThrow();
        assertEquals(
                200,
                api.send("POST", "/api/conflicts/1/restore", null, "If-Match", etag)
                        .statusCode());
    }

    @Test
    void restore_ofARemoval_removes_andOfADelete_deletes() throws Exception {
        api.send("PUT", DOCUMENT, "{\"amount\":1,\"paid\":true}");
        node.addConflict(conflict(1, null));
        assertEquals(200, api.send("POST", "/api/conflicts/1/restore", null).statusCode());
        assertEquals("{\"paid\":true}", api.get(DOCUMENT).body());
        node.addConflict(ofDocument(2, null));
        HttpResponse<String> deleted = api.send("POST", "/api/conflicts/2/restore", null);
        assertEquals("deleted", json(deleted).get("outcome").asText());
        assertTrue(json(deleted).get("etag").isNull());
        assertEquals(404, api.get(DOCUMENT).statusCode());
        node.addConflict(ofDocument(3, "{}"));
        HttpResponse<String> again = api.send("POST", "/api/conflicts/3/restore", null);
        assertEquals("created", json(again).get("outcome").asText());
        assertEquals(200, api.get(DOCUMENT).statusCode());
        node.addConflict(conflict(4, null));
        api.send("DELETE", DOCUMENT, null);
        assertProblem(404, "not_found", api.send("POST", "/api/conflicts/4/restore", null));
    }

    @Test
    void dismiss_writesNothing_andIsOpenNoMore() throws Exception {
        api.send("PUT", DOCUMENT, "{\"amount\":1}");
        node.addConflict(conflict(1, "12.10"));
        HttpResponse<String> dismissed = api.send("POST", "/api/conflicts/1/dismiss", null);
        assertEquals("dismissed", json(dismissed).get("state").asText());
        assertEquals("{\"amount\":1}", api.get(DOCUMENT).body());
        assertEquals(0, json(api.get("/api/sync/status")).get("conflicts").asInt());
        assertEquals(
                "dismissed",
                json(api.send("POST", "/api/conflicts/1/dismiss", null))
                        .get("state")
                        .asText());
        api.send("POST", "/api/conflicts/1/restore", null);
        assertEquals(
                "restored",
                json(api.send("POST", "/api/conflicts/1/dismiss", null))
                        .get("state")
                        .asText());
    }

    private String numbers(String target) throws Exception {
        return json(api.get(target)).get("items").findValuesAsText("number").toString();
    }
}
