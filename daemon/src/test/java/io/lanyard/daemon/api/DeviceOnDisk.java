package io.lanyard.daemon.api;

import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MapDbStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real replica with a real store, alone, and its API, open before each test; it can be closed and opened again. */
public final class DeviceOnDisk implements BeforeEachCallback, AfterEachCallback {

    private Path home;
    private MapDbStore store;
    private InMemoryCluster cluster;
    private ReplicaNode node;

    /** Its API, another one after each opening. */
    public ApiFixture api;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        home = Files.createTempDirectory("lanyard-device");
        open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void open() throws Exception {
        store = MapDbStore.open(home.resolve("store"));
        cluster = new LoopbackNetwork().newCluster();
        node = ReplicaNode.start(store, cluster, new Device("d1", "till"), new SecureRandom());
        api = new ApiFixture(node, home);
    }

    /** Closes and opens it; {@link #api} is another one then. */
    public void restart() throws Exception {
        close();
        open();
    }

    private void close() throws IOException {
        api.close();
        cluster.close();
        node.close();
        store.close();
    }
}
