package io.lanyard.daemon.apps;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Very many programs on one device, in a process of their own.
 *
 * <pre>
 * Crowd listen API TOKEN CLIENTS CHANGES PER_SECOND DOCUMENTS   all are told of changes, which it writes itself
 * Crowd stall API TOKEN CLIENTS                                 all subscribe and read nothing, until standard input ends
 * </pre>
 */
public final class Crowd {

    private static final int READY_SECONDS = 60;
    private static final int END_SECONDS = 120;
    private static final Pattern CHANGE = Pattern.compile("\"data\":\\{\"at\":(\\d+),\"n\":(\\d+)}");

    private Crowd() {}

    /** Runs it in a process of its own, whose first line of output comes back; closing it ends it. */
    static final class Running implements AutoCloseable {
        private final Process process;
        private final String line;

        Running(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-Xmx384m",
                    "-cp",
                    DeviceProcess.classPath(),
                    Crowd.class.getName()));
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }

        String line() {
            return line;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        URI api = URI.create(arguments[1]);
        int clients = Integer.parseInt(arguments[3]);
        if (arguments[0].equals("stall")) {
            stall(api, arguments[2], clients);
        } else {
            listen(
                    new ApiClient(api, arguments[2], null),
                    clients,
                    Integer.parseInt(arguments[4]),
                    Integer.parseInt(arguments[5]),
                    Integer.parseInt(arguments[6]));
        }
    }

    private static void listen(ApiClient client, int clients, int changes, int perSecond, int documents)
            throws Exception {
        URI socket =
                URI.create("ws://" + client.api().getHost() + ":" + client.api().getPort() + "/ws");
        CountDownLatch ready = new CountDownLatch(clients);
        CountDownLatch done = new CountDownLatch(clients);
        List<Listener> listeners = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Listener listener = new Listener(changes, ready, done);
            listeners.add(listener);
            ApiClient.HTTP
                    .newWebSocketBuilder()
                    .header("Authorization", "Bearer " + client.token())
                    .buildAsync(socket, listener)
                    .get(READY_SECONDS, TimeUnit.SECONDS)
                    .sendText("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"crowd\"],\"since\":\"now\"}", true);
        }
        if (!ready.await(READY_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(ready.getCount() + " clients were not told that they know everything");
        }
        long begin = System.nanoTime();
        for (int i = 0; i < changes; i++) {
            long due = begin + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            client.put(
                    "crowd/d" + i % documents,
                    Json.object("n", Json.number(i), "at", Json.number(Long.toString(System.nanoTime()))));
        }
        long wroteMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        done.await(END_SECONDS, TimeUnit.SECONDS);
        long[] delays = listeners.stream()
                .flatMapToLong(each -> Arrays.stream(each.delays()))
                .sorted()
                .toArray();
        int fewest = listeners.stream().mapToInt(Listener::seen).min().orElse(0);
        System.out.printf(
                "clients=%d changes=%d wroteMillis=%d gotLast=%d fewestSeen=%d told=%d p50Micros=%d p99Micros=%d"
                        + " mostMicros=%d%n",
                clients,
                changes,
                wroteMillis,
                clients - done.getCount(),
                fewest,
                delays.length,
                delays[delays.length / 2] / 1_000,
                delays[(int) (delays.length * 99L / 100)] / 1_000,
                delays[delays.length - 1] / 1_000);
        System.exit(0);
    }

    /** Sees which changes come, and after how long. */
    private static final class Listener implements WebSocket.Listener {
        private final int changes;
        private final CountDownLatch ready;
        private final CountDownLatch done;
        private final BitSet seen = new BitSet();
        private final StringBuilder frame = new StringBuilder();
        private final AtomicInteger count = new AtomicInteger();
        private final long[] delays;

        Listener(int changes, CountDownLatch ready, CountDownLatch done) {
            this.changes = changes;
            this.ready = ready;
            this.done = done;
            this.delays = new long[changes];
        }

        synchronized int seen() {
            return seen.cardinality();
        }

        synchronized long[] delays() {
            return Arrays.copyOf(delays, count.get());
        }

        @Override
        public synchronized CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
            frame.append(data);
            if (isLast) {
                take();
                frame.setLength(0);
            }
            socket.request(1);
            return null;
        }

        private void take() {
            if (frame.indexOf("{\"type\":\"synced\"") == 0) {
                ready.countDown();
                return;
            }
            Matcher change = CHANGE.matcher(frame);
            if (change.find()) {
                int number = Integer.parseInt(change.group(2));
                seen.set(number);
                delays[count.getAndIncrement()] = System.nanoTime() - Long.parseLong(change.group(1));
                if (number == changes - 1) {
                    done.countDown();
                }
            }
        }
    }

    private static void stall(URI api, String token, int clients) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(4 << 10);
            socket.connect(new InetSocketAddress(api.getHost(), api.getPort()));
            OutputStream out = socket.getOutputStream();
            out.write(("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" + api.getPort()
                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                            + "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer " + token
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.read());
            }
            if (head.indexOf("HTTP/1.1 101") != 0) {
                throw new IOException(head.toString());
            }
            byte[] subscribe = "{\"op\":\"subscribe\",\"ref\":1}".getBytes(StandardCharsets.US_ASCII);
            // Masked with zeros, which leave it as it is.
            out.write(new byte[] {(byte) 0x81, (byte) (0x80 | subscribe.length), 0, 0, 0, 0});
            out.write(subscribe);
            sockets.add(socket);
        }
        System.out.println("stalled=" + sockets.size());
        while (System.in.read() >= 0) {
            // Nothing is said but the end.
        }
    }
}
