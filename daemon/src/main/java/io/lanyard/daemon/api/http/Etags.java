package io.lanyard.daemon.api.http;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Reads ETags that a caller sends (RFC 9110, section 8.8.3). Quotes may be left out, since they are lost so easily in
 * shells; a weak one is kept with its prefix, so that it is equal to none of ours.
 */
public final class Etags {

    /** Stands for any. */
    public static final String ANY = "*";

    private Etags() {}

    /** Returns the ETags of a header field, without quotes. */
    public static List<String> parse(Request request, HttpHeader name) {
        List<String> etags = new ArrayList<>();
        for (String field : request.getHeaders().getValuesList(name)) {
            for (String part : field.split(",")) {
                if (!part.isBlank()) {
                    etags.add(unquoted(part));
                }
            }
        }
        return etags;
    }

    /** Returns an ETag without the sign of a weak one, for comparisons in which that does not matter. */
    public static String strong(String etag) {
        return etag.startsWith("W/") ? unquoted(etag.substring(2)) : etag;
    }

    /** Returns an ETag without its quotes. */
    public static String unquoted(String text) {
        String etag = text.strip();
        return etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"")
                ? etag.substring(1, etag.length() - 1)
                : etag;
    }
}
