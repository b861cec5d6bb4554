package io.lanyard.daemon.lan;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whole daemons as processes on the hosts of a LAN, and apps beside them that see what a person would see. */
@Execution(ExecutionMode.CONCURRENT)
class LanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(2);

    private record Answer(int status, String body) {}

    /** A workstation: a home, its daemon, and an app that asks it. */
    private final class Workstation {
        private final int host;
        private final Path home;
        private final List<String> peers;
        private Conversation daemon;
        private Conversation app;

        Workstation(int host, Path home, String... peers) {
            this.host = host;
            this.home = home;
            this.peers = List.of(peers);
        }

        void up() throws IOException {
            List<String> arguments = Stream.concat(Stream.of(home.toString(), "desk-" + host), peers.stream())
                    .toList();
            daemon = new Conversation(lan.java(host, List.of(), DaemonMain.class, arguments), "daemon " + host);
            daemon.await(PATIENCE, "its daemon to be ready", line -> line.startsWith("ready http://127.0.0.1:7717/"));
            if (app == null) {
                app = new Conversation(
                        lan.java(host, List.of(), ClientMain.class, List.of(home.toString())), "app " + host);
                app.await(PATIENCE, "the app's start", "started"::equals);
            }
        }

        Answer request(String request) {
            app.say("request " + request);
            String[] answer = app.await(PATIENCE, "the answer to " + request, line -> line.startsWith("answer "))
                    .split(" ", 3);
            return new Answer(Integer.parseInt(answer[1]), answer[2]);
        }

        void write(String request) {
            Answer answer = request(request);
            assertTrue(answer.status() == 200 || answer.status() == 201, request + ": " + answer);
            awaitNextMillisecond();
        }

        String read(String document) {
            return request("GET /api/docs/" + document).body();
        }

        JsonNode status() throws IOException {
            return JSON.readTree(request("GET /api/sync/status").body());
        }
    }

    /** Writes of two devices within one millisecond have no order that a test could know. */
    private static void awaitNextMillisecond() {
        long until = System.currentTimeMillis() + 2;
        await().pollInterval(Duration.ofMillis(1)).until(() -> System.currentTimeMillis() > until);
    }

    private Path newHome(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        return home;
    }

    private Workstation[] twoOfOneGroup(String... peersOfSecond) throws Exception {
        Workstation first = new Workstation(1, newHome("one"));
        Workstation second = new Workstation(2, newHome("two"), peersOfSecond);
        first.up();
        GroupHome.admitOffline(first.home, second.home, "second", Role.MEMBER);
        second.up();
        return new Workstation[] {first, second};
    }

    private static long untilTrue(ThrowingRunnable assertion) {
        long from = System.nanoTime();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(assertion);
        return (System.nanoTime() - from) / 1_000_000;
    }

    private static void measured(String what, long millis) {
        System.out.println("LAN measured: " + what + " " + millis + " ms");
    }

    private static void assertInStep(Workstation first, Workstation second) throws IOException {
        JsonNode one = first.status();
        JsonNode other = second.status();
        assertEquals("in_step", one.path("state").asText(), one.toString());
        assertEquals("in_step", other.path("state").asText(), other.toString());
        assertEquals(one.path("versionVector"), other.path("versionVector"));
        assertEquals(one.path("digest"), other.path("digest"));
        assertFalse(one.path("versionVector").isEmpty());
        assertEquals(0, one.path("pending").asInt());
        assertTrue(one.path("peers").path(0).path("inStep").asBoolean(), one.toString());
    }

    @Test
    void twoWorkstations_cutApartAndJoinedAndKilled_stayInStep() throws Exception {
        Workstation[] both = twoOfOneGroup();
        Workstation first = both[0];
        Workstation second = both[1];
        first.write("PUT /api/docs/expense/1 {\"amount\":12.10,\"status\":\"draft\",\"name\":\"Łucja 李\"}");
        measured("ready to in step", untilTrue(() -> assertInStep(first, second)));

        second.app.say("subscribe expense");
        second.app.await(PATIENCE, "the subscription", line -> line.contains("\"synced\""));
        long from = System.nanoTime();
        first.app.say("request PUT /api/docs/expense/2 {\"amount\":0.1}");
        String event = second.app.await(PATIENCE, "the push", line -> line.contains("expense_created"));
        measured("PUT to the push on the other", (System.nanoTime() - from) / 1_000_000);
        assertTrue(event.contains("\"data\":{\"amount\":0.1}"), event);
        first.app.await(PATIENCE, "the answer to the PUT", line -> line.startsWith("answer 201"));

        lan.cable(2, false);
        first.write("PATCH /api/docs/expense/1 {\"amount\":1}");
        second.write("PATCH /api/docs/expense/1 {\"amount\":12.50,\"paidBy\":\"second\"}");
        second.write("PATCH /api/docs/expense/1 {\"status\":\"sent\"}");
        first.write("PATCH /api/docs/expense/1 {\"status\":\"paid\"}");
        first.write("PUT /api/docs/expense/3 {\"by\":\"first\"}");
        second.write("PUT /api/docs/expense/4 {\"by\":\"second\"}");
        assertEquals("{\"by\":\"second\"}", second.read("expense/4"));
        assertEquals(404, first.request("GET /api/docs/expense/4").status());
        measured(
                "cable pulled to told alone",
                untilTrue(() ->
                        assertEquals("alone", second.status().path("state").asText())));
        first.write("PUT /api/docs/expense/5 {\"by\":\"first\",\"late\":true}");

        lan.cable(2, true);
        measured("cable plugged to in step", untilTrue(() -> assertInStep(first, second)));
        for (Workstation each : both) {
            assertEquals(
                    "{\"amount\":12.50,\"name\":\"Łucja 李\",\"paidBy\":\"second\",\"status\":\"paid\"}",
                    each.read("expense/1"));
            assertEquals("{\"by\":\"first\"}", each.read("expense/3"));
            assertEquals("{\"by\":\"second\"}", each.read("expense/4"));
            assertEquals("{\"by\":\"first\",\"late\":true}", each.read("expense/5"));
        }

        killInTheMiddleOfWrites(first);
        measured("restart to in step", untilTrue(() -> assertInStep(first, second)));

        lan.readdress(2, 22);
        first.write("PUT /api/docs/expense/6 {\"after\":\"roaming\"}");
        measured(
                "address change to the next write's arrival",
                untilTrue(() -> assertEquals("{\"after\":\"roaming\"}", second.read("expense/6"))));
        untilTrue(() -> assertInStep(first, second));
        assertTrue(
                first.status().path("peers").toString().contains("10.77.0.22:"),
                first.status().toString());
    }

    private static void killInTheMiddleOfWrites(Workstation workstation) throws IOException {
        workstation.app.say("stream order");
        workstation.app.await(PATIENCE, "fifty writes", "acknowledged 50"::equals);
        workstation.daemon.kill();
        int acknowledged = 50;
        String line;
        do {
            line = workstation.app.await(
                    PATIENCE,
                    "the stream's end",
                    said -> said.startsWith("acknowledged") || said.startsWith("refused"));
            acknowledged += line.startsWith("acknowledged") ? 1 : 0;
        } while (!line.startsWith("refused"));
        workstation.up();
        for (int i = 0; i <= acknowledged; i++) {
            assertEquals("{\"number\":" + i + "}", workstation.read("order/" + i));
        }
        System.out.println("LAN: kill -9 after " + (acknowledged + 1) + " acknowledged writes lost none");
    }

    @Test
    void twoWorkstations_withoutMulticast_meetByAddress() throws Exception {
        lan.multicast(false);
        Workstation[] both = twoOfOneGroup(Lan.addressOf(1));
        both[0].write("PUT /api/docs/expense/1 {\"amount\":12.10}");
        measured("ready to in step by --peers", untilTrue(() -> assertInStep(both[0], both[1])));
        assertEquals("{\"amount\":12.10}", both[1].read("expense/1"));
    }

    @Test
    void twoGroups_stayApartAndSaySo_untilTheKeyIsCopied() throws Exception {
        Workstation first = new Workstation(1, newHome("one"));
        Workstation second = new Workstation(2, newHome("two"));
        first.up();
        second.up();
        first.write("PUT /api/docs/expense/1 {\"of\":\"first\"}");
        for (Workstation each : List.of(first, second)) {
            String other = Lan.addressOf(each == first ? 2 : 1);
            untilTrue(() -> {
                String status = each.status().toString();
                assertTrue(status.contains("Another Lanyard group is on this LAN (heard from " + other + ")"), status);
            });
            assertEquals("alone", each.status().path("state").asText());
            assertTrue(each.status().path("peers").isEmpty());
        }
        assertEquals(404, second.request("GET /api/docs/expense/1").status());

        second.daemon.close();
        GroupHome.admitOffline(first.home, second.home, "second", Role.MEMBER);
        second.up();
        untilTrue(() -> assertEquals("{\"of\":\"first\"}", second.read("expense/1")));
        untilTrue(() -> assertInStep(first, second));
    }
}
