package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static io.lanyard.daemon.api.ApiFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.VerifyReport.Own;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.message.Message.Device;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checks of whether the devices show the same, over HTTP. */
@Timeout(60)
class VerifyHttpTest {

    private static final Own SOUND = new Own(2, new Hash(1, 2), false, List.of(), List.of());
    private static final Device OFFICE = new Device("o1", "office");

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private static VerifyReport report(Repair repair) {
        PeerResult differs =
                new PeerResult(OFFICE, Verdict.DIFFERS, "", List.of(new DocumentId("contact", "ada")), false);
        PeerResult silent =
                new PeerResult(new Device("t2", "till 2"), Verdict.NO_ANSWER, "it went away", List.of(), false);
        return new VerifyReport(1_000, 2_000, SOUND, List.of(differs, silent), Optional.ofNullable(repair));
    }

    @Test
    void verify_ended_tellsAllThatWasFound() throws Exception {
        node.report.complete(report(null));
        JsonNode answer = json(api.send("POST", "/api/sync/verify", null));
        assertEquals(
                "{\"number\":3,\"state\":\"done\",\"verdict\":\"differs\",\"beganAt\":\"1970-01-01T00:00:01.000Z\","
                        + "\"endedAt\":\"1970-01-01T00:00:02.000Z\",\"own\":{\"documents\":2,"
                        + "\"digest\":\"00000000000000010000000000000002\",\"digestWasWrong\":false,\"altered\":[],"
                        + "\"unreadable\":[]},\"peers\":[{\"id\":\"o1\",\"name\":\"office\",\"verdict\":\"differs\","
                        + "\"detail\":null,\"documents\":[\"contact/ada\"],\"more\":false},{\"id\":\"t2\",\"name\":\"till 2\","
                        + "\"verdict\":\"no_answer\",\"detail\":\"it went away\",\"documents\":[],\"more\":false}],"
                        + "\"repair\":null}",
                answer.toString());
        assertEquals(Optional.empty(), node.repairFrom);
    }

    @Test
    void verify_takesLong_isAskedForAgainByItsNumber() throws Exception {
        HttpResponse<String> running = api.send("POST", "/api/sync/verify?wait=0", null);
        assertEquals(202, running.statusCode());
        assertEquals("{\"number\":3,\"state\":\"running\"}", running.body());
        String location = running.headers().firstValue("Location").orElseThrow();
        assertEquals("/api/sync/verify/3", location);
        assertEquals(202, api.get(location + "?wait=1").statusCode());
        node.report.complete(report(null));
        assertEquals("differs", json(api.get(location)).get("verdict").asText());
        assertProblem(404, "not_found", api.get("/api/sync/verify/4"));
        assertProblem(404, "not_found", api.get("/api/sync/verify/x"));
        assertProblem(405, "method_not_allowed", api.get("/api/sync/verify"));
    }

    @Test
    void repair_tellsWhatWasReplaced() throws Exception {
        node.report.complete(report(new Repair(OFFICE, 2, null, "")));
        JsonNode answer = json(api.send("POST", "/api/sync/verify?repairFrom=office", null));
        assertEquals(
                "{\"id\":\"o1\",\"name\":\"office\",\"replaced\":2}",
                answer.get("repair").toString());
        assertEquals(Optional.of("office"), node.repairFrom);
        assertProblem(422, "invalid_value", api.send("POST", "/api/sync/verify?repairFrom=", null));
        assertProblem(400, "unknown_field", api.send("POST", "/api/sync/verify?from=office", null));
        assertProblem(422, "invalid_value", api.send("POST", "/api/sync/verify?wait=99", null));
    }

    @Test
    void repair_refused_isAProblemWithTheReason() throws Exception {
        node.report.complete(report(new Repair(OFFICE, 0, Refusal.NOT_IN_STEP, "still syncing")));
        JsonNode problem =
                assertProblem(409, "not_in_step", api.send("POST", "/api/sync/verify?repairFrom=office", null));
        assertTrue(problem.get("detail").asText().contains("still syncing"));
    }
}
