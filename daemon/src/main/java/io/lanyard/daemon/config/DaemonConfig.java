package io.lanyard.daemon.config;

import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.node.HistoryLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a daemon is told at its start.
 *
 * @param home where its files are; made if it is not there
 * @param api the loopback port of the API, and how much of it each token may use
 * @param bind the address or the name of the interface for the cluster; empty to choose
 * @param port the TCP port for the cluster, or a free one after it; 0 for any free one
 * @param peers where to look for other daemons besides multicast
 * @param name this device's name for people; empty for the host's name
 * @param history how much of the past of documents is kept
 * @param site an app whose files are served; empty for none
 */
public record DaemonConfig(
        Path home,
        ApiSettings api,
        Optional<String> bind,
        int port,
        List<PeerAddress> peers,
        Optional<String> name,
        HistoryLimits history,
        Optional<Site> site) {

    /**
     * An app whose files are served on this machine.
     *
     * @param directory where they are
     * @param port the loopback port; 0 for any free one
     */
    public record Site(Path directory, int port) {}

    /** The API's port when none is given. */
    public static final int DEFAULT_API_PORT = ApiSettings.DEFAULT_PORT;

    /** Copies the list. */
    public DaemonConfig {
        peers = List.copyOf(peers);
    }

    /** Makes the configuration of a daemon whose API is told nothing but its port. */
    public DaemonConfig(
            Path home, int apiPort, Optional<String> bind, int port, List<PeerAddress> peers, Optional<String> name) {
        this(home, ApiSettings.on(apiPort), bind, port, peers, name);
    }

    /** Makes the configuration of a daemon that keeps as much of the past as usual, and serves no app. */
    public DaemonConfig(
            Path home,
            ApiSettings api,
            Optional<String> bind,
            int port,
            List<PeerAddress> peers,
            Optional<String> name) {
        this(home, api, bind, port, peers, name, HistoryLimits.USUAL, Optional.empty());
    }

    /** Returns the configuration of a daemon that was told nothing but where its files are. */
    public static DaemonConfig in(Path home) {
        return new DaemonConfig(
                home, DEFAULT_API_PORT, Optional.empty(), ClusterSettings.DEFAULT_PORT, List.of(), Optional.empty());
    }

    /** Returns what of this is for the cluster. */
    public ClusterSettings cluster() {
        ClusterSettings settings = ClusterSettings.defaults().withPort(port).withPeers(peers);
        return bind.map(settings::withBind).orElse(settings);
    }
}
