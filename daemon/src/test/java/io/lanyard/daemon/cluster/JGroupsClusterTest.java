package io.lanyard.daemon.cluster;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The real cluster on 127.0.0.1: several daemons on one machine. */
class JGroupsClusterTest extends ClusterContract {
    @TempDir
    Path directory;

    private TestGroups group;
    private ClusterSettings settings;

    @BeforeEach
    void makeGroup() throws Exception {
        group = new TestGroups(directory);
        settings = ClusterSettings.defaults().withBind("127.0.0.1").withPort(0).withMulticastPort(FreePorts.udp());
    }

    @Override
    Cluster newCluster() throws Exception {
        return new JGroupsCluster(settings, group.newDevice());
    }
}
