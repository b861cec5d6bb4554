package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;

/**
 * {@code /lanyard.js}, the client for web pages. It holds no secret and every page may load it, whatever its origin: a
 * module script from elsewhere is only taken by browsers if the answer allows that.
 */
final class ClientModule {

    private static final String RESOURCE = "/npm/lanyard/lanyard.js";
    private static final int ETAG_LENGTH = 32;

    private final String source;
    private final String etag;

    /** Reads the module from the class path. */
    ClientModule() {
        try (InputStream in = ClientModule.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the class path");
            }
            byte[] bytes = in.readAllBytes();
            source = new String(bytes, StandardCharsets.UTF_8);
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            etag = HexFormat.of().formatHex(hash).substring(0, ETAG_LENGTH);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Answers with the module, or that the caller has it already. */
    void serve(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.with("Access-Control-Allow-Origin", "*")
                .with("Cross-Origin-Resource-Policy", "cross-origin")
                .with("Cache-Control", "no-cache")
                .with("ETag", '"' + etag + '"');
        List<String> known = Etags.parse(exchange.request(), HttpHeader.IF_NONE_MATCH);
        if (known.contains(etag) || known.contains(Etags.ANY)) {
            exchange.empty(304);
        } else {
            exchange.text("text/javascript; charset=utf-8", source);
        }
    }
}
