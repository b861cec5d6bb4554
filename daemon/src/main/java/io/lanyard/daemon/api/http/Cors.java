package io.lanyard.daemon.api.http;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** What browsers are told about pages that may come in (CORS, and Private Network Access). Never with credentials. */
public final class Cors {

    /** Where the client for web pages is served. Pages of any origin may load it: they need it before they have a token. */
    public static final String CLIENT_MODULE = "/lanyard.js";

    private static final String EXPOSED = "ETag, Lanyard-Stamp, Location, Retry-After";
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private static final String HEADERS =
            "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, " + "Lanyard-Client, Last-Event-ID";
    private static final String MAX_AGE_SECONDS = "600";

    private Cors() {}

    /** Returns whether pages of any origin may load this. */
    static boolean isForEverybody(Request request) {
        return CLIENT_MODULE.equals(request.getHttpURI().getPath());
    }

    /** Lets pages of {@code origin} read the answer. */
    static void allow(Response response, String origin) {
        response.getHeaders().put("Access-Control-Allow-Origin", origin);
        response.getHeaders().put("Access-Control-Expose-Headers", EXPOSED);
    }

    /** Returns whether the browser asks whether a page may send some request. */
    static boolean isPreflight(Request request) {
        return request.getMethod().equals("OPTIONS") && request.getHeaders().contains("Access-Control-Request-Method");
    }

    /** Says that it may. */
    static void grant(Exchange exchange) {
        exchange.with("Access-Control-Allow-Methods", METHODS)
                .with("Access-Control-Allow-Headers", HEADERS)
                .with("Access-Control-Max-Age", MAX_AGE_SECONDS);
        HttpFields asked = exchange.request().getHeaders();
        if ("true".equals(asked.get("Access-Control-Request-Private-Network"))) {
            exchange.with("Access-Control-Allow-Private-Network", "true");
        }
        exchange.response().getHeaders().put(HttpHeader.CONTENT_LENGTH, 0);
        exchange.empty(204);
    }
}
