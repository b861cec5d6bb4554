package io.lanyard.crdt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Arrays as JSON text without spaces, as values are kept. Two elements are the same if their texts are. */
final class Elements {

    static final String EMPTY = "[]";

    private Elements() {}

    static boolean isArray(String json) {
        return json.length() >= 2 && json.charAt(0) == '[' && json.charAt(json.length() - 1) == ']';
    }

    /** Returns the elements of an array. */
    static List<String> split(String array) {
        List<String> elements = new ArrayList<>();
        int depth = 0;
        int start = 1;
        boolean isInString = false;
        for (int i = 1; i < array.length() - 1; i++) {
            char c = array.charAt(i);
            if (isInString) {
                i += c == '\\' ? 1 : 0;
                isInString = c != '"';
            } else if (c == '"') {
                isInString = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            } else if (c == ',' && depth == 0) {
                elements.add(array.substring(start, i));
                start = i + 1;
            }
        }
        if (array.length() > 2) {
            elements.add(array.substring(start, array.length() - 1));
        }
        return elements;
    }

    static String join(Collection<String> elements) {
        return "[" + String.join(",", elements) + "]";
    }

    /** Returns a name for an element that fits into a path. */
    static String key(String element) {
        byte[] bytes = element.getBytes(StandardCharsets.UTF_8);
        return Hash.of(bytes, 0, bytes.length).toString();
    }
}
