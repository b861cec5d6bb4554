package io.lanyard.daemon;

import io.lanyard.daemon.api.ApiServer;
import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.api.http.ApiPortInUseException;
import io.lanyard.daemon.api.http.PublicServer;
import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.JGroupsCluster;
import io.lanyard.daemon.cluster.MemberExchange;
import io.lanyard.daemon.config.DaemonConfig;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.metrics.Metrics;
import io.lanyard.daemon.metrics.PrometheusMeters;
import io.lanyard.daemon.node.NodeStatus.KnownDevice;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.security.Deserialization;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.store.MapDbStore;
import io.lanyard.daemon.store.StoreInUseException;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Watchdog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device's daemon: wires the floors together, the lowest first, and closes them the highest first.
 *
 * <p>It is up once the API answers. Finding other daemons goes on beside that, and may take as long as it likes.
 */
public final class Daemon implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final String API_FILE = "api";
    private static final String PUBLIC_FILE = "public";
    /** A peer that stopped reading holds up the sender until the cluster misses it, which takes up to ten seconds. */
    private static final long SENDER_LIMIT_MILLIS = 30_000;

    private static final long COMPACTION_LIMIT_MILLIS = 60_000;
    private static final long SCRUB_LIMIT_MILLIS = 60_000;

    private static final String STORE_DIRECTORY = "store";

    private final Deque<Part> parts = new ArrayDeque<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Cluster cluster;
    private ApiDoor door;
    private ApiServer api;
    private PublicServer site;
    private Device device;

    private Daemon() {}

    private record Part(String name, AutoCloseable closing) {}

    /**
     * Starts a daemon; it answers when this returns.
     *
     * @throws DaemonStartException if it cannot start; everything that was opened is closed again then
     */
    public static Daemon start(DaemonConfig config) throws DaemonStartException {
        Deserialization.refuse();
        Daemon daemon = new Daemon();
        try {
            daemon.open(config);
            return daemon;
        } catch (IdentityException e) {
            daemon.close();
            throw new DaemonStartException(e.getMessage(), e.hint(), e);
        } catch (StoreInUseException e) {
            daemon.close();
            throw new DaemonStartException(
                    "The home " + config.home() + " is in use by another daemon.",
                    "Stop that one, or start this one with another --home.",
                    e);
        } catch (ApiPortInUseException e) {
            daemon.close();
            throw new DaemonStartException(e.getMessage(), "", e);
        } catch (IOException e) {
            daemon.close();
            throw new DaemonStartException(
                    "The daemon cannot start in " + config.home() + ": " + e.getMessage() + ".", "", e);
        } catch (RuntimeException | Error e) {
            daemon.close();
            throw e;
        }
    }

    private void open(DaemonConfig config) throws IdentityException, IOException {
        Path home = config.home();
        PrivateFiles.prepareHome(home);
        PrometheusMeters meters = new PrometheusMeters();
        Optional<ApiPortInUseException> noPort = openDoor(config, meters);
        MapDbStore store = MapDbStore.open(home.resolve(STORE_DIRECTORY));
        parts.push(new Part("store", store));
        if (noPort.isPresent()) {
            throw noPort.get();
        }
        String name = config.name().orElseGet(Daemon::hostName);
        GroupHome group = GroupHome.openOrCreate(home, name);
        DeviceIdentity identity = group.identity();
        OwnerToken token = OwnerToken.openOrCreate(home);
        device = new Device(identity.id(), name);
        Watchdog watchdog = new Watchdog();
        KnownPeers known = new KnownPeers(home);
        ClusterSettings settings = config.cluster();
        JGroupsCluster network =
                new JGroupsCluster(settings, identity, watchdog.watch("cluster sender", SENDER_LIMIT_MILLIS));
        known.read().forEach(network::addPeer);
        MemberExchange members = new MemberExchange(network, group, version());
        cluster = members;
        ReplicaNode node =
                ReplicaNode.start(store, cluster, device, new SecureRandom(), watchdog, meters, config.history());
        store.scrubAtTimes(watchdog.watch("scrub of the store", SCRUB_LIMIT_MILLIS));
        store.compactWhenWorthIt(watchdog.watch("compaction of the store", COMPACTION_LIMIT_MILLIS));
        members.everyRound(() -> retireRevoked(group, node));
        watchdog.start();
        parts.push(new Part("watchdog", watchdog));
        parts.push(new Part("node", node));
        parts.push(new Part("cluster", cluster));
        GroupPairing pairing = GroupPairing.start(device, group, node, network, settings, known);
        parts.push(new Part("pairing", pairing));
        node.ended().whenComplete((nothing, failure) -> {
            if (failure == null) {
                ended.complete(null);
            } else {
                ended.completeExceptionally(failure);
            }
        });
        TokenBook tokens = TokenBook.openOrCreate(home, System::currentTimeMillis);
        api = ApiServer.start(
                door,
                config.api(),
                node,
                pairing,
                token,
                tokens,
                new Metrics(node, meters),
                meters,
                new GroupAccess(group, id -> id.equals(device.id()) ? Optional.of(version()) : members.versionOf(id)));
        parts.push(new Part("API", api));
        tellAddress(home.resolve(API_FILE), apiUrl());
        parts.push(new Part("API file", () -> Files.deleteIfExists(home.resolve(API_FILE))));
        if (config.site().isPresent()) {
            site = PublicServer.start(
                    config.site().get().port(), config.site().get().directory());
            parts.push(new Part("app's files", site));
            tellAddress(home.resolve(PUBLIC_FILE), site.uri().toString());
            parts.push(new Part("public file", () -> Files.deleteIfExists(home.resolve(PUBLIC_FILE))));
        }
        LOG.info("device {} ({}) is up at {}", device.name(), device.id(), apiUrl());
    }

    /** Who has the home in use is the better reason, where somebody has the port as well. */
    private Optional<ApiPortInUseException> openDoor(DaemonConfig config, Meters meters) throws IOException {
        try {
            door = ApiDoor.open(config.api(), meters);
            parts.push(new Part("port of the API", door));
            return Optional.empty();
        } catch (ApiPortInUseException e) {
            return Optional.of(e);
        }
    }

    /** A device that was revoked and hears that it is retired counts itself again, where it is not known yet. */
    private static void retireRevoked(GroupHome group, ReplicaNode node) {
        if (group.isAdmin()) {
            for (KnownDevice device : node.status().devices()) {
                if (!device.isRetired() && !device.isOnline() && group.book().isRevoked(device.id())) {
                    node.retire(device.id());
                }
            }
        }
    }

    private void tellAddress(Path file, String address) {
        try {
            PrivateFiles.write(file, (address + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IdentityException e) {
            // A disk that is full is no reason not to serve what is on it.
            LOG.warn("{} cannot be written ({}): it would say {}", file, e.toString(), address);
        }
    }

    /** Returns the address of the API, such as {@code http://127.0.0.1:7717/}. */
    public String apiUrl() {
        return api.uri().toString();
    }

    /** Returns the address of the app that is served, such as {@code http://127.0.0.1:7718/}; empty if there is none. */
    public Optional<String> publicUrl() {
        return Optional.ofNullable(site).map(one -> one.uri().toString());
    }

    /** Returns a code by which a browser signs in as the owner, once and within some minutes. */
    public String newCode() {
        return api.newCode();
    }

    /** Returns who this device is. */
    public Device device() {
        return device;
    }

    /** Returns a future that completes when the daemon's replica ended: exceptionally if it failed. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Pulls this device's own cable, as the demo does: it goes on reading and writing alone. */
    public void disconnect() {
        cluster.disconnect();
    }

    /** Plugs the cable in again. */
    public void connect() {
        cluster.connect();
    }

    /** Closes everything, the API first. What was acknowledged is on disk. Blocks until done; may be called twice. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closing().close();
            } catch (Exception e) {
                LOG.error("closing the {} failed", part.name(), e);
            }
        }
    }

    /** Returns the version that the jar's manifest names; classes outside a jar have none. */
    private static String version() {
        String version = Daemon.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    /** Returns the name of this computer, which a device is called by if nobody says otherwise. */
    public static String hostName() {
        String name = System.getenv().getOrDefault("HOSTNAME", System.getenv().getOrDefault("COMPUTERNAME", ""));
        if (name.isEmpty()) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                LOG.debug("the host's name is not known", e);
                name = "unnamed";
            }
        }
        return name.length() <= Device.MAX_LENGTH ? name : name.substring(0, Device.MAX_LENGTH);
    }
}
