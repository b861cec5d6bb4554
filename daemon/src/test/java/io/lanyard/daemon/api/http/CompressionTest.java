package io.lanyard.daemon.api.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class CompressionTest {

    private static final String LIST = "/api/docs/expense";
    private static final String E1 = "/api/docs/expense/e1";
    private static final String BIG = "{\"text\":\"" + "długi ".repeat(400) + "\"}";

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(new FakeNode());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip|gzip",
                "br;q=1.0, gzip;q=0.8, *;q=0.1|gzip",
                "*|gzip",
                "GZIP|gzip",
                "gzip;q=0|",
                "identity, gzip;q=0.5|",
                "br|",
                "''|",
                "nonsense;;;=|"
            })
    void list_isCompressedForWhomWantsIt(String accepted, String coding) throws Exception {
        api.send("PUT", E1, BIG);
        HttpResponse<byte[]> plain = get(LIST, null);
        assertEquals("", plain.headers().firstValue("Content-Encoding").orElse(""));
        HttpResponse<byte[]> response = get(LIST, accepted);
        assertEquals(
                coding == null ? "" : coding,
                response.headers().firstValue("Content-Encoding").orElse(""));
        assertEquals("Accept-Encoding", response.headers().firstValue("Vary").orElse(""));
        byte[] body = coding == null
                ? response.body()
                : new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes();
        assertArrayEquals(plain.body(), body);
        assertTrue(coding == null || response.body().length < plain.body().length / 5);
    }

    @Test
    void smallAnswer_staysAsItIs() throws Exception {
        api.send("PUT", E1, "{\"a\":1}");
        HttpResponse<byte[]> response = get(LIST, "gzip");
        assertEquals("", response.headers().firstValue("Content-Encoding").orElse(""));
    }

    @Test
    void document_keepsItsBytesAndItsEtag_whateverIsAsked() throws Exception {
        api.send("PUT", E1, BIG);
        HttpResponse<byte[]> plain = get(E1, null);
        HttpResponse<byte[]> response = get(E1, "gzip");
        String etag = response.headers().firstValue("ETag").orElseThrow();
        assertEquals(plain.headers().firstValue("ETag").orElseThrow(), etag);
        assertArrayEquals(plain.body(), response.body());
        assertEquals(
                304,
                api.send("GET", E1, null, "If-None-Match", etag, "Accept-Encoding", "gzip")
                        .statusCode());
        assertEquals(
                200,
                api.send("PUT", E1, "{}", "If-Match", etag, "Accept-Encoding", "gzip")
                        .statusCode());
    }

    @Test
    void feed_askedForCompressed_comesLineByLine() throws Exception {
        var feed = api.stream(api.request("/api/sync/changes").header("Accept-Encoding", "gzip"));
        assertEquals("", feed.headers().firstValue("Content-Encoding").orElse(""));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
            assertTrue(lines.readLine().contains("synced"));
            api.send("PUT", E1, BIG);
            assertTrue(lines.readLine().contains("expense_created"));
        }
    }

    @Test
    void compressedBody_isRefused_howeverSmallItIs() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[8 << 20]);
        }
        HttpResponse<String> response = api.send(api.request(E1)
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .PUT(BodyPublishers.ofByteArray(bomb.toByteArray())));
        ApiFixture.assertProblem(415, "not_json", response);
        assertEquals(
                "identity", response.headers().firstValue("Accept-Encoding").orElse(""));
        assertEquals(
                201, api.send("PUT", E1, "{}", "Content-Encoding", "identity").statusCode());
    }

    private HttpResponse<byte[]> get(String path, String accepted) throws Exception {
        var request = api.request(path);
        if (accepted != null) {
            request.header("Accept-Encoding", accepted);
        }
        return api.client().send(request.build(), BodyHandlers.ofByteArray());
    }
}
