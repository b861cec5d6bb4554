package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Revocation;
import io.lanyard.daemon.security.Statement.Rotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a home directory holds of a device and its group: its key and certificate ({@code device.p12}), the member book
 * ({@code members}) and the group's secrets ({@code group}), which change together or not at all.
 *
 * <p>Any thread; what changes the home writes files, and is durable on return.
 */
public final class GroupHome {
    private static final Logger LOG = LoggerFactory.getLogger(GroupHome.class);
    private static final int NONCE_BYTES = 16;
    private static final int ASIDE_DIGITS = 8;

    private final Path home;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile DeviceIdentity identity;

    private GroupHome(Path home) {
        this.home = home;
    }

    /**
     * What {@link #renew} made.
     *
     * @param id the new device id
     * @param isMember whether it belongs to the group of the old one; else to one of its own
     */
    public record Renewal(String id, boolean isMember) {}

    /**
     * Opens the home of a device; makes it a key if it has none, and founds a group of one if it belongs to none.
     *
     * @param deviceName what the device is called, if it is to found a group
     * @throws IdentityException if a file is open to others, unreadable, damaged, or does not belong to the others
     */
    public static GroupHome openOrCreate(Path home, String deviceName) throws IdentityException {
        HomeSwitch.finish(home);
        Optional<KeyEntry> key = KeyEntry.read(home.resolve(DeviceIdentity.FILE_NAME));
        Optional<GroupSecrets> secrets = GroupSecrets.read(home);
        Optional<MemberBook> book = MemberBook.read(home);
        if (secrets.isEmpty() && book.isEmpty()) {
            return found(home, deviceName, deviceName);
        }
        if (key.isEmpty()) {
            throw new IdentityException(
                    "The key file " + home.resolve(DeviceIdentity.FILE_NAME)
                            + " is missing, and this device is in a group by it.",
                    "Restore it from a backup of this device. Without one, run 'lanyard identity new': the documents stay,"
                            + " and an admin's device has to invite this one again.",
                    null);
        }
        if (secrets.isEmpty()) {
            throw new IdentityException(
                    "The file " + home.resolve(GroupSecrets.FILE_NAME) + " is missing.",
                    "Restore it from a backup, or move " + home.resolve(MemberBook.FILE_NAME)
                            + " away, too, and start again: the documents stay, and an admin's device has to invite this"
                            + " one again.",
                    null);
        }
        GroupHome opened = new GroupHome(home);
        opened.use(fitting(home, key.get(), book, secrets.get()));
        return opened;
    }

    /**
     * Founds a new group whose only member is this device. What the home holds of another group is kept beside.
     *
     * @throws IdentityException if the home cannot be read or written; then nothing was changed
     */
    public static GroupHome found(Path home, String groupName, String deviceName) throws IdentityException {
        HomeSwitch.finish(home);
        Optional<KeyEntry> key = KeyEntry.read(home.resolve(DeviceIdentity.FILE_NAME));
        KeyPair pair = key.isPresent() ? key.get().pair() : newKeyPair();
        setAside(home);
        GroupHome founded = new GroupHome(home);
        founded.foundWith(pair, groupName, deviceName);
        LOG.info(
                "founded the group {} ({})",
                founded.book().groupName(),
                founded.book().networkName());
        return founded;
    }

    /**
     * Makes the device of {@code home} another one, with a new key; the old one is kept in a file beside it. A daemon
     * that runs there goes on as the old device until it is started anew.
     *
     * <p>The key of an admin admits the new one into the group, as an admin too. It does not revoke itself: the home may
     * be a copy, and the device that it was copied from is sound. Any other device founds a group of one and has to be
     * invited again.
     *
     * @throws IdentityException if a file is damaged, or the home cannot be written
     */
    public static Renewal renew(Path home) throws IdentityException {
        Path file = home.resolve(DeviceIdentity.FILE_NAME);
        HomeSwitch.finish(home);
        Optional<KeyEntry> old = KeyEntry.read(file);
        if (old.isEmpty()) {
            return new Renewal(found(home, "unnamed", "unnamed").identity().id(), false);
        }
        GroupHome present = openOrCreate(home, "unnamed");
        String id = present.identity().id();
        String name = present.book().find(id).map(Member::name).orElse("unnamed");
        old.get().write(free(home, "device-" + id.substring(0, ASIDE_DIGITS), ".p12"));
        KeyPair pair = newKeyPair();
        boolean isAdmin = present.book().isAdmin(id);
        if (isAdmin) {
            try {
                AdmissionPath path = present.admitKey(pair.getPublic(), name, Role.ADMIN);
                new KeyEntry(pair.getPrivate(), List.of(present.certify(path))).write(file);
            } catch (NotAdminException e) {
                throw new IllegalStateException("an admin that is none", e);
            }
        } else {
            setAside(home);
            present.foundWith(pair, name, name);
        }
        return new Renewal(DeviceIdentity.idOf(pair.getPublic()), isAdmin);
    }

