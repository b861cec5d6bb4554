package io.lanyard.daemon.node;

import com.sun.management.OperatingSystemMXBean;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.metrics.PrometheusMeters;
import io.lanyard.daemon.store.MapDbStore;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Watchdog;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * Prints what a write costs with and without metrics and history, in CPU time, so that it hardly matters what else the
 * machine does: each way in turns, several rounds, in one run.
 *
 * <p>Run it with the classpath of the tests: {@code KeptPastBenchmark DIRECTORY [ROUNDS]}.
 */
public final class KeptPastBenchmark {

    private static final int DOCUMENTS = 20_000;
    private static final int WRITES = 40_000;

    private KeptPastBenchmark() {}

    /** Runs the benchmark in a new directory below the one given. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "kept-past");
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        System.out.println("CPU microseconds a write        neither    metrics    history       both");
        for (int atOnce : new int[] {16, 128, 1}) {
            for (int round = 0; round <= rounds; round++) {
                StringBuilder line = new StringBuilder(String.format(
                        "%4d at once, round %d%s", atOnce, round, round == 0 ? " (warm-up)" : "          "));
                for (int way = 0; way < 4; way++) {
                    Path store = directory.resolve(atOnce + "-" + round + "-" + way);
                    Meters meters = way % 2 == 1 ? new PrometheusMeters() : Meters.NONE;
                    HistoryLimits limits = way > 1 ? HistoryLimits.USUAL : HistoryLimits.of(0);
                    line.append(String.format(" %10.1f", microsAWrite(store, meters, limits, atOnce)));
                }
                System.out.println(line);
            }
        }
    }

    private static double microsAWrite(Path directory, Meters meters, HistoryLimits limits, int atOnce)
            throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int writes = atOnce == 1 ? WRITES / 40 : WRITES;
        try (MapDbStore store = MapDbStore.open(directory);
                ReplicaNode node = ReplicaNode.start(
                        store,
                        new LoopbackNetwork().newCluster(),
                        new Device("own", "own"),
                        new SecureRandom(),
                        new Watchdog(),
                        meters,
                        limits)) {
            write(node, DOCUMENTS, 128, 0);
            long before = system.getProcessCpuTime();
            write(node, writes, atOnce, DOCUMENTS);
            return (system.getProcessCpuTime() - before) / 1e3 / writes;
        }
    }

    private static void write(ReplicaNode node, int count, int atOnce, int from) throws InterruptedException {
        Semaphore free = new Semaphore(atOnce);
        for (int i = from; i < from + count; i++) {
            free.acquire();
            TreeMap<FieldPath, String> leaves = new TreeMap<>();
            leaves.put(FieldPath.of("amount"), i + "." + i % 100);
            leaves.put(FieldPath.of("title"), "\"something bought, number " + i + "\"");
            leaves.put(FieldPath.of("paid"), i % 2 == 0 ? "true" : "false");
            DocumentId id = new DocumentId("expense", "e" + i % DOCUMENTS);
            Operation put = new Operation(Operation.Kind.PUT, id, leaves, Condition.NONE);
            node.write(new WriteRequest(List.of(put), WriteRequest.Mode.ALL_OR_NOTHING, "bench"))
                    .whenComplete((result, failure) -> free.release());
        }
        free.acquire(atOnce);
    }
}
