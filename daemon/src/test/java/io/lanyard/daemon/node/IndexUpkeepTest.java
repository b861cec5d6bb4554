package io.lanyard.daemon.node;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Stamp;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.OrderKey;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.node.NodeStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An index answers as a scan of all documents does, whatever was done to the store below it or to the replica. */
@Timeout(120)
class IndexUpkeepTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String NOTES = "note";
    private static final FieldPath PRICE = FieldPath.of("price");
    private static final int DOCUMENTS = 300;
    private static final int LOST = 17;
    private static final int PAGE = 50;

    @TempDir
    private Path home;

    private final LoopbackNetwork network = new LoopbackNetwork();
    private final Random random = new Random(7);

    @Test
    void compaction_amongWrites_indexAnswersAsTheScan() throws Exception {
        try (DeviceOnFiles till = open("till")) {
            declare(till);
            fill(till, 0, DOCUMENTS);
            awaitIndex(till);
            for (int round = 0; round < 3; round++) {
                CompletableFuture<CompactionResult> compaction = CompletableFuture.supplyAsync(till.store::compact);
                do {
                    change(till);
                } while (!compaction.isDone());
                assertEquals(Outcome.DONE, compaction.join().outcome());
                assertAnswersAsTheScan(till);
            }
        }
        try (DeviceOnFiles till = open("till")) {
            assertAnswersAsTheScan(till);
        }
    }

    @Test
    void salvage_whileOpen_indexIsMadeAnew_withoutWhatIsDamaged_andThenWithWhatCameBack() throws Exception {
        try (DeviceOnFiles office = open("office")) {
            fillBoth(office);
            try (DeviceOnFiles till = open("till")) {
                IndexReader old = awaitIndex(till);
                network.cut(till.cluster, office.cluster);
                destroyDocument();
                assertThrows(Store.DamagedException.class, () -> till.node.find(id(LOST)));
                await().atMost(SOON).until(till.store::lostData);
                assertTrue(!old.isStillGood());
                assertAnswersAsTheScan(till);
                assertTrue(scan(till).stream().noneMatch(mark -> mark.endsWith(id(LOST).id())));
                change(till);
                assertAnswersAsTheScan(till);
                network.heal();
                awaitRefilled(till, office);
                assertEquals(scan(office), scan(till));
                assertAnswersAsTheScan(till);
            }
        }
    }

    @Test
    void salvage_whileClosed_ofTheIndexItself_itIsMadeAnew() throws Exception {
        try (DeviceOnFiles office = open("office")) {
            fillBoth(office);
            DeviceOnFiles.destroyMiddle(home, "till", "indexed/");
            try (DeviceOnFiles till = open("till")) {
                awaitRefilled(till, office);
                List<String> lost = till.store.lastSalvage().orElseThrow().otherLosses();
                assertTrue(lost.stream().anyMatch(what -> what.contains("indexed/")), lost.toString());
                assertEquals(DOCUMENTS, scan(till).size());
                assertAnswersAsTheScan(till);
                change(till);
                assertAnswersAsTheScan(till);
            }
        }
    }

    @Test
    void fence_ofADeviceWithDataOfItsOwn_bothIndexesAnswerAsTheScan() throws Exception {
        try (DeviceOnFiles office = open("office")) {
            declare(office);
            fill(office, 0, 100);
            awaitIndex(office);
            awaitPromised(office);
        }
        Map<Integer, Stamp> before = new TreeMap<>();
        try (DeviceOnFiles till = open("till")) {
            declare(till);
            fill(till, 50, 150);
            awaitIndex(till);
            awaitPromised(till);
            for (int index = 100; index < 150; index++) {
                before.put(index, stamp(till, index));
            }
        }
        try (DeviceOnFiles office = open("office");
                DeviceOnFiles till = open("till")) {
            awaitInStep(till, office);
            assertEquals(150, scan(till).size(), "in step before all was written anew");
            assertEquals(scan(office), scan(till));
            assertNotEquals(before.get(120), stamp(till, 120), "it did not go through the fence");
            assertAnswersAsTheScan(till);
            assertAnswersAsTheScan(office);
        }
    }

    private DeviceOnFiles open(String name) throws IOException {
        return new DeviceOnFiles(home, name, network);
    }

    private void fillBoth(DeviceOnFiles office) throws Exception {
        try (DeviceOnFiles till = open("till")) {
            declare(till);
            fill(till, 0, DOCUMENTS);
            awaitInStep(till, office);
            awaitIndex(till);
            awaitIndex(office);
        }
    }

    private void destroyDocument() throws IOException {
        DeviceOnFiles.destroy(home, "till", "marker " + LOST + " ", 400);
    }

    private static void declare(DeviceOnFiles device) throws Exception {
        CollectionSettings settings = new CollectionSettings(List.of(PRICE), Map.of(), false, Optional.empty());
        device.node.declare(NOTES, settings, Condition.NONE, "").get();
    }

    private void fill(DeviceOnFiles device, int from, int to) throws Exception {
        List<Operation> operations = new ArrayList<>();
        for (int index = from; index < to; index++) {
            operations.add(new Operation(Kind.PUT, id(index), leaves(index), Condition.NONE));
        }
        write(device, operations);
    }

    /** Changes, deletes and adds some documents, but for the one that is lost. */
    private void change(DeviceOnFiles device) throws Exception {
        List<Operation> operations = new ArrayList<>();
        for (int from = LOST + 1; from < DOCUMENTS + 50; from += 20) {
            int index = from + random.nextInt(20);
            operations.add(
                    random.nextInt(4) == 0
                            ? new Operation(Kind.DELETE, id(index), new TreeMap<>(), Condition.NONE)
                            : new Operation(Kind.PUT, id(index), leaves(index), Condition.NONE));
        }
        write(device, operations);
    }

    private TreeMap<FieldPath, String> leaves(int index) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("text"), "\"marker " + index + " " + "x".repeat(1_500) + "\"");
        if (random.nextInt(10) > 0) {
            leaves.put(PRICE, Integer.toString(random.nextInt(50)));
        }
        return leaves;
    }

    private static void write(DeviceOnFiles device, List<Operation> operations) throws Exception {
        device.node.write(new WriteRequest(operations, Mode.EACH, "")).get();
    }

    private static DocumentId id(int index) {
        return new DocumentId(NOTES, "n" + index);
    }

    private static Stamp stamp(DeviceOnFiles device, int index) {
        return device.node.find(id(index)).orElseThrow().stamp();
    }

    private static void awaitInStep(DeviceOnFiles till, DeviceOnFiles office) {
        await().atMost(SOON)
                .until(() -> !till.store.lostData()
                        && till.node.status().state() == State.IN_STEP
                        && office.node.status().state() == State.IN_STEP);
    }

    private static void awaitRefilled(DeviceOnFiles till, DeviceOnFiles office) {
        awaitInStep(till, office);
        assertTrue(till.node.status().damage().isMadeGood());
    }

    /** Alone, a device promises itself all that it has, so whoever lacks that has to go through the fence with it. */
    private static void awaitPromised(DeviceOnFiles device) {
        await().atMost(SOON)
                .untilAsserted(() -> assertEquals(entries(device, "vector/"), entries(device, "promised/")));
    }

    private static Map<String, String> entries(DeviceOnFiles device, String prefix) {
        Map<String, String> entries = new TreeMap<>();
        device.store
                .entries(prefix)
                .forEach((name, value) -> entries.put(
                        name.substring(prefix.length()), HexFormat.of().formatHex(value)));
        return entries;
    }

    private static IndexReader awaitIndex(DeviceOnFiles device) {
        return await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> device.node.index(NOTES, PRICE), Optional::isPresent)
                .orElseThrow();
    }

    private static void assertAnswersAsTheScan(DeviceOnFiles device) {
        IndexReader reader = awaitIndex(device);
        List<String> scanned = scan(device);
        List<String> forwards = new ArrayList<>();
        List<IndexReader.Entry> page = reader.after("", "", PAGE);
        while (!page.isEmpty()) {
            page.forEach(entry -> forwards.add(entry.mark()));
            page = reader.after("", forwards.get(forwards.size() - 1), PAGE);
        }
        List<String> backwards = new ArrayList<>();
        page = reader.before("", "\u007f", PAGE);
        while (!page.isEmpty()) {
            page.forEach(entry -> backwards.add(entry.mark()));
            page = reader.before("", backwards.get(backwards.size() - 1), PAGE);
        }
        Collections.reverse(backwards);
        assertTrue(reader.isStillGood());
        assertEquals(scanned, forwards);
        assertEquals(scanned, backwards);
    }

    /** What an index over all sound documents has to hold, in order. */
    private static List<String> scan(DeviceOnFiles device) {
        List<String> marks = new ArrayList<>();
        device.node.visit(
                NOTES,
                "",
                view -> marks.add(OrderKey.of(view.leaves(), PRICE) + view.id().id()));
        Collections.sort(marks);
        return marks;
    }
}