    /**
     * Admits the device of {@code newHome} into the group of {@code adminHome}, both of this machine, and lets it adopt
     * that; makes either home if it is not there. For demonstrations and tests. No daemon may run in {@code newHome};
     * one that runs in {@code adminHome} learns of it when the device comes.
     *
     * @throws IdentityException if a home cannot be used, or {@code adminHome} is not an admin's
     */
    public static void admitOffline(Path adminHome, Path newHome, String name, Role role) throws IdentityException {
        PrivateFiles.prepareHome(adminHome);
        PrivateFiles.prepareHome(newHome);
        GroupHome admin = openOrCreate(adminHome, "admin");
        GroupHome device = openOrCreate(newHome, name);
        try {
            device.adopt(admin.admit(device.identity().publicKey(), name, role));
        } catch (NotAdminException | MalformedStatementException e) {
            throw new IdentityException(
                    "The device of " + newHome + " cannot be admitted: " + e.getMessage() + ".",
                    "Let an admin of the group do it.",
                    e);
        }
    }

    /** Returns who this device is; another one after {@link #adopt}. */
    public DeviceIdentity identity() {
        return identity;
    }

    /** Returns who belongs to the group; another one after {@link #adopt}. */
    public MemberBook book() {
        return identity.book();
    }

    /** Returns how often the group's secret was rotated, as far as this device knows. */
    public int epoch() {
        List<Rotation> rotations = book().rotations();
        return rotations.isEmpty() ? 0 : rotations.get(0).epoch();
    }

    /** Calls {@code listener} after each change of the book and of the group, on the thread that made it; it must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Returns whether this device may admit and revoke. */
    public boolean isAdmin() {
        return book().isAdmin(identity.id());
    }

    /**
     * Admits a device; the group has it from now on, whether or not it takes what this returns.
     *
     * @throws NotAdminException if this device is no admin
     * @throws IdentityException if the key was revoked, the book is full, or the home cannot be written
     */
    public synchronized Admittance admit(PublicKey device, String name, Role role)
            throws NotAdminException, IdentityException {
        AdmissionPath path = admitKey(device, name, role);
        return Admittance.from(book(), path, certify(path), identity.secrets());
    }

    /**
     * Takes what an admin of a group gave: this device belongs to that group from now on. What the home holds of
     * another group is kept beside.
     *
     * @throws MalformedStatementException if it does not make this device a member of the group; nothing was changed
     * @throws IdentityException if the home cannot be written
     */
    public synchronized void adopt(Admittance admittance) throws MalformedStatementException, IdentityException {
        MemberBook book = admittance.book(home);
        GroupSecrets secrets = admittance.secrets(home);
        X509Certificate certificate = admittance.certificate();
        if (book.groupId().equals(book().groupId())) {
            List<SignedStatement> union = new ArrayList<>(book.missingFor(List.of()));
            union.addAll(book().missingFor(book.ids()));
            book = MemberBook.of(home, union);
        }
        try {
            new GroupTrustManager(book, (address, reason, group) -> {}, InstantSource.system())
                    .checkClientTrusted(new X509Certificate[] {certificate}, "EC");
        } catch (CertificateException e) {
            throw new MalformedStatementException(e.getMessage(), e);
        }
        if (!certificate.getPublicKey().equals(identity.publicKey())
                || !secrets.groupId().equals(book.groupId())) {
            throw new MalformedStatementException("it is for another device or group");
        }
        setAside(home);
        become(new KeyEntry(identity.entry().key(), List.of(certificate)), book, secrets);
        LOG.info("this device belongs to the group {} ({}) now", book.groupName(), book.networkName());
    }

    /**
     * Takes a device's membership away, for good. Statements that it made and that are known here go on to count.
     *
     * @throws NotAdminException if this device is no admin
     * @throws IdentityException if the book is full, or the home cannot be written
     */
    public synchronized void revoke(String device) throws NotAdminException, IdentityException {
        requireAdmin();
        MemberBook book = book();
        sign(new Revocation(book.groupId(), identity.id(), lastOfOwn(), device, book.headsOf(device)));
    }

    /**
     * Gives the group a new secret; members get it as they meet one that has it, revoked devices do not.
     *
     * @return its epoch
     * @throws NotAdminException if this device is no admin
     * @throws IdentityException if the book is full, or the home cannot be written
     */
    public synchronized int rotate() throws NotAdminException, IdentityException {
        requireAdmin();
        int epoch = epoch() + 1;
        GroupSecrets.Secret secret = GroupSecrets.random(epoch);
        identity.secrets().keep(secret);
        sign(new Rotation(book().groupId(), identity.id(), lastOfOwn(), epoch, secret.hash()));
        return epoch;
    }

