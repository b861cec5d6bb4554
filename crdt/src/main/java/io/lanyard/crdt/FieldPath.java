package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The place of a field in a document: a JSON Pointer (RFC 6901) of one segment or more, such as {@code /address/city}.
 *
 * <p>A segment always names a member of an object: arrays are values without parts. Ordered by the pointer's UTF-16
 * code units, in which everything below a path stands in one stretch (see {@link #firstBelow} and {@link #endBelow}).
 *
 * @param pointer the pointer's text, with {@code ~} and {@code /} within a segment escaped as {@code ~0} and {@code ~1}
 */
public record FieldPath(String pointer) implements Comparable<FieldPath> {

    /**
     * Checks the pointer.
     *
     * @throws IllegalArgumentException if the text is not a pointer to a field
     */
    public FieldPath {
        Objects.requireNonNull(pointer);
        if (pointer.isEmpty() || pointer.charAt(0) != '/' || hasBadEscape(pointer)) {
            throw new IllegalArgumentException("not a JSON Pointer to a field: " + pointer);
        }
    }

    /** Returns the path of a top-level field by its plain name. */
    public static FieldPath of(String name) {
        return new FieldPath("/" + escape(name));
    }

    /** Returns the path of the member {@code name} (plain, not escaped) of the object at this path. */
    public FieldPath child(String name) {
        return new FieldPath(pointer + "/" + escape(name));
    }

    /** Returns the path of the enclosing object, or {@code null} if that is the document itself. */
    public FieldPath parent() {
        int cut = pointer.lastIndexOf('/');
        return cut == 0 ? null : new FieldPath(pointer.substring(0, cut));
    }

    /** Returns the plain names from the document down to this field. */
    public List<String> segments() {
        List<String> segments = new ArrayList<>();
        for (int start = 1; start <= pointer.length(); ) {
            int end = pointer.indexOf('/', start);
            end = end < 0 ? pointer.length() : end;
            segments.add(unescape(pointer.substring(start, end)));
            start = end + 1;
        }
        return segments;
    }

    /** Returns true if this path leads through {@code ancestor}, and is not it. */
    public boolean isBelow(FieldPath ancestor) {
        String above = ancestor.pointer;
        return pointer.length() > above.length() && pointer.startsWith(above) && pointer.charAt(above.length()) == '/';
    }

    /** Returns true if the two paths cannot both hold a value: one lies below the other. */
    public boolean clashesWith(FieldPath other) {
        return isBelow(other) || other.isBelow(this);
    }

    /** Returns the smallest path that could lie below this one (inclusive bound of a range). */
    public FieldPath firstBelow() {
        return new FieldPath(pointer + "/");
    }

    /** Returns the end of the range that starts at {@link #firstBelow} (exclusive; '0' follows '/'). */
    public FieldPath endBelow() {
        return new FieldPath(pointer + "0");
    }

    @Override
    public int compareTo(FieldPath other) {
        return pointer.compareTo(other.pointer);
    }

    @Override
    public String toString() {
        return pointer;
    }

    private static String escape(String segment) {
        return segment.indexOf('~') < 0 && segment.indexOf('/') < 0
                ? segment
                : segment.replace("~", "~0").replace("/", "~1");
    }

    private static String unescape(String segment) {
        return segment.indexOf('~') < 0 ? segment : segment.replace("~1", "/").replace("~0", "~");
    }

    private static boolean hasBadEscape(String pointer) {
        for (int at = pointer.indexOf('~'); at >= 0; at = pointer.indexOf('~', at + 1)) {
            char next = at + 1 < pointer.length() ? pointer.charAt(at + 1) : ' ';
            if (next != '0' && next != '1') {
                return true;
            }
        }
        return false;
    }
}
