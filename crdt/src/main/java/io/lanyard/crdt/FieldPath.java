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

    /** What leads to registers inside a field: no name of a program's begins with {@code $}. */
    private static final String INSIDE = "/$";

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

    /**
     * Returns true if this is no field but a register inside one: a part of a counter or a set, under names that programs
     * cannot use.
     */
    public boolean isInternal() {
        return insideAt() > 0;
    }

    /** Returns the field that this is, or that it is inside of. */
    public FieldPath leaf() {
        int cut = insideAt();
        return cut <= 0 ? this : new FieldPath(pointer.substring(0, cut));
    }

    /** Returns what a register inside a field says; {@code null} if this is a field. */
    Share.Kind kind() {
        int at = insideAt();
        return at <= 0 ? null : kindAt(at);
    }

    /** Returns the path of a register inside this field. */
    FieldPath inside(Share.Kind kind, String name) {
        return new FieldPath(pointer + INSIDE + kind.pathName() + "/" + name);
    }

    private int insideAt() {
        int at = pointer.indexOf(INSIDE);
        while (at >= 0 && kindAt(at) == null) {
            at = pointer.indexOf(INSIDE, at + 1);
        }
        return at;
    }

    private Share.Kind kindAt(int at) {
        int start = at + INSIDE.length();
        for (Share.Kind kind : Share.Kind.values()) {
            int end = start + kind.pathName().length();
            if (pointer.startsWith(kind.pathName(), start) && pointer.length() > end && pointer.charAt(end) == '/') {
                return kind;
            }
        }
        return null;
    }

    /** Returns the smallest path that could be inside this field (inclusive bound of a range). */
    FieldPath firstInside() {
        return new FieldPath(pointer + INSIDE);
    }

    /** Returns the end of the range that starts at {@link #firstInside} (exclusive; '%' follows '$'). */
    FieldPath endInside() {
        return new FieldPath(pointer + "/%");
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
