package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What the API says of itself to programs: {@code /openapi.json} for HTTP and {@code /asyncapi.json} for {@code /ws}.
 * They are written by hand beside this class; tests hold them against what the daemon answers, both ways.
 */
final class SpecRoutes {

    private final String openApi = text("openapi.json");
    private final String asyncApi = text("asyncapi.json");

    /** Answers with the OpenAPI document, version 3.1. */
    void openApi(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.json(200, openApi);
    }

    /** Answers with the AsyncAPI document, version 3.0. */
    void asyncApi(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.json(200, asyncApi);
    }

    /** Returns a file that lies beside this class. */
    static String text(String file) {
        try (InputStream in = SpecRoutes.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " in the jar cannot be read", e);
        }
    }
}
