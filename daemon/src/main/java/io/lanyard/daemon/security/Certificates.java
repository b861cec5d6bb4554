package io.lanyard.daemon.security;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes P-256 keys and the certificate of a device: signed by the admin that admitted it, the founder's by itself. It
 * only authenticates, and carries its {@link AdmissionPath}.
 *
 * <p>Its dates say nothing. They run from 1970 to 9999 ("no well-defined expiration", RFC 5280, 4.1.2.5), because a
 * workstation whose clock is years wrong must still be let in; who belongs is decided by statements, not by dates.
 */
final class Certificates {
    static final String ISSUER = "CN=Lanyard admin";
    private static final String SUBJECT = "CN=Lanyard device";
    private static final Date NOT_BEFORE = Date.from(Instant.EPOCH);
    private static final Date NOT_AFTER = Date.from(Instant.parse("9999-12-31T23:59:59Z"));
    private static final int SERIAL_BITS = 127;

    private Certificates() {}

    static KeyPair newKeyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static X509Certificate ofDevice(AdmissionPath path, PrivateKey issuer) throws GeneralSecurityException {
        return ofDevice(path, issuer, NOT_AFTER);
    }

    static X509Certificate ofDevice(AdmissionPath path, PrivateKey issuer, Date notAfter)
            throws GeneralSecurityException {
        BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0);
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name(ISSUER), serial, NOT_BEFORE, notAfter, new X500Name(SUBJECT), path.device());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            builder.addExtension(new Extension(new ASN1ObjectIdentifier(AdmissionPath.OID), false, path.encode()));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer)));
        } catch (CertIOException | OperatorCreationException e) {
            throw new GeneralSecurityException("cannot make a device's certificate", e);
        }
    }
}
