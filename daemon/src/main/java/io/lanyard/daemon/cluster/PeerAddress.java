package io.lanyard.daemon.cluster;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a peer may be found when multicast does not reach it.
 *
 * @param host a host name or an IPv4 address
 * @param port its port, or 0 to try {@link ClusterSettings#DEFAULT_PORT} and the few after it
 */
public record PeerAddress(String host, int port) {
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;

    /** Refuses a port that is none. */
    public PeerAddress {
        Objects.requireNonNull(host);
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("a port is a number from 1 to 65535, not " + port);
        }
    }

    /**
     * Reads {@code HOST} or {@code HOST:PORT}.
     *
     * @throws IllegalArgumentException if it is neither; the message is a clause for a person
     */
    public static PeerAddress parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a peer is HOST or HOST:PORT with a host name or an IPv4 address, not \"" + text + "\"");
        }
        String port = matcher.group(2);
        return new PeerAddress(matcher.group(1), port == null ? 0 : Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return port == 0 ? host : host + ":" + port;
    }
}
