package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.SocketClient;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Storage;
import io.lanyard.daemon.node.Storage.State;
import io.lanyard.daemon.watch.Watchdog.Stuck;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What programs see of a disk that takes no writes, and of threads that are stuck. */
class UnwritableHttpTest {

    private static final Storage FULL = new Storage(State.FULL, "the disk is full: 3 MiB are left");
    private static final String BATCH =
            "[{\"action\":\"CREATE\",\"resourceType\":\"expense\",\"resourceId\":\"9\",\"data\":{}}]";

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    @Test
    void everyWrite_isAnsweredBy507WithAHint_andReadsGoOn() throws Exception {
        api.send("PUT", "/api/docs/expense/1", "{\"amount\":12.10}");
        node.refusal = new Node.UnwritableException(FULL, false);
        List<JsonNode> problems = List.of(
                assertProblem(507, "disk_full", api.send("PUT", "/api/docs/expense/1", "{}")),
                assertProblem(507, "disk_full", api.send("PATCH", "/api/docs/expense/1", "{}")),
                assertProblem(507, "disk_full", api.send("DELETE", "/api/docs/expense/1", null)),
                assertProblem(507, "disk_full", api.send("POST", "/api/docs/expense", "{}")),
                assertProblem(507, "disk_full", api.send("POST", "/api/sync/batch", BATCH)),
                assertProblem(507, "disk_full", api.send("POST", "/api/sync/batch?mode=each", BATCH)));
        for (JsonNode problem : problems) {
            assertEquals(
                    "the disk is full: 3 MiB are left", problem.get("detail").asText());
            assertTrue(problem.get("hint").asText().startsWith("free some space"), problem.toString());
            assertTrue(problem.get("hint").asText().contains("nothing of this write was kept"), problem.toString());
        }
        assertEquals("{\"amount\":12.10}", api.get("/api/docs/expense/1").body());
        assertEquals(200, api.get("/api/sync/status").statusCode());
        assertEquals(200, api.get("/healthz").statusCode());
    }

    @Test
    void everyState_hasACodeOfItsOwn_andUnknownOutcomesAreSaid() throws Exception {
        Map<State, String> codes =
                Map.of(State.FULL, "disk_full", State.READ_ONLY, "disk_read_only", State.FAILING, "disk_error");
        for (Map.Entry<State, String> entry : codes.entrySet()) {
            node.refusal = new Node.UnwritableException(new Storage(entry.getKey(), "it fails"), true);
            JsonNode problem = assertProblem(507, entry.getValue(), api.send("PUT", "/api/docs/expense/1", "{}"));
            assertTrue(problem.get("hint").asText().contains("may turn up all the same"), problem.toString());
        }
    }

    @Test
    void writeOverASocket_isAnsweredByAnError() throws Exception {
        node.refusal = new Node.UnwritableException(FULL, false);
        try (SocketClient client = SocketClient.open(api)) {
            client.send("{\"op\":\"put\",\"ref\":7,\"collection\":\"expense\",\"id\":\"1\",\"data\":{}}");
            JsonNode error = client.next("error");
            assertEquals(7, error.get("ref").asInt());
            assertEquals("disk_full", error.get("code").asText());
            assertTrue(error.get("hint").asText().startsWith("free some space"), error.toString());
        }
    }

    @Test
    void readyz_diskFull_saysSo_andIsGreenAgainAfterwards() throws Exception {
        node.readiness = new Node.Readiness(List.of(), FULL);
        JsonNode problem = assertProblem(503, "not_ready", api.get("/readyz"));
        assertEquals("full", problem.get("storage").asText());
        assertEquals(0, problem.get("stuck").size());
        assertEquals("the disk is full: 3 MiB are left", problem.get("detail").asText());
        assertEquals(200, api.get("/healthz").statusCode());
        node.readiness = new Node.Readiness(List.of(), new Storage(State.WRITABLE, ""));
        assertEquals("ready", json(api.get("/readyz")).get("status").asText());
    }

    @Test
    void readyz_threadStuck_namesItAndForHowLong() throws Exception {
        node.readiness = new Node.Readiness(
                List.of(new Stuck("writer", 12_345), new Stuck("scrub", 70_000)), new Storage(State.WRITABLE, ""));
        JsonNode problem = assertProblem(503, "not_ready", api.get("/readyz"));
        assertEquals("writer", problem.get("stuck").get(0).get("name").asText());
        assertEquals(12_345, problem.get("stuck").get(0).get("forMillis").asLong());
        assertEquals("scrub", problem.get("stuck").get(1).get("name").asText());
        assertEquals("writable", problem.get("storage").asText());
        assertEquals(
                "the writer has not got on for 12 s; the scrub has not got on for 70 s",
                problem.get("detail").asText());
        assertEquals(200, api.get("/healthz").statusCode());
    }

    @Test
    void damagedDocument_isAnsweredBy503_whetherReadOrWritten_andOthersAreServed() throws Exception {
        api.send("PUT", "/api/docs/expense/1", "{\"amount\":1}");
        api.send("PUT", "/api/docs/expense/2", "{\"amount\":2}");
        node.damaged = Optional.of(new DocumentId("expense", "1"));
        List<JsonNode> problems = List.of(
                assertProblem(503, "damaged", api.get("/api/docs/expense/1")),
                assertProblem(503, "damaged", api.send("PUT", "/api/docs/expense/1", "{}")),
                assertProblem(503, "damaged", api.send("PATCH", "/api/docs/expense/1", "{}")),
                assertProblem(503, "damaged", api.send("DELETE", "/api/docs/expense/1", null)));
        for (JsonNode problem : problems) {
            assertTrue(problem.get("detail").asText().contains("expense/1"), problem.toString());
            assertTrue(problem.get("hint").asText().contains("first peer"), problem.toString());
        }
        assertEquals("{\"amount\":2}", api.get("/api/docs/expense/2").body());
    }
}
