package io.lanyard.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.engine.Alteration;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import io.lanyard.daemon.store.MapDbStore;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real daemons with stores on disk, and {@code lanyard verify} as scripts use it. */
@Timeout(120)
class VerifyCommandTest {

    @TempDir
    private Path folder;

    private int[] ports;

    private Daemon start(String name) throws Exception {
        return Daemon.start(new DaemonConfig(
                folder.resolve(name),
                0,
                Optional.of("127.0.0.1"),
                ports[name.equals("till") ? 0 : 1],
                List.of(PeerAddress.parse("127.0.0.1:" + ports[0]), PeerAddress.parse("127.0.0.1:" + ports[1])),
                Optional.of(name)));
    }

    private Console at(String name) {
        return new Console(folder, Map.of("LANYARD_HOME", folder.resolve(name).toString()));
    }

    private void awaitInStep() {
        await().atMost(Duration.ofSeconds(40)).until(() -> isInStep("till") && isInStep("office"));
    }

    private boolean isInStep(String name) {
        Console console = at(name);
        return console.run("status") == 0 && console.out().contains("in step");
    }

    private static int[] freePorts() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        try (ServerSocket one = new ServerSocket(0, 1, loopback);
                ServerSocket other = new ServerSocket(0, 1, loopback)) {
            return new int[] {one.getLocalPort(), other.getLocalPort()};
        }
    }

    @Test
    void verify_andRepair_tellByTheirExitCodes() throws Exception {
        ports = freePorts();
        Console till = at("till");
        Console office = at("office");
        try (Daemon tillDaemon = start("till")) {
            assertEquals(0, till.run("verify"), till.err());
            assertTrue(till.err().contains("no other device is online"), till.err());
            Files.createDirectories(folder.resolve("office"));
            GroupHome.admitOffline(folder.resolve("till"), folder.resolve("office"), "office", Role.MEMBER);
            Daemon officeDaemon = start("office");
            try {
                assertEquals(0, till.run("put", "contact/ada", "{\"name\":\"Ada\"}"), till.err());
                assertEquals(0, till.run("put", "contact/bob", "{\"name\":\"Bob\"}"), till.err());
                awaitInStep();
                assertEquals(0, till.run("verify"), till.out());
                assertTrue(till.out().contains("same        office"), till.out());
            } finally {
                officeDaemon.close();
            }
            alter(folder.resolve("office").resolve("store"), new DocumentId("contact", "ada"));
            try (Daemon damaged = start("office")) {
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> till.run("peers") == 0 && till.out().contains("online"));
                await().atMost(Duration.ofSeconds(40)).until(() -> till.run("verify") == 8);
                assertTrue(till.out().contains("differs     office"), till.out());
                assertTrue(till.out().contains("contact/ada differs"), till.out());
                assertEquals(8, office.run("verify", "--json"));
                assertTrue(office.out().contains("\"documents\":[\"contact/ada\"]"), office.out());

                assertEquals(4, office.run("verify", "--repair", "--from", "cellar"), office.err());
                assertTrue(office.err().contains("no device 'cellar' is known"), office.err());
                assertEquals(0, office.run("verify", "--repair", "--from", "till"), office.out() + office.err());
                assertTrue(office.out().contains("1 document replaced by till's"), office.out());
                assertEquals(0, office.run("get", "contact/ada"));
                assertTrue(office.out().contains("Ada"), office.out());
                assertEquals(0, office.run("conflicts"));
                assertTrue(office.out().contains("altered"), office.out());
                assertEquals(0, till.run("verify"), till.out());
                awaitInStep();
                assertEquals(damaged.device().name(), "office");
            }
            assertEquals(tillDaemon.device().name(), "till");
        }
    }

    /** Changes what a store holds of a document; no checksum tells. */
    private static void alter(Path directory, DocumentId id) throws Exception {
        try (MapDbStore store = MapDbStore.open(directory)) {
            Alteration.inStore(store, id, new FieldPath("/name"), "\"altered\"");
        }
    }
}
