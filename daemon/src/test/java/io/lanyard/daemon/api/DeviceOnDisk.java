package io.lanyard.daemon.api;

import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MapDbStore;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;

/** A real replica with a real store, alone, and its API; it can be closed and opened again. */
public final class DeviceOnDisk implements AutoCloseable {

    private final Path home;
    private MapDbStore store;
    private InMemoryCluster cluster;
    private ReplicaNode node;

    /** Its API, another one after each opening. */
    public ApiFixture api;

    /** Opens it. */
    public DeviceOnDisk(Path home) throws Exception {
        this.home = home;
        open();
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

    @Override
    public void close() throws IOException {
        api.close();
        cluster.close();
        node.close();
        store.close();
    }
}
