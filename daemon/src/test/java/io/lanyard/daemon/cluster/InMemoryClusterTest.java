package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** The cluster that other tests stand on keeps the same promises as the real one. */
class InMemoryClusterTest extends ClusterContract {
    private final LoopbackNetwork network = new LoopbackNetwork();

    @Override
    Cluster newCluster() {
        return network.newCluster();
    }

    @Test
    void cut_thenHeal_losesAndFindsTheOther() {
        InMemoryCluster one = network.newCluster();
        InMemoryCluster other = network.newCluster();
        RecordingListener heardByOne = new RecordingListener();
        RecordingListener heardByOther = new RecordingListener();
        one.start(heardByOne);
        other.start(heardByOther);
        heardByOne.awaitMembers(1);
        network.cut(one, other);
        heardByOne.awaitMembers(0);
        heardByOther.awaitMembers(0);
        one.broadcast(bytes("lost"));
        network.heal();
        heardByOther.awaitMembers(1);
        one.broadcast(bytes("found"));
        assertEquals(1, heardByOther.awaitMessages(1).size());
        assertEquals(Set.of(other.memberId()), heardByOne.awaitMembers(1));
        one.close();
        other.close();
    }
}
