package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.FieldPath;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/** What all fuzz targets share. */
public final class Fuzzing {

    /** How many inputs a target gets if nobody says otherwise, as the build does. */
    public static final long INPUTS = 10_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private Fuzzing() {}

    /** Runs something that may not take long, whatever its input is. */
    public static void timed(Runnable reading) {
        long beginNanos = THREADS.getCurrentThreadCpuTime();
        reading.run();
        long tookNanos = THREADS.getCurrentThreadCpuTime() - beginNanos;
        assertTrue(tookNanos < LIMIT_NANOS, "this input took more than 5 s of CPU time");
    }

    /** Fails at the empty document if {@code -Dfuzz.planted=true}, to see that it is found. */
    static void maybePlanted(SortedMap<FieldPath, String> leaves) {
        if (Boolean.getBoolean("fuzz.planted") && leaves.isEmpty()) {
            throw new IllegalStateException("the planted bug");
        }
    }

    /** Takes a refusal that the caller is told of in words. */
    public static void expect(RuntimeException refusal) {
        assertTrue(refusal.getMessage() != null && !refusal.getMessage().isBlank(), "a refusal without a word");
    }
}
