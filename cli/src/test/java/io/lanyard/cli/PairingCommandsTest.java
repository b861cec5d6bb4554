package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lanyard invite} and {@code lanyard join}, as people and scripts see them. */
class PairingCommandsTest extends AgainstStubDaemon {
    private static final String CODE = "K7QF-2MZX-9RTB-4WHD-7C3N";
    private static final String OPEN = "{\"id\":\"0a0b\",\"role\":\"member\",\"state\":\"open\",\"createdAt\":\"T\","
            + "\"expiresAt\":\"T\",\"seen\":0,\"tries\":0,\"maxTries\":20,\"lastSeen\":null,\"joined\":null}";
    private static final String CREATED = "{\"code\":\"" + CODE
            + "\",\"address\":\"10.0.0.1:7716\",\"group\":\"office\",\"invitation\":" + OPEN + "}";
    private static final String LAPTOP = "{\"id\":\"a1b2c3d4e5f6\",\"shortId\":\"a1b2c3d4\",\"name\":\"laptop\"}";
    private static final String JOINED = "{\"group\":\"office\",\"admin\":false,\"left\":\"desk\",\"inviter\":" + LAPTOP
            + ",\"device\":" + LAPTOP.replace("laptop", "desk") + "}";
    private static final String IN_STEP = "{\"peers\":[{\"online\":true,\"inStep\":true},{\"online\":false}]}";

    private static String list(String invitation) {
        return "{\"items\":[" + invitation + "]}";
    }

    private static String joined(int tries) {
        return OPEN.replace("\"open\"", "\"joined\"")
                .replace("\"tries\":0", "\"tries\":" + tries)
                .replace("\"joined\":null", "\"joined\":" + LAPTOP);
    }

    private static String problem(String code) {
        return "{\"code\":\"" + code + "\",\"detail\":\"What it says.\",\"hint\":\"what to do\"}";
    }

    @Test
    void invite_printsTheCode_andWhoCame() {
        daemon.answering(201, CREATED)
                .answering(200, list(OPEN.replace("\"seen\":0", "\"seen\":1").replace("null,\"j", "\"10.0.0.7\",\"j")))
                .answering(
                        200, list(OPEN.replace("\"tries\":0", "\"tries\":1").replace("null,\"j", "\"10.0.0.9\",\"j")))
                .answering(200, list(joined(1)));
        assertEquals(0, console.run("invite", "--admin", "--minutes", "5"), console.err());
        assertEquals("{\"admin\":true,\"minutes\":5}", daemon.nextRequest().body());
        assertEquals(CODE + "\n", console.out());
        assertTrue(console.err().contains("lanyard join " + CODE + " --from 10.0.0.1:7716"), console.err());
        assertTrue(console.err().contains("a device with the code is at 10.0.0.7"), console.err());
        assertTrue(console.err().contains("a wrong code came from 10.0.0.9 (1 of 20)"), console.err());
        assertTrue(console.err().contains("joined: laptop (a1b2c3d4)"), console.err());
    }

    @Test
    void invite_qr_showsIt() {
        daemon.answering(201, CREATED).answering(200, list(joined(0)));
        assertEquals(0, console.run("invite", "--qr"));
        assertTrue(console.out().contains("\u2580"), console.out());
    }

    @Test
    void invite_json_isOneObjectALine() {
        daemon.answering(201, CREATED).answering(200, list(joined(0)));
        assertEquals(0, console.run("invite", "--json"));
        String[] lines = console.out().split("\n");
        assertEquals(2, lines.length, console.out());
        assertTrue(lines[0].contains(CODE), lines[0]);
        assertTrue(lines[1].contains("\"state\":\"joined\"") && !lines[1].contains(CODE), lines[1]);
        assertEquals("", console.err());
    }

    @ParameterizedTest
    @CsvSource({"expired, 7", "tried_out, 1", "ended, 1"})
    void invite_nobodyCame_saysWhy(String state, int exit) {
        daemon.answering(201, CREATED).answering(200, list(OPEN.replace("\"open\"", "\"" + state + "\"")));
        assertEquals(exit, console.run("invite"));
        assertFalse(console.err().contains("at io.lanyard"), console.err());
    }

