package io.lanyard.daemon.security;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes P-256 keys and the two kinds of certificate: the group's own, which signs, and a device's, which only
 * authenticates.
 *
 * <p>Their dates say nothing. They run from 1970 to 9999 ("no well-defined expiration", RFC 5280, 4.1.2.5), because a
 * workstation whose clock is years wrong must still be let in; who belongs is decided by keys, not by dates.
 */
final class Certificates {
    static final String GROUP_SUBJECT = "CN=Lanyard group";
    private static final String DEVICE_SUBJECT = "CN=Lanyard device";
    private static final Date NOT_BEFORE = Date.from(Instant.EPOCH);
    private static final Date NOT_AFTER = Date.from(Instant.parse("9999-12-31T23:59:59Z"));
    private static final int SERIAL_BITS = 127;

    private Certificates() {}

    static KeyPair newKeyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static X509Certificate ofGroup(KeyPair group) throws GeneralSecurityException {
        X509v3CertificateBuilder builder = builder(GROUP_SUBJECT, GROUP_SUBJECT, group.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(group.getPublic()));
        } catch (CertIOException e) {
            throw new GeneralSecurityException("cannot encode the group's certificate", e);
        }
        return sign(builder, group.getPrivate());
    }

    static X509Certificate ofDevice(PublicKey device, PrivateKey groupKey, X509Certificate groupCertificate)
            throws GeneralSecurityException {
        X509v3CertificateBuilder builder = builder(GROUP_SUBJECT, DEVICE_SUBJECT, device);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(groupCertificate.getPublicKey()));
        } catch (CertIOException e) {
            throw new GeneralSecurityException("cannot encode a device's certificate", e);
        }
        return sign(builder, groupKey);
    }

    private static X509v3CertificateBuilder builder(String issuer, String subject, PublicKey key) {
        BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0);
        return new JcaX509v3CertificateBuilder(
                new X500Name(issuer), serial, NOT_BEFORE, NOT_AFTER, new X500Name(subject), key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("cannot sign a certificate", e);
        }
    }
}
