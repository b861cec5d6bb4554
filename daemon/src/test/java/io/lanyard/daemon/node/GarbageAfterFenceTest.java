package io.lanyard.daemon.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.node.NodeStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is said to wait on a device that came back, on files, whose index keeps the dead entries of a chunk. */
@Timeout(60)
class GarbageAfterFenceTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path home;

    private final LoopbackNetwork network = new LoopbackNetwork();

    @Test
    void retiredDeviceIsBack_andHasWrittenMeanwhile_nothingWaitsInTheEnd() throws Exception {
        try (DeviceOnFiles office = new DeviceOnFiles(home, "office", network);
                DeviceOnFiles till = new DeviceOnFiles(home, "till", network)) {
            for (int index = 0; index < 10; index++) {
                put(office, index, "1");
            }
            awaitInStep(office, till);
            network.cut(till.cluster, office.cluster);
            await().atMost(SOON).until(() -> office.node.status().state() == State.ALONE);
            for (int index = 0; index < 3; index++) {
                put(till, index, "2");
            }
            put(office, 9, "3");
            assertEquals(RetireOutcome.RETIRED, office.node.retire("till").get());
            await().atMost(SOON).until(() -> office.node.status().garbage().waitingChanges() == 0);
            network.heal();
            awaitInStep(office, till);
            await().atMost(SOON).until(() -> office.node.status().garbage().waitingChanges() == 0);
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertEquals(0, till.node.status().garbage().waitingChanges()));
        }
    }

    private static void awaitInStep(DeviceOnFiles office, DeviceOnFiles till) {
        await().atMost(SOON)
                .until(() -> office.node.status().state() == State.IN_STEP
                        && till.node.status().state() == State.IN_STEP
                        && office.node
                                .status()
                                .vector()
                                .equals(till.node.status().vector()));
    }

    private static void put(DeviceOnFiles device, int index, String value) throws Exception {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("value"), value);
        Operation operation = new Operation(Kind.PUT, new DocumentId("note", "n" + index), leaves, Condition.NONE);
        device.node
                .write(new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, ""))
                .get();
    }
}
