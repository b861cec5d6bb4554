package io.lanyard.daemon.api.json;

import io.lanyard.crdt.FieldPath;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes JSON text without a space to spare. Keys stand in the order in which they are written. */
public final class JsonWriter {

    private static final String HEX = "0123456789abcdef";

    private final StringBuilder out = new StringBuilder(256);

    /** Whether a value or a key has been written before at this place, so that a comma must come first. */
    private boolean needsComma;

    /** Begins an object; names and values come next. */
    public JsonWriter beginObject() {
        return open('{');
    }

    /** Ends the object that was begun last. */
    public JsonWriter endObject() {
        return close('}');
    }

    /** Begins an array; values come next. */
    public JsonWriter beginArray() {
        return open('[');
    }

    /** Ends the array that was begun last. */
    public JsonWriter endArray() {
        return close(']');
    }

    /** Writes a key; its value comes next. */
    public JsonWriter name(String name) {
        separate();
        quote(out, name);
        out.append(':');
        needsComma = false;
        return this;
    }

    /** Writes a string, or {@code null}. */
    public JsonWriter value(String text) {
        separate();
        if (text == null) {
            out.append("null");
        } else {
            quote(out, text);
        }
        needsComma = true;
        return this;
    }

    /** Writes JSON text as it is. */
    public JsonWriter raw(String json) {
        separate();
        out.append(json);
        needsComma = true;
        return this;
    }

    /** Writes a key and a text, {@code null} as null. */
    public JsonWriter field(String name, String text) {
        return name(name).value(text);
    }

    /** Writes a key and a number. */
    public JsonWriter field(String name, long number) {
        return name(name).raw(Long.toString(number));
    }

    /** Writes a key and true or false. */
    public JsonWriter field(String name, boolean isTrue) {
        return name(name).raw(Boolean.toString(isTrue));
    }

    /** Writes a key and an array of texts. */
    public JsonWriter field(String name, List<String> texts) {
        name(name).beginArray();
        texts.forEach(this::value);
        return endArray();
    }

    /** Writes a document with its keys sorted and each leaf's text as it is. */
    JsonWriter document(SortedMap<FieldPath, String> leaves) {
        separate();
        appendTree(treeOf(leaves));
        needsComma = true;
        return this;
    }

    /** Returns how many characters have been written. */
    public int length() {
        return out.length();
    }

    @Override
    public String toString() {
        return out.toString();
    }

    /** Returns a document's text, with its keys sorted. */
    public static String documentText(SortedMap<FieldPath, String> leaves) {
        return new JsonWriter().document(leaves).toString();
    }

    /** Appends {@code text} as a JSON string, escaping no more than JSON demands. */
    public static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ') {
                out.append(c);
            } else {
                appendControl(out, c);
            }
        }
        out.append('"');
    }

    private static void appendControl(StringBuilder out, char c) {
        switch (c) {
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
        }
    }

    /**
     * Pointers sort by whole text, in which {@code "a b"} comes before {@code "a"} with a member; keys sort one by one.
     */
    private static TreeMap<String, Object> treeOf(SortedMap<FieldPath, String> leaves) {
        TreeMap<String, Object> root = new TreeMap<>();
        leaves.forEach((path, value) -> {
            List<String> segments = path.segments();
            TreeMap<String, Object> at = root;
            for (String segment : segments.subList(0, segments.size() - 1)) {
                at = asObject(at.computeIfAbsent(segment, key -> new TreeMap<String, Object>()));
            }
            at.put(segments.get(segments.size() - 1), value);
        });
        return root;
    }

    @SuppressWarnings("unchecked")
    private static TreeMap<String, Object> asObject(Object node) {
        return (TreeMap<String, Object>) node;
    }

    private void appendTree(TreeMap<String, Object> tree) {
        char separator = '{';
        for (Map.Entry<String, Object> member : tree.entrySet()) {
            out.append(separator);
            quote(out, member.getKey());
            out.append(':');
            if (member.getValue() instanceof String leaf) {
                out.append(leaf);
            } else {
                appendTree(asObject(member.getValue()));
            }
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    private JsonWriter open(char bracket) {
        separate();
        out.append(bracket);
        needsComma = false;
        return this;
    }

    private JsonWriter close(char bracket) {
        out.append(bracket);
        needsComma = true;
        return this;
    }

    private void separate() {
        if (needsComma) {
            out.append(',');
        }
        needsComma = false;
    }
}
