package io.lanyard.daemon.security;

import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts a peer exactly when its device is a member of this group now. Its certificate says how it was admitted; what
 * the member book does not know of that yet is taken into it, if it counts. No host names are looked at: a device is its
 * key, wherever it is.
 *
 * <p>Dates are looked at leniently: a certificate counts as valid from {@link #CLOCK_TOLERANCE} before its first moment
 * until as long after its last, so that a workstation with a wrong clock stays in. Ours run from 1970 to 9999 anyway.
 *
 * <p>The one place where a peer is let in or turned away: rules about single devices belong here.
 */
final class GroupTrustManager extends X509ExtendedTrustManager {
    static final Duration CLOCK_TOLERANCE = Duration.ofDays(2 * 365);
    private static final Logger LOG = LoggerFactory.getLogger(GroupTrustManager.class);
    private static final Set<String> PURPOSES = Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");

    private final MemberBook book;
    private final PeerRefusal refusal;
    private final InstantSource clock;

    GroupTrustManager(MemberBook book, PeerRefusal refusal, InstantSource clock) {
        this.book = book;
        this.refusal = refusal;
        this.clock = clock;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, socket == null ? null : socket.getInetAddress());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, socket == null ? null : socket.getInetAddress());
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, null);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, null);
    }

    /** Names no issuer: an outsider who asks learns nothing of the group from the handshake. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    private void check(X509Certificate[] chain, InetAddress address) throws CertificateException {
        try {
            if (chain == null || chain.length == 0) {
                throw new CertificateException("it showed no certificate");
            }
            AdmissionPath path = AdmissionPath.in(chain[0]);
            if (!path.founding().equals(book.founding())) {
                throw new CertificateException("it belongs to another group");
            }
            requireIssued(chain[0], path);
            requireDevice(chain[0]);
            requireMember(path);
        } catch (CertificateException e) {
            if (address != null) {
                refusal.refused(address, e.getMessage(), otherGroup(chain));
            }
            throw e;
        }
    }

    private void requireIssued(X509Certificate device, AdmissionPath path) throws CertificateException {
        try {
            if (!device.getPublicKey().equals(path.device())) {
                throw new CertificateException("its certificate is about another key");
            }
            TrustAnchor issuer = new TrustAnchor(new X500Principal(Certificates.ISSUER), path.issuer(), null);
            PKIXParameters parameters = new PKIXParameters(Set.of(issuer));
            parameters.setRevocationEnabled(false);
            parameters.setDate(lenientDate(device));
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(device)), parameters);
        } catch (CertPathValidatorException e) {
            String reason = e.getReason() == CertPathValidatorException.BasicReason.EXPIRED
                    ? "its certificate has expired"
                    : "its certificate was not issued by whom it names";
            throw new CertificateException(reason, e);
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CertificateException("its certificate cannot be checked", e);
        }
    }

    private void requireMember(AdmissionPath path) throws CertificateException {
        String id = path.deviceId();
        if (book.isRevoked(id)) {
            throw new CertificateException("its device was revoked");
        }
        if (!book.admits(path.statements(), id)) {
            throw new CertificateException("its device is no member of this group");
        }
    }

    private Date lenientDate(X509Certificate device) {
        long now = clock.millis();
        long from = device.getNotBefore().getTime();
        long until = device.getNotAfter().getTime();
        long tolerance = CLOCK_TOLERANCE.toMillis();
        if (now < from && now >= from - tolerance) {
            return device.getNotBefore();
        }
        if (now > until && now <= until + tolerance) {
            return device.getNotAfter();
        }
        return new Date(now);
    }

    private static void requireDevice(X509Certificate device) throws CertificateException {
        boolean[] usage = device.getKeyUsage();
        List<String> purposes = device.getExtendedKeyUsage();
        boolean authenticates = usage != null && usage[0] && purposes != null && purposes.containsAll(PURPOSES);
        if (!authenticates || device.getBasicConstraints() >= 0) {
            throw new CertificateException("its certificate is not a device's");
        }
    }

    /** What a device shows says which group it belongs to; anybody could make it up, so it is only ever shown. */
    private String otherGroup(X509Certificate[] chain) {
        if (chain == null || chain.length == 0) {
            return null;
        }
        try {
            SignedStatement founding = AdmissionPath.in(chain[0]).founding();
            return founding.equals(book.founding()) ? null : MemberBook.networkName(founding);
        } catch (CertificateException e) {
            LOG.debug("a stranger's certificate names no group", e);
            return null;
        }
    }
}
