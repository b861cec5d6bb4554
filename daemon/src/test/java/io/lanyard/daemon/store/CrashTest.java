package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills real processes in the middle of their commits: nothing that they acknowledged is lost, and no batch is there by
 * half. A failing run prints its seed; {@code -Dcrash.seed=N} repeats its choices (though not the machine's timing),
 * {@code -Dcrash.rounds=N} asks for more.
 */
class CrashTest {
    static final int HALTED = 42;
    /** A long run that is cut off has said by then how far it came. */
    private static final int TOLD_EVERY = 100;

    private static final int KILLED = 128 + 9;

    /** No opening makes fewer: two headers read and written again, two begun. */
    private static final int WRITES_OF_AN_OPENING = 4;

    @TempDir
    private Path directory;

    private final long seed = Long.getLong("crash.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final BatchWorkload workload = new BatchWorkload(seed);
    private WriterProcess writers;
    private int kills;
    private int halts;
    private int haltsWhileOpening;
    private int compactions;

    @Test
    void everyProcess_findsWhatTheOneBeforeAcknowledged() throws Exception {
        int rounds = Integer.getInteger("crash.rounds", 25);
        writers = new WriterProcess(directory);
        assertEquals(0, writers.runFirst(storeDirectory().toString(), Long.toString(seed), "300", "0"));
        try {
            try (MapDbStore store = open()) {
                workload.advanceTo(BatchWorkload.batchOf(store));
                assertEquals(300, workload.batch());
            }
            for (int round = 0; round < rounds; round++) {
                boolean whileOpening = round % 10 == 0;
                crashOnce(!whileOpening && random.nextBoolean(), whileOpening ? WRITES_OF_AN_OPENING : 1_500);
                if (random.nextBoolean() || round == rounds - 1) {
                    verify();
                }
                if (round % TOLD_EVERY == TOLD_EVERY - 1) {
                    tell();
                }
            }
        } catch (Exception | AssertionError e) {
            throw new AssertionError("fails with -Dcrash.seed=" + seed, e);
        }
        tell();
        assertTrue(rounds < 50 || kills > 0 && halts > haltsWhileOpening && haltsWhileOpening > 0);
    }

    private void tell() {
        System.out.println("crashes: " + kills + " killed, " + halts + " halted at a write (" + haltsWhileOpening
                + " while opening), " + workload.batch() + " batches, " + compactions + " compactions in between");
    }

    private void crashOnce(boolean kill, int writes) throws IOException, InterruptedException {
        boolean isCompacting = random.nextBoolean();
        int haltAtWrite = kill ? 0 : 1 + random.nextInt(writes);
        Path output = writers.output();
        Process writer = writers.start(
                storeDirectory().toString(),
                Long.toString(seed),
                Long.toString(Long.MAX_VALUE),
                Integer.toString(haltAtWrite),
                Boolean.toString(isCompacting));
        if (kill) {
            killSoonAfterOpening(writer, output, isCompacting ? 200_000 : 60_000);
        }
        assertTrue(writer.waitFor(60, TimeUnit.SECONDS), "the writer hangs");
        List<String> said = Files.readAllLines(output);
        assertEquals(kill ? KILLED : HALTED, writer.exitValue(), () -> "the writer said " + said);
        boolean opened = !said.isEmpty();
        if (kill) {
            kills++;
        } else {
            halts++;
            haltsWhileOpening += opened ? 0 : 1;
        }
        if (opened) {
            long found = numberIn(said.get(0), "opened ");
            assertTrue(
                    found == workload.batch() || found == workload.batch() + 1,
                    () -> "acknowledged " + workload.batch() + " batches, found " + found);
            workload.advanceTo(found);
        }
        for (int line = 1; line < said.size(); line++) {
            if (said.get(line).equals("compacted")) {
                compactions++;
                continue;
            }
            workload.advanceTo(numberIn(said.get(line), "acknowledged "));
        }
    }

    private void killSoonAfterOpening(Process writer, Path output, int withinMicros)
            throws IOException, InterruptedException {
        try (BufferedReader lines = Files.newBufferedReader(output)) {
            while (lines.readLine() == null && !writer.waitFor(1, TimeUnit.MILLISECONDS)) {
                Thread.onSpinWait();
            }
        }
        writer.waitFor(random.nextInt(withinMicros), TimeUnit.MICROSECONDS);
        writer.destroyForcibly();
    }

    private static long numberIn(String line, String start) {
        assertTrue(line.startsWith(start), line);
        return Long.parseLong(line.substring(start.length()));
    }

    private void verify() throws IOException {
        try (MapDbStore store = open()) {
            assertTrue(store.damagedFilesMovedTo().isEmpty(), "files were moved aside");
            workload.verifyAndFollow(store);
        }
    }

    private MapDbStore open() throws IOException {
        ForceThread background = new ForceThread();
        return MapDbStore.open(
                DirectoryDisk.open(storeDirectory()),
                CrashingWriter.SEGMENT_BYTES,
                background,
                BatchWorkload::numberOf,
                background::close);
    }

    private Path storeDirectory() {
        return directory.resolve("store");
    }
}
