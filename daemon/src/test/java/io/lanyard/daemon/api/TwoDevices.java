package io.lanyard.daemon.api;

import static io.lanyard.daemon.api.ApiFixture.json;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Two real replicas over a network in memory, {@code t1} called till and {@code o1} called office, each with its API. */
public final class TwoDevices implements BeforeEachCallback, AfterEachCallback {

    /** How long something may take that comes by itself. */
    public static final Duration SOON = Duration.ofSeconds(15);

    private final LoopbackNetwork network = new LoopbackNetwork();
    private final InMemoryCluster tillCluster = network.newCluster();
    private final InMemoryCluster officeCluster = network.newCluster();
    final MemoryStore tillStore = new MemoryStore();

    /** The replica called till. */
    public ReplicaNode tillNode;

    /** The replica called office. */
    public ReplicaNode officeNode;

    /** The API of till. */
    public ApiFixture till;

    /** The API of office. */
    public ApiFixture office;

    private Path home;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        home = Files.createTempDirectory("lanyard-two");
        tillNode = ReplicaNode.start(tillStore, tillCluster, new Device("t1", "till"), new SecureRandom());
        officeNode =
                ReplicaNode.start(new MemoryStore(), officeCluster, new Device("o1", "office"), new SecureRandom());
        till = new ApiFixture(tillNode, home);
        office = new ApiFixture(officeNode, home);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        till.close();
        office.close();
        tillCluster.close();
        officeCluster.close();
        tillNode.close();
        officeNode.close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Pulls the cable between them. */
    public void cut() {
        network.cut(tillCluster, officeCluster);
    }

    /** Plugs it in again. */
    public void heal() {
        network.heal();
    }

    /** Waits until the status of both says so. */
    void awaitState(String state) {
        await().atMost(SOON)
                .until(() -> stateOf(till).equals(state) && stateOf(office).equals(state));
    }

    /** Waits until both show the same. */
    void awaitInStep() {
        awaitState("in_step");
    }

    private static String stateOf(ApiFixture api) throws Exception {
        return json(api.get("/api/sync/status")).get("state").asText();
    }

    /** Returns the next message of that type, and passes over others. */
    static JsonNode nextOf(SocketClient client, String type) throws Exception {
        JsonNode message = client.next();
        while (!message.path("type").asText().equals(type)) {
            message = client.next();
        }
        return message;
    }
}
