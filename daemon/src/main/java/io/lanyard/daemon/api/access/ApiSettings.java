package io.lanyard.daemon.api.access;

/**
 * How the API listens, and how much of it each token may use at a time. The owner's own token has no rate limit: what
 * protects the daemon from its owner's scripts is that writes wait for the disk.
 *
 * @param port the loopback port, 0 for any free one
 * @param requestsPerSecond how many HTTP requests a token may make, 0 for any number
 * @param messagesPerSecond how many WebSocket messages a token may send over all its connections, 0 for any number
 * @param maxStreams how many WebSockets and change feeds there may be together
 * @param maxConnections how many connections there may be, besides a few for the owner
 */
public record ApiSettings(int port, int requestsPerSecond, int messagesPerSecond, int maxStreams, int maxConnections) {

    /** The API's port when none is given. */
    public static final int DEFAULT_PORT = 7717;

    /** As many requests as no app needs, and few enough to leave the daemon to others. */
    public static final int DEFAULT_REQUESTS_PER_SECOND = 500;

    /** As {@link #DEFAULT_REQUESTS_PER_SECOND}, of messages. */
    public static final int DEFAULT_MESSAGES_PER_SECOND = 1_000;

    /** As many as the memory of a stalled reader allows. */
    public static final int DEFAULT_MAX_STREAMS = 1_000;

    /** A thousand that listen, and half as many that ask. */
    public static final int DEFAULT_MAX_CONNECTIONS = 1_500;

    /** A token may save up what it did not use for so long. */
    static final int BURST_SECONDS = 4;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative, or there could be no stream or no connection
     */
    public ApiSettings {
        if (port < 0 || requestsPerSecond < 0 || messagesPerSecond < 0 || maxStreams < 1 || maxConnections < 1) {
            throw new IllegalArgumentException(
                    "limits are not negative, and there is one stream and one connection at least");
        }
    }

    /** Returns the settings of an API that was told nothing but its port. */
    public static ApiSettings on(int port) {
        return new ApiSettings(
                port,
                DEFAULT_REQUESTS_PER_SECOND,
                DEFAULT_MESSAGES_PER_SECOND,
                DEFAULT_MAX_STREAMS,
                DEFAULT_MAX_CONNECTIONS);
    }
}
