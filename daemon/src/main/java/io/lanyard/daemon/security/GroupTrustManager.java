package io.lanyard.daemon.security;

import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
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

/**
 * Accepts a peer exactly when its certificate was issued by this group's key for a device. No host names are looked at:
 * a device is its key, wherever it is.
 *
 * <p>Dates are looked at leniently: a certificate counts as valid from {@link #CLOCK_TOLERANCE} before its first moment
 * until as long after its last, so that a workstation with a wrong clock stays in. Ours run from 1970 to 9999 anyway.
 *
 * <p>The one place where a peer is let in or turned away: rules about single devices belong here.
 */
final class GroupTrustManager extends X509ExtendedTrustManager {
    static final Duration CLOCK_TOLERANCE = Duration.ofDays(2 * 365);
    private static final Set<String> PURPOSES = Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");

    private final X509Certificate group;
    private final PeerRefusal refusal;
    private final InstantSource clock;

    GroupTrustManager(X509Certificate group, PeerRefusal refusal, InstantSource clock) {
        this.group = group;
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
            requireIssuedByGroup(chain[0]);
            requireDevice(chain[0]);
        } catch (CertificateException e) {
            if (address != null) {
                refusal.refused(address, e.getMessage(), otherGroup(chain));
            }
            throw e;
        }
    }

    private void requireIssuedByGroup(X509Certificate device) throws CertificateException {
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(group, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(lenientDate(device));
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(device)), parameters);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("its certificate was not issued by this group", e);
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

    /** A device shows its group's certificate behind its own: what says which other group a stranger belongs to. */
    private String otherGroup(X509Certificate[] chain) {
        if (chain == null || chain.length < 2) {
            return null;
        }
        X509Certificate authority = chain[chain.length - 1];
        boolean lanyard = Certificates.GROUP_SUBJECT.equals(
                authority.getSubjectX500Principal().getName());
        boolean other = !authority.getPublicKey().equals(group.getPublicKey());
        return lanyard && other ? GroupKey.nameOf(authority.getPublicKey()) : null;
    }
}
