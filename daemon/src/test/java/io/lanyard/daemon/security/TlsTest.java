package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets through the handshake, and who does not. */
class TlsTest {
    private static final PeerRefusal IGNORE = (address, reason, otherGroup) -> {};

    private record Refused(String address, String reason, String otherGroup) {}

    @TempDir
    Path directory;

    private DeviceIdentity server;
    private final List<Refused> refused = new CopyOnWriteArrayList<>();

    @BeforeEach
    void makeServer() throws Exception {
        server = device("server", null);
    }

    private DeviceIdentity device(String name, String groupOf) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        if (groupOf != null) {
            GroupHome.admitOffline(directory.resolve(groupOf), home, name, Role.MEMBER);
        }
        return GroupHome.openOrCreate(home, name).identity();
    }

    /** Lets {@code client} say one byte to the server; returns what the server read, or throws what it met. */
    private int say(SSLContext client) throws Exception {
        SSLContext context = server.newTlsContext((address, reason, otherGroup) ->
                refused.add(new Refused(address.getHostAddress(), reason, otherGroup)));
        try (SSLServerSocket listening = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listening.setNeedClientAuth(true);
            listening.setEnabledProtocols(new String[] {"TLSv1.3"});
            CompletableFuture<Integer> heard = CompletableFuture.supplyAsync(() -> {
                try (Socket accepted = listening.accept()) {
                    accepted.setSoTimeout(10_000);
                    return accepted.getInputStream().read();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (SSLSocket socket = (SSLSocket) client.getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
                socket.startHandshake();
                socket.getOutputStream().write(42);
            } finally {
                heard.handle((value, failure) -> value).get(20, TimeUnit.SECONDS);
            }
            return heard.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause().getCause();
        }
    }

    @Test
    void handshake_memberOfTheGroup_getsThrough() throws Exception {
        assertEquals(42, say(device("member", "server").newTlsContext(IGNORE)));
        assertEquals(List.of(), refused);
    }

    @Test
    void handshake_deviceOfAnotherGroup_isRefusedByBothSides() throws Exception {
        DeviceIdentity stranger = device("stranger", null);
        List<Refused> refusedByStranger = new CopyOnWriteArrayList<>();
        SSLContext context = stranger.newTlsContext((address, reason, otherGroup) ->
                refusedByStranger.add(new Refused(address.getHostAddress(), reason, otherGroup)));
        assertThrows(IOException.class, () -> say(context));
        assertEquals(server.groupName(), refusedByStranger.get(0).otherGroup());

        KeyEntry strangersKey = KeyEntry.read(directory.resolve("stranger").resolve("device.p12"))
                .orElseThrow();
        assertThrows(IOException.class, () -> say(trustingEverybody(strangersKey)));
        assertEquals(1, refused.size());
        assertEquals(stranger.groupName(), refused.get(0).otherGroup());
        assertEquals("127.0.0.1", refused.get(0).address());
    }

    @Test
    void handshake_noCertificate_isRefused() throws Exception {
        assertThrows(IOException.class, () -> say(trustingEverybody(null)));
    }

    @Test
    void handshake_memberThatTheServerHasNotHeardOf_isTakenIntoItsBook() throws Exception {
        DeviceIdentity late = device("late", "server");
        assertFalse(server.book().isMember(late.id()), "the server knows already");
        assertEquals(42, say(late.newTlsContext(IGNORE)));
        assertTrue(server.book().isMember(late.id()));
        assertTrue(GroupHome.openOrCreate(directory.resolve("server"), "server")
                .book()
                .isMember(late.id()));
    }

    @Test
    void handshake_revokedDevice_isRefused() throws Exception {
        DeviceIdentity lost = device("lost", "server");
        GroupHome home = GroupHome.openOrCreate(directory.resolve("server"), "server");
        home.revoke(lost.id());
        server = home.identity();
        assertThrows(IOException.class, () -> say(lost.newTlsContext(IGNORE)));
        assertEquals("its device was revoked", refused.get(0).reason());
        assertEquals(null, refused.get(0).otherGroup());
    }

    @Test
    void checkTrusted_whatIsNoMembersCertificate_isRefused() throws Exception {
        DeviceIdentity member = device("member", "server");
        AdmissionPath good = AdmissionPath.in(member.certificate());
        AdmissionPath founders = AdmissionPath.in(server.certificate());
        KeyPair forger = Certificates.newKeyPair();
        AdmissionPath forged = AdmissionPath.of(List.of(
                good.statements().get(0),
                SignedStatement.sign(
                        new Statement.Admission(
                                server.book().groupId(),
                                server.id(),
                                Statement.NONE,
                                forger.getPublic(),
                                Role.ADMIN,
                                "x"),
                        forger.getPrivate())));
        KeyEntry serverKey = server.entry();
        assertRefused("was not issued by", Certificates.ofDevice(good, forger.getPrivate()));
        assertRefused("is no member", Certificates.ofDevice(forged, serverKey.key()));
        assertRefused("another key", aboutAnotherKey(good, forger, serverKey));
        assertRefused("has expired", Certificates.ofDevice(good, serverKey.key(), new Date(0)));
        assertRefused("is none of Lanyard's", withoutPath(forger));
        GroupTrustManager trust = new GroupTrustManager(server.book(), IGNORE, InstantSource.system());
        assertThrows(CertificateException.class, () -> trust.checkServerTrusted(new X509Certificate[0], "UNKNOWN"));
        trust.checkClientTrusted(new X509Certificate[] {Certificates.ofDevice(founders, serverKey.key())}, "UNKNOWN");
        assertEquals(0, trust.getAcceptedIssuers().length);
        assertEquals(1, server.book().members().size(), "a refused path was taken into the book");
    }

    private void assertRefused(String reason, X509Certificate certificate) {
        GroupTrustManager trust = new GroupTrustManager(server.book(), IGNORE, InstantSource.system());
        CertificateException refusal = assertThrows(
                CertificateException.class,
                () -> trust.checkClientTrusted(new X509Certificate[] {certificate}, "UNKNOWN"));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    private static X509Certificate aboutAnotherKey(AdmissionPath path, KeyPair other, KeyEntry issuer)
            throws Exception {
        return Certificates.ofDevice(
                new AdmissionPath(path.statements(), other.getPublic(), path.issuer()), issuer.key());
    }

    private static X509Certificate withoutPath(KeyPair key) throws Exception {
        X500Name name = new X500Name(Certificates.ISSUER);
        return new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.ONE,
                                new Date(0),
                                new Date(Long.MAX_VALUE / 1_000_000),
                                name,
                                key.getPublic())
                        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    }

    @Test
    void checkTrusted_clockYearsWrong_stillLetsMembersIn() throws Exception {
        X509Certificate certificate = device("member", "server").certificate();
        for (Instant now : List.of(
                Instant.EPOCH.minus(Duration.ofDays(300)),
                Instant.EPOCH,
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("9000-01-01T00:00:00Z"))) {
            new GroupTrustManager(server.book(), IGNORE, InstantSource.fixed(now))
                    .checkClientTrusted(new X509Certificate[] {certificate}, "UNKNOWN");
        }
        Instant absurd = Instant.EPOCH.minus(GroupTrustManager.CLOCK_TOLERANCE).minus(Duration.ofDays(1));
        assertThrows(
                CertificateException.class,
                () -> new GroupTrustManager(server.book(), IGNORE, InstantSource.fixed(absurd))
                        .checkClientTrusted(new X509Certificate[] {certificate}, "UNKNOWN"));
    }

    @Test
    void newTlsContext_twice_doesNotResumeLongSessions() {
        SSLContext context = server.newTlsContext(IGNORE);
        assertTrue(context.getServerSessionContext().getSessionTimeout() <= 1);
        assertTrue(context.getClientSessionContext().getSessionTimeout() <= 1);
    }

    private static SSLContext trustingEverybody(KeyEntry entry) throws Exception {
        KeyManager[] keys = null;
        if (entry != null) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(entry.toKeyStore(), KeyEntry.password());
            keys = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, new TrustManager[] {new TrustsEverybody()}, null);
        return context;
    }
}
