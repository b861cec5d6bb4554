package io.lanyard.daemon.security;

import java.util.Locale;

/**
 * One thing that the holder of a token may do: {@code alice.*:write} over collections, or {@code metrics} over the
 * daemon itself.
 *
 * @param pattern over which collections; {@code null} for a right over the daemon
 * @param right what may be done
 */
public record Scope(NamePattern pattern, Right right) {

    /** What a scope may allow. */
    public enum Right {
        /** To see, list, subscribe to and count documents. */
        READ(true),
        /** To write documents, and all of {@link #READ}: whoever writes is told what is there anyway. */
        WRITE(true),
        /** To change what is declared of a collection, and all of {@link #READ}; not to write documents. */
        SETTINGS(true),
        /** To see the whole status of synchronisation: counts of everything, vectors, storage. */
        STATUS(false),
        /** To read {@code /metrics}. */
        METRICS(false),
        /** To list the devices, with their addresses. */
        DEVICES(false);

        private final boolean isOverCollections;

        Right(boolean isOverCollections) {
            this.isOverCollections = isOverCollections;
        }

        /** Returns its name in a scope. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads a scope.
     *
     * @throws IllegalArgumentException if it is none, with a message that says why
     */
    public static Scope parse(String text) {
        int colon = text.indexOf(':');
        Right right = rightOf(text.substring(colon + 1));
        if (right.isOverCollections != colon >= 0) {
            throw new IllegalArgumentException(
                    right.isOverCollections
                            ? "the right " + right.word() + " is over collections: write contact:" + right.word()
                            : "the right " + right.word() + " is over the daemon: write it alone");
        }
        return new Scope(colon < 0 ? null : new NamePattern(text.substring(0, colon)), right);
    }

    /** Returns whether it allows {@code wanted} for {@code collection}. Names that begin with {@code $} are nobody's. */
    public boolean allows(Right wanted, String collection) {
        boolean isEnough = right == wanted || wanted == Right.READ && right.isOverCollections;
        return isEnough && pattern != null && !collection.startsWith("$") && pattern.matches(collection);
    }

    /** Returns the text that {@link #parse} reads. */
    @Override
    public String toString() {
        return pattern == null ? right.word() : pattern.text() + ":" + right.word();
    }

    private static Right rightOf(String word) {
        for (Right right : Right.values()) {
            if (right.word().equals(word)) {
                return right;
            }
        }
        throw new IllegalArgumentException(
                "write COLLECTION:read, COLLECTION:write, COLLECTION:settings, status, metrics or devices");
    }
}
