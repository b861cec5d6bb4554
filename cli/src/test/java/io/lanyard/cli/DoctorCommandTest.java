package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
    private static final String WELL = "{\"device\":{\"id\":\"d1\",\"name\":\"till\"},\"state\":\"in_step\","
            + "\"peers\":[{\"online\":true}],"
            + "\"storage\":{\"state\":\"writable\",\"reason\":null,\"freeBytes\":9999999999,"
            + "\"damage\":{\"mendedPages\":0,\"lastSalvage\":null}},"
            + "\"clock\":{\"fromMedianMillis\":0,\"off\":false},"
            + "\"check\":{\"differing\":0},"
            + "\"process\":{\"id\":1,\"refusesJavaObjects\":true,\"mayDumpCore\":false},"
            + "\"refused\":{\"peers\":0,\"strangers\":0,\"discovery\":0,\"senders\":0,\"messages\":0},"
            + "\"notices\":[]}";

    @TempDir
    private Path folder;

    private StubDaemon daemon;
    private Path home;

    @BeforeEach
    void makeHome() throws Exception {
        daemon = new StubDaemon();
        home = daemon.home(folder);
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(home.resolve("token"), PosixFilePermissions.fromString("rw-------"));
    }

    @AfterEach
    void stopDaemon() {
        daemon.close();
    }

    private Console doctor(int exitCode, String status) throws Exception {
        daemon.answering(200, status);
        Console console = new Console(folder, Map.of("LANYARD_HOME", home.toString()));
        assertEquals(exitCode, console.run("doctor"), console.out() + console.err());
        return console;
    }

    @Test
    void doctor_allIsWell_saysSoLineByLine() throws Exception {
        Console console = doctor(0, WELL);
        assertTrue(console.out().lines().allMatch(line -> line.startsWith("ok  ")), console.out());
        assertTrue(console.out().contains("readable by their owner only"), console.out());
        assertTrue(console.out().contains("1 other device is reachable"), console.out());
    }

    @Test
    void doctor_secretThatOthersCanRead_isUnhealthyWithTheNextStep() throws Exception {
        Path key = Files.writeString(home.resolve("device.p12"), "x");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        Console console = doctor(8, WELL);
        assertTrue(console.out().contains("BAD"), console.out());
        assertTrue(console.out().contains("Next: chmod 600 " + key), console.out());
    }

    @Test
    void doctor_homeThatOthersCanEnter_isUnhealthy() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertTrue(doctor(8, WELL).out().contains("Next: chmod 700 " + home));
    }

    @Test
    void doctor_whatTheDaemonReports_isJudged() throws Exception {
        Map<String, String> bad = Map.of(
                "\"state\":\"writable\",\"reason\":null", "\"state\":\"full\",\"reason\":\"no space\"",
                "\"fromMedianMillis\":0,\"off\":false", "\"fromMedianMillis\":99000,\"off\":true",
                "\"differing\":0", "\"differing\":2",
                "\"mayDumpCore\":false", "\"mayDumpCore\":true",
                "\"refusesJavaObjects\":true", "\"refusesJavaObjects\":false",
                "\"senders\":0", "\"senders\":3",
                "\"state\":\"in_step\"", "\"state\":\"refusing\"",
                "\"lastSalvage\":null", "\"lastSalvage\":{\"madeGood\":false,\"movedTo\":\"store-damaged\"}");
        for (Map.Entry<String, String> change : bad.entrySet()) {
            assertTrue(WELL.contains(change.getKey()), change.getKey());
            Console console = doctor(8, WELL.replace(change.getKey(), change.getValue()));
            assertEquals(
                    1,
                    console.out()
                            .lines()
                            .filter(line -> line.startsWith("BAD "))
                            .count(),
                    change.getValue() + "\n" + console.out());
            assertTrue(console.out().contains("Next: "), console.out());
        }
    }

    @Test
    void doctor_nobodyElseThereAndNotices_areWorthALookAndNoIllness() throws Exception {
        Console console = doctor(
                0,
                WELL.replace("{\"online\":true}", "{\"online\":false}")
                        .replace("\"notices\":[]", "\"notices\":[\"Another group was heard.\"]"));
        assertTrue(console.out().contains("look  Another group was heard."), console.out());
        assertTrue(console.out().contains("UDP 7776") && console.out().contains("revoked"), console.out());
        console = doctor(0, WELL.replace("{\"online\":true}", ""));
        assertTrue(console.out().contains("lanyard invite"), console.out());
    }

    @Test
    void doctor_noDaemon_isUnhealthyAndSaysHowToStartIt() throws Exception {
        Files.delete(home.resolve("api"));
        Console console = new Console(folder, Map.of("LANYARD_HOME", home.toString()));
        assertEquals(8, console.run("doctor", "--json"));
        JsonValue said = JsonValue.parse(console.out());
        assertFalse(said.get("healthy").isTrue());
        assertTrue(said.get("checks").elements().stream()
                .anyMatch(check -> check.get("about").text().equals("daemon")
                        && check.get("state").text().equals("bad")
                        && check.get("next").text().contains("lanyard up")));
    }
}
