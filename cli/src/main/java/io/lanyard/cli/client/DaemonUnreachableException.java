package io.lanyard.cli.client;

/** No daemon answered at the address asked. */
public final class DaemonUnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Takes one sentence saying where it was looked for and what happened. */
    public DaemonUnreachableException(String message) {
        super(message);
    }
}
