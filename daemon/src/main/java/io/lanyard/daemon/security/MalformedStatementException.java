package io.lanyard.daemon.security;

/** Bytes that are no statement, or no admittance, that this version understands. The message is a clause saying why. */
public final class MalformedStatementException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedStatementException(String message) {
        super(message);
    }

    MalformedStatementException(String message, Throwable cause) {
        super(message, cause);
    }
}
