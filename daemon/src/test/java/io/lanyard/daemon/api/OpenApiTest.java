package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.api.json.Problem;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Holds {@code /openapi.json} against the running daemon: every route, parameter, status, code and field in it is real,
 * and nothing real is missing.
 */
@Timeout(240)
class OpenApiTest {

    private static final String FILE = "daemon/src/main/resources/io/lanyard/daemon/api/route/openapi.json";

    /** What takes a damaged store, a bug, a closing daemon or a thousand listeners; other tests bring it about. */
    private static final Set<String> RARE = Set.of(
            "code common internal_error",
            "code common damaged",
            "code common starting",
            "code common rate_limited",
            "code common scope_missing",
            "code GET /readyz 503 stopped",
            "answer POST /api/tokens 409",
            "code POST /api/tokens 409 too_many_tokens",
            "answer POST /api/invitations 409",
            "code POST /api/invitations 409 too_many_invitations",
            "code POST /api/join 503 stopped",
            "answer GET /ws 503",
            "code GET /ws 503 overloaded",
            "answer GET /api/sync/changes 503",
            "code GET /api/sync/changes 503 overloaded");

    /** These answer whatever the query says. */
    private static final Set<String> WITHOUT_PARAMETERS = Set.of("GET /healthz", "GET /readyz", "GET /metrics");

    private final FakeNode node = new FakeNode();

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(node);

    private DescribedApi described;

    @BeforeEach
    void readDescription() throws Exception {
        described = new DescribedApi(ApiFixture.json(api.get("/openapi.json")));
    }

    @Test
    void routes_areTheDescribedOnes_forThoseWhomTheDescriptionSays() {
        Set<String> served = new TreeSet<>();
        for (Routes.Route route : api.server.routes().all()) {
            served.add(route.method() + " " + route.path() + " " + route.rights());
        }
        assertEquals(
                String.join("\n", described.routesWithRights()),
                String.join("\n", served),
                "what is served and what " + FILE + " describes differ");
    }

    @Test
    void parameters_areTheDescribedOnes() throws Exception {
        for (Routes.Route route : api.server.routes().all()) {
            String key = route.method() + " " + route.path();
            if (WITHOUT_PARAMETERS.contains(key)) {
                assertEquals(Set.of(), described.queryParameters(key), key);
                continue;
            }
            String path = route.path().replaceAll("\\{\\w+}", "1");
            HttpResponse<String> response = api.send(route.method(), path + "?no-such-parameter=1", null);
            JsonNode problem = ApiFixture.assertProblem(400, "unknown_field", response);
            String hint = problem.get("hint").asText();
            Set<String> known = hint.startsWith("use ")
                    ? Stream.of(hint.substring(4).split(", ")).collect(Collectors.toCollection(TreeSet::new))
                    : Set.of();
            assertEquals(known, described.queryParameters(key), "the parameters of " + key + " in " + FILE);
        }
    }

    @Test
    void codes_areThoseOfTheDaemon() {
        assertEquals(
                Stream.of(Problem.Code.values()).map(Problem.Code::word).toList(),
                ApiFixture.MAPPER.convertValue(described.root().at("/components/schemas/Code/enum"), List.class));
    }

    @Test
    void answers_areTheDescribedOnes_andEachDescribedOneIsGiven() throws Exception {
        DocumentTour documents = new DocumentTour(node, api, described);
        DeviceTour device = new DeviceTour(node, api, described);
        device.health();
        documents.documents();
        documents.history();
        documents.settings();
        documents.batches();
        device.sync();
        documents.conflicts();
        device.devices();
        device.pairing();
        device.verify();
        device.tokens();
        device.strangers();
        List<String> missing = described.neverSeen(RARE);
        if (!missing.isEmpty()) {
            fail(FILE + " describes what no request of this test was answered with:\n" + String.join("\n", missing));
        }
    }
}
