package io.lanyard.daemon.security;

import java.util.regex.Pattern;

/** Where a web page comes from, in the one form in which browsers say it (RFC 6454, section 6.2). */
public final class Origin {

    /** What browsers say for pages without an origin, such as files. */
    public static final String NONE = "null";

    private static final int MAX_LENGTH = 256;
    private static final Pattern FORM =
            Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[0-9a-f:.]+\\])(:[1-9][0-9]{0,4})?");

    private Origin() {}

    /**
     * Checks an origin: scheme, host and port in lower case without a path, a final slash or the scheme's own port; or
     * {@value #NONE}.
     *
     * @return the same
     * @throws IllegalArgumentException if no browser would say it so
     */
    public static String checked(String text) {
        boolean hasOwnPort = text.startsWith("http://") && text.endsWith(":80")
                || text.startsWith("https://") && text.endsWith(":443");
        boolean isOrigin = text.length() <= MAX_LENGTH && FORM.matcher(text).matches() && !hasOwnPort;
        if (!isOrigin && !text.equals(NONE)) {
            throw new IllegalArgumentException(
                    "an origin is what browsers send, such as http://localhost:5173: no path, no final slash, no *");
        }
        return text;
    }
}
