package io.lanyard.daemon.security;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key of a group, in {@code HOME/group.p12}: a P-256 certificate authority that signs the certificate of each
 * device. Whoever holds this file is a member; copying it into the home of another device makes that one a member too.
 * Immutable; any thread.
 */
public final class GroupKey {
    /** The file's name within a home directory. */
    public static final String FILE_NAME = "group.p12";

    private static final Logger LOG = LoggerFactory.getLogger(GroupKey.class);
    private static final int NAME_BYTES = 16;
    private static final int P256_SCALAR_BYTES = 32;

    private final KeyEntry entry;

    private GroupKey(KeyEntry entry) {
        this.entry = entry;
    }

    /**
     * Reads the group key of {@code home}, or founds a new group there if it has none.
     *
     * @throws IdentityException if the file is open to others, unreadable, or no group key
     */
    public static GroupKey openOrCreate(Path home) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<KeyEntry> stored = KeyEntry.read(file);
        if (stored.isPresent()) {
            return new GroupKey(requireAuthority(file, stored.get()));
        }
        try {
            KeyPair pair = Certificates.newKeyPair();
            GroupKey group = new GroupKey(new KeyEntry(pair.getPrivate(), List.of(Certificates.ofGroup(pair))));
            group.entry.write(file);
            LOG.info("founded a new group in {}; copy this file into another home to let that device in", file);
            return group;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot make P-256 certificates", e);
        }
    }

    /**
     * Returns the group's name on the network, {@code lanyard-} and 32 hexadecimal digits: a hash of its public key,
     * which tells outsiders that this is one group and not another, and nothing else.
     */
    public String name() {
        return nameOf(entry.certificate().getPublicKey());
    }

    static String nameOf(PublicKey groupKey) {
        byte[] hash = sha256(groupKey.getEncoded());
        return "lanyard-" + HexFormat.of().formatHex(Arrays.copyOf(hash, NAME_BYTES));
    }

    /**
     * Derives a secret that every holder of the group key has and nobody else: HMAC-SHA-256 of {@code purpose} under the
     * group's private key. Different purposes give independent secrets.
     */
    public byte[] secretFor(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(scalar(), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no HmacSHA256", e);
        }
    }

    X509Certificate certificate() {
        return entry.certificate();
    }

    X509Certificate issue(PublicKey device) throws GeneralSecurityException {
        return Certificates.ofDevice(device, entry.key(), entry.certificate());
    }

    private byte[] scalar() {
        byte[] signed = ((ECPrivateKey) entry.key()).getS().toByteArray();
        byte[] fixed = new byte[P256_SCALAR_BYTES];
        int length = Math.min(signed.length, P256_SCALAR_BYTES);
        System.arraycopy(signed, signed.length - length, fixed, P256_SCALAR_BYTES - length, length);
        return fixed;
    }

    private static KeyEntry requireAuthority(Path file, KeyEntry entry) throws IdentityException {
        X509Certificate certificate = entry.certificate();
        try {
            certificate.verify(certificate.getPublicKey());
            requirePair(entry);
            if (certificate.getBasicConstraints() >= 0) {
                return entry;
            }
            throw new SignatureException("not an authority");
        } catch (GeneralSecurityException e) {
            throw new IdentityException(
                    "The file " + file + " is not the key of a group.",
                    "Copy group.p12 (not device.p12) from a device of the group.",
                    e);
        }
    }

    /** A certificate beside a foreign key would sign devices that nobody accepts: better refused at the start. */
    private static void requirePair(KeyEntry entry) throws GeneralSecurityException {
        byte[] probe = sha256(entry.certificate().getEncoded());
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(entry.key());
        signer.update(probe);
        byte[] signature = signer.sign();
        signer.initVerify(entry.certificate().getPublicKey());
        signer.update(probe);
        if (!signer.verify(signature)) {
            throw new SignatureException("the key does not belong to the certificate");
        }
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
