package io.lanyard.cli;

import io.lanyard.daemon.security.SuiteWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code lanyard up} as a process of its own. */
final class DaemonProcess implements AutoCloseable {

    private static final int TIMEOUT_SECONDS = 60;

    private final Process process;
    private final BufferedReader out;
    private final Path log;

    /** Starts it on free ports of 127.0.0.1. */
    DaemonProcess(Path home, Path log, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djdk.serialFilter=!*",
                "-cp",
                System.getProperty("java.class.path"),
                LanyardCommand.class.getName(),
                "up",
                "--home",
                home.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                "0"));
        command.addAll(List.of(options));
        this.log = log;
        process = new ProcessBuilder(command).redirectError(log.toFile()).start();
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Returns its next line; null once it ended. */
    String nextLine() throws IOException {
        String line = out.readLine();
        SuiteWatch.said(String.valueOf(line));
        return line;
    }

    /** Sends it SIGTERM. */
    void terminate() {
        process.toHandle().destroy(); // unlike Process.destroy, leaves the streams open
    }

    /** Sends it SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    /** Returns its exit code. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("lanyard up did not end within " + TIMEOUT_SECONDS + " s");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        SuiteWatch.said(Files.readString(log));
    }
}
