package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What all fuzz targets share: no input may take long or leave anything behind, and a target that got no inputs fails.
 *
 * <p>{@code -Dfuzz.planted=crash}, {@code hang} or {@code leak} plants a bug, to see that each target finds it.
 */
public final class Fuzzing {

    /** How many inputs a target gets if nobody says otherwise. */
    public static final long INPUTS = 10_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int WEIGHED_EVERY = 2_000;
    private static final long MAX_GROWTH_BYTES = 8L << 20;
    private static final int MAX_MORE_THREADS = 4;
    private static final String PLANTED = System.getProperty("fuzz.planted", "");
    private static final int LEAK_BYTES = 16 << 10;
    private static final List<byte[]> LEAK = new ArrayList<>();

    private static long inputs;
    private static long firstHeapBytes;
    private static int firstThreads;

    private Fuzzing() {}

    /** Runs something that may not take long, whatever its input is, nor keep anything, over many inputs. */
    public static void timed(Runnable reading) {
        long beginNanos = THREADS.getCurrentThreadCpuTime();
        reading.run();
        long tookNanos = THREADS.getCurrentThreadCpuTime() - beginNanos;
        assertTrue(tookNanos < LIMIT_NANOS, "this input took more than 5 s of CPU time");
        if (++inputs % WEIGHED_EVERY == 0) {
            weigh();
        }
    }

    private static void weigh() {
        System.gc();
        long heapBytes =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        int threads = THREADS.getThreadCount();
        if (inputs == WEIGHED_EVERY) {
            firstHeapBytes = heapBytes;
            firstThreads = threads;
        }
        assertTrue(
                heapBytes - firstHeapBytes <= MAX_GROWTH_BYTES,
                () -> "a leak: " + firstHeapBytes + " bytes of heap in use after " + WEIGHED_EVERY + " inputs, "
                        + heapBytes + " after " + inputs);
        assertTrue(
                threads - firstThreads <= MAX_MORE_THREADS,
                () -> "a leak: " + firstThreads + " threads have become " + threads);
    }

    /** Fails or takes long if that bug is planted and {@code isHit}, which is true of inputs that are no seeds; or leaks. */
    public static void planted(BooleanSupplier isHit) {
        switch (PLANTED) {
            case "crash" -> assertTrue(!isHit.getAsBoolean(), "the planted bug");
            case "hang" -> {
                long beginNanos = THREADS.getCurrentThreadCpuTime();
                while (THREADS.getCurrentThreadCpuTime() - beginNanos < LIMIT_NANOS && isHit.getAsBoolean()) {
                    Thread.onSpinWait();
                }
            }
            case "leak" -> LEAK.add(new byte[LEAK_BYTES]);
            default -> {
                // None is planted.
            }
        }
    }

    /** Fails if fuzzing was asked for and there was none: a run of the seeds alone looks much the same. */
    public static void requireInputs() {
        long wanted = Long.getLong("fuzz.inputs", 0);
        if (System.getenv("JAZZER_FUZZ") != null) {
            System.out.println("fuzzed with " + inputs + " inputs");
            assertTrue(inputs >= wanted, () -> "only " + inputs + " inputs of " + wanted + ": nothing was fuzzed");
        }
    }

    /** Takes a refusal that the caller is told of in words. */
    public static void expect(RuntimeException refusal) {
        assertTrue(refusal.getMessage() != null && !refusal.getMessage().isBlank(), "a refusal without a word");
    }

    /** Something that is made in a folder. */
    interface InFolder<T> {
        /** Makes it. */
        T make(Path folder) throws Exception;
    }

    /** Makes something in a new folder. */
    static <T> T inFolder(InFolder<T> made) {
        try {
            return made.make(Files.createTempDirectory("lanyard-fuzz"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
