package io.lanyard.crdt;

/** Says that bytes are not what they should be: cut off, damaged, hostile or of a version that is not understood. */
public final class CodecException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Makes the exception with a sentence for the log. */
    public CodecException(String message) {
        super(message);
    }

    /** Makes the exception with a sentence for the log and what led to it. */
    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
