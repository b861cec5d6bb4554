package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.output.Output;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon in a process of its own, and the commands that talk to it. */
class UpCommandTest {

    @TempDir
    private Path folder;

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void up_fromReadyToSigterm_andWhatItAcknowledgedIsThereAfterSigkill() throws Exception {
        Path home = folder.resolve("home");
        Console console = new Console(folder, Map.of("LANYARD_HOME", home.toString()));
        try (DaemonProcess daemon =
                new DaemonProcess(home, folder.resolve("log"), "--api-port", "0", "--name", "till")) {
            assertTrue(daemon.nextLine().matches("ready http://127\\.0\\.0\\.1:\\d+/ till"));
            assertEquals(0, console.run("put", "contact/ada", "{\"name\":\"Łukasz\",\"credit\":12.10}"));
            assertEquals(0, console.run("patch", "contact/ada", "{\"city\":\"Kraków\",\"big\":1E2}"));
            assertEquals(0, console.run("patch", "contact/ada", "{\"credit\":{\"$increment\":-0.05}}"), console.err());
            daemon.kill();
            daemon.awaitExit();
        }
        assertEquals(3, console.run("get", "contact/ada"), console.err());

        try (DaemonProcess daemon = new DaemonProcess(home, folder.resolve("log"), "--api-port", "0", "--json")) {
            assertTrue(daemon.nextLine().startsWith("{\"ready\":\"http://127.0.0.1:"));
            assertEquals(0, console.run("get", "contact/ada", "--json"));
            assertEquals("{\"big\":1E2,\"city\":\"Kraków\",\"credit\":12.05,\"name\":\"Łukasz\"}\n", console.out());
            everyCommandAnswers(console);
            daemon.terminate();
            assertNull(daemon.nextLine());
            assertEquals(0, daemon.awaitExit(), Files.readString(folder.resolve("log")));
        }
        assertFalse(Files.exists(home.resolve("api")));
    }

