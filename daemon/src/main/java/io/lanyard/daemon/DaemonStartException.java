package io.lanyard.daemon;

/** Says in one sentence why the daemon cannot start, and what to do. */
public final class DaemonStartException extends Exception {

    private static final long serialVersionUID = 1;

    private final String hint;

    DaemonStartException(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /** Returns what to do next, as one sentence; empty if the message says it. */
    public String hint() {
        return hint;
    }
}
