package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;

/**
 * How a device came into its group: the founding, and the admissions from the founder down to it, each by the device
 * before. It stands in an extension of the device's certificate, so that a member that has not heard of the device yet
 * can let it in. Signatures are not checked here.
 *
 * @param statements the founding first
 * @param device the key of the device at its end
 * @param issuer the key of the device that admitted it; the founder's own for the founder
 */
record AdmissionPath(List<SignedStatement> statements, PublicKey device, PublicKey issuer) {
    /** The extension's name: 2.25 and a random UUID (ITU-T X.667), which is nobody else's. */
    static final String OID = "2.25.283308921815341835359388940332355036467";

    /** How many statements there may be, the founding included. */
    static final int MAX_LENGTH = 24;

    AdmissionPath {
        statements = List.copyOf(statements);
    }

    /**
     * Reads a path.
     *
     * @throws MalformedStatementException if these are not a founding and admissions each by the device before
     */
    static AdmissionPath of(List<SignedStatement> statements) throws MalformedStatementException {
        if (statements.isEmpty() || !(statements.get(0).statement() instanceof Founding founding)) {
            throw new MalformedStatementException("it does not begin with a founding");
        }
        PublicKey device = founding.founder();
        PublicKey issuer = device;
        for (SignedStatement next : statements.subList(1, statements.size())) {
            if (!(next.statement() instanceof Admission admission)
                    || !admission.issuer().equals(DeviceIdentity.idOf(device))
                    || !admission.group().equals(statements.get(0).group())) {
                throw new MalformedStatementException("its admissions do not follow from each other");
            }
            issuer = device;
            device = admission.device();
        }
        return new AdmissionPath(statements, device, issuer);
    }

    /**
     * Reads the path that a certificate carries.
     *
     * @throws CertificateException if it carries none
     */
    static AdmissionPath in(X509Certificate certificate) throws CertificateException {
        byte[] extension = certificate.getExtensionValue(OID);
        if (extension == null) {
            throw new CertificateException("its certificate is none of Lanyard's");
        }
        try {
            byte[] content = ASN1OctetString.getInstance(extension).getOctets();
            return of(SignedStatement.decodeAll(content, MAX_LENGTH));
        } catch (MalformedStatementException | IllegalArgumentException e) {
            throw new CertificateException("its certificate does not say how it was admitted: " + e.getMessage(), e);
        }
    }

    SignedStatement founding() {
        return statements.get(0);
    }

    String deviceId() {
        return DeviceIdentity.idOf(device);
    }

    byte[] encode() {
        return SignedStatement.encodeAll(statements);
    }
}
