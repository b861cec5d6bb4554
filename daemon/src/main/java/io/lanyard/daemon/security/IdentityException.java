package io.lanyard.daemon.security;

import java.util.Objects;

/**
 * A home directory, key or token file that cannot be used. Its message is one sentence saying what is wrong with which
 * file; {@link #hint()} is the next step for the person at the keyboard.
 */
public final class IdentityException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String hint;

    /**
     * @param message one sentence: what failed, on which file, and why
     * @param hint the next step, as a sentence
     * @param cause what the system said, or null
     */
    public IdentityException(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = Objects.requireNonNull(hint);
    }

    /** Returns what to do next, as one sentence. */
    public String hint() {
        return hint;
    }
}
