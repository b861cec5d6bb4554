package io.lanyard.crdt;

import java.util.regex.Pattern;

/**
 * The name of a document: {@code collection/id}.
 *
 * <p>Ordered by collection, then by id. Both are plain ASCII, so text order is byte order.
 *
 * <p>Collections whose name begins with {@code $} are internal: what they hold is replicated like everything else, and
 * shown to nobody. {@link #SETTINGS} is the only one.
 *
 * @param collection {@link #SETTINGS}, or words of {@code [A-Za-z0-9_-]+} joined by dots, at most {@value #MAX_NAME_LENGTH} characters
 * @param id {@code [A-Za-z0-9._~:@+-]}, 1 to {@value #MAX_NAME_LENGTH} characters, but not {@code .} or {@code ..}
 */
public record DocumentId(String collection, String id) implements Comparable<DocumentId> {

    /** The longest collection name, and the longest id, in characters. */
    public static final int MAX_NAME_LENGTH = 128;

    /** The internal collection of what is declared of collections; ids are their names. */
    public static final String SETTINGS = "$settings";

    private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._~:@+-]+");

    /**
     * Checks both names.
     *
     * @throws IllegalNameException if either is not allowed
     */
    public DocumentId {
        if (!isCollection(collection) && !collection.equals(SETTINGS)) {
            throw illegalCollection(collection);
        }
        if (id.isEmpty()
                || id.length() > MAX_NAME_LENGTH
                || id.equals(".")
                || id.equals("..")
                || !ID.matcher(id).matches()) {
            throw new IllegalNameException(
                    "'" + shortened(id) + "' is not a document id",
                    "use 1 to " + MAX_NAME_LENGTH + " of letters, digits and . _ ~ : @ + -, but not . or .. alone");
        }
    }

    /** Returns true if this is a document of an internal collection, which no program may see. */
    public boolean isInternal() {
        return collection.charAt(0) == '$';
    }

    /**
     * Returns this.
     *
     * @throws IllegalNameException if it is internal
     */
    public DocumentId open() {
        if (isInternal()) {
            throw illegalCollection(collection);
        }
        return this;
    }

    /** Returns true if {@code name} may name a collection of programs. */
    public static boolean isCollection(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && COLLECTION.matcher(name).matches();
    }

    /**
     * Reads {@code collection/id}.
     *
     * @throws IllegalNameException if the text is not such a name
     */
    public static DocumentId parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalNameException(
                    "'" + shortened(text) + "' does not name a document", "write COLLECTION/ID, such as contact/anna");
        }
        return new DocumentId(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public int compareTo(DocumentId other) {
        int byCollection = collection.compareTo(other.collection);
        return byCollection != 0 ? byCollection : id.compareTo(other.id);
    }

    /** Returns {@code collection/id}. */
    @Override
    public String toString() {
        return collection + "/" + id;
    }

    private static IllegalNameException illegalCollection(String collection) {
        return new IllegalNameException(
                "'" + shortened(collection) + "' is not a collection name",
                "use letters, digits, _ and -, in words joined by single dots, at most " + MAX_NAME_LENGTH
                        + " characters");
    }

    private static String shortened(String name) {
        return name.length() <= 40 ? name : name.substring(0, 40) + "…";
    }

    /** Says which name is not allowed, and what is. */
    public static final class IllegalNameException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        private final String hint;

        IllegalNameException(String message, String hint) {
            super(message);
            this.hint = hint;
        }

        /** Returns what to write instead, as a sentence's part. */
        public String hint() {
            return hint;
        }
    }
}
