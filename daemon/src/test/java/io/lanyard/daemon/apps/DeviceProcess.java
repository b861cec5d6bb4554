package io.lanyard.daemon.apps;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.DaemonStartException;
import io.lanyard.daemon.security.SuiteWatch;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A device whose daemon is a process of its own, so that it can be killed. */
final class DeviceProcess implements AutoCloseable {

    private static final int START_SECONDS = 60;
    private static final int END_SECONDS = 20;

    private final Process process;
    private final ApiClient client;

    private DeviceProcess(Process process, ApiClient client) {
        this.process = process;
        this.client = client;
    }

    /**
     * Starts a daemon in a process; it answers when this returns.
     *
     * @param ports where it looks for others on this machine
     */
    static DeviceProcess start(Path home, String name, int port, List<Integer> ports) throws Exception {
        return start(List.of(), home, name, port, ports);
    }

    /** The same; the command line begins with {@code prefix}. */
    static DeviceProcess start(List<String> prefix, Path home, String name, int port, List<Integer> ports)
            throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx192m", "-Djdk.serialFilter=!*"));
        if (Runtime.version().feature() >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", classPath(), DeviceProcess.class.getName(), home.toString(), name));
        command.add(Integer.toString(port));
        ports.forEach(peer -> command.add(Integer.toString(peer)));
        Process process = SuiteWatch.heard(new ProcessBuilder(command).start());
        try {
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line = CompletableFuture.supplyAsync(() -> readLine(output)).get(START_SECONDS, TimeUnit.SECONDS);
            if (line == null || !line.startsWith("ready ")) {
                throw new IOException("the daemon did not start: " + line);
            }
            return new DeviceProcess(process, ApiClient.in(home));
        } catch (Exception | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Returns what the process ended with; it has ended. */
    int exitValue() {
        return process.exitValue();
    }

    /** Returns how much heap is in use after everything that is not needed was collected. */
    long heapInUse() throws Exception {
        Process collection = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.run")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (collection.waitFor() != 0) {
            throw new IOException("jcmd could not reach the daemon");
        }
        String metrics = client.send("GET", "/metrics", null).with(200).body();
        return metrics.lines()
                .filter(line -> line.startsWith("lanyard_heap_used_bytes "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .findFirst()
                .orElseThrow();
    }

    /** Returns how much CPU time the process has used. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    ApiClient client() {
        return client;
    }

    /** Kills the process as {@code kill -9} does, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            process.destroyForcibly();
            throw new IllegalStateException("process " + process.pid() + " did not end", e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static String readLine(BufferedReader output) {
        try {
            return output.readLine();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Surefire may have hidden the real class path behind a jar that only names it. */
    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .replace("\n", File.pathSeparator);
    }

    /** Runs a daemon until standard input ends: so it never outlives whoever started it. */
    public static void main(String[] arguments) throws DaemonStartException, IOException {
        List<Integer> ports =
                Arrays.stream(arguments).skip(3).map(Integer::valueOf).toList();
        try (Daemon daemon = Daemon.start(
                Group.config(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]), ports))) {
            System.out.println("ready " + daemon.apiUrl());
            while (System.in.read() >= 0) {
                // Nothing is said but the end.
            }
        }
    }
}
