package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Rotation;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Who this device is in its group: a P-256 key of its own, in {@code HOME/device.p12}, that never leaves it, and a
 * certificate for it by the admin that admitted it. Any thread. Its key, certificate and group never change: a device
 * that changes its group gets another one of these, with the same {@linkplain #id() id}.
 */
public final class DeviceIdentity {
    /** The file's name within a home directory. */
    public static final String FILE_NAME = "device.p12";

    private static final int ID_BYTES = 16;
    private static final int RESUME_SECONDS = 1;

    private final KeyEntry entry;
    private final MemberBook book;
    private final GroupSecrets secrets;

    DeviceIdentity(KeyEntry entry, MemberBook book, GroupSecrets secrets) {
        this.entry = entry;
        this.book = book;
        this.secrets = secrets;
    }

    /**
     * Returns the id of the device of {@code home}, if it has a key already; makes nothing.
     *
     * @throws IdentityException if the file is open to others, unreadable, or no device key
     */
    public static Optional<String> idIn(Path home) throws IdentityException {
        return KeyEntry.read(home.resolve(FILE_NAME))
                .map(entry -> idOf(entry.certificate().getPublicKey()));
    }

    /** Returns the id of the device that has this key: 32 hexadecimal digits, the first half of SHA-256 over it. */
    public static String idOf(PublicKey key) {
        return HexFormat.of().formatHex(Arrays.copyOf(EllipticKeys.sha256(key.getEncoded()), ID_BYTES));
    }

    /** Returns this device's id: 32 hexadecimal digits, the first half of SHA-256 over its public key. Stable. */
    public String id() {
        return idOf(publicKey());
    }

    /** Returns the public half of this device's key. */
    public PublicKey publicKey() {
        return entry.certificate().getPublicKey();
    }

    /** Returns the certificate that this device shows. */
    public X509Certificate certificate() {
        return entry.certificate();
    }

    /** Returns who belongs to this device's group. */
    public MemberBook book() {
        return book;
    }

    /** Returns the group's name on the network, {@code lanyard-} and 32 hexadecimal digits. */
    public String groupName() {
        return book.networkName();
    }

    /**
     * Derives a secret that the members of the group have and nobody else: HMAC-SHA-256 of {@code purpose} under the
     * group's present secret. Different purposes give independent secrets; a rotation changes them all.
     */
    public byte[] secretFor(String purpose) {
        return secretsFor(purpose).get(0);
    }

    /** Returns {@link #secretFor} under each of the group's secrets that this device holds, the present one first. */
    public List<byte[]> secretsFor(String purpose) {
        return secrets.inOrder(book.rotations()).stream()
                .map(secret -> GroupSecrets.derive(secret, purpose))
                .toList();
    }

    /**
     * Makes a TLS context that shows this device's certificate and accepts only members of its group, in both roles.
     * The caller must ask for client certificates (NEED) on the sockets it accepts.
     *
     * <p>Sessions can be resumed for one second at most: a resumed session skips the certificates, so a long one would
     * let in a device after it lost its place in the group.
     *
     * @param refusal told of every peer that is refused
     */
    public SSLContext newTlsContext(PeerRefusal refusal) {
        return newTlsContext(new GroupTrustManager(book, refusal, InstantSource.system()));
    }

    /**
     * Makes a TLS context that shows this device's certificate and believes whom {@code trust} believes: for where
     * membership is not what is asked.
     */
    public SSLContext newTlsContext(TrustManager trust) {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(entry.toKeyStore(), KeyEntry.password());
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
            context.getServerSessionContext().setSessionTimeout(RESUME_SECONDS);
            context.getClientSessionContext().setSessionTimeout(RESUME_SECONDS);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot speak TLS 1.3", e);
        }
    }

    /**
     * Makes a TLS context that shows this device's certificate and lets in whoever shows any, in both roles: for pairing,
     * where each side proves what it knows once the connection is there.
     */
    public SSLContext newOpenTlsContext() {
        return newTlsContext(new OpenTrustManager());
    }

    /** Returns the hashes of the secrets that count and that this device holds, the newest first: what others may lack. */
    public List<String> secretHashes() {
        return book.rotations().stream()
                .filter(rotation -> secrets.find(rotation).isPresent())
                .map(Rotation::secretHash)
                .limit(GroupSecrets.MAX_KEPT)
                .toList();
    }

    /** Returns the secrets that count and are not among those hashes: for members only. */
    public List<byte[]> secretsMissingFor(Collection<String> hashes) {
        return book.rotations().stream()
                .filter(rotation -> !hashes.contains(rotation.secretHash()))
                .flatMap(rotation -> secrets.find(rotation).stream())
                .limit(GroupSecrets.MAX_KEPT)
                .map(GroupSecrets.Secret::bytes)
                .toList();
    }

    /**
     * Keeps secrets that a member sent, if a rotation that counts spoke of them; others are passed over.
     *
     * @return whether any was new
     * @throws IdentityException if they cannot be written; then they are not kept
     */
    public boolean keepSecrets(List<byte[]> received) throws IdentityException {
        boolean isNew = false;
        for (byte[] bytes : received) {
            String hash = HexFormat.of().formatHex(EllipticKeys.sha256(bytes));
            for (Rotation rotation : book.rotations()) {
                if (rotation.secretHash().equals(hash) && secrets.find(rotation).isEmpty()) {
                    secrets.keep(new GroupSecrets.Secret(rotation.epoch(), bytes));
                    isNew = true;
                }
            }
        }
        return isNew;
    }

    KeyEntry entry() {
        return entry;
    }

    GroupSecrets secrets() {
        return secrets;
    }
}
