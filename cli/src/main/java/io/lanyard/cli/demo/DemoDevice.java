package io.lanyard.cli.demo;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.client.DaemonTimeoutException;
import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.client.RequestRefusedException;
import io.lanyard.cli.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One device of the demo: a daemon in a process and a HOME of its own. The process ends when its standard input does,
 * so none outlives the demo, however that ends.
 */
final class DemoDevice implements AutoCloseable {

    private static final int START_TIMEOUT_SECONDS = 60;
    private static final int STOP_TIMEOUT_SECONDS = 8;

    private final String name;
    private final Path home;
    private final Path log;
    private final Process process;
    private final BufferedReader answers;
    private DaemonClient client;

    private DemoDevice(String name, Path home, Path log, Process process) {
        this.name = name;
        this.home = home;
        this.log = log;
        this.process = process;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Starts the process; {@link #awaitReady} waits for it.
     *
     * @param port where it listens for the others on 127.0.0.1
     * @param peers the others' addresses, {@code host:port}
     */
    static DemoDevice launch(String name, Path home, int port, List<String> peers) throws IOException {
        Files.createDirectories(home);
        Path log = home.resolve("log.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx192m",
                "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash",
                "-Djdk.serialFilter=!*"));
        if (Runtime.version().feature() >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), DemoDeviceMain.class.getName()));
        command.addAll(List.of(name, home.toString(), Integer.toString(port), String.join(",", peers)));
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        return new DemoDevice(name, home, log, process);
    }

    /** Waits until the daemon answers. */
    void awaitReady() throws DemoException, IOException {
        String answer = nextAnswer(START_TIMEOUT_SECONDS);
        if (!answer.startsWith("ready ")) {
            throw DemoException.broken(name + " did not start: " + answer + lastOfLog());
        }
        String token = Files.readString(home.resolve("token")).strip();
        client = new DaemonClient(
                URI.create(answer.substring("ready ".length())), token, "the demo's " + name + " is gone");
    }

    String name() {
        return name;
    }

    Path home() {
        return home;
    }

    URI api() {
        return client.api();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Pulls this device's cable: nothing reaches it or leaves it, but its own apps. */
    void unplug() throws DemoException, IOException {
        command("unplug");
    }

    /** Plugs the cable in again. */
    void plug() throws DemoException, IOException {
        command("plug");
    }

    /** Writes a document, or with PATCH some fields of it; returns once that is durable here. */
    void write(String method, String document, String json) throws DemoException {
        request(method, "/api/docs/" + document, json);
    }

    /** Carries out several operations as one, all or nothing. */
    void writeBatch(String operations) throws DemoException {
        request("POST", "/api/sync/batch", operations);
    }

    /** Returns a document's JSON as this device holds it, or null if it has none. */
    String find(String document) throws DemoException {
        try {
            return client.get("/api/docs/" + document).body().strip();
        } catch (RequestRefusedException refused) {
            if (refused.status() == 404) {
                return null;
            }
            throw failed("GET " + document, refused);
        } catch (DaemonUnreachableException | DaemonTimeoutException lost) {
            throw failed("GET " + document, lost);
        }
    }

    JsonValue status() throws DemoException {
        return parse(request("GET", "/api/sync/status", null));
    }

    /** Returns how many other devices this one is in touch with. */
    long peersOnline() throws DemoException {
        return status().get("peers").elements().stream()
                .filter(peer -> peer.get("online").isTrue())
                .count();
    }

    /** Returns a document as this device holds it, or {@code null} in JSON. */
    JsonValue document(String document) throws DemoException {
        String json = find(document);
        return json == null ? JsonValue.NULL : parse(json);
    }

    /** Ends the process, by force if it does not go by itself. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (IOException gone) {
            process.destroyForcibly();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private String request(String method, String target, String json) throws DemoException {
        try {
            return client.send(method, target, Map.of("Lanyard-Client", "demo"), json)
                    .body();
        } catch (DaemonUnreachableException | DaemonTimeoutException | RequestRefusedException refused) {
            throw failed(method + " " + target, refused);
        }
    }

    private DemoException failed(String what, Exception why) {
        return DemoException.broken(what + " on " + name + " failed: " + why.getMessage() + lastOfLog());
    }

    private JsonValue parse(String json) throws DemoException {
        try {
            return JsonValue.parse(json);
        } catch (IOException notJson) {
            throw failed("reading what it says", notJson);
        }
    }

    private void command(String word) throws DemoException, IOException {
        process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        String answer = nextAnswer(START_TIMEOUT_SECONDS);
        if (!answer.equals("done")) {
            throw DemoException.broken(name + " could not " + word + ": " + answer + lastOfLog());
        }
    }

    private String nextAnswer(int timeoutSeconds) throws DemoException {
        CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> {
            try {
                String answer = answers.readLine();
                return answer == null ? "its process ended" : answer;
            } catch (IOException failed) {
                return failed.toString();
            }
        });
        try {
            return line.get(timeoutSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw DemoException.broken(name + " did not answer within " + timeoutSeconds + " s" + lastOfLog());
        } catch (ExecutionException failed) {
            throw DemoException.broken(name + ": " + failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw DemoException.broken("interrupted");
        }
    }

    private String lastOfLog() {
        try {
            List<String> lines = Files.readAllLines(log);
            int from = Math.max(0, lines.size() - 5);
            return lines.isEmpty() ? "" : "\n    " + String.join("\n    ", lines.subList(from, lines.size()));
        } catch (IOException unreadable) {
            return " (and its log cannot be read: " + unreadable + ")";
        }
    }
}
