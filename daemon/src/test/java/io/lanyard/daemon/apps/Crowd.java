package io.lanyard.daemon.apps;

import io.lanyard.daemon.security.SuiteWatch;
import java.io.BufferedReader;
import java.io.BufferedWriter;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Very many programs on one device, in a process of their own.
 *
 * <pre>
 * Crowd listen API TOKEN CLIENTS                                all are told of changes, which it writes itself: a line
 *     of standard input each time, CHANGES PER_SECOND DOCUMENTS
 * Crowd stall API TOKEN CLIENTS COLLECTIONS                     all subscribe to one and read nothing, until it is killed
 * </pre>
 */
public final class Crowd {

    private static final int READY_SECONDS = 60;
    private static final int END_SECONDS = 120;
    private static final int CONNECTING = 20;
    private static final String SUBSCRIBE =
            "{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"crowd\"],\"since\":\"now\"}";
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Pattern CHANGE = Pattern.compile("\"data\":\\{\"at\":(\\d+),\"n\":(\\d+)}");

    private Crowd() {}

    /** Runs it in a process of its own, whose first line of output comes back; closing it ends it. */
    static final class Running implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;
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
            process = SuiteWatch.heard(new ProcessBuilder(command).start());
            output = process.inputReader(StandardCharsets.UTF_8);
            line = output.readLine();
        }

        String line() {
            return line;
        }

        /** Says a line, and returns the one that is answered. */
        String ask(String order) throws IOException {
            BufferedWriter input = process.outputWriter(StandardCharsets.UTF_8);
            input.write(order + "\n");
            input.flush();
            return output.readLine();
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
            stall(api, arguments[2], clients, Integer.parseInt(arguments[4]));
        } else {
            listen(new ApiClient(api, arguments[2], null), clients);
        }
    }

    private static void listen(ApiClient client, int clients) throws Exception {
        URI socket =
                URI.create("ws://" + client.api().getHost() + ":" + client.api().getPort() + "/ws");
        CountDownLatch ready = new CountDownLatch(clients);
        List<Listener> listeners = new ArrayList<>();
        List<CompletableFuture<WebSocket>> subscribed = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Listener listener = new Listener(ready);
            listeners.add(listener);
            subscribed.add(ApiClient.HTTP
                    .newWebSocketBuilder()
                    .header("Authorization", "Bearer " + client.token())
                    .buildAsync(socket, listener)
                    .thenCompose(opened -> opened.sendText(SUBSCRIBE, true)));
            if (i >= CONNECTING) {
                subscribed.get(i - CONNECTING).get(READY_SECONDS, TimeUnit.SECONDS);
            }
        }
        if (!ready.await(READY_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(ready.getCount() + " clients were not told that they know everything");
        }
        System.out.println("listening=" + clients);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            int[] numbers =
                    Stream.of(order.split(" ")).mapToInt(Integer::parseInt).toArray();
            tell(client, socket, listeners, numbers[0], numbers[1], numbers[2]);
        }
        System.exit(0);
    }

    private static void tell(
            ApiClient client, URI socket, List<Listener> listeners, int changes, int perSecond, int documents)
            throws Exception {
        int clients = listeners.size();
        long cpuMillisBefore = cpuMillis();
        CountDownLatch done = new CountDownLatch(clients);
        listeners.forEach(listener -> listener.begin(changes, done));
        long wroteMillis = write(client, socket, changes, perSecond, documents);
        done.await(END_SECONDS + changes / 10, TimeUnit.SECONDS);
        long[] delays = listeners.stream()
                .flatMapToLong(each -> Arrays.stream(each.delays()))
                .sorted()
                .toArray();
        int fewest = listeners.stream().mapToInt(Listener::seen).min().orElse(0);
        System.out.printf(
                "clients=%d changes=%d wroteMillis=%d gotLast=%d fewestSeen=%d told=%d p50Micros=%d p99Micros=%d"
                        + " mostMicros=%d cpuMillis=%d%n",
                clients,
                changes,
                wroteMillis,
                clients - done.getCount(),
                fewest,
                delays.length,
                delays[delays.length / 2] / 1_000,
                delays[(int) (delays.length * 99L / 100)] / 1_000,
                delays[delays.length - 1] / 1_000,
                cpuMillis() - cpuMillisBefore);
    }

    private static long cpuMillis() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toMillis();
    }

    /**
     * Writes over a socket of its own, at that rate whenever the answers come, and returns after how long the last
     * change was durable.
     */
    private static long write(ApiClient client, URI socket, int changes, int perSecond, int documents)
            throws Exception {
        Writer writer = new Writer(changes);
        WebSocket writing = ApiClient.HTTP
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + client.token())
                .buildAsync(socket, writer)
                .get(READY_SECONDS, TimeUnit.SECONDS);
        long begin = System.nanoTime();
        for (int i = 0; i < changes; i++) {
            long due = begin + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            Map<String, Object> data =
                    Json.object("n", Json.number(i), "at", Json.number(Long.toString(System.nanoTime())));
            writing.sendText(
                            Json.write(Json.object(
                                    "op",
                                    "put",
                                    "ref",
                                    Json.number(i),
                                    "collection",
                                    "crowd",
                                    "id",
                                    "d" + i % documents,
                                    "data",
                                    data)),
                            true)
                    .get(READY_SECONDS, TimeUnit.SECONDS);
        }
        if (!writer.acknowledged.await(END_SECONDS + changes / 10, TimeUnit.SECONDS)) {
            throw new IllegalStateException(writer.acknowledged.getCount() + " changes were not acknowledged");
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /** Counts what is acknowledged. */
    private static final class Writer implements WebSocket.Listener {
        private final CountDownLatch acknowledged;
        private final StringBuilder frame = new StringBuilder();

        Writer(int changes) {
            acknowledged = new CountDownLatch(changes);
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
            frame.append(data);
            if (isLast) {
                if (frame.indexOf("{\"type\":\"ack\"") == 0) {
                    acknowledged.countDown();
                }
                frame.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }

    /** Sees which changes come, and after how long. */
    private static final class Listener implements WebSocket.Listener {
        private final CountDownLatch ready;
        private final BitSet seen = new BitSet();
        private final StringBuilder frame = new StringBuilder();
        private CountDownLatch done;
        private int changes;
        private int count;
        private long[] delays = {};

        Listener(CountDownLatch ready) {
            this.ready = ready;
        }

        synchronized void begin(int coming, CountDownLatch allDone) {
            changes = coming;
            done = allDone;
            delays = new long[coming];
            count = 0;
            seen.clear();
        }

        synchronized int seen() {
            return seen.cardinality();
        }

        synchronized long[] delays() {
            return Arrays.copyOf(delays, count);
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
                delays[count++] = System.nanoTime() - Long.parseLong(change.group(1));
                if (number == changes - 1) {
                    done.countDown();
                }
            }
        }
    }

    /** Comes again in time when it was cut off, as programs do, so that there are so many all the time. */
    private static void stall(URI api, String token, int clients, int collections) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            sockets.add(stalled(api, token, "large.d" + i % collections));
        }
        System.out.println("stalled=" + sockets.size());
        for (int i = 0; ; i = (i + 1) % clients) {
            LockSupport.parkNanos(AGAIN_NANOS / clients);
            sockets.get(i).close();
            sockets.set(i, stalled(api, token, "large.d" + i % collections));
        }
    }

    private static Socket stalled(URI api, String token, String collection) throws IOException {
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
            int next = in.read();
            if (next < 0) {
                throw new IOException(head.toString());
            }
            head.append((char) next);
        }
        if (head.indexOf("HTTP/1.1 101") != 0) {
            throw new IOException(head.toString());
        }
        byte[] subscribe = ("{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"" + collection + "\"]}")
                .getBytes(StandardCharsets.US_ASCII);
        // Masked with zeros, which leave it as it is.
        out.write(new byte[] {(byte) 0x81, (byte) (0x80 | subscribe.length), 0, 0, 0, 0});
        out.write(subscribe);
        return socket;
    }
}
