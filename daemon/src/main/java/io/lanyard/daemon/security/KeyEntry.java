package io.lanyard.daemon.security;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One private key with its certificate chain, as a PKCS#12 file keeps it.
 *
 * <p>The password is fixed and public. A daemon that starts unattended would have to keep a secret one beside the file,
 * where whoever can read the one can read the other; what protects the key is the file's mode (0600, checked on every
 * read). A password is given at all only because some PKCS#12 tools refuse a file without one.
 *
 * @param key a P-256 private key
 * @param chain its certificate first, then the issuers; never empty
 */
record KeyEntry(PrivateKey key, List<X509Certificate> chain) {
    private static final int MAX_FILE_BYTES = 64 * 1024;
    private static final String ALIAS = "lanyard";

    KeyEntry {
        chain = List.copyOf(chain);
    }

    /** The public password of every key file; see the class comment. */
    static char[] password() {
        return "lanyard".toCharArray();
    }

    X509Certificate certificate() {
        return chain.get(0);
    }

    /** Returns the file's key, or empty if there is no such file. */
    static Optional<KeyEntry> read(Path file) throws IdentityException {
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(content.get()), password());
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    return Optional.of(entry(file, store, alias));
                }
            }
            throw damaged(file, "it holds no private key", null);
        } catch (GeneralSecurityException | IOException e) {
            throw damaged(file, "it is no PKCS#12 file made by lanyard", e);
        }
    }

    private static KeyEntry entry(Path file, KeyStore store, String alias)
            throws GeneralSecurityException, IdentityException {
        Key key = store.getKey(alias, password());
        if (!(key instanceof ECPrivateKey privateKey)) {
            throw damaged(file, "its key is not an elliptic-curve key", null);
        }
        List<X509Certificate> chain = new ArrayList<>();
        Certificate[] stored = store.getCertificateChain(alias);
        for (Certificate certificate : stored == null ? new Certificate[0] : stored) {
            if (certificate instanceof X509Certificate x509) {
                chain.add(x509);
            }
        }
        if (chain.isEmpty()) {
            throw damaged(file, "it holds no certificate", null);
        }
        return new KeyEntry(privateKey, chain);
    }

    KeyPair pair() {
        return new KeyPair(certificate().getPublicKey(), key);
    }

    /** A certificate beside a foreign key would sign what nobody believes: better refused at the start. */
    void requirePair() throws GeneralSecurityException {
        byte[] probe = EllipticKeys.sha256(certificate().getEncoded());
        if (!EllipticKeys.isOurs(certificate().getPublicKey())
                || !EllipticKeys.isSigned(certificate().getPublicKey(), probe, EllipticKeys.sign(key, probe))) {
            throw new SignatureException("the key does not belong to the certificate");
        }
    }

    void write(Path file) throws IdentityException {
        PrivateFiles.write(file, encode());
    }

    /** Returns the bytes of the file. */
    byte[] encode() {
        try {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            toKeyStore().store(content, password());
            return content.toByteArray();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot write PKCS#12", e);
        }
    }

    KeyStore toKeyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(ALIAS, key, password(), chain.toArray(new Certificate[0]));
        return store;
    }

    private static IdentityException damaged(Path file, String reason, Exception cause) {
        return new IdentityException(
                "The key file " + file + " cannot be used: " + reason + ".",
                "Restore it from a backup of this device. Without one, move it away and run 'lanyard identity new': the"
                        + " documents stay, and an admin's device has to invite this one again.",
                cause);
    }
}
