package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits the path of a request as it was sent. Dots and encoded slashes mean nothing here: a part is a name, and whether
 * it may be one is judged by whoever needs it.
 */
public final class RequestPath {

    private RequestPath() {}

    /**
     * Returns the decoded parts between the slashes.
     *
     * @throws Problem.ProblemException {@code bad_request} if the percent-encoding is broken
     */
    public static List<String> segments(String rawPath) {
        List<String> segments = new ArrayList<>();
        if (rawPath != null && rawPath.startsWith("/")) {
            for (String raw : rawPath.substring(1).split("/", -1)) {
                segments.add(decode(raw));
            }
        }
        return segments;
    }

    private static String decode(String raw) {
        if (raw.indexOf('%') < 0) {
            return raw;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = high >= 0 ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (low < 0) {
                    throw Code.BAD_REQUEST.exception(
                            "the path's percent-encoding is broken: " + Texts.shortened(raw), "write %25 for %");
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        // What is not UTF-8 becomes U+FFFD, which no name may have.
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
