package io.lanyard.daemon.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiServer;
import io.lanyard.daemon.api.FakePairing;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.http.ApiDoor;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.HistoryLimits;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.node.StatusFixture;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.store.MemoryStore;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Watchdog;
import java.lang.reflect.Proxy;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {

    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
    private static final Pattern ROW = Pattern.compile("\\| `(lanyard_\\w+)`[^|]*\\| (\\w+) \\|.*");

    @TempDir
    private Path home;

    private final NodeStatus status =
            StatusFixture.of(NodeStatus.State.IN_STEP, 1, 31, new NodeStatus.Conflicts(8, 9, 10));

    @Test
    void metrics_areThoseThatAreDocumented_andTheOtherWayRound() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Files.readAllLines(Path.of("../docs/api.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .forEach(row -> documented.put(row.group(1), row.group(2)));
        Map<String, String> told = new TreeMap<>();
        (page(() -> status) + pageOfADaemon())
                .lines()
                .map(TYPE::matcher)
                .filter(Matcher::matches)
                .forEach(line -> told.put(line.group(1), line.group(2)));
        assertEquals(documented, told);
        assertTrue(told.size() > 30, "only " + told.size());
    }

    @Test
    void values_areThoseOfTheStatus() {
        List<String> lines = page(() -> status).lines().toList();
        for (String expected : new String[] {
            "lanyard_up 1.0",
            "lanyard_documents 31.0",
            "lanyard_storage_bytes 4096.0",
            "lanyard_storage_free_bytes 8192.0",
            "lanyard_storage_writable 1.0",
            "lanyard_stuck_threads 0.0",
            "lanyard_pending_writes 3.0",
            "lanyard_conflicts_open 8.0",
            "lanyard_conflicts_journaled 9.0",
            "lanyard_conflicts_dropped_total 10.0",
            "lanyard_peers_online 1.0",
            "lanyard_peer_clock_offset_seconds{device=\"device-2\"} 0.012",
            "lanyard_clock_from_median_seconds -0.006",
            "lanyard_devices 3.0",
            "lanyard_devices_retired 0.0",
            "lanyard_garbage_waiting 41.0",
            "lanyard_garbage_graves 42.0",
            "lanyard_garbage_waits_for{device=\"device-2\"} 0.0",
            "lanyard_garbage_waits_for{device=\"device-3\"} 1.0",
            "lanyard_fence_phase 0.0",
            "lanyard_peer_behind_writes{device=\"device-2\"} 7.0",
            "lanyard_checks_total 11.0",
            "lanyard_check_differing_documents 13.0",
            "lanyard_operations_acknowledged_total 21.0",
            "lanyard_operations_refused_total 22.0",
            "lanyard_documents_merged_total 23.0",
            "lanyard_live_writes_sent_total 24.0",
            "lanyard_live_writes_received_total 25.0",
            "lanyard_pages_sent_total 26.0",
            "lanyard_pages_received_total 27.0",
            "lanyard_walks_begun_total 28.0",
            "lanyard_walks_finished_total 29.0",
            "lanyard_messages_dropped_total 30.0",
        }) {
            assertTrue(lines.contains(expected), expected + " is not among\n" + String.join("\n", lines));
        }
    }

    @Test
    void labels_areDeviceIds_andWhatIsKnownBeforehand() throws Exception {
        Pattern label = Pattern.compile("(\\w+)=\"");
        TreeSet<String> names = new TreeSet<>();
        (page(() -> status) + pageOfADaemon())
                .lines()
                .forEach(line -> label.matcher(line).results().forEach(found -> names.add(found.group(1))));
        assertEquals(new TreeSet<>(List.of("device", "le", "method", "route", "status")), names);
    }

    @Test
    void labelValues_nobodyKnew_areCountedAsOthers() {
        PrometheusMeters meters = new PrometheusMeters();
        Meters.Count count = meters.count("things", "Things.", new Meters.Label("kind", Set.of("good")));
        count.one("good");
        for (int i = 0; i < 10; i++) {
            count.add(2, "bad" + i);
        }
        List<String> lines =
                new MetricPage().add(meters.registry()).text().lines().toList();
        assertEquals(
                List.of("lanyard_things_total{kind=\"good\"} 1.0", "lanyard_things_total{kind=\"other\"} 20.0"),
                lines.stream().filter(line -> !line.startsWith("#")).toList());
    }

    @Test
    void durations_fallIntoTheBucketOfTheirLength() {
        PrometheusMeters meters = new PrometheusMeters();
        Meters.Durations durations = meters.durations("work_seconds", "Work.");
        durations.add(1_000_000);
        durations.add(1_001_000);
        durations.add(11_000_000_000L);
        String page = new MetricPage().add(meters.registry()).text();
        assertTrue(page.contains("lanyard_work_seconds_bucket{le=\"0.001\"} 1\n"), page);
        assertTrue(page.contains("lanyard_work_seconds_bucket{le=\"0.0025\"} 2\n"), page);
        assertTrue(page.contains("lanyard_work_seconds_bucket{le=\"10.0\"} 2\n"), page);
        assertTrue(page.contains("lanyard_work_seconds_bucket{le=\"+Inf\"} 3\n"), page);
        assertTrue(page.contains("lanyard_work_seconds_sum 11.002001\n"), page);
    }

    @Test
    void nodeThatStopped_isTold() {
        String page = page(() -> {
            throw new Node.StoppedException("the store failed", null);
        });
        assertTrue(page.contains("lanyard_up 0.0"), page);
        assertTrue(page.contains("lanyard_heap_used_bytes "), page);
    }

    /** Returns the page of a daemon that was asked for something that is not there. */
    private String pageOfADaemon() throws Exception {
        PrometheusMeters meters = new PrometheusMeters();
        InMemoryCluster cluster = new LoopbackNetwork().newCluster();
        OwnerToken token = OwnerToken.openOrCreate(home);
        try (cluster;
                ReplicaNode node = ReplicaNode.start(
                        new MemoryStore(),
                        cluster,
                        new Device("t1", "till"),
                        new SecureRandom(),
                        new Watchdog(),
                        meters,
                        HistoryLimits.USUAL)) {
            Metrics metrics = new Metrics(node, meters);
            TokenBook tokens = TokenBook.openOrCreate(home, System::currentTimeMillis);
            GroupAccess group = new GroupAccess(GroupHome.openOrCreate(home, "till"), device -> Optional.empty());
            ApiSettings settings = ApiSettings.on(0);
            try (ApiServer server = ApiServer.start(
                    ApiDoor.open(settings, meters),
                    settings,
                    node,
                    new FakePairing(),
                    token,
                    tokens,
                    metrics,
                    meters,
                    group)) {
                HttpURLConnection request = (HttpURLConnection)
                        server.uri().resolve("/nothing").toURL().openConnection();
                assertEquals(401, request.getResponseCode());
            }
            return metrics.get();
        }
    }

    private static String page(Supplier<NodeStatus> status) {
        Node node = (Node) Proxy.newProxyInstance(
                Node.class.getClassLoader(), new Class<?>[] {Node.class}, (proxy, method, arguments) -> {
                    assertEquals("status", method.getName());
                    return status.get();
                });
        return new Metrics(node, new PrometheusMeters()).get();
    }
}
