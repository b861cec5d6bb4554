package io.lanyard.daemon.security;

/** Bytes that are no statement, or no admittance, that this version understands. The message is a clause saying why. */
public final class MalformedStatementException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message a clause saying why */
    public MalformedStatementException(String message) {
        super(message);
    }

    /** @param message a clause saying why */
    public MalformedStatementException(String message, Throwable cause) {
        super(message, cause);
    }
}
