package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

    @TempDir
    private Path home;

    @Test
    void find_flagThenVariableThenFile() throws Exception {
        Files.writeString(home.resolve("config.properties"), "name=by file\nport=1\napi-port=2\n");
        Settings settings =
                settings(Map.of("LANYARD_NAME", "by variable", "LANYARD_API_PORT", "3"), "Linux", home.toString());
        assertEquals("by flag", settings.find("name", "by flag"));
        assertEquals("by variable", settings.find("name", null));
        assertEquals("1", settings.find("port", null));
        assertEquals(3, settings.port("api-port", null, 7717));
        assertEquals(4, settings.port("api-port", "4", 7717));
        assertNull(settings.find("bind", null));
        assertEquals(
                7800,
                settings(Map.of(), "Linux", home.resolve("new").toString()).port("port", null, 7800));
    }

    @Test
    void emptyVariable_countsAsNotGiven() throws Exception {
        assertNull(
                settings(Map.of("LANYARD_NAME", ""), "Linux", home.toString()).find("name", null));
    }

    @Test
    void port_outOfRangeOrNotANumber_isRefused() throws Exception {
        Settings settings = settings(Map.of(), "Linux", home.toString());
        for (String wrong : new String[] {"-1", "65536", "many", "", "7717.0"}) {
            CommandFailure refusal = assertThrows(CommandFailure.class, () -> settings.port("port", wrong, 1));
            assertEquals(ExitCode.USAGE, refusal.exitCode());
        }
    }

    @Test
    void configFile_unknownSetting_isNamed() throws Exception {
        Files.writeString(home.resolve("config.properties"), "prot=1\n");
        CommandFailure refusal = assertThrows(CommandFailure.class, () -> settings(Map.of(), "Linux", home.toString()));
        assertTrue(refusal.getMessage().contains("'prot'"), refusal.getMessage());
    }

    @Test
    void home_defaultsByOperatingSystem() throws Exception {
        assertEquals(
                home.resolve(".local/state/lanyard"),
                settings(Map.of(), "Linux", null).home());
        assertEquals(
                Path.of("/state/lanyard"),
                settings(Map.of("XDG_STATE_HOME", "/state"), "Linux", null).home());
        assertEquals(
                home.resolve(".local/state/lanyard"),
                settings(Map.of("XDG_STATE_HOME", "relative"), "Linux", null).home());
        assertEquals(
                home.resolve("Library/Application Support/Lanyard"),
                settings(Map.of(), "Mac OS X", null).home());
        assertEquals(
                Path.of("/data/Lanyard"),
                settings(Map.of("LOCALAPPDATA", "/data"), "Windows 11", null).home());
        assertEquals(
                home.resolve("h"),
                settings(Map.of("LANYARD_HOME", home.resolve("h").toString()), "Linux", null)
                        .home());
    }

    private Settings settings(Map<String, String> variables, String operatingSystem, String homeFlag)
            throws CommandFailure {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return new Settings(
                new Surroundings(
                        variables, InputStream.nullInputStream(), nowhere, nowhere, false, home, operatingSystem),
                homeFlag);
    }
}
