package io.lanyard.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HttpExchangeTest {

    private static final int TIMEOUT_MILLIS = 10_000;

    @Test
    void chunks_areJoined_extensionsIgnored() throws Exception {
        assertEquals(
                "hello world",
                body(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"));
    }

    @Test
    void length_endsTheBody_andIsCaseInsensitive() throws Exception {
        assertEquals("hello", body("HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: 5\r\n\r\nhello, and what is not its own"));
    }

    @Test
    void noLength_readsToTheEnd() throws Exception {
        assertEquals("hello", body("HTTP/1.1 200 OK\r\n\r\nhello"));
    }

    @Test
    void continue100_isSkipped() throws Exception {
        assertEquals("x", body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    }

    @Test
    void cutShort_fails() {
        assertThrows(EOFException.class, () -> body("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"));
        assertThrows(
                EOFException.class, () -> body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
        assertThrows(EOFException.class, () -> body("HTTP/1.1 200 O"));
        assertThrows(EOFException.class, () -> body(""));
    }

    @Test
    void nonsense_fails() {
        assertThrows(IOException.class, () -> body("SSH-2.0-OpenSSH\r\n\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 abc OK\r\n\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\nX: " + "y".repeat(20_000) + "\r\n\r\n"));
        assertThrows(IOException.class, () -> body("HTTP/1.1 200 OK\r\n" + headers(200) + "\r\n"));
    }

    @Test
    void silence_timesOut() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpExchange exchange = new HttpExchange(uri(server), TIMEOUT_MILLIS, 50)) {
            assertThrows(SocketTimeoutException.class, () -> exchange.send("GET", "/", Map.of(), null));
        }
    }

    private static String headers(int count) {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < count; i++) {
            headers.append('x').append(i).append(": y\r\n");
        }
        return headers.toString();
    }

    private static String body(String answer) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpExchange exchange = new HttpExchange(uri(server), TIMEOUT_MILLIS, TIMEOUT_MILLIS)) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> serve(server, answer));
            exchange.send("GET", "/", Map.of(), null);
            String body = new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8);
            served.get();
            return body;
        }
    }

    private static void serve(ServerSocket server, String answer) {
        try (Socket socket = server.accept()) {
            BufferedReader request =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line;
            do {
                line = request.readLine();
            } while (line != null && !line.isEmpty());
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        } catch (IOException readerLeft) {
            // A reader that refuses the answer closes before it has all of it.
            return;
        }
    }

    private static URI uri(ServerSocket server) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }
}
