package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, with something in Java's place that prints its arguments, one a line. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

    @TempDir
    private Path folder;

    private Path launcher;
    private Path jar;

    @BeforeEach
    void layOutADistribution() throws IOException {
        Path distribution = folder.resolve("with blanks/lanyard");
        launcher = executable(
                distribution.resolve("bin/lanyard"), Files.readString(Path.of("src", "main", "launcher", "lanyard")));
        jar = Files.createDirectories(distribution.resolve("lib")).resolve("lanyard-cli-1.2.3.jar");
        Files.createFile(jar);
    }

    @Test
    void arguments_arriveAsTheyWere() throws Exception {
        List<String> said = run(launcher, Map.of(), java("17.0.9"), "put", "a/b", "{\"x\": \"*  $HOME\"}", "");
        assertEquals(
                List.of("-jar", jar.toRealPath().toString(), "put", "a/b", "{\"x\": \"*  $HOME\"}", ""),
                said.subList(said.indexOf("-jar"), said.size()));
        assertTrue(said.contains("-Djdk.serialFilter=!*"));
    }

    @Test
    void links_areFollowed_alsoRelativeOnes() throws Exception {
        Path absolute = Files.createSymbolicLink(folder.resolve("absolute"), launcher);
        Path relative = Files.createSymbolicLink(folder.resolve("relative"), Path.of("absolute"));
        assertTrue(run(relative, Map.of(), java("17.0.9"), "version")
                .contains(absolute.toRealPath()
                        .getParent()
                        .resolve("../lib")
                        .normalize()
                        .resolve(jar.getFileName())
                        .toString()));
    }

    @Test
    void up_hasOptionsOfItsOwn_alsoAfterGlobalOptions() throws Exception {
        String quickStart = "-XX:TieredStopAtLevel=1";
        assertTrue(run(launcher, Map.of(), java("17.0.9"), "get", "up/up").contains(quickStart));
        assertTrue(run(launcher, Map.of(), java("17.0.9"), "--home", "up", "status")
                .contains(quickStart));
        assertFalse(run(launcher, Map.of(), java("17.0.9"), "up").contains(quickStart));
        assertFalse(run(launcher, Map.of(), java("17.0.9"), "--home", "x", "--json", "up", "--port", "0")
                .contains(quickStart));
    }

    @Test
    void newerJava_getsTheOptionsThatKeepItQuiet_olderDoesNotKnowThem() throws Exception {
        String quiet = "--sun-misc-unsafe-memory-access=allow";
        assertTrue(run(launcher, Map.of(), java("25.0.3"), "status").contains(quiet));
        assertTrue(run(launcher, Map.of(), java("26"), "status").contains(quiet));
        assertFalse(run(launcher, Map.of(), java("17.0.9"), "status").contains(quiet));
    }

    @Test
    void extraOptions_areSplitAtBlanks_andComeLast() throws Exception {
        List<String> said = run(launcher, Map.of("LANYARD_JAVA_OPTIONS", "-Xmx1g -Da=b"), java("17.0.9"), "up");
        assertTrue(said.indexOf("-Xmx1g") > said.indexOf("-Xmx512m"), said.toString());
        assertTrue(said.contains("-Da=b"));
    }

    @Test
    void noUsableJava_isOneSentence() throws Exception {
        assertTrue(
                run(launcher, Map.of(), folder.resolve("nowhere"), "up").get(0).startsWith("lanyard: JAVA_HOME is "));
        assertTrue(run(launcher, Map.of(), java("11.0.2"), "up").get(0).contains("needs 17 or newer"));
    }

    @Test
    void plainCLocale_isReplaced_sinceJavaWouldLoseLetters() throws Exception {
        Path java = java("17.0.9");
        executable(java.resolve("bin/java"), "#!/bin/sh\necho \"$LC_ALL\"\n");
        assertEquals(List.of("C.UTF-8"), run(launcher, Map.of("LC_ALL", "C"), java, "status"));
        assertEquals(List.of("pl_PL.UTF-8"), run(launcher, Map.of("LC_ALL", "pl_PL.UTF-8"), java, "status"));
    }

    @Test
    void coreDumps_areOff_asTheyWouldHoldKeys() throws Exception {
        Path java = java("17.0.9");
        executable(java.resolve("bin/java"), "#!/bin/sh\nulimit -c\nfor word; do echo \"$word\"; done\n");
        List<String> said = run(launcher, Map.of(), java, "up");
        assertEquals("0", said.get(0));
        assertTrue(said.contains("-XX:-CreateCoredumpOnCrash"));
    }

    private Path java(String version) throws IOException {
        Path java = folder.resolve("java " + version);
        executable(java.resolve("bin/java"), "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\n");
        Files.writeString(java.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return java;
    }

    private static Path executable(Path file, String script) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, script);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<String> run(Path launcher, Map<String, String> variables, Path javaHome, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().putAll(variables);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return List.of(said.substring(0, said.length() - 1).split("\n", -1));
    }
}
