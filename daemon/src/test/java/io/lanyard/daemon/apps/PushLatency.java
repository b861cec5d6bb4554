package io.lanyard.daemon.apps;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Measures how long a PUT on one device takes until a program on another device is told: two daemons, each a process of
 * its own on this machine, one write at a time, so nothing waits for anything but its way.
 *
 * <pre>java -cp "daemon/target/test-classes:cli/target/lanyard/lib/*" io.lanyard.daemon.apps.PushLatency [WRITES]</pre>
 */
public final class PushLatency {

    private static final int WARM_UP = 2_000;
    private static final int DEFAULT_WRITES = 5_000;
    private static final int TIMEOUT_SECONDS = 30;

    private PushLatency() {}

    /** Runs it and prints the figures. */
    public static void main(String[] arguments) throws Exception {
        int writes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : DEFAULT_WRITES;
        List<Integer> ports = Group.freePorts(2);
        Path folder = Files.createTempDirectory("lanyard-latency-");
        Path here = Files.createDirectory(folder.resolve("here"));
        Path there = Files.createDirectory(folder.resolve("there"));
        try (DeviceProcess writing = DeviceProcess.start(here, "here", ports.get(0), ports)) {
            GroupHome.admitOffline(here, there, "there", Role.MEMBER);
            try (DeviceProcess told = DeviceProcess.start(there, "there", ports.get(1), ports)) {
                measure(writing.client(), told.client(), writes);
            }
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void measure(ApiClient writing, ApiClient told, int writes) throws Exception {
        Ears ears = new Ears();
        URI api = told.api();
        WebSocket socket = ApiClient.HTTP
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + told.token())
                .buildAsync(URI.create("ws://" + api.getHost() + ":" + api.getPort() + "/ws"), ears)
                .join();
        CompletableFuture<Long> met = ears.expect("\"first\"");
        writing.put("expense/first", Json.object("amount", Json.number("12.10")));
        socket.sendText("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"expense\"],\"since\":\"start\"}", true)
                .join();
        met.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        long[] acknowledged = new long[writes];
        long[] arrived = new long[writes];
        for (int i = -WARM_UP; i < writes; i++) {
            String id = "x" + (i + WARM_UP) + "-";
            CompletableFuture<Long> event = ears.expect("\"" + id + "\"");
            long start = System.nanoTime();
            ApiClient.Answer answer = writing.put("expense/" + id, TestData.expense(i + WARM_UP, "alice"));
            long answered = System.nanoTime();
            if (answer.status() != 201) {
                throw new IllegalStateException(answer.body());
            }
            long arrival = event.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (i >= 0) {
                acknowledged[i] = answered - start;
                arrived[i] = arrival - start;
            }
        }
        System.out.println(writes + " writes, one at a time, after " + WARM_UP + " to warm up:");
        print("PUT until its answer (durable)       ", acknowledged);
        print("PUT until the event on the other one ", arrived);
        socket.abort();
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                "%s p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, most %.2f ms%n",
                what, at(nanos, 50), at(nanos, 90), at(nanos, 99), nanos[nanos.length - 1] / 1e6);
    }

    private static double at(long[] sortedNanos, int percent) {
        return sortedNanos[(int) ((long) sortedNanos.length * percent / 100)] / 1e6;
    }

    /** Tells when a text came by. */
    private static final class Ears implements WebSocket.Listener {

        private final StringBuilder frame = new StringBuilder();
        private String wanted;
        private CompletableFuture<Long> arrival;

        synchronized CompletableFuture<Long> expect(String text) {
            wanted = text;
            arrival = new CompletableFuture<>();
            return arrival;
        }

        @Override
        public synchronized CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            long now = System.nanoTime();
            frame.append(data);
            if (last) {
                if (frame.indexOf(wanted) >= 0) {
                    arrival.complete(now);
                }
                frame.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }
}
