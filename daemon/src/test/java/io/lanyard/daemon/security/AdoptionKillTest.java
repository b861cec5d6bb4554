package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed while it goes from one group to another, over and over, at moments that no test chose. {@code
 * -Dlanyard.kills=N} kills N of them instead of a few.
 */
class AdoptionKillTest {
    private static final int KILLS = Integer.getInteger("lanyard.kills", 4);
    private static final int LONGEST_MILLIS = 80;
    private static final List<String> GROUPS = List.of("north", "south");

    @TempDir
    Path directory;

    /** Goes to and fro between the groups of its arguments, after the home, until it is killed. */
    static final class Wanderer {
        private Wanderer() {}

        public static void main(String[] arguments) throws Exception {
            GroupHome home = GroupHome.openOrCreate(Path.of(arguments[0]), "device");
            for (int round = 0; true; round++) {
                if (round == 1) {
                    System.out.println("ready");
                }
                for (String admittance : List.of(arguments).subList(1, arguments.length)) {
                    home.adopt(Admittance.decode(Files.readAllBytes(Path.of(admittance))));
                }
            }
        }
    }

    private Path home(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        return home;
    }

    private void wanderAndDie(Path home, long millis) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        // Stretching the public password of key files would take nearly all of the time.
                        "-Dkeystore.pkcs12.macIterationCount=1",
                        "-Dkeystore.pkcs12.keyPbeIterationCount=1",
                        "-Dkeystore.pkcs12.certPbeIterationCount=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Wanderer.class.getName(),
                        home.toString(),
                        directory.resolve("to-north").toString(),
                        directory.resolve("to-south").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("ready", out.readLine());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    @Test
    void killedWhileItGoesToAnotherGroup_isWhollyInOne() throws Exception {
        Path home = home("device");
        GroupHome device = GroupHome.openOrCreate(home, "device");
        String id = device.identity().id();
        Map<String, GroupHome> admins = Map.of(
                "north", GroupHome.found(home("north"), "north", "admin"),
                "south", GroupHome.found(home("south"), "south", "admin"));
        for (String group : GROUPS) {
            Admittance admittance = admins.get(group).admit(device.identity().publicKey(), "device", Role.MEMBER);
            Files.write(directory.resolve("to-" + group), admittance.encode());
        }
        Random random = new Random(20_261_121);
        int between = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            wanderAndDie(home, random.nextInt(LONGEST_MILLIS));
            between += Files.exists(home.resolve(HomeSwitch.FILE_NAME)) ? 1 : 0;
            GroupHome after = GroupHome.openOrCreate(home, "device");
            assertEquals(id, after.identity().id());
            assertTrue(after.book().isMember(id));
            assertFalse(Files.exists(home.resolve(HomeSwitch.FILE_NAME)));
            GroupHome admin = admins.get(after.book().groupName());
            if (admin != null) {
                assertEquals(
                        admin.identity().secretHashes(), after.identity().secretHashes(), "the group's own secret");
            }
        }
        System.out.println(between + " of " + KILLS + " kills fell between the first file of a group and the last");
    }
}
