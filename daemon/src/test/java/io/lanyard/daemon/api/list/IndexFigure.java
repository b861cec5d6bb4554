package io.lanyard.daemon.api.list;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.CollectionSettings;
import io.lanyard.daemon.node.ReplicaNode;
import io.lanyard.daemon.store.MapDbStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Prints how much sooner a list is answered over an index than without one, as ratios, on the store on disk; and what an
 * index costs a write. Arguments: the number of documents, 50,000 if not given, and a directory for the store.
 */
final class IndexFigure {

    private static final String ITEMS = "item";
    private static final int ROUNDS = 15;
    private static final int BATCH = 500;

    private IndexFigure() {}

    public static void main(String[] arguments) throws Exception {
        int documents = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50_000;
        Path directory = arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("index-figure");
        try (InMemoryCluster cluster = new LoopbackNetwork().newCluster();
                MapDbStore store = MapDbStore.open(directory);
                ReplicaNode node = ReplicaNode.start(store, cluster, new Device("d1", "till"), new SecureRandom())) {
            long plainNanos = write(node, documents, 0);
            Map<String, ListQuery> queries = new TreeMap<>();
            queries.put("20 by =", query("group=7", "", documents));
            queries.put("page of 50 by order", query("", "-amount", documents));
            queries.put("page of 50 by range", query("amount>=" + (documents - 40), "", documents));
            Map<String, Long> scanned = new TreeMap<>();
            queries.forEach((name, query) -> scanned.put(name, median(node, query)));
            CollectionSettings settings = new CollectionSettings(
                    List.of(FieldPath.of("group"), FieldPath.of("amount")), Map.of(), false, Optional.empty());
            long begin = System.nanoTime();
            node.declare(ITEMS, settings, Operation.Condition.NONE, "").get(10, TimeUnit.SECONDS);
            while (node.index(ITEMS, FieldPath.of("amount")).isEmpty()
                    || node.index(ITEMS, FieldPath.of("group")).isEmpty()) {
                Thread.onSpinWait();
            }
            System.out.printf(
                    "two indexes over %d documents filled in %d ms%n",
                    documents, (System.nanoTime() - begin) / 1_000_000);
            queries.forEach((name, query) -> {
                long nanos = median(node, query);
                System.out.printf(
                        "%s: %.2f ms scanned, %.2f ms indexed, ratio %.0f%n",
                        name, scanned.get(name) / 1e6, nanos / 1e6, (double) scanned.get(name) / nanos);
            });
            long indexedNanos = write(node, documents, 1);
            System.out.printf(
                    "a batched write with two indexes takes %.2f times one without%n",
                    (double) indexedNanos / plainNanos);
        }
    }

    private static ListQuery query(String where, String order, int documents) {
        return ListQuery.of(
                ITEMS,
                "",
                Filter.parse(where.isEmpty() ? List.of() : List.of(where)),
                ListOrder.parse(order.isEmpty() ? List.of() : List.of(order)),
                Math.min(50, documents),
                Optional.empty());
    }

    private static long median(ReplicaNode node, ListQuery query) {
        long[] nanos = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long begin = System.nanoTime();
            if (new DocumentList(node, query).text().isEmpty()) {
                throw new IllegalStateException("no page");
            }
            nanos[i] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos);
        return nanos[ROUNDS / 2];
    }

    private static long write(ReplicaNode node, int documents, int round) throws Exception {
        long begin = System.nanoTime();
        for (int first = 0; first < documents; first += BATCH) {
            List<Operation> operations = new ArrayList<>();
            for (int i = first; i < Math.min(documents, first + BATCH); i++) {
                TreeMap<FieldPath, String> leaves = new TreeMap<>();
                leaves.put(FieldPath.of("amount"), Integer.toString((i * 7 + round) % documents));
                leaves.put(FieldPath.of("group"), Integer.toString((i + round) % Math.max(1, documents / 20)));
                leaves.put(FieldPath.of("text"), '"' + "x".repeat(100) + '"');
                operations.add(new Operation(
                        Operation.Kind.PUT, new DocumentId(ITEMS, "i" + i), leaves, Operation.Condition.NONE));
            }
            node.write(new WriteRequest(operations, WriteRequest.Mode.ALL_OR_NOTHING, ""))
                    .get(60, TimeUnit.SECONDS);
        }
        return System.nanoTime() - begin;
    }
}
