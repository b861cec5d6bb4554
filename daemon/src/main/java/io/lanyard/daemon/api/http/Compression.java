package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Texts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Compresses whole answers by gzip for callers that ask for it. What is small stays as it is, and so does whatever
 * carries an ETag: a strong one names the bytes, so that a compressed document would need another, which no write could
 * be held against (RFC 9110, section 8.8.3.3). Streams never come through here. Any thread.
 */
final class Compression {

    /** Below this an answer fits into one packet anyway. */
    static final int MIN_BYTES = 1 << 10;

    private static final String GZIP = "gzip";
    private static final String IDENTITY = "identity";
    private static final String ANY = "*";

    private Compression() {}

    /** Returns the body as it is to be sent, and says so in the headers of the answer. */
    static byte[] apply(Request request, Response response, byte[] body) {
        if (body.length < MIN_BYTES || response.getHeaders().contains(HttpHeader.ETAG)) {
            return body;
        }
        response.getHeaders().put(HttpHeader.VARY, HttpHeader.ACCEPT_ENCODING.asString());
        if (!isWanted(request.getHeaders().getQualityCSV(HttpHeader.ACCEPT_ENCODING))) {
            return body;
        }
        response.getHeaders().put(HttpHeader.CONTENT_ENCODING, GZIP);
        return compressed(body);
    }

    /** Returns whether gzip is liked, and no less than plain text; {@code liked} is in order, and without q=0. */
    private static boolean isWanted(List<String> liked) {
        for (String coding : liked) {
            if (coding.equalsIgnoreCase(GZIP) || coding.equals(ANY)) {
                return true;
            }
            if (coding.equalsIgnoreCase(IDENTITY)) {
                return false;
            }
        }
        return false;
    }

    private static byte[] compressed(byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip = new FastGzip(bytes)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Checks that a request's body came uncompressed: one that is compressed may grow a thousandfold, and on the same
     * machine there is nothing to save.
     *
     * @throws Problem.ProblemException {@code not_json} if not
     */
    static void requireNone(Optional<String> contentEncoding) {
        if (!contentEncoding.orElse(IDENTITY).strip().equalsIgnoreCase(IDENTITY)) {
            throw Problem.Code.NOT_JSON.exception(
                    "the body is compressed (" + Texts.shortened(contentEncoding.get()) + ")", "send it as it is");
        }
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
