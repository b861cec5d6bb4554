package io.lanyard.cli.client;

/** The daemon took the request and did not answer in time; whether it acted on it is unknown. */
public final class DaemonTimeoutException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Takes one sentence saying what was waited for. */
    public DaemonTimeoutException(String message) {
        super(message);
    }
}
