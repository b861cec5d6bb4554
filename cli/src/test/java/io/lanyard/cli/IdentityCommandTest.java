package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityCommandTest {

    @TempDir
    private Path folder;

    private Path home;
    private String id;

    @BeforeEach
    void makeDevice() throws Exception {
        home = folder.resolve("device");
        PrivateFiles.prepareHome(home);
        id = GroupHome.openOrCreate(home, "till").identity().id();
    }

    private Console console(Path home) {
        return new Console(folder, Map.of("LANYARD_HOME", home.toString(), "LANYARD_NAME", "till"));
    }

    @Test
    void identity_ofAStoppedHome_isReadFromItsFile() throws Exception {
        Console console = console(home);
        assertEquals(0, console.run("identity", "--json"));
        JsonValue said = JsonValue.parse(console.out());
        assertEquals(id, said.get("id").text());
        assertEquals("till", said.get("name").text());
        assertTrue(!said.get("running").isTrue() && said.get("next").isNull(), console.out());
        assertEquals(0, console.run("identity"));
        assertTrue(console.out().contains(id) && console.out().contains("not running"), console.out());
    }

    @Test
    void identity_whereThereIsNone_isNotFound_andNothingIsMade() throws Exception {
        Path empty = folder.resolve("none");
        assertEquals(4, console(empty).run("identity"));
        assertEquals(4, console(empty).run("identity", "new"));
        assertTrue(Files.notExists(empty));
    }

    @Test
    void identityNew_onAStoppedHome_makesAnotherDevice_andKeepsTheOldKey() throws Exception {
        Console console = console(home);
        assertEquals(0, console.run("identity", "new"));
        String fresh = console.out().strip();
        assertNotEquals(id, fresh);
        assertTrue(console.err().contains("belongs to the group"), console.err());
        assertEquals(fresh, DeviceIdentity.idIn(home).orElseThrow());
        assertTrue(Files.exists(home.resolve("device-" + id.substring(0, 8) + ".p12")));
    }

    @Test
    void identityNew_whileTheDaemonRuns_saysThatItMustBeRestarted() throws Exception {
        try (StubDaemon daemon = new StubDaemon()) {
            Path running = daemon.home(folder);
            String before = GroupHome.openOrCreate(running, "till").identity().id();
            String status = "{\"device\":{\"id\":\"" + before + "\",\"name\":\"till\"}}";
            daemon.answering(200, status).answering(200, status).answering(200, status);
            Console console = console(running);
            assertEquals(0, console.run("identity", "new", "--json"));
            JsonValue said = JsonValue.parse(console.out());
            assertEquals(before, said.get("previous").text());
            assertTrue(said.get("restartNeeded").isTrue(), console.out());
            assertEquals(0, console.run("identity", "new"));
            assertTrue(console.err().contains("restart the daemon"), console.err());
            String fresh = console.out().strip();

            assertEquals(0, console.run("identity", "--json"));
            assertEquals(before, JsonValue.parse(console.out()).get("id").text(), "what runs is what it is now");
            assertEquals(fresh, JsonValue.parse(console.out()).get("next").text());
        }
    }

    @Test
    void identityNew_whereTheKeyIsDamaged_changesNothing() throws Exception {
        PrivateFiles.write(home.resolve("device.p12"), new byte[] {1});
        Console console = console(home);
        assertEquals(1, console.run("identity", "new"));
        assertTrue(console.err().contains("device.p12"), console.err());
        assertEquals(1, Files.size(home.resolve("device.p12")));
    }

    @Test
    void init_makesAGroupOfThatName_andAnotherOnlyWhenAgreed() throws Exception {
        Path fresh = folder.resolve("fresh");
        Console console = console(fresh);
        assertEquals(0, console.run("init", "--group", "Shop"));
        GroupHome made = GroupHome.openOrCreate(fresh, "x");
        assertEquals("Shop", made.book().groupName());
        assertEquals("till", made.book().members().get(0).name());
        assertEquals(5, console.run("init"));
        assertTrue(console.err().contains("belongs to a group already"), console.err());
        assertEquals(0, console.run("init", "--yes", "--json"));
        assertEquals("till", JsonValue.parse(console.out()).get("name").text());
        GroupHome next = GroupHome.openOrCreate(fresh, "x");
        assertEquals(made.identity().id(), next.identity().id());
        assertNotEquals(made.book().groupId(), next.book().groupId());
        assertTrue(Files.exists(fresh.resolve("members-old")));
        try (StubDaemon daemon = new StubDaemon()) {
            Path running = daemon.home(folder);
            daemon.answering(200, "{}");
            assertEquals(5, console(running).run("init"));
        }
    }
}
