package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What all fuzz targets share: no input may take long or leave anything behind, and a target fails if it got no inputs, or
 * if they did not come to the places where a bug could be planted.
 *
 * <p>{@code -Dfuzz.planted=crash} or {@code hang} plants a bug at each of those places, {@code crash:PLACE} at one;
 * {@code leak} keeps a little of everything that is read.
 */
public final class Fuzzing {

    /** How many inputs a target gets if nobody says otherwise. */
    public static final long INPUTS = 10_000;

    /** How many variants of what is usual are tried with each input. */
    public static final int VARIANTS = 2;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOP_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final int WEIGHED_EVERY = 250;
    private static final long MAX_GROWTH_BYTES = 1L << 20;
    /** The fuzzer, too, remembers something of inputs that were new to it. */
    private static final long MAX_GROWTH_EACH_BYTES = 1L << 10;

    private static final int MAX_MORE_THREADS = 4;
    private static final String PLANTED = System.getProperty("fuzz.planted", "");
    private static final int LEAK_BYTES = 1 << 12;
    private static final List<byte[]> LEAK = new ArrayList<>();

    private static final Map<String, Long> PLACES = new TreeMap<>();
    private static long inputs;
    private static long lastHeapBytes;
    private static long grownBytes;
    private static int firstThreads;
    private static Thread watch;
    private static volatile Reading underWay;

    private Fuzzing() {}

    /** An input that is being read: by which thread, and how much CPU time that had used before. */
    private record Reading(byte[] input, Thread reader, long beginNanos) {}

    /** Runs something that may not take long, whatever its input is, nor keep anything, over many inputs. */
    public static void timed(byte[] input, Runnable reading) {
        if (watch == null) {
            watch = new Thread(Fuzzing::endLoops, "watch of fuzzing");
            watch.setDaemon(true);
            watch.start();
        }
        long beginNanos = THREADS.getCurrentThreadCpuTime();
        underWay = new Reading(input, Thread.currentThread(), beginNanos);
        reading.run();
        underWay = null;
        long tookNanos = THREADS.getCurrentThreadCpuTime() - beginNanos;
        assertTrue(tookNanos < LIMIT_NANOS, "this input took more than 5 s of CPU time");
    }

    /** Counts an input before it is read. */
    public static void begin() {
        if (++inputs % WEIGHED_EVERY == 0) {
            weigh();
        }
    }

    /** Ends the process once an input has used so much CPU time that it will hardly come to an end. */
    private static void endLoops() {
        while (true) {
            Reading reading = underWay;
            if (reading != null
                    && THREADS.getThreadCpuTime(reading.reader().getId()) - reading.beginNanos() > LOOP_NANOS) {
                System.out.println(
                        "an endless loop, by the input " + HexFormat.of().formatHex(reading.input()));
                Arrays.stream(reading.reader().getStackTrace()).forEach(frame -> System.out.println("    at " + frame));
                System.out.flush();
                Runtime.getRuntime().halt(1);
            }
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void weigh() {
        System.gc();
        long heapBytes =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        int threads = THREADS.getThreadCount();
        if (inputs == WEIGHED_EVERY) {
            firstThreads = threads;
        }
        // The fuzzer lets go of some megabytes of its own when it likes: only what comes is counted.
        grownBytes += lastHeapBytes == 0 ? 0 : Math.max(0, heapBytes - lastHeapBytes);
        lastHeapBytes = heapBytes;
        assertTrue(
                grownBytes <= MAX_GROWTH_BYTES + inputs * MAX_GROWTH_EACH_BYTES,
                () -> "a leak: what is in use of the heap grew by " + grownBytes + " bytes, and is " + heapBytes
                        + " after " + inputs + " inputs");
        assertTrue(
                threads - firstThreads <= MAX_MORE_THREADS,
                () -> "a leak: " + firstThreads + " threads have become " + threads);
    }

    /** Names a place where a bug could be, which all targets' inputs have to come to. */
    public static void place(String name, boolean isThere) {
        PLACES.merge(name, isThere ? 1L : 0L, Long::sum);
        if (isThere && PLANTED.equals("crash") || isThere && PLANTED.equals("crash:" + name)) {
            assertEquals("", name, "the planted bug");
        }
        while (isThere && PLANTED.equals("hang") || isThere && PLANTED.equals("hang:" + name)) {
            Thread.onSpinWait();
        }
    }

    /** Says that an input, or a variant, was read or refused. */
    public static void wasRead() {
        if (PLANTED.equals("leak")) {
            LEAK.add(new byte[LEAK_BYTES]);
        }
    }

    /** Fails if fuzzing was asked for and there was none: a run of the seeds alone looks much the same. */
    public static void requireInputs() {
        long wanted = Long.getLong("fuzz.inputs", 0);
        if (System.getenv("JAZZER_FUZZ") != null) {
            System.out.println("fuzzed with " + inputs + " inputs, over which the heap in use grew by " + grownBytes
                    + " bytes; how often they came to each place: " + PLACES);
            assertTrue(inputs >= wanted, () -> "only " + inputs + " inputs of " + wanted + ": nothing was fuzzed");
            assertTrue(!PLACES.containsValue(0L), () -> "a bug would not be found at some place: " + PLACES);
        }
    }

    /** Returns what decides the variants that are tried with an input: the same for the same input, any other for another. */
    public static SplittableRandom decider(byte[] input) {
        long seed = 0xcbf29ce484222325L;
        for (byte b : input) {
            seed = (seed ^ b) * 0x100000001b3L;
        }
        return new SplittableRandom(seed);
    }

    /** Takes a refusal that the caller is told of in words. */
    public static void expect(RuntimeException refusal) {
        assertTrue(refusal.getMessage() != null && !refusal.getMessage().isBlank(), "a refusal without a word");
    }

    /** Something that is made in a folder. */
    public interface InFolder<T> {
        /** Makes it. */
        T make(Path folder) throws Exception;
    }

    /** Makes something in a new folder. */
    public static <T> T inFolder(InFolder<T> made) {
        try {
            return made.make(Files.createTempDirectory("lanyard-fuzz"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
