package io.lanyard.daemon.security;

import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** TLS as an attacker speaks it: trusts everybody, and shows whatever he has. */
public final class RogueTls {
    private RogueTls() {}

    /** Shows no certificate. */
    public static SSLContext withoutCertificate() throws Exception {
        return context(null);
    }

    /** Shows a certificate for a key of its own, signed by that. */
    public static SSLContext selfSigned() throws Exception {
        KeyPair pair = Certificates.newKeyPair();
        X500Name name = new X500Name(Certificates.ISSUER);
        Instant now = Instant.now();
        X509Certificate certificate = new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                java.math.BigInteger.ONE,
                                Date.from(now.minus(Duration.ofDays(1))),
                                Date.from(now.plus(Duration.ofDays(1))),
                                name,
                                pair.getPublic())
                        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        return context(new KeyEntry(pair.getPrivate(), List.of(certificate)));
    }

    /** Shows what the device of {@code home} shows: a member, one of another group, or one that was revoked. */
    public static SSLContext of(Path home) throws Exception {
        return context(keyOf(home));
    }

    /** Shows a certificate of the device of {@code home} that ran out three years ago, signed by the admin it is from. */
    public static SSLContext expired(Path home, Path adminHome) throws Exception {
        KeyEntry device = keyOf(home);
        X509Certificate old = Certificates.ofDevice(
                AdmissionPath.in(device.certificate()),
                keyOf(adminHome).key(),
                Date.from(Instant.now().minus(Duration.ofDays(3 * 365))));
        return context(new KeyEntry(device.key(), List.of(old)));
    }

    private static KeyEntry keyOf(Path home) throws IdentityException {
        return KeyEntry.read(home.resolve(DeviceIdentity.FILE_NAME)).orElseThrow();
    }

    private static SSLContext context(KeyEntry shown) throws Exception {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        KeyManagerFactory keys = null;
        if (shown != null) {
            keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            KeyStore store = shown.toKeyStore();
            keys.init(store, KeyEntry.password());
        }
        context.init(keys == null ? null : keys.getKeyManagers(), new TrustManager[] {new TrustsEverybody()}, null);
        return context;
    }
}
