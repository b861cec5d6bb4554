package io.lanyard.daemon.engine;

import io.lanyard.crdt.FieldPath;
import java.util.SortedMap;

/**
 * The place of a value in the order of all values, as ASCII text that sorts as they do: what lists are ordered by, and
 * what indexes are made of.
 *
 * <p>Absent comes first, then null, false, true, numbers by value, strings by their first {@value #MAX_UNITS} UTF-16
 * code units, arrays by the same of their text, and objects, which are all equal. So a key is short whatever the value,
 * and equal values have equal keys; only strings and arrays that begin alike share a key without being equal.
 *
 * <p>No key is the beginning of another one: each ends with a character that is smaller than any it goes on with.
 */
public final class OrderKey {

    /** How many code units of a string count. */
    public static final int MAX_UNITS = 100;

    /** The key of a field that is not there. */
    public static final String ABSENT = "0" + OrderKey.END;

    /** What a key ends with: smaller than anything else in it. */
    static final char END = '\1';

    private static final char NUMBER = '4';
    private static final char STRING = '5';
    private static final char ARRAY = '6';
    private static final String OBJECT = "7" + END;

    /** The adjusted exponent of what is allowed stays far within, either way. */
    private static final int EXPONENT_BIAS = 5_000;

    private static final int MAX_DIGITS = 120;
    private static final String HEX = "0123456789abcdef";

    private OrderKey() {}

    /** Returns the key of what a document shows at {@code path}. */
    public static String of(SortedMap<FieldPath, String> leaves, FieldPath path) {
        String value = leaves.get(path);
        if (value != null) {
            return of(value);
        }
        return hasBelow(leaves, path) ? OBJECT : ABSENT;
    }

    /** Returns whether a document shows an object with members at {@code path}. */
    public static boolean hasBelow(SortedMap<FieldPath, String> leaves, FieldPath path) {
        return !leaves.subMap(path.firstBelow(), path.endBelow()).isEmpty();
    }

    /** Returns the key of a value, given as JSON text. */
    public static String of(String json) {
        char first = json.charAt(0);
        return switch (first) {
            case 'n' -> "1" + END;
            case 'f' -> "2" + END;
            case 't' -> "3" + END;
            case '"' -> units(STRING, unquoted(json));
            case '[' -> units(ARRAY, json);
            case '{' -> OBJECT;
            default -> NUMBER + ofNumber(json) + END;
        };
    }

    /** Returns the smallest text that keys of values of this one's kind begin with. */
    public static String kindOf(String json) {
        return of(json).substring(0, 1);
    }

    /** Returns whether JSON text is a number. */
    public static boolean isNumber(String json) {
        char first = json.charAt(0);
        return first == '-' || first >= '0' && first <= '9';
    }

    /** Returns how two numbers, given as JSON text, compare. Takes the same short time whatever their exponents. */
    public static int compareNumbers(String left, String right) {
        return (ofNumber(left) + END).compareTo(ofNumber(right) + END);
    }

    /** Returns the text that a JSON string means. */
    public static String unquoted(String json) {
        if (json.indexOf('\\') < 0) {
            return json.substring(1, json.length() - 1);
        }
        StringBuilder text = new StringBuilder(json.length());
        for (int i = 1; i < json.length() - 1; i++) {
            char c = json.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = json.charAt(++i);
            switch (escaped) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(json.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> text.append(escaped);
            }
        }
        return text.toString();
    }

    private static String units(char kind, String text) {
        int length = Math.min(text.length(), MAX_UNITS);
        StringBuilder key = new StringBuilder(length + 2).append(kind);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < '~') {
                key.append(c);
            } else {
                key.append(c < ' ' ? '\2' : '~')
                        .append(HEX.charAt(c >> 12))
                        .append(HEX.charAt(c >> 8 & 15))
                        .append(HEX.charAt(c >> 4 & 15))
                        .append(HEX.charAt(c & 15));
            }
        }
        return key.append(END).toString();
    }

    /** Sign, biased exponent, digits without outer zeros; of a negative number all complemented, and a high end. */
    private static String ofNumber(String json) {
        boolean isNegative = json.charAt(0) == '-';
        StringBuilder digits = new StringBuilder();
        long pointAt = 0;
        boolean isBehindPoint = false;
        int at = isNegative ? 1 : 0;
        for (; at < json.length(); at++) {
            char c = json.charAt(at);
            if (c == 'e' || c == 'E') {
                break;
            } else if (c == '.') {
                isBehindPoint = true;
            } else if (c != '0' || !digits.isEmpty()) {
                digits.append(c);
                pointAt += isBehindPoint ? 0 : 1;
            } else if (isBehindPoint) {
                pointAt--;
            }
        }
        int length = digits.length();
        while (length > 0 && digits.charAt(length - 1) == '0') {
            length--;
        }
        if (length == 0) {
            return "1";
        }
        digits.setLength(Math.min(length, MAX_DIGITS));
        long exponent = pointAt + (at < json.length() ? exponent(json, at + 1) : 0);
        int biased = (int) Math.max(0, Math.min(9_999, exponent + EXPONENT_BIAS));
        if (!isNegative) {
            return "2" + fourDigits(biased) + digits;
        }
        for (int i = 0; i < digits.length(); i++) {
            digits.setCharAt(i, (char) ('9' - (digits.charAt(i) - '0')));
        }
        return "0" + fourDigits(9_999 - biased) + digits + '~';
    }

    private static long exponent(String json, int start) {
        long exponent = 0;
        for (int i = start; i < json.length() && exponent < 1_000_000; i++) {
            char c = json.charAt(i);
            if (c >= '0' && c <= '9') {
                exponent = 10 * exponent + c - '0';
            }
        }
        return json.charAt(start) == '-' ? -exponent : exponent;
    }

    private static String fourDigits(int number) {
        String text = Integer.toString(number);
        return "0000".substring(text.length()) + text;
    }
}
