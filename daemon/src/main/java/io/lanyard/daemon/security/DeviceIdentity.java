package io.lanyard.daemon.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who this device is: a P-256 key of its own, in {@code HOME/device.p12}, that never leaves it, and a certificate for it
 * from its group. Immutable; any thread.
 *
 * <p>The key is made once and stays; the certificate is issued anew whenever {@code group.p12} is another one than
 * before. So a device keeps its {@linkplain #id() id} when it changes its group.
 */
public final class DeviceIdentity {
    /** The file's name within a home directory. */
    public static final String FILE_NAME = "device.p12";

    private static final Logger LOG = LoggerFactory.getLogger(DeviceIdentity.class);
    private static final int ID_BYTES = 16;
    private static final int RESUME_SECONDS = 1;

    private final KeyEntry entry;
    private final GroupKey group;

    private DeviceIdentity(KeyEntry entry, GroupKey group) {
        this.entry = entry;
        this.group = group;
    }

    /**
     * Reads the device key of {@code home}, or makes it if it is absent, and sees that {@code group} certifies it.
     *
     * @throws IdentityException if the file is open to others, unreadable, or no device key
     */
    public static DeviceIdentity openOrCreate(Path home, GroupKey group) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<KeyEntry> stored = KeyEntry.read(file);
        try {
            if (stored.isPresent() && isIssuedBy(group, stored.get())) {
                return new DeviceIdentity(stored.get(), group);
            }
            KeyEntry fresh;
            if (stored.isPresent()) {
                fresh = certify(stored.get().key(), stored.get().certificate().getPublicKey(), group);
                LOG.info(
                        "the group key is another one than at the last start; this device belongs to {} now",
                        group.name());
            } else {
                KeyPair pair = Certificates.newKeyPair();
                fresh = certify(pair.getPrivate(), pair.getPublic(), group);
            }
            fresh.write(file);
            return new DeviceIdentity(fresh, group);
        } catch (GeneralSecurityException e) {
            throw new IdentityException(
                    "The key file " + file + " cannot be used: no certificate can be issued for its key.",
                    "Move it away; the next start makes this device a new key.",
                    e);
        }
    }

    /**
     * Makes the device of {@code home} another one: a new key in the place of the old, which is moved into a file beside
     * it and never deleted. A daemon that runs there goes on as the old device until it is started anew.
     *
     * @throws IdentityException if the old file is no device key, or the directory cannot be written
     */
    public static DeviceIdentity renew(Path home) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<KeyEntry> old = KeyEntry.read(file);
        GroupKey group = GroupKey.openOrCreate(home);
        if (old.isPresent()) {
            Path aside = freeNameFor(old.get(), home);
            try {
                Files.move(file, aside);
            } catch (IOException e) {
                throw new IdentityException(
                        "The key file " + file + " cannot be moved to " + aside + ".",
                        "Check the permissions of " + home + "; nothing was changed.",
                        e);
            }
        }
        return openOrCreate(home, group);
    }

    private static Path freeNameFor(KeyEntry entry, Path home) {
        String name = "device-" + idOf(entry).substring(0, 8);
        Path free = home.resolve(name + ".p12");
        for (int number = 2; Files.exists(free); number++) {
            free = home.resolve(name + "-" + number + ".p12");
        }
        return free;
    }

    /**
     * Returns the id of the device of {@code home}, if it has a key already; makes nothing.
     *
     * @throws IdentityException if the file is open to others, unreadable, or no device key
     */
    public static Optional<String> idIn(Path home) throws IdentityException {
        return KeyEntry.read(home.resolve(FILE_NAME)).map(DeviceIdentity::idOf);
    }

    /** Returns this device's id: 32 hexadecimal digits, the first half of SHA-256 over its public key. Stable. */
    public String id() {
        return idOf(entry);
    }

    private static String idOf(KeyEntry entry) {
        byte[] hash = GroupKey.sha256(entry.certificate().getPublicKey().getEncoded());
        return HexFormat.of().formatHex(Arrays.copyOf(hash, ID_BYTES));
    }

    /** Returns the group that certifies this device. */
    public GroupKey group() {
        return group;
    }

    /**
     * Makes a TLS context that shows this device's certificate and accepts only devices of its group, in both roles.
     * The caller must ask for client certificates (NEED) on the sockets it accepts.
     *
     * <p>Sessions can be resumed for one second at most: a resumed session skips the certificates, so a long one would
     * let in a device after it lost its place in the group.
     *
     * @param refusal told of every peer that is refused
     */
    public SSLContext newTlsContext(PeerRefusal refusal) {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(entry.toKeyStore(), KeyEntry.password());
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            TrustManager trust = new GroupTrustManager(group.certificate(), refusal, InstantSource.system());
            context.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
            context.getServerSessionContext().setSessionTimeout(RESUME_SECONDS);
            context.getClientSessionContext().setSessionTimeout(RESUME_SECONDS);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot speak TLS 1.3", e);
        }
    }

    private static boolean isIssuedBy(GroupKey group, KeyEntry entry) {
        List<X509Certificate> chain = entry.chain();
        if (chain.size() != 2 || !chain.get(1).equals(group.certificate())) {
            return false;
        }
        try {
            entry.certificate().verify(group.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            LOG.debug("the stored device certificate does not verify under its group", e);
            return false;
        }
    }

    private static KeyEntry certify(PrivateKey key, PublicKey publicKey, GroupKey group)
            throws GeneralSecurityException {
        return new KeyEntry(key, List.of(group.issue(publicKey), group.certificate()));
    }
}