    /** In a process of its own, as only that can be interrupted. */
    @Test
    void invite_interrupted_takesTheCodeBack() throws Exception {
        daemon.answering(201, CREATED);
        for (int looks = 0; looks < 100; looks++) {
            daemon.answering(200, list(OPEN));
        }
        Process process = invite();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertEquals(CODE, out.readLine());
            String interrupt = isInterruptible(process) ? "-INT" : "-TERM";
            new ProcessBuilder("kill", interrupt, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on waiting");
        } finally {
            process.destroyForcibly();
        }
        assertEquals("DELETE /api/invitations/0a0b", lastRequest());
        String errors = Files.readString(folder.resolve("errors"));
        assertFalse(errors.contains("may still be good"), errors);
    }

    @Test
    void invite_ended_leavesItAtThat() throws Exception {
        daemon.answering(201, CREATED).answering(200, list(joined(0))).answering(204, "");
        Process process = invite();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on waiting");
        } finally {
            process.destroyForcibly();
        }
        assertEquals("GET /api/invitations", lastRequest());
    }

    private Process invite() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LanyardCommand.class.getName(),
                        "invite",
                        "--home",
                        folder.resolve("home").toString())
                .redirectError(folder.resolve("errors").toFile())
                .start();
    }

    private String lastRequest() {
        StubDaemon.Request last = null;
        for (StubDaemon.Request next = daemon.nextRequest(); next != null; next = daemon.nextRequest()) {
            last = next;
        }
        return last.method() + " " + last.target();
    }

    /** A shell in the background makes what it starts deaf to Ctrl-C; the other signal goes the same way through Java. */
    private static boolean isInterruptible(Process process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return true;
        }
        boolean ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
        if (ignored) {
            System.out.println("Ctrl-C cannot be tried here, as this process is deaf to it: SIGTERM instead");
        }
        return !ignored;
    }

    @Test
    void invite_daemonStartedAnew_saysSo() {
        daemon.answering(201, CREATED).answering(200, list(""));
        assertEquals(1, console.run("invite"));
        assertTrue(console.err().contains("started anew"), console.err());
    }

    @Test
    void join_saysWhoInvited_andEndsInStep() {
        daemon.answering(200, JOINED).answering(200, "{\"peers\":[]}").answering(200, IN_STEP);
        assertEquals(0, console.run("join", CODE, "--from", "10.0.0.1"), console.err());
        assertEquals(
                "{\"code\":\"" + CODE + "\",\"yes\":false,\"from\":\"10.0.0.1\"}",
                daemon.nextRequest().body());
        assertTrue(
                console.err().contains("joined office, invited by laptop (a1b2c3d4); this device is desk (a1b2c3d4)"),
                console.err());
        assertTrue(console.err().contains("in step with 1 device"), console.err());
    }

    @Test
    void join_json_tellsBothEnds() {
        daemon.answering(200, JOINED).answering(200, IN_STEP);
        assertEquals(0, console.run("join", CODE, "--json"));
        assertTrue(console.out().contains("\"inStep\":true"), console.out());
        assertFalse(console.out().contains(CODE), console.out());
    }

    @Test
    void join_holdsDocuments_asksForYes() {
        daemon.answering(409, problem("needs_consent"));
        assertEquals(5, console.run("join", CODE));
        assertTrue(console.err().contains("What it says.") && console.err().contains("--yes"), console.err());
        daemon.nextRequest();
        assertNull(daemon.nextRequest());
        daemon.answering(200, JOINED).answering(200, IN_STEP);
        assertEquals(0, console.run("join", CODE, "--yes"));
        assertTrue(daemon.nextRequest().body().contains("\"yes\":true"));
    }

    @ParameterizedTest
    @CsvSource({
        "mistyped_code, 422, 2",
        "nobody_found, 404, 4",
        "wrong_code, 409, 5",
        "not_genuine, 409, 5",
        "cut_off, 503, 1"
    })
    void join_refused_endsAsTheContractSays(String code, int status, int exit) {
        daemon.answering(status, problem(code));
        assertEquals(exit, console.run("join", CODE));
        assertTrue(console.err().contains("What it says.") && console.err().contains("what to do"), console.err());
        assertFalse(console.err().contains(CODE), console.err());
    }

    @Test
    void join_withoutDaemon_saysHowToStartOne() {
        Console alone = new Console(
                folder, Map.of("LANYARD_HOME", folder.resolve("none").toString()));
        assertEquals(3, alone.run("join", CODE));
        assertTrue(alone.err().contains("lanyard up"), alone.err());
    }
}
