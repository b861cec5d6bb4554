package io.lanyard.daemon.lan;

import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.ClusterStatus;
import io.lanyard.daemon.cluster.JGroupsCluster;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.security.Deserialization;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A cluster without a daemon around it, in a process of its own: {@code HOME [PEER...]}. Says {@code members N} and
 * {@code received TEXT} as it happens; broadcasts each line it is given, and answers {@code ?} by {@code status …},
 * {@code #} by {@code counted …} what it turned away, and {@code heap} by {@code heap BYTES}. {@code off} and
 * {@code on} pull its cable and plug it.
 */
public final class ClusterPeerMain {
    private ClusterPeerMain() {}

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws Exception {
        Deserialization.refuse();
        Path home = Path.of(arguments[0]);
        PrivateFiles.prepareHome(home);
        ClusterSettings settings = ClusterSettings.defaults()
                .withPeers(Stream.of(arguments).skip(1).map(PeerAddress::parse).toList());
        DeviceIdentity identity = GroupHome.openOrCreate(home, "peer").identity();
        try (Cluster cluster = new JGroupsCluster(settings, identity)) {
            cluster.start(new Speaker());
            say("started");
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                if (line.equals("?")) {
                    sayStatus(cluster.status());
                } else if (line.equals("#")) {
                    ClusterStatus.Counters counters = cluster.status().counters();
                    say("counted peers=" + counters.peersRefused() + " strangers=" + counters.strangersHungUp()
                            + " discovery=" + counters.forged() + " senders=" + counters.sendersRefused());
                } else if (line.equals("heap")) {
                    System.gc();
                    say("heap "
                            + (Runtime.getRuntime().totalMemory()
                                    - Runtime.getRuntime().freeMemory()));
                } else if (line.equals("off")) {
                    cluster.disconnect();
                } else if (line.equals("on")) {
                    cluster.connect();
                } else {
                    cluster.broadcast(line.getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    }

    private static void sayStatus(ClusterStatus status) {
        say("status " + status.state() + " " + status.address().orElse("-") + " rebuilt "
                + status.counters().channelsRebuilt() + " threads " + Thread.activeCount() + " "
                + String.join(
                        " ",
                        status.otherGroups().stream()
                                .map(ClusterStatus.OtherGroup::sentence)
                                .toList()));
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }

    private static final class Speaker implements Cluster.Listener {
        @Override
        public void received(MemberId from, byte[] message) {
            say("received " + new String(message, StandardCharsets.UTF_8));
        }

        @Override
        public void membersChanged(Set<MemberId> others) {
            say("members " + others.size());
        }
    }
}
