package io.lanyard.cli.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP/1.1 request and its answer on a connection of their own (RFC 9112).
 *
 * <p>Written here because neither of the JDK's clients will do: {@code HttpURLConnection} refuses PATCH, and
 * {@code java.net.http} costs a command half a second of start-up. It knows what loopback needs: no proxies, no
 * redirects, no reuse, no retries. Not thread-safe, except that any thread may {@link #close} it.
 */
final class HttpExchange implements AutoCloseable {

    private static final int MAX_LINE_BYTES = 16 * 1024;
    private static final int MAX_HEADERS = 100;

    private final Socket socket = new Socket(Proxy.NO_PROXY);
    private final Map<String, String> headers = new TreeMap<>();
    private int status;
    private InputStream body = InputStream.nullInputStream();

    /**
     * Connects.
     *
     * @throws IOException when nothing listens there
     */
    HttpExchange(URI server, int connectTimeoutMillis, int answerTimeoutMillis) throws IOException {
        String host = server.getHost().replaceAll("[\\[\\]]", "");
        try {
            socket.connect(
                    new InetSocketAddress(host, server.getPort() < 0 ? 80 : server.getPort()), connectTimeoutMillis);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(answerTimeoutMillis);
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Sends the request and reads the answer up to its body. */
    void send(String method, String target, Map<String, String> fields, byte[] content) throws IOException {
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nConnection: close\r\n");
        fields.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (content != null) {
            head.append("Content-Length: ").append(content.length).append("\r\n");
        }
        OutputStream out = socket.getOutputStream();
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        if (content != null) {
            out.write(content);
        }
        out.flush();

        InputStream in = new BufferedInputStream(socket.getInputStream());
        do {
            readHead(in);
        } while (status < 200);
        String length = headers.get("content-length");
        if (status == 204 || status == 304) {
            body = InputStream.nullInputStream();
        } else if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            body = new ChunkedInput(in);
        } else {
            body = length == null ? in : new FixedInput(in, parse(length, 10));
        }
    }

    int status() {
        return status;
    }

    /** Returns the header fields by their lower-case names. */
    Map<String, String> headers() {
        return Map.copyOf(headers);
    }

    /** Returns the body; it fails with {@link EOFException} when the connection ends before the body does. */
    InputStream body() {
        return body;
    }

    /** Lets the body's reader wait without end, for an answer that goes on as long as somebody listens. */
    void waitWithoutEnd() throws IOException {
        socket.setSoTimeout(0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void readHead(InputStream in) throws IOException {
        String[] statusLine = readLine(in).split(" ", 3);
        if (statusLine.length < 2 || !statusLine[0].startsWith("HTTP/1.")) {
            throw new IOException("what answers there does not speak HTTP");
        }
        status = (int) parse(statusLine[1], 10);
        headers.clear();
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() >= MAX_HEADERS) {
                throw new IOException("malformed HTTP header");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection ended in the middle of the answer");
            }
            if (line.size() >= MAX_LINE_BYTES) {
                throw new IOException("HTTP line too long");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    private static long parse(String number, int radix) throws IOException {
        try {
            long value = Long.parseLong(number.strip(), radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException malformed) {
            throw new IOException("malformed number in the HTTP answer: " + number, malformed);
        }
        throw new IOException("negative number in the HTTP answer: " + number);
    }

    /** A body whose length is known. */
    private static final class FixedInput extends InputStream {
        private final InputStream in;
        private long left;

        FixedInput(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(target, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("the connection ended in the middle of the answer");
            }
            left -= count;
            return count;
        }
    }

    /** A body that comes in chunks, each after its length; one of length 0 is the last. */
    private static final class ChunkedInput extends InputStream {
        private final InputStream in;
        private InputStream chunk = InputStream.nullInputStream();
        private boolean first = true;
        private boolean ended;

        ChunkedInput(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            while (!ended) {
                int count = chunk.read(target, offset, length);
                if (count >= 0) {
                    return count;
                }
                nextChunk();
            }
            return -1;
        }

        private void nextChunk() throws IOException {
            if (!first) {
                readLine(in);
            }
            first = false;
            long length = parse(readLine(in).split(";", 2)[0], 16);
            chunk = new FixedInput(in, length);
            ended = length == 0;
        }
    }
}