    private AdmissionPath admitKey(PublicKey device, String name, Role role)
            throws NotAdminException, IdentityException {
        requireAdmin();
        String id = DeviceIdentity.idOf(device);
        if (book().isRevoked(id)) {
            throw new IdentityException(
                    "The key of device " + id + " was revoked, which is for good.",
                    "Run 'lanyard identity new' on that device, and invite it again.",
                    null);
        }
        List<SignedStatement> path = new ArrayList<>(book().pathTo(identity.id()));
        if (path.size() >= AdmissionPath.MAX_LENGTH) {
            throw new IdentityException(
                    "This device is the last of a chain of " + path.size() + " admins, which cannot be longer.",
                    "Invite from a device that an earlier admin admitted.",
                    null);
        }
        path.add(sign(
                new Admission(book().groupId(), identity.id(), lastOfOwn(), device, role, StatementCodec.fit(name))));
        try {
            return AdmissionPath.of(path);
        } catch (MalformedStatementException e) {
            throw new IllegalStateException("a path that leads nowhere", e);
        }
    }

    private X509Certificate certify(AdmissionPath path) {
        try {
            return Certificates.ofDevice(path, identity.entry().key());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot make P-256 certificates", e);
        }
    }

    private SignedStatement sign(Statement statement) throws IdentityException {
        SignedStatement signed =
                SignedStatement.sign(statement, identity.entry().key());
        book().append(signed);
        return signed;
    }

    private String lastOfOwn() {
        List<String> heads = book().headsOf(identity.id());
        return heads.isEmpty() ? Statement.NONE : heads.get(0);
    }

    private void requireAdmin() throws NotAdminException {
        if (!isAdmin()) {
            throw new NotAdminException(book().admins());
        }
    }

    private void foundWith(KeyPair pair, String groupName, String deviceName) throws IdentityException {
        byte[] nonce = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        SignedStatement founding = SignedStatement.sign(
                new Founding(
                        pair.getPublic(),
                        StatementCodec.fit(deviceName),
                        StatementCodec.fit(groupName),
                        HexFormat.of().formatHex(nonce)),
                pair.getPrivate());
        try {
            X509Certificate certificate = Certificates.ofDevice(AdmissionPath.of(List.of(founding)), pair.getPrivate());
            MemberBook book = MemberBook.of(home, List.of(founding));
            become(
                    new KeyEntry(pair.getPrivate(), List.of(certificate)),
                    book,
                    GroupSecrets.found(home, book.groupId()));
        } catch (GeneralSecurityException | MalformedStatementException e) {
            throw new IllegalStateException("this Java runtime cannot make P-256 certificates", e);
        }
    }

    private void become(KeyEntry entry, MemberBook book, GroupSecrets secrets) throws IdentityException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(DeviceIdentity.FILE_NAME, entry.encode());
        files.put(MemberBook.FILE_NAME, book.encode());
        files.put(GroupSecrets.FILE_NAME, secrets.encode());
        HomeSwitch.replace(home, files);
        use(new DeviceIdentity(entry, book, secrets));
    }

    private void use(DeviceIdentity next) {
        identity = next;
        next.book().onChange(() -> {
            if (identity == next) {
                listeners.forEach(Runnable::run);
            }
        });
        listeners.forEach(Runnable::run);
    }

    private static DeviceIdentity fitting(Path home, KeyEntry key, Optional<MemberBook> stored, GroupSecrets secrets)
            throws IdentityException {
        Path file = home.resolve(DeviceIdentity.FILE_NAME);
        try {
            key.requirePair();
            AdmissionPath path = AdmissionPath.in(key.certificate());
            MemberBook book = stored.isPresent() ? stored.get() : MemberBook.of(home, path.statements());
            if (!path.device().equals(key.certificate().getPublicKey())
                    || !path.founding().equals(book.founding())
                    || !secrets.groupId().equals(book.groupId())) {
                throw new CertificateException("it is of another group than the files beside it");
            }
            if (stored.isEmpty()) {
                PrivateFiles.write(home.resolve(MemberBook.FILE_NAME), book.encode());
            } else {
                book.admits(path.statements(), path.deviceId());
            }
            return new DeviceIdentity(key, book, secrets);
        } catch (GeneralSecurityException | MalformedStatementException e) {
            throw new IdentityException(
                    "The key file " + file + " cannot be used: " + e.getMessage() + ".",
                    "Restore device.p12, members and group together, or move all three away and let an admin invite this"
                            + " device.",
                    e);
        }
    }

    /** Copies what there is of a group into files beside it. */
    private static void setAside(Path home) throws IdentityException {
        Optional<byte[]> secrets = PrivateFiles.read(home.resolve(GroupSecrets.FILE_NAME), GroupSecrets.MAX_FILE_BYTES);
        Optional<byte[]> book = PrivateFiles.read(home.resolve(MemberBook.FILE_NAME), MemberBook.MAX_FILE_BYTES);
        if (secrets.isPresent()) {
            PrivateFiles.write(free(home, "group-old", ""), secrets.get());
        }
        if (book.isPresent()) {
            PrivateFiles.write(free(home, "members-old", ""), book.get());
        }
    }

    private static Path free(Path home, String name, String ending) {
        Path free = home.resolve(name + ending);
        for (int number = 2; Files.exists(free); number++) {
            free = home.resolve(name + "-" + number + ending);
        }
        return free;
    }

    private static KeyPair newKeyPair() {
        try {
            return Certificates.newKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot make P-256 keys", e);
        }
    }
}
