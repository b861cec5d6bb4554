package io.lanyard.cli.client;

/** The daemon answered, and its answer was no. */
public final class RequestRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final String hint;

    RequestRefusedException(int status, String code, String message, String hint) {
        super(message);
        this.status = status;
        this.code = code;
        this.hint = hint;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }

    /** Returns the stable code for programs, such as {@code etag_mismatch}; empty when the answer had none. */
    public String code() {
        return code;
    }

    /** Returns what the daemon advises to do; empty when it advises nothing. */
    public String hint() {
        return hint;
    }
}
