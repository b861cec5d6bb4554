package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.store.MapDbStore;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * Prints acknowledged writes a second of one replica on disk, with a peer in memory beside it that takes every write
 * over, at several numbers of writers at once; and what a bare append with fsync does on the same disk in the same run.
 *
 * <p>Run it with the classpath of the tests: {@code NodeBenchmark DIRECTORY [SECONDS]}.
 */
public final class NodeBenchmark {

    private static final int DOCUMENTS = 100_000;

    private NodeBenchmark() {}

    /** Runs the benchmark in a new directory below the one given. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "node-benchmark");
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        double appends = appendsPerSecond(directory.resolve("append"), seconds);
        System.out.printf("append + fsync            %,10.0f /s%n", appends);
        LoopbackNetwork network = new LoopbackNetwork();
        InMemoryCluster ownCluster = network.newCluster();
        InMemoryCluster peerCluster = network.newCluster();
        try (MapDbStore store = MapDbStore.open(directory.resolve("own"));
                MapDbStore peerStore = MapDbStore.open(directory.resolve("peer"));
                ReplicaNode own = ReplicaNode.start(store, ownCluster, new Device("own", "own"), new SecureRandom());
                ReplicaNode peer =
                        ReplicaNode.start(peerStore, peerCluster, new Device("peer", "peer"), new SecureRandom())) {
            for (int atOnce : new int[] {1, 16, 128, 1_000}) {
                double rate = writesPerSecond(own, atOnce, seconds);
                System.out.printf(
                        "%,5d writers at once       %,10.0f /s   %6.2f of append + fsync%n",
                        atOnce, rate, rate / appends);
            }
            System.out.printf(
                    "peer: %s behind, state %s%n",
                    own.status().pendingWrites(), peer.status().state());
            ownCluster.close();
            peerCluster.close();
        }
    }

    private static double writesPerSecond(ReplicaNode node, int atOnce, int seconds) throws InterruptedException {
        Semaphore free = new Semaphore(atOnce);
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        long count = 0;
        while (System.nanoTime() < end) {
            free.acquire();
            count++;
            node.write(request(count)).whenComplete((result, failure) -> free.release());
        }
        free.acquire(atOnce);
        return count * 1e9 / (System.nanoTime() - start);
    }

    private static WriteRequest request(long count) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("amount"), count % 1000 + "." + count % 100);
        leaves.put(FieldPath.of("contact"), "\"c" + count % 1000 + "\"");
        leaves.put(FieldPath.of("note"), "\"sold over the counter, number " + count + "\"");
        leaves.put(FieldPath.of("status"), "\"open\"");
        DocumentId id = new DocumentId("transaction", "t" + count * 7919 % DOCUMENTS);
        return new WriteRequest(List.of(new Operation(Kind.PUT, id, leaves, Condition.NONE)), Mode.ALL_OR_NOTHING, "");
    }

    private static double appendsPerSecond(Path file, int seconds) throws Exception {
        ByteBuffer record = ByteBuffer.allocate(256);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long start = System.nanoTime();
            long end = start + seconds * 1_000_000_000L;
            long count = 0;
            while (System.nanoTime() < end) {
                record.clear();
                channel.write(record, count * 256);
                channel.force(false);
                count++;
            }
            return count * 1e9 / (System.nanoTime() - start);
        }
    }
}
