package io.lanyard.daemon.api.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.FakePairing;
import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.pairing.PairingException.Reason;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Inviting and joining over HTTP: who is told what, and never the code. */
class PairingHttpTest {
    private static final String CODE = FakePairing.CODE.text();

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    final ApiFixture api = new ApiFixture(node);

    private HttpResponse<String> post(String path, String body) throws Exception {
        return api.send("POST", path, body);
    }

    private HttpResponse<String> join(String members) throws Exception {
        return post("/api/join", "{\"code\":\"" + CODE + "\"" + members + "}");
    }

    private static void assertProblem(int status, String code, HttpResponse<String> answer) throws Exception {
        assertEquals(status, answer.statusCode(), answer.body());
        assertEquals(code, ApiFixture.json(answer).get("code").asText());
        assertFalse(answer.body().contains(CODE.substring(0, 9)), answer.body());
    }

    @Test
    void invite_tellsTheCodeOnce_andNeverAgain() throws Exception {
        HttpResponse<String> created = post("/api/invitations", "{\"admin\":true,\"minutes\":5}");
        assertEquals(201, created.statusCode(), created.body());
        JsonNode json = ApiFixture.json(created);
        assertEquals(CODE, json.get("code").asText());
        assertEquals("10.0.0.1:7716", json.get("address").asText());
        assertEquals("admin", json.get("invitation").get("role").asText());
        assertEquals("no-store", created.headers().firstValue("Cache-Control").orElse(""));
        String location = created.headers().firstValue("Location").orElse("");
        assertEquals("/api/invitations/0a0b0c0d", location);
        HttpResponse<String> listed = api.send("GET", "/api/invitations", null);
        assertFalse(listed.body().contains(CODE), listed.body());
        JsonNode item = ApiFixture.json(listed).get("items").get(0);
        assertEquals("open", item.get("state").asText());
        assertEquals(2, item.get("tries").asInt());
        assertEquals(20, item.get("maxTries").asInt());
        assertEquals("10.0.0.9", item.get("lastSeen").asText());
        assertTrue(item.get("joined").isNull());
        assertEquals(204, api.send("DELETE", location, null).statusCode());
        assertProblem(404, "not_found", api.send("DELETE", "/api/invitations/ffffffff", null));
    }

    @Test
    void invite_byNoAdmin_namesThem() throws Exception {
        api.pairing.isAdmin = false;
        HttpResponse<String> answer = post("/api/invitations", "{}");
        assertProblem(403, "not_admin", answer);
        assertTrue(answer.body().contains("laptop (ffeeddcc)"), answer.body());
    }

    @Test
    void invite_withoutNetworkOrForTooLong_isRefused() throws Exception {
        api.pairing.noNetwork = new IOException("this device is on no network now");
        assertProblem(503, "no_network", post("/api/invitations", "{}"));
        for (String minutes : List.of("0", "1441", "-1", "\"5\"", "1.5")) {
            assertProblem(422, "invalid_value", post("/api/invitations", "{\"minutes\":" + minutes + "}"));
        }
        assertProblem(400, "unknown_field", post("/api/invitations", "{\"code\":\"" + CODE + "\"}"));
    }

    @Test
    void join_goesWhereItIsTold_andTellsWhoInvited() throws Exception {
        HttpResponse<String> joined = join(",\"from\":\"10.0.0.1:7717\"");
        assertEquals(200, joined.statusCode(), joined.body());
        assertEquals(List.of(CODE + " Optional[10.0.0.1] 7717"), api.pairing.joins);
        JsonNode json = ApiFixture.json(joined);
        assertEquals("laptop", json.get("inviter").get("name").asText());
        assertEquals("ffeeddcc", json.get("inviter").get("shortId").asText());
        assertEquals("desk", json.get("device").get("name").asText());
        assertFalse(joined.body().contains(CODE.substring(0, 9)), joined.body());
        assertEquals(200, join("").statusCode());
        for (String from : List.of("", "a b", "10.0.0.1:0", "10.0.0.1:70000", "http://x")) {
            assertProblem(422, "invalid_value", join(",\"from\":\"" + from + "\""));
        }
    }

    @Test
    void join_whereThereIsSomethingToLose_asksFirst() throws Exception {
        api.pairing.others = List.of(FakePairing.OTHER);
        HttpResponse<String> answer = join("");
        assertProblem(409, "needs_consent", answer);
        JsonNode json = ApiFixture.json(answer);
        assertEquals("office", json.get("consent").get("leaves").asText());
        assertEquals(
                "laptop", json.get("consent").get("others").get(0).get("name").asText());
        assertTrue(json.get("detail").asText().contains("laptop (ffeeddcc)"), answer.body());
        assertEquals(List.of(), api.pairing.joins);
        assertEquals(200, join(",\"yes\":true").statusCode());
    }

    /** The member book has the name under which a device was admitted, the registry that which it has now. */
    @Test
    void refusals_nameDevicesAsTheyAreCalledNow() throws Exception {
        api.pairing.others = List.of(new Person("device-2", "as it was called", "lanyard-1"));
        JsonNode refused = ApiFixture.json(join(""));
        assertTrue(refused.get("detail").asText().contains("goes on with office (device-2)"), refused.toString());
        assertEquals("office", refused.at("/consent/others/0/name").asText());
    }

    @Test
    void join_mistyped_isToldAtOnce() throws Exception {
        String wrong = CODE.substring(0, 18) + (CODE.charAt(18) == 'A' ? "B" : "A") + CODE.substring(19);
        HttpResponse<String> answer = post("/api/join", "{\"code\":\"" + wrong + "\"}");
        assertProblem(422, "mistyped_code", answer);
        assertFalse(answer.body().contains(wrong.substring(0, 9)), answer.body());
        assertEquals(List.of(), api.pairing.joins);
    }

    @Test
    void join_refused_hasAStableCodeForEachReason() throws Exception {
        Map<Reason, String> codes = Map.ofEntries(
                Map.entry(Reason.WRONG_CODE, "409 wrong_code"),
                Map.entry(Reason.EXPIRED, "409 invitation_expired"),
                Map.entry(Reason.USED, "409 invitation_used"),
                Map.entry(Reason.ENDED, "409 invitation_ended"),
                Map.entry(Reason.ALREADY_MEMBER, "409 already_member"),
                Map.entry(Reason.REVOKED, "409 device_revoked"),
                Map.entry(Reason.NOT_ADMITTED, "409 not_admitted"),
                Map.entry(Reason.NOT_UNDERSTOOD, "409 not_understood"),
                Map.entry(Reason.NOBODY_FOUND, "404 nobody_found"),
                Map.entry(Reason.NOT_GENUINE, "409 not_genuine"),
                Map.entry(Reason.CUT_OFF, "503 cut_off"),
                Map.entry(Reason.NOT_ADOPTED, "503 not_adopted"),
                Map.entry(Reason.BUSY, "409 join_under_way"));
        for (Reason reason : Reason.values()) {
            api.pairing.refusal = new PairingException(reason, "It did not work.", "try again");
            HttpResponse<String> answer = join("");
            String[] expected = codes.get(reason).split(" ");
            assertProblem(Integer.parseInt(expected[0]), expected[1], answer);
            assertEquals("try again", ApiFixture.json(answer).get("hint").asText());
        }
    }
}
