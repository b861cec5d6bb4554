package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a counter takes that many openings of stores have counted in. */
class CounterGrowthTest {

    private static final int OPENINGS = 1_000;
    private static final int BYTES_EACH = 125;

    @Test
    void counter_manyOpenings_takesAFewBytesForEach_andAPlainWriteEmptiesIt() {
        SplittableRandom random = new SplittableRandom(1);
        TestReplica shop = new TestReplica(1);
        shop.put("/n", "100000");
        for (int i = 0; i < OPENINGS; i++) {
            TestReplica till = new TestReplica(random.nextLong());
            till.document = shop.document.copy();
            shop.merge(till.patch("/n", Step.counting("-1").text()));
        }
        int bytes = DocumentCodec.encode(shop.document).length;
        long begun = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            shop.patch("/n", Step.counting("-1").text());
        }
        System.out.printf(
                "a counter of %,d openings takes %,d bytes, and a count in it %.1f ms%n",
                OPENINGS, bytes, (System.nanoTime() - begun) / 20e6);
        assertEquals("98980", shop.shown().get(FieldPath.of("n")));
        assertTrue(bytes < BYTES_EACH * OPENINGS);

        shop.put("/n", "98000");
        shop.document.dropGarbage(shop.document.context(), Long.MAX_VALUE);
        assertEquals(1, shop.document.fields().size());
    }
}
