package io.lanyard.cli;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A document as people name it, {@code collection/id}, or a collection alone.
 *
 * @param collection the collection
 * @param id the id; empty for the collection itself
 */
record DocumentName(String collection, String id) {

    private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._~:@+-]{1,128}");

    /**
     * Reads {@code collection/id}.
     *
     * @throws CommandFailure when it is not a document's name
     */
    static DocumentName document(String text) throws CommandFailure {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + text + "' names no document",
                    "a document is COLLECTION/ID, such as contact/ada");
        }
        String id = text.substring(slash + 1);
        if (!ID.matcher(id).matches() || id.equals(".") || id.equals("..")) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + id + "' is not an id",
                    "an id has 1 to 128 letters, digits or any of . _ ~ : @ + - and is not . or ..");
        }
        return new DocumentName(checked(text.substring(0, slash)), id);
    }

    /**
     * Reads a collection's name.
     *
     * @throws CommandFailure when it is none
     */
    static DocumentName collection(String text) throws CommandFailure {
        return new DocumentName(checked(text), "");
    }

    /** Returns its path in the API. */
    String path() {
        return "/api/docs/" + collection + (id.isEmpty() ? "" : "/" + encode(id));
    }

    /** Returns the text as one part of a path or query. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Returns what {@link #encode} was given. */
    static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return id.isEmpty() ? collection : collection + "/" + id;
    }

    private static String checked(String collection) throws CommandFailure {
        if (!COLLECTION.matcher(collection).matches()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + collection + "' is not a collection",
                    "a collection is made of letters, digits, _ and -, in parts joined by dots");
        }
        return collection;
    }
}
