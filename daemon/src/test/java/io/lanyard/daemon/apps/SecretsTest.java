package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import io.lanyard.daemon.security.Secrets;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What daemons say, in the log at its most talkative and over the API, gives none of their secrets away. */
class SecretsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    private final StringBuilder answers = new StringBuilder();

    private Path home(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        return home;
    }

    private Path log(Path home) {
        return directory.resolve(home.getFileName() + ".log");
    }

    private Process start(Path home, int port, int otherPort) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx192m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                "-Dorg.slf4j.simpleLogger.log.io.lanyard=trace",
                "-Dorg.slf4j.simpleLogger.log.org.jgroups=trace",
                "-Dorg.slf4j.simpleLogger.logFile=System.err"));
        if (Runtime.version().feature() >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of(
                "-cp",
                DeviceProcess.classPath(),
                DeviceProcess.class.getName(),
                home.toString(),
                home.getFileName().toString(),
                Integer.toString(port),
                Integer.toString(port),
                Integer.toString(otherPort)));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(home).toFile())
                .start();
    }

    private ApiClient client(Path home) throws Exception {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> Files.exists(home.resolve("api"))
                        && Files.readString(log(home)).contains("ready "));
        return ApiClient.in(home);
    }

    private void ask(ApiClient client, String method, String target, Object json) {
        answers.append(target)
                .append(": ")
                .append(client.send(method, target, json))
                .append('\n');
    }

    @Test
    void output_ofTalkativeDaemons_hasNoSecret() throws Exception {
        Path one = home("one");
        Path two = home("two");
        GroupHome.openOrCreate(one, "one");
        GroupHome.admitOffline(one, two, "two", Role.MEMBER);
        List<Integer> ports = Group.freePorts(2);
        Process first = start(one, ports.get(0), ports.get(1));
        Process second = start(two, ports.get(1), ports.get(0));
        Secrets secrets;
        try {
            ApiClient client = client(one);
            ApiClient other = client(two);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> Json.list(client.status(), "peers").size() == 1);
            client.put("note/1", Map.of("text", "hello")).with(201);
            String token =
                    (String) client.send("POST", "/api/tokens", Map.of("name", "till", "scopes", List.of("note:read")))
                            .with(201)
                            .json()
                            .get("token");
            Map<String, Object> invited =
                    client.send("POST", "/api/invitations", Map.of()).with(201).json();
            Object inviter = invited.get("address");
            String code = (String) invited.get("code");
            String wrongCode = PairingCode.random(new Random(5)).text();
            ApiClient app = new ApiClient(client.api(), token, "till");
            ApiClient wrong = new ApiClient(client.api(), client.token().substring(1) + "A", "wrong");
            for (ApiClient asking : List.of(client, app, wrong, other)) {
                for (String target : List.of(
                        "/api/sync/status", "/metrics", "/api/devices", "/api/peers", "/api/group", "/nothing")) {
                    ask(asking, "GET", target, null);
                }
                ask(asking, "PUT", "/api/docs/note/..", Map.of("$x", "y"));
            }
            ask(other, "POST", "/api/join", Map.of("code", wrongCode, "from", inviter, "yes", true));
            ask(other, "POST", "/api/join", Map.of("code", code, "from", inviter, "yes", true));
            ask(client, "GET", "/api/invitations", null);
            ask(client, "GET", "/api/tokens", null);
            ask(app, "POST", "/api/tokens", Map.of("name", "more"));
            secrets = new Secrets().of(one).of(two).text("a pairing code", code).text("a pairing code", wrongCode);
            assertEquals(13, secrets.count(), "a home's: device key, group's and discovery's, two of tokens; a token");
            assertFalse(secrets.in(token.substring(token.lastIndexOf('.') + 1)).isEmpty(), "the token is one of them");
        } finally {
            first.getOutputStream().close();
            second.getOutputStream().close();
            first.waitFor();
            second.waitFor();
        }
        assertTrue(Files.size(log(one)) > 2_000, "it talked");
        assertTrue(answers.toString().contains("lanyard_refused_peers_total"), answers.toString());
        assertTrue(answers.toString().contains("wrong_code"), answers.toString());
        assertEquals(List.of(), secrets.in(Files.readString(log(one))));
        assertEquals(List.of(), secrets.in(Files.readString(log(two))));
        assertEquals(List.of(), secrets.in(answers.toString()));
    }

    /** The search finds what was planted, in whatever spelling; else the test above would prove nothing. */
    @Test
    void search_plantedSecrets_findsEachSpelling() throws Exception {
        Path home = home("planted");
        GroupHome.openOrCreate(home, "planted");
        byte[] group = Files.readAllBytes(home.resolve("group"));
        byte[] secret = java.util.Arrays.copyOfRange(group, 27, 59);
        Secrets secrets = new Secrets().of(home);
        String hex = HexFormat.of().formatHex(secret);
        for (String leak : List.of(
                hex,
                hex.toUpperCase(Locale.ROOT),
                hex.substring(0, 20),
                java.util.Base64.getEncoder().encodeToString(secret),
                java.util.Base64.getUrlEncoder().encodeToString(group),
                "Secret[bytes=" + java.util.Arrays.toString(secret) + "]")) {
            List<String> found = secrets.in("a line\nkey is " + leak + " here\nanother");
            assertFalse(found.isEmpty(), leak);
            assertTrue(found.get(0).contains("the group's secret in: key is"), found.get(0));
        }
        String code = PairingCode.random(new Random(6)).text();
        String together = code.replace("-", "");
        for (String leak : List.of(
                code,
                code.substring(0, 14),
                together,
                together.toLowerCase(Locale.ROOT),
                code.toLowerCase(Locale.ROOT))) {
            assertEquals(
                    Set.of("a pairing code in: tries " + leak + " once"),
                    Set.copyOf(secrets.in("x\ntries " + leak + " once\n")));
        }
        assertEquals(List.of(), secrets.in("a line of log\n"));
        assertEquals(List.of(), secrets.in("1111-2222-3333-4444 ABCD-EFGH 2026-1121 " + together.substring(1) + "\n"));
    }
}
