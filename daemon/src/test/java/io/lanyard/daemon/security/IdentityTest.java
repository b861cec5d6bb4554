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
        return GroupHome.openOrCreate(home, "till").identity();
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
    void openOrCreate_freshHome_leavesFourFilesForTheOwnerOnly() throws Exception {
        open(home);
        OwnerToken.openOrCreate(home);
        assertEquals("rwx------", mode(home));
        try (Stream<Path> files = Files.list(home)) {
            assertEquals(
                    List.of("device.p12", "group", "members", "token"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        for (String name : List.of("device.p12", "group", "members", "token")) {
            assertEquals("rw-------", mode(home.resolve(name)), name);
        }
    }

    @Test
    void openOrCreate_again_isTheSameDeviceAndGroup() throws Exception {
        DeviceIdentity first = open(home);
        String token = OwnerToken.openOrCreate(home).text();
        DeviceIdentity second = open(home);
        assertEquals(first.id(), second.id());
        assertEquals(first.groupName(), second.groupName());
        assertEquals(token, OwnerToken.openOrCreate(home).text());
        assertTrue(first.id().matches("[0-9a-f]{32}"), first.id());
        assertTrue(first.groupName().matches("lanyard-[0-9a-f]{32}"));
    }

    @Test
    void renew_ofAnAdmin_makesAnotherDeviceOfTheSameGroup_andKeepsTheOldKeyBesideIt() throws Exception {
        DeviceIdentity before = open(home);
        byte[] oldKey = Files.readAllBytes(home.resolve("device.p12"));
        assertTrue(GroupHome.renew(home).isMember());
        DeviceIdentity after = open(home);
        assertNotEquals(before.id(), after.id());
        assertEquals(before.groupName(), after.groupName());
        assertEquals(after.id(), DeviceIdentity.idIn(home).orElseThrow());
        assertTrue(after.book().isAdmin(after.id()) && after.book().isAdmin(before.id()));
        Path aside = home.resolve("device-" + before.id().substring(0, 8) + ".p12");
        assertEquals(
                KeyEntry.read(aside).orElseThrow().certificate(),
                before.certificate(),
                "the old key is not the old key");
        assertEquals("rw-------", mode(aside));

        byte[] kept = Files.readAllBytes(aside);
        PrivateFiles.write(home.resolve("device.p12"), oldKey);
        GroupHome.renew(home);
        assertArrayEquals(kept, Files.readAllBytes(aside), "what is there already is not replaced");
        assertTrue(Files.exists(home.resolve("device-" + before.id().substring(0, 8) + "-2.p12")));
    }

    @Test
    void renew_ofAMember_isAGroupOfItsOwn_untilItIsInvitedAgain() throws Exception {
        Path admin = directory.resolve("admin");
        GroupHome.admitOffline(admin, home, "till", Role.MEMBER);
        DeviceIdentity before = open(home);
        assertEquals(open(admin).groupName(), before.groupName());
        GroupHome.Renewal renewal = GroupHome.renew(home);
        assertFalse(renewal.isMember());
        DeviceIdentity after = open(home);
        assertEquals(renewal.id(), after.id());
        assertNotEquals(before.groupName(), after.groupName());
        assertArrayEquals(before.secretFor("a"), GroupSecrets.derive(asideSecret(), "a"));

        GroupHome.admitOffline(admin, home, "till", Role.MEMBER);
        assertEquals(after.id(), open(home).id());
        assertEquals(before.groupName(), open(home).groupName());
    }

    private GroupSecrets.Secret asideSecret() throws Exception {
        byte[] kept = Files.readAllBytes(home.resolve("group-old-2"));
        return GroupSecrets.decode(home, kept).inOrder(List.of()).get(0);
    }

    @Test
    void renew_withoutAKey_makesOne_andAFileThatIsNoneStays() throws Exception {
        assertTrue(DeviceIdentity.idIn(home).isEmpty());
        String id = GroupHome.renew(home).id();
        assertEquals(id, open(home).id());

        PrivateFiles.write(home.resolve("device.p12"), new byte[] {1, 2, 3});
        assertThrows(IdentityException.class, () -> GroupHome.renew(home));
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(home.resolve("device.p12")));
    }

    /** As the founder of a group of its own it would be alone, and say nothing of why. */
    @Test
    void openOrCreate_onlyTheKeyIsMissing_isRefused_untilItIsMadeAnew() throws Exception {
        DeviceIdentity before = open(home);
        byte[] members = Files.readAllBytes(home.resolve("members"));
        Files.delete(home.resolve("device.p12"));
        IdentityException refused = assertThrows(IdentityException.class, () -> open(home));
        assertTrue(refused.getMessage().contains("device.p12 is missing"), refused.getMessage());
        assertTrue(refused.hint().contains("'lanyard identity new'"), refused.hint());
        assertArrayEquals(members, Files.readAllBytes(home.resolve("members")));

        String renewed = GroupHome.renew(home).id();
        assertNotEquals(before.id(), renewed);
        assertEquals(renewed, open(home).id());
    }

    @Test
    void adopt_anotherGroup_keepsTheDeviceAndItsKey() throws Exception {
        DeviceIdentity before = open(home);
        Path other = directory.resolve("other");
        GroupHome.admitOffline(other, home, "till", Role.MEMBER);
        DeviceIdentity founder = open(other);
        DeviceIdentity after = open(home);
        assertNotEquals(before.groupName(), founder.groupName());
        assertNotEquals(before.id(), founder.id());
        assertEquals(before.id(), after.id());
        assertEquals(founder.groupName(), after.groupName());
        assertArrayEquals(founder.secretFor("a"), after.secretFor("a"));
        assertFalse(Arrays.equals(before.secretFor("a"), after.secretFor("a")));
        after.certificate().verify(founder.publicKey());
        assertEquals(
                List.of(founder.id(), after.id()),
                after.book().members().stream().map(Member::id).toList());
    }

    @Test
    void secretFor_differentPurposes_areDifferent() throws Exception {
        DeviceIdentity identity = open(home);
        assertArrayEquals(identity.secretFor("a"), open(home).secretFor("a"));
        assertFalse(Arrays.equals(identity.secretFor("a"), identity.secretFor("b")));
    }

    @Test
    void openOrCreate_keyFileReadableByOthers_isRefusedWithTheRemedy() throws Exception {
        open(home);
        OwnerToken.openOrCreate(home);
        for (String name : List.of("group", "members", "device.p12", "token")) {
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
        Path other = directory.resolve("other");
        PrivateFiles.prepareHome(other);
        open(other);
        for (String name : List.of("device.p12", "group", "members")) {
            byte[] whole = Files.readAllBytes(home.resolve(name));
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 1;
            for (byte[] damaged : List.of(
                    new byte[0],
                    "garbage".getBytes("UTF-8"),
                    Arrays.copyOf(whole, whole.length - 1),
                    flipped,
                    Files.readAllBytes(other.resolve(name)))) {
                PrivateFiles.write(home.resolve(name), damaged);
                IdentityException refused = assertThrows(IdentityException.class, () -> open(home), name);
                assertTrue(refused.getMessage().contains(home.toString()), refused.getMessage());
                assertArrayEquals(damaged, Files.readAllBytes(home.resolve(name)));
            }
            PrivateFiles.write(home.resolve(name), whole);
            open(home);
        }
        PrivateFiles.write(home.resolve("group"), new byte[100_000]);
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
