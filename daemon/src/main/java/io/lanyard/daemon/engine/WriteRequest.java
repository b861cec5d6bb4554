package io.lanyard.daemon.engine;

import java.util.List;
import java.util.Optional;

/**
 * Operations of one program, to be done at once.
 *
 * @param operations what to do, in order; may be none if a conflict is to be settled
 * @param mode whether they stand and fall together
 * @param client the name that the program gave itself, empty if none
 * @param settling the conflict that is settled by the same commit, if all operations succeed
 * @param guard what has to like each document that is to be shown
 * @param repeat the name of this request, if it may come again and is to be done once only
 */
public record WriteRequest(
        List<Operation> operations,
        Mode mode,
        String client,
        Optional<Settling> settling,
        WriteGuard guard,
        Optional<Repeat> repeat) {

    /** Makes the list unmodifiable. */
    public WriteRequest {
        operations = List.copyOf(operations);
    }

    /** Makes a request that settles no conflict. */
    public WriteRequest(List<Operation> operations, Mode mode, String client) {
        this(operations, mode, client, Optional.empty());
    }

    /** Makes a request that settles a conflict. */
    public WriteRequest(List<Operation> operations, Mode mode, String client, Optional<Settling> settling) {
        this(operations, mode, client, settling, WriteGuard.NONE, Optional.empty());
    }

    /** Returns the same request under another guard. */
    public WriteRequest guardedBy(WriteGuard other) {
        return new WriteRequest(operations, mode, client, settling, other, repeat);
    }

    /** Returns the same request under a name. */
    public WriteRequest named(Optional<Repeat> name) {
        return new WriteRequest(operations, mode, client, settling, guard, name);
    }

    /** Whether operations stand and fall together. */
    public enum Mode {
        /** All are applied as one write, or none. */
        ALL_OR_NOTHING,
        /** Each is a write of its own, and one that fails leaves the others alone. */
        EACH
    }

    /**
     * A conflict in the journal to be settled.
     *
     * @param number its number
     * @param verdict what is decided
     */
    public record Settling(long number, Settlement.Verdict verdict) {}

    /**
     * The name of a request that may come again.
     *
     * @param key what its sender calls it, the same each time
     * @param fingerprint what is asked for: another request under the same key is refused
     */
    public record Repeat(String key, String fingerprint) {}
}
