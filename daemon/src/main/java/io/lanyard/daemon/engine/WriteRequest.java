package io.lanyard.daemon.engine;

import java.util.List;

/**
 * Operations of one program, to be done at once.
 *
 * @param operations what to do, in order
 * @param mode whether they stand and fall together
 * @param client the name that the program gave itself, empty if none
 */
public record WriteRequest(List<Operation> operations, Mode mode, String client) {

    /** Makes the list unmodifiable. */
    public WriteRequest {
        operations = List.copyOf(operations);
    }

    /** Whether operations stand and fall together. */
    public enum Mode {
        /** All are applied as one write, or none. */
        ALL_OR_NOTHING,
        /** Each is a write of its own, and one that fails leaves the others alone. */
        EACH
    }
}
