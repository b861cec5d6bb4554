package io.lanyard.daemon.lan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What a process says, line by line, and a way to answer. */
final class Conversation implements AutoCloseable {
    private final Process process;
    private final PrintStream input;
    private final List<String> lines = new ArrayList<>();
    private boolean ended;
    private int heard;

    Conversation(Process process, String name) {
        this.process = process;
        this.input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "reader of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Says one line to the process. */
    void say(String line) {
        input.println(line);
    }

    /** Waits for a line that has not been waited for yet; lines before it are passed over. */
    synchronized String await(Duration patience, String what, Predicate<String> wanted) {
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                for (; heard < lines.size(); heard++) {
                    if (wanted.test(lines.get(heard))) {
                        heard++;
                        return lines.get(heard - 1);
                    }
                }
                long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0 || ended) {
                    throw new AssertionError((ended ? "the process ended" : "waited " + patience.toSeconds() + " s")
                            + " while " + what + " was expected; it said "
                            + lines.subList(Math.max(0, lines.size() - 20), lines.size()));
                }
                wait(leftMillis);
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for " + what, e);
        }
    }

    /** Kills the process as a power cut would, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends the process's input and waits for it to end by itself. */
    @Override
    public void close() {
        input.close();
        process.onExit().join();
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                heardLine(line);
            }
        } catch (IOException e) {
            heardLine("reading failed: " + e.getMessage());
        } finally {
            end();
        }
    }

    private synchronized void heardLine(String line) {
        lines.add(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }
}
