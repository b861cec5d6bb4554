package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A file of the daemon's own pages: the same for everybody, with no secret in it. Any thread. */
final class WebFile {

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final String type;
    private final String text;

    /** Reads one from the class path. */
    WebFile(String name) {
        type = switch (name.substring(name.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".js" -> "text/javascript; charset=utf-8";
            default -> "text/css; charset=utf-8";
        };
        try (InputStream in = WebFile.class.getResourceAsStream("/web/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers with it. Parameters are refused. */
    void serve(Exchange exchange) {
        exchange.allowParameters(Set.of());
        answer(exchange);
    }

    /** Answers with it, whatever the parameters are. A page may run and call what is the daemon's, and nothing else. */
    void answer(Exchange exchange) {
        if (type.startsWith("text/html")) {
            exchange.with("Content-Security-Policy", POLICY);
        }
        exchange.text(type, text);
    }
}
