package io.lanyard.daemon.lan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lanyard.daemon.lan.SocketHttp.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A workstation of a LAN under load: its daemon, which is killed, stopped and started, and a way to ask it. */
final class Device {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Lan lan;
    private final int host;
    private final Path home;
    private final List<String> peers;
    private final List<String> jvmOptions;
    private Process process;
    private Conversation daemon;
    private SocketHttp http;

    /**
     * Makes a device that is not up yet.
     *
     * @param hosts how many hosts there are: it is told the addresses of all others
     */
    Device(Lan lan, int host, int hosts, Path home, String... jvmOptions) {
        this.lan = lan;
        this.host = host;
        this.home = home;
        this.jvmOptions = List.of(jvmOptions);
        peers = IntStream.rangeClosed(1, hosts)
                .filter(other -> other != host)
                .mapToObj(Lan::addressOf)
                .toList();
    }

    int host() {
        return host;
    }

    Path home() {
        return home;
    }

    Process process() {
        return process;
    }

    Path socket() {
        return home.resolveSibling("d" + host + ".sock");
    }

    String token() throws IOException {
        return Files.readString(home.resolve("token")).strip();
    }

    /** Starts the daemon; {@link #awaitUp} waits for it. */
    void start() throws IOException {
        List<String> options = new ArrayList<>(jvmOptions);
        options.add("-D" + DaemonMain.SOCKET + "=" + socket());
        process = lan.java(
                host,
                options,
                DaemonMain.class,
                Stream.concat(Stream.of(home.toString(), "desk-" + host), peers.stream())
                        .toList());
        daemon = new Conversation(process, "daemon " + host);
    }

    void awaitUp() {
        daemon.await(PATIENCE, "its daemon to be ready", line -> line.startsWith("ready http://127.0.0.1:7717/"));
    }

    /** Kills the daemon as a power cut of the process would. */
    void kill() {
        daemon.kill();
    }

    /** Ends the daemon by the end of its input. */
    void close() {
        daemon.close();
    }

    void stop() throws IOException {
        Lan.signal(process, "STOP");
    }

    void goOn() throws IOException {
        Lan.signal(process, "CONT");
    }

    /** Leaves no room on its disk, or makes some again. */
    void fillDisk(boolean isFull) throws IOException {
        Path filler = home.resolve("filler");
        if (!isFull) {
            Files.delete(filler);
            return;
        }
        byte[] zeros = new byte[1 << 20];
        try (OutputStream file = Files.newOutputStream(filler)) {
            while (true) {
                file.write(zeros);
            }
        } catch (IOException e) {
            if (Files.getFileStore(home).getUsableSpace() > zeros.length) {
                throw e;
            }
        }
    }

    /** Returns how many bytes of heap are in use after a collection. */
    long heapBytes() {
        daemon.say("heap");
        String answer = daemon.await(PATIENCE, "its heap", line -> line.startsWith("heap "));
        return Long.parseLong(answer.substring("heap ".length()));
    }

    /** Returns the size of all files of its home. */
    long fileBytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    /** Asks, and connects anew once if the connection is from before a restart. Only for what may be done twice. */
    synchronized Answer get(String path) throws IOException {
        if (http == null) {
            http = new SocketHttp(socket());
        }
        try {
            return http.send("GET", path, token(), null);
        } catch (IOException e) {
            return http.send("GET", path, token(), null);
        }
    }

    /** Asks once, on the present connection. */
    synchronized Answer request(String method, String path, String body) throws IOException {
        if (http == null) {
            http = new SocketHttp(socket());
        }
        return http.send(method, path, token(), body);
    }

    /** Reads an answer. */
    static JsonNode read(Answer answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    JsonNode json(String path) throws IOException {
        Answer answer = get(path);
        if (!answer.isSuccess()) {
            throw new IOException(path + " on " + this + ": " + answer);
        }
        return JSON.readTree(answer.body());
    }

    JsonNode status() throws IOException {
        return json("/api/sync/status");
    }

    @Override
    public String toString() {
        return "desk-" + host;
    }
}
