package io.lanyard.daemon.lan;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** HTTP/1.1 over a {@link Relay}'s socket: one connection, one request at a time. Not thread-safe. */
final class SocketHttp implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 30;
    private static final ScheduledExecutorService WATCHDOG = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "socket-http-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    private final Path socket;
    private SocketChannel channel;
    private InputStream input;

    SocketHttp(Path socket) {
        this.socket = socket;
    }

    /** What came back; {@code stamp} is the header {@code Lanyard-Stamp}, or {@code null}. */
    record Answer(int status, String body, String stamp) {
        boolean isSuccess() {
            return status >= 200 && status < 300;
        }
    }

    /** Connects if need be. What fails here was never sent. */
    void connect() throws IOException {
        if (channel == null) {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            input = new BufferedInputStream(Channels.newInputStream(channel));
        }
    }

    /**
     * Sends a request and waits for the answer, for {@value #TIMEOUT_SECONDS} seconds at most.
     *
     * @throws IOException if no answer came; whether the request was carried out is not known
     */
    Answer send(String method, String path, String token, String body) throws IOException {
        connect();
        SocketChannel used = channel;
        ScheduledFuture<?> timeout = WATCHDOG.schedule(() -> closeQuietly(used), TIMEOUT_SECONDS, TimeUnit.SECONDS);
        try {
            byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
            String head = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:7717\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n";
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
            request.writeBytes(bytes);
            Channels.newOutputStream(channel).write(request.toByteArray());
            return readAnswer();
        } catch (IOException e) {
            close();
            throw e;
        } finally {
            timeout.cancel(false);
        }
    }

    private Answer readAnswer() throws IOException {
        String start = readLine();
        Map<String, String> headers = new HashMap<>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int status = Integer.parseInt(start.split(" ")[1]);
        byte[] body = readBody(status, headers);
        if ("close".equalsIgnoreCase(headers.get("connection"))) {
            close();
        }
        return new Answer(status, new String(body, StandardCharsets.UTF_8), headers.get("lanyard-stamp"));
    }

    private byte[] readBody(int status, Map<String, String> headers) throws IOException {
        if (status == 204 || status == 304) {
            return new byte[0];
        }
        if (!"chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            return readExactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = readChunkSize(); size > 0; size = readChunkSize()) {
            body.writeBytes(readExactly(size));
            readLine();
        }
        readLine();
        return body.toByteArray();
    }

    private int readChunkSize() throws IOException {
        return Integer.parseInt(readLine().split(";")[0].strip(), 16);
    }

    private byte[] readExactly(int bytes) throws IOException {
        byte[] read = input.readNBytes(bytes);
        if (read.length < bytes) {
            throw new EOFException("the answer ends early");
        }
        return read;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0) {
                throw new EOFException("no answer");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            closeQuietly(channel);
            channel = null;
        }
    }
}