    private static void everyCommandAnswers(Console console) throws Exception {
        assertEquals(0, console.run("list", "contact", "--where", "city=Kraków"));
        assertTrue(console.out().startsWith("ada  {"), console.out());
        assertEquals(0, console.run("status"), console.err());
        assertTrue(console.out().contains("alone"), console.out());
        assertEquals(0, console.run("peers"), console.err());
        assertEquals(0, console.run("conflicts"), console.err());
        assertEquals(0, console.run("put", "contact", "{}"));
        assertEquals(0, console.run("get", "contact/" + console.out().strip()), console.err());
        assertEquals(5, console.run("put", "contact/ada", "{}", "--if-absent"), console.err());
        assertEquals(5, console.run("delete", "contact/ada", "--if-match", "stale"), console.err());
        assertEquals(1, console.run("put", "contact/ada", "{\"a\":NaN}"), console.err());
        assertEquals(0, console.run("delete", "contact/ada"), console.err());
        assertEquals(4, console.run("get", "contact/ada"), console.err());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void up_public_servesTheAppElsewhere_andLimitsAreTaken() throws Exception {
        Path home = folder.resolve("home");
        Path app = Files.createDirectories(folder.resolve("app"));
        Files.writeString(app.resolve("index.html"), "my app");
        Console console = new Console(folder, Map.of("LANYARD_HOME", home.toString()));
        try (DaemonProcess daemon = new DaemonProcess(
                home,
                folder.resolve("log"),
                "--api-port",
                "0",
                "--name",
                "till",
                "--public",
                app.toString(),
                "--rate-limit",
                "1")) {
            String ready = daemon.nextLine();
            assertTrue(ready.matches("ready \\S+ till public http://127\\.0\\.0\\.1:\\d+/"), ready);
            String url = Files.readString(home.resolve("public")).strip();
            assertTrue(ready.endsWith(url), ready);
            try (InputStream in = URI.create(url).toURL().openStream()) {
                assertEquals("my app", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
            assertEquals(0, console.run("token", "create", "--name", "app", "--scope", "a:read"), console.err());
            Files.writeString(folder.resolve("token"), console.out());
            int exit = 0;
            for (int i = 0; i < 200 && exit == 0; i++) {
                exit = console.run(
                        "list", "a", "--token-file", folder.resolve("token").toString());
            }
            assertTrue(exit != 0 && console.err().contains("1 requests a second"), exit + console.err());
            assertEquals(0, console.run("list", "a"), console.err());
            assertEquals(0, console.run("token", "revoke", "app"), console.err());
            assertEquals(
                    6,
                    console.run(
                            "list", "a", "--token-file", folder.resolve("token").toString()));
            daemon.terminate();
            assertEquals(0, daemon.awaitExit(), Files.readString(folder.resolve("log")));
        }
        assertFalse(Files.exists(home.resolve("public")));
        assertFalse(Files.readString(folder.resolve("log"))
                .contains(Files.readString(folder.resolve("token")).strip()));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void open_leadsTheBrowserByAFileThatOnlyItsOwnerMayRead() throws Exception {
        Surroundings surroundings = new Surroundings(
                Map.of("BROWSER", "true"),
                InputStream.nullInputStream(),
                System.out,
                System.err,
                false,
                folder,
                "Linux");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Output output = new Output(new PrintStream(said), new PrintStream(said), false, false);
        new Browser(surroundings, folder).open("http://127.0.0.1:7717/", "c0de", output);
        assertTrue(Files.readString(folder.resolve("open.html")).contains("http://127.0.0.1:7717/connect#code=c0de"));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("open.html"))));
        assertFalse(said.toString(StandardCharsets.UTF_8).contains("c0de"));
    }

    @Test
    void up_limitsAndDirectoriesThatAreNone_areUsageErrors() {
        Console console = new Console(
                folder, Map.of("LANYARD_HOME", folder.resolve("home").toString()));
        assertEquals(
                2,
                console.run(
                        "up",
                        "--api-port",
                        "0",
                        "--public",
                        folder.resolve("none").toString()));
        assertEquals(2, console.run("up", "--api-port", "0", "--rate-limit", "-1"));
        assertEquals(2, console.run("up", "--api-port", "0", "--max-listeners", "0"));
        assertEquals(2, console.run("up", "--api-port", "0", "--max-connections", "0"));
    }

    @Test
    void up_portInUse_isOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            refused("in use", folder.resolve("home"), "--api-port", Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void up_homeInUse_isOneSentence() throws Exception {
        Path home = folder.resolve("home");
        try (DaemonProcess first = new DaemonProcess(home, folder.resolve("first"), "--api-port", "0")) {
            assertTrue(first.nextLine().startsWith("ready "));
            refused("in use by another daemon", home, "--api-port", "0");
        }
    }

    @Test
    void up_homeIsAFile_isOneSentence() throws Exception {
        refused("not a directory", Files.createFile(folder.resolve("file")), "--api-port", "0");
    }

    @Test
    void up_wrongOptions_areRefusedBeforeAnythingStarts() {
        Console console = new Console(folder, Map.of());
        String home = folder.resolve("home").toString();
        assertEquals(2, console.run("up", "--home", home, "--peers", "a b"));
        assertEquals(2, console.run("up", "--home", home, "--port", "99999"));
        assertEquals(2, console.run("up", "--home", home, "--api-port", "http"));
        assertFalse(Files.exists(folder.resolve("home")));
    }

    private void refused(String why, Path home, String... options) throws Exception {
        Path log = folder.resolve("refused");
        try (DaemonProcess daemon = new DaemonProcess(home, log, options)) {
            assertNull(daemon.nextLine());
            assertEquals(1, daemon.awaitExit());
        }
        String said = Files.readString(log);
        assertTrue(said.contains("lanyard: ") && said.contains(why), said);
        assertFalse(said.contains("\tat "), said);
    }
}
