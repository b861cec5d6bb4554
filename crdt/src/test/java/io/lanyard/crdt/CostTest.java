package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/**
 * Nothing grows with the square of the number of fields: eight times the fields may allocate, and keep this thread's
 * CPU busy, far less than 64 times as much. No clock on the wall is read.
 */
class CostTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FEW = 1_000;
    private static final int MANY = 8 * FEW;
    private static final double MOST = 28;

    @Test
    void fragmentShowing_flatDocument_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica replica = written(1, fields, "1");
            return () -> replica.show(flat(fields, "2"));
        });
    }

    @Test
    void fragmentShowing_allFieldsGo_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica replica = written(1, fields, "1");
            return () -> replica.put("/x", "1");
        });
    }

    @Test
    void merge_everyFieldInConflict_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica left = written(1, fields, "1");
            TestReplica right = written(2, fields, "2");
            return () ->
                    assertEquals(fields, left.merge(right.document).conflicts().size());
        });
    }

    @Test
    void merge_everyFieldUnderADelete_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica left = new TestReplica(1);
            TestReplica right = new TestReplica(2);
            right.merge(left.put("/x", "0"));
            Document delete = right.delete();
            left.show(flat(fields, "1"));
            delete.died = LifeRegister.of(left.document.newestTime() + 1, right.lastDot());
            return () -> assertEquals(fields, left.merge(delete).conflicts().size());
        });
    }

    @Test
    void merge_everyRemovalUndone_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica left = written(1, fields, "1");
            TestReplica right = new TestReplica(2);
            right.merge(left.document);
            Document removal = left.put("/x", "1");
            right.wallMillis++;
            right.show(flat(fields, "2"));
            return () -> assertEquals(fields, right.merge(removal).conflicts().size());
        });
    }

    @Test
    void merge_fieldsClashWithTheirParents_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            TestReplica left = written(1, fields, "1");
            TestReplica right = new TestReplica(2);
            TreeMap<FieldPath, String> below = new TreeMap<>();
            flat(fields, "2").forEach((path, value) -> below.put(path.child("b"), value));
            right.wallMillis++;
            right.show(below);
            return () -> {
                left.merge(right.document);
                left.put("/x", "1");
            };
        });
    }

    @Test
    void encodeAndDecode_flatDocument_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            Document document = written(1, fields, "1").document;
            return () -> assertEquals(document, DocumentCodec.decode(DocumentCodec.encode(document)));
        });
    }

    @Test
    void mergePatch_everyFieldRemoved_isNotQuadratic() {
        assertNotQuadratic(fields -> {
            SortedMap<FieldPath, String> current = flat(fields, "1");
            SortedMap<FieldPath, String> patch = flat(fields, "null");
            return () -> assertTrue(MergePatch.apply(current, patch).isEmpty());
        });
    }

    private static TestReplica written(long bits, int fields, String value) {
        TestReplica replica = new TestReplica(bits);
        replica.wallMillis += bits;
        replica.show(flat(fields, value));
        return replica;
    }

    private static SortedMap<FieldPath, String> flat(int fields, String value) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int i = 0; i < fields; i++) {
            leaves.put(FieldPath.of("field" + i), value);
        }
        return leaves;
    }

    private record Cost(long allocatedBytes, long cpuNanos) {}

    private static void assertNotQuadratic(IntFunction<Runnable> work) {
        cost(work, FEW);
        Cost few = cost(work, FEW);
        Cost many = cost(work, MANY);

        assertTrue(
                many.allocatedBytes() < MOST * few.allocatedBytes() && many.cpuNanos() < MOST * few.cpuNanos(),
                () -> FEW + " fields: " + few + ", " + MANY + " fields: " + many);
    }

    /** Returns the least of three runs, so that what the machine does besides counts little. */
    private static Cost cost(IntFunction<Runnable> work, int fields) {
        Cost least = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);
        for (int run = 0; run < 3; run++) {
            Runnable once = work.apply(fields);
            long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
            long nanosBefore = THREADS.getCurrentThreadCpuTime();
            once.run();
            least = new Cost(
                    Math.min(least.allocatedBytes(), THREADS.getCurrentThreadAllocatedBytes() - bytesBefore),
                    Math.min(least.cpuNanos(), THREADS.getCurrentThreadCpuTime() - nanosBefore));
        }
        return least;
    }
}
