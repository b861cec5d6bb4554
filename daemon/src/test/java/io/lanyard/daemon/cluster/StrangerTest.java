package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.TrustsEverybody;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.jgroups.JChannel;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Strangers who know the address and the group's name, and lack the key. */
class StrangerTest {
    @TempDir
    Path directory;

    private DeviceIdentity identity;
    private JGroupsCluster cluster;
    private PeerAddress address;
    private final RecordingListener heard = new RecordingListener();

    @BeforeEach
    void startCluster() throws Exception {
        identity = new TestGroups(directory).newDevice();
        cluster = new JGroupsCluster(
                ClusterSettings.defaults()
                        .withBind("127.0.0.1")
                        .withPort(FreePorts.tcp())
                        .withoutMulticast(),
                identity);
        cluster.start(heard);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> cluster.status().address().isPresent());
        address = PeerAddress.parse(cluster.status().address().orElseThrow());
    }

    @AfterEach
    void closeCluster() {
        cluster.close();
    }

    @Test
    void join_withJGroupsInPlaintext_staysOutside() throws Exception {
        TCP transport = new TCP();
        transport.setBindAddress(InetAddress.getByName("127.0.0.1"));
        transport.setBindPort(FreePorts.tcp());
        TCPPING discovery = new TCPPING();
        discovery.setInitialHosts2(List.of(new IpAddress(address.host(), address.port())));
        try (JChannel stranger = new JChannel(
                transport,
                discovery,
                new NAKACK2().useMcastXmit(false),
                new UNICAST3(),
                new GMS().printLocalAddress(false).setJoinTimeout(2_000))) {
            stranger.connect(identity.groupName());
            assertEquals(1, stranger.getView().size());
            assertEquals(Set.of(), heard.members());
        }
    }

    @Test
    void connect_withoutCertificate_isHungUpOn() throws Exception {
        assertThrows(SSLException.class, () -> read("TLSv1.3"));
    }

    @Test
    void connect_withOlderTls_isHungUpOn() throws Exception {
        assertThrows(SSLException.class, () -> read("TLSv1.2"));
    }

    private void read(String protocol) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress(address.host(), address.port()));
            socket.startHandshake();
            // Nothing is written: a reset would overtake the alert that says why.
            socket.getInputStream().read();
        }
    }
}
