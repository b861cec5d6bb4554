package io.lanyard.crdt;

import java.math.BigDecimal;

/**
 * What one register inside a field says: what a replica counted, or of one element that it was added or removed.
 *
 * <p>Such registers stand at internal paths below the field's, in names that no program may use, and are merged like all
 * others. Each names what it builds upon: a plain value, by its stamp, or nothing, and since when then. So a value that
 * somebody else put there meanwhile does not get what was not counted from it.
 *
 * @param leaf the field
 * @param kind what it says
 * @param isOnValue whether it builds upon a plain value; else the field had none
 * @param since the stamp of that value, or when counting from nothing began
 * @param content the sum as JSON number, or the element as JSON text
 */
record Share(FieldPath leaf, Kind kind, boolean isOnValue, Stamp since, String content) {

    private static final String ON_VALUE = "[\"=";
    private static final String ON_NOTHING = "[\"+";
    private static final int HEX_AT = 3;
    private static final int REPLICA_AT = HEX_AT + 16;
    private static final int MARK_AT = REPLICA_AT + 16;
    private static final int CONTENT_AT = MARK_AT + 2;

    /** What a share can say; the names stand in paths. */
    enum Kind {
        /** What a replica counted so far. */
        COUNT("count"),
        /** That an element was added; under a name of its own for each addition. */
        ADD("add"),
        /** That an element of the plain value was removed. */
        REMOVE("remove"),
        /** How far a replica had counted, as far as the writer of the next plain value knew. Counts for nothing. */
        NOTED("noted");

        private final String name;

        Kind(String name) {
            this.name = name;
        }

        String pathName() {
            return name;
        }
    }

    /** Makes what builds upon {@code plain}, or upon nothing if that is {@code null}. */
    static Share on(Register plain, Stamp now, FieldPath leaf, Kind kind, String content) {
        return new Share(leaf, kind, plain != null, plain == null ? now : plain.stamp(), content);
    }

    /** Reads a register; {@code null} if it is a tombstone, or not of this kind. */
    static Share of(FieldPath path, Register register) {
        String value = register.value();
        Kind kind = path.kind();
        if (kind == null
                || value == null
                || value.length() <= CONTENT_AT
                || !(value.startsWith(ON_VALUE) || value.startsWith(ON_NOTHING))
                || !value.startsWith("\",", MARK_AT)) {
            return null;
        }
        try {
            Stamp since = new Stamp(
                    Long.parseUnsignedLong(value, HEX_AT, REPLICA_AT, 16),
                    new ReplicaId(Long.parseUnsignedLong(value, REPLICA_AT, MARK_AT, 16)));
            String content = value.substring(CONTENT_AT, value.length() - 1);
            return new Share(path.leaf(), kind, value.startsWith(ON_VALUE), since, content);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Returns the register's value, which is JSON like all others. */
    String text() {
        return (isOnValue ? ON_VALUE : ON_NOTHING) + String.format("%016x%s", since.time(), since.replica()) + "\","
                + content + "]";
    }

    /** Returns where the register stands. */
    FieldPath path(String name) {
        return leaf.inside(kind, name);
    }

    /** Returns where it is noted how far the counter at {@code path} was known. */
    static FieldPath notedPath(FieldPath path) {
        String name = path.pointer().substring(path.pointer().lastIndexOf('/') + 1);
        return path.leaf().inside(Kind.NOTED, name);
    }

    /** Returns the same with another content. */
    Share saying(String other) {
        return new Share(leaf, kind, isOnValue, since, other);
    }

    /** Returns true if both build upon the same. */
    boolean isOnSameAs(Share other) {
        return other != null && isOnValue == other.isOnValue && since.equals(other.since);
    }

    /** Returns true if this can build upon {@code value}, or upon nothing if that is {@code null}. */
    boolean fits(String value) {
        return switch (kind) {
            case COUNT ->
                Amount.read(content).isPresent()
                        && (value == null || Amount.read(value).isPresent());
            case ADD -> value == null || Elements.isArray(value);
            case REMOVE -> value != null && Elements.isArray(value);
            case NOTED -> false;
        };
    }

    /** Returns the sum of a count. */
    BigDecimal amount() {
        return Amount.read(content).orElse(BigDecimal.ZERO);
    }
}
