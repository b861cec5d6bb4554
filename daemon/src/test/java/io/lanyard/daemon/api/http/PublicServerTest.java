package io.lanyard.daemon.api.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An app's files: what is served, and above all what is not. */
@Timeout(30)
class PublicServerTest {

    private static final String SECRET = "not for the web";

    @TempDir
    private Path folder;

    private PublicServer site;

    @BeforeEach
    void serve() throws Exception {
        Path app = Files.createDirectories(folder.resolve("app/sub dir/.git"));
        app = folder.resolve("app");
        Files.writeString(app.resolve("index.html"), "<!doctype html>hello");
        Files.writeString(app.resolve("app.js"), "export {};");
        Files.writeString(app.resolve("data.xyz"), "?");
        Files.writeString(app.resolve(".env"), SECRET);
        Files.writeString(app.resolve("sub dir/index.html"), "below");
        Files.writeString(app.resolve("sub dir/.git/config"), SECRET);
        Files.writeString(folder.resolve("secret.txt"), SECRET);
        Files.createDirectories(folder.resolve("app2"));
        Files.writeString(folder.resolve("app2/x.txt"), SECRET);
        Files.createSymbolicLink(app.resolve("out.txt"), folder.resolve("secret.txt"));
        Files.createSymbolicLink(app.resolve("up"), folder);
        Files.createSymbolicLink(app.resolve("env.txt"), app.resolve(".env"));
        Files.createSymbolicLink(app.resolve("same.js"), app.resolve("app.js"));
        site = PublicServer.start(0, app);
    }

    @AfterEach
    void stop() {
        site.close();
    }

    private String ask(String method, String path, String... headers) throws IOException {
        String host = "127.0.0.1:" + site.uri().getPort();
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n");
        boolean hasHost = false;
        for (String header : headers) {
            request.append(header).append("\r\n");
            hasHost |= header.startsWith("Host:");
        }
        request.append(hasHost ? "" : "Host: " + host + "\r\n").append("\r\n");
        try (Socket socket = new Socket("127.0.0.1", site.uri().getPort())) {
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void files_areServedWithTypeAndEtag() throws Exception {
        String page = ask("GET", "/");
        assertTrue(page.startsWith("HTTP/1.1 200") && page.endsWith("hello"), page);
        assertTrue(page.contains("Content-Type: text/html"), page);
        assertTrue(page.contains("X-Content-Type-Options: nosniff"), page);
        assertTrue(ask("GET", "/app.js?v=1").contains("Content-Type: text/javascript"));
        assertTrue(ask("GET", "/same.js").endsWith("export {};"));
        assertTrue(ask("GET", "/data.xyz").contains("Content-Type: application/octet-stream"));
        assertTrue(ask("GET", "/sub%20dir/").endsWith("below"));
        String moved = ask("GET", "/sub%20dir");
        assertTrue(moved.startsWith("HTTP/1.1 308") && moved.contains("Location: ./sub%20dir/"), moved);
        String etag = page.replaceFirst("(?s).*ETag: (\"[^\"]+\").*", "$1");
        assertTrue(ask("GET", "/", "If-None-Match: " + etag).startsWith("HTTP/1.1 304"));
        String head = ask("HEAD", "/app.js");
        assertTrue(head.contains("Content-Length: 10") && !head.contains("export"), head);
        Files.writeString(folder.resolve("app/index.html"), "changed, and longer");
        assertTrue(ask("GET", "/", "If-None-Match: " + etag).endsWith("changed, and longer"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/.env",
                "/%2eenv",
                "/sub%20dir/.git/config",
                "/../secret.txt",
                "/%2e%2e/secret.txt",
                "/..%2fsecret.txt",
                "/%2e%2e%2fsecret.txt",
                "/..%5csecret.txt",
                "/sub%20dir/../../secret.txt",
                "/./app.js",
                "//etc/passwd",
                "/%2fetc/passwd",
                "/out.txt",
                "/up/secret.txt",
                "/up/app/index.html/..",
                "/env.txt",
                "/up/",
                "/../app2/x.txt",
                "/app.js/",
                "/app.js%00.html",
                "/nothing",
                "/sub%20dir/.git/",
                "/..;/secret.txt",
                "/%c0%ae%c0%ae/secret.txt",
                "/api/sync/status",
                "/ws",
                "/healthz"
            })
    void whatIsNotTheApps_isNotServed(String path) throws Exception {
        String answer = ask("GET", path);
        assertTrue(answer.startsWith("HTTP/1.1 404") || answer.startsWith("HTTP/1.1 400"), answer);
        assertFalse(answer.contains(SECRET) || answer.contains("root:"), answer);
    }

    @Test
    void otherMethodsAndHosts_areRefused() throws Exception {
        assertTrue(ask("PUT", "/app.js").startsWith("HTTP/1.1 405"));
        assertTrue(ask("GET", "/", "Host: evil.example").startsWith("HTTP/1.1 403"));
        assertTrue(ask("GET", "/", "Host: 127.0.0.1:1").startsWith("HTTP/1.1 403"));
    }

    @Test
    void start_withoutADirectory_fails() {
        assertThrows(IOException.class, () -> PublicServer.start(0, folder.resolve("none")));
        assertThrows(IOException.class, () -> PublicServer.start(0, folder.resolve("secret.txt")));
        assertThrows(
                ApiPortInUseException.class, () -> PublicServer.start(site.uri().getPort(), folder.resolve("app")));
        assertEquals("127.0.0.1", site.uri().getHost());
    }
}
