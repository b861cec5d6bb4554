package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a home: who may read them, what survives a restart, and what is refused. */
class IdentityTest {
    @TempDir
    Path directory;

    private Path home;

    @BeforeEach
    void makeHome() throws Exception {
        home = directory.resolve("home");
        PrivateFiles.prepareHome(home);
    }

    private static DeviceIdentity open(Path home) throws IdentityException {
        return DeviceIdentity.openOrCreate(home, GroupKey.openOrCreate(home));
    }

    private static String mode(Path path) throws IOException {
        assumeTrue(Files.getFileStore(path).supportsFileAttributeView("posix"), "no file modes here");
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void setMode(Path path, String mode) throws IOException {
        assumeTrue(Files.getFileStore(path).supportsFileAttributeView("posix"), "no file modes here");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    @Test
    void openOrCreate_freshHome_leavesThreeFilesForTheOwnerOnly() throws Exception {
        open(home);
        OwnerToken.openOrCreate(home);
        assertEquals("rwx------", mode(home));
        try (Stream<Path> files = Files.list(home)) {
            assertEquals(
                    List.of("device.p12", "group.p12", "token"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        for (String name : List.of("device.p12", "group.p12", "token")) {
            assertEquals("rw-------", mode(home.resolve(name)), name);
        }
    }

    @Test
    void openOrCreate_again_isTheSameDeviceAndGroup() throws Exception {
        DeviceIdentity first = open(home);
        String token = OwnerToken.openOrCreate(home).text();
        DeviceIdentity second = open(home);
        assertEquals(first.id(), second.id());
        assertEquals(first.group().name(), second.group().name());
        assertEquals(token, OwnerToken.openOrCreate(home).text());
        assertTrue(first.id().matches("[0-9a-f]{32}"), first.id());
        assertTrue(first.group().name().matches("lanyard-[0-9a-f]{32}"));
    }

    @Test
    void renew_makesAnotherDeviceOfTheSameGroup_andKeepsTheOldKeyBesideIt() throws Exception {
        DeviceIdentity before = open(home);
        byte[] oldKey = Files.readAllBytes(home.resolve("device.p12"));
        DeviceIdentity after = DeviceIdentity.renew(home);
        assertNotEquals(before.id(), after.id());
        assertEquals(before.group().name(), after.group().name());
        assertEquals(after.id(), open(home).id());
        assertEquals(after.id(), DeviceIdentity.idIn(home).orElseThrow());
        Path aside = home.resolve("device-" + before.id().substring(0, 8) + ".p12");
        assertArrayEquals(oldKey, Files.readAllBytes(aside));
        assertEquals("rw-------", mode(aside));

        Files.copy(aside, home.resolve("device.p12"), StandardCopyOption.REPLACE_EXISTING);
        DeviceIdentity.renew(home);
        assertArrayEquals(oldKey, Files.readAllBytes(aside), "what is there already is not replaced");
        assertTrue(Files.exists(home.resolve("device-" + before.id().substring(0, 8) + "-2.p12")));
    }

    @Test
    void renew_withoutAKey_makesOne_andAFileThatIsNoneStays() throws Exception {
        assertTrue(DeviceIdentity.idIn(home).isEmpty());
        String id = DeviceIdentity.renew(home).id();
        assertEquals(id, open(home).id());

        PrivateFiles.write(home.resolve("device.p12"), new byte[] {1, 2, 3});
        assertThrows(IdentityException.class, () -> DeviceIdentity.renew(home));
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(home.resolve("device.p12")));
    }

    @Test
    void openOrCreate_groupKeyReplaced_keepsTheDeviceAndChangesTheGroup() throws Exception {
        DeviceIdentity before = open(home);
        Path other = directory.resolve("other");
        PrivateFiles.prepareHome(other);
        DeviceIdentity founder = open(other);
        assertNotEquals(before.group().name(), founder.group().name());
        assertNotEquals(before.id(), founder.id());

        Files.copy(other.resolve("group.p12"), home.resolve("group.p12"), StandardCopyOption.REPLACE_EXISTING);
        DeviceIdentity after = open(home);
        assertEquals(before.id(), after.id());
        assertEquals(founder.group().name(), after.group().name());
        KeyEntry entry = KeyEntry.read(home.resolve("device.p12")).orElseThrow();
        entry.certificate().verify(founder.group().certificate().getPublicKey());
    }

    @Test
    void secretFor_membersOfOneGroup_agreeAndOthersDoNot() throws Exception {
        GroupKey group = GroupKey.openOrCreate(home);
        GroupKey reopened = GroupKey.openOrCreate(home);
        Path other = directory.resolve("other");
        PrivateFiles.prepareHome(other);
        assertArrayEquals(group.secretFor("a"), reopened.secretFor("a"));
        assertFalse(Arrays.equals(group.secretFor("a"), group.secretFor("b")));
        assertFalse(
                Arrays.equals(group.secretFor("a"), GroupKey.openOrCreate(other).secretFor("a")));
    }

    @Test
    void openOrCreate_keyFileReadableByOthers_isRefusedWithTheRemedy() throws Exception {
        open(home);
        OwnerToken.openOrCreate(home);
        for (String name : List.of("group.p12", "device.p12", "token")) {
            setMode(home.resolve(name), "rw-r--r--");
            IdentityException refused = assertThrows(IdentityException.class, () -> {
                open(home);
                OwnerToken.openOrCreate(home);
            });
            assertTrue(refused.getMessage().contains(home.resolve(name).toString()), refused.getMessage());
            assertTrue(refused.hint().contains("chmod 600"), refused.hint());
            setMode(home.resolve(name), "rw-------");
        }
    }

    @Test
    void openOrCreate_damagedOrWrongFiles_areRefusedAndLeftAlone() throws Exception {
        open(home);
        byte[] device = Files.readAllBytes(home.resolve("device.p12"));
        byte[] group = Files.readAllBytes(home.resolve("group.p12"));

        PrivateFiles.write(home.resolve("group.p12"), device);
        IdentityException wrong = assertThrows(IdentityException.class, () -> open(home));
        assertTrue(wrong.getMessage().contains("not the key of a group"), wrong.getMessage());

        for (byte[] damaged : List.of(new byte[0], "garbage".getBytes("UTF-8"), Arrays.copyOf(group, 200))) {
            PrivateFiles.write(home.resolve("group.p12"), damaged);
            IdentityException refused = assertThrows(IdentityException.class, () -> open(home));
            assertTrue(refused.getMessage().contains("group.p12"), refused.getMessage());
            assertEquals(damaged.length, Files.size(home.resolve("group.p12")));
        }

        PrivateFiles.write(home.resolve("group.p12"), new byte[100_000]);
        assertTrue(assertThrows(IdentityException.class, () -> open(home))
                .getMessage()
                .contains("larger than"));

        PrivateFiles.write(home.resolve("token"), "too short".getBytes("UTF-8"));
        assertThrows(IdentityException.class, () -> OwnerToken.openOrCreate(home));
    }

    @Test
    void prepareHome_openToOthers_isClosedUnlessEverybodyMayWriteThere() throws Exception {
        setMode(home, "rwxr-xr-x");
        PrivateFiles.prepareHome(home);
        assertEquals("rwx------", mode(home));

        setMode(home, "rwxrwxrwx");
        IdentityException refused = assertThrows(IdentityException.class, () -> PrivateFiles.prepareHome(home));
        assertTrue(refused.hint().contains("chmod 700"), refused.hint());
        assertEquals("rwxrwxrwx", mode(home));

        Path file = Files.createFile(directory.resolve("file"));
        assertTrue(assertThrows(IdentityException.class, () -> PrivateFiles.prepareHome(file))
                .getMessage()
                .contains("not a directory"));
    }

    @Test
    void write_existingFile_isReplacedWholeAndLeavesNothingBeside() throws Exception {
        Path file = home.resolve("file");
        PrivateFiles.write(file, new byte[1000]);
        PrivateFiles.write(file, new byte[] {1});
        assertEquals(1, PrivateFiles.read(file, 10).orElseThrow().length);
        try (Stream<Path> files = Files.list(home)) {
            assertEquals(1, files.count());
        }
        assertTrue(PrivateFiles.read(home.resolve("absent"), 10).isEmpty());
        assertThrows(IdentityException.class, () -> PrivateFiles.write(home.resolve("no/such/file"), new byte[1]));
    }

    @Test
    void matches_onlyTheWholeToken() throws Exception {
        OwnerToken token = OwnerToken.openOrCreate(home);
        assertTrue(token.matches(token.text()));
        assertEquals(43, token.text().length());
        assertFalse(token.matches(""));
        assertFalse(token.matches(token.text().substring(1)));
        assertFalse(token.matches(token.text() + "A"));
        assertFalse(token.matches("é" + token.text().substring(1)));
        assertFalse(token.toString().contains(token.text()));
    }
}
