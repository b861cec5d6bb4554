package io.lanyard.daemon.api.list;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.OrderKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A condition on one field of a document, such as {@code amount>=10}, {@code address.city=Kraków}, {@code tag in
 * ["a","b"]} or {@code note exists}.
 *
 * <p>The path is a name, names joined by dots, or a JSON Pointer; it ends at the first operator. A value that parses as
 * JSON is that, else it is a string. Numbers compare by value ({@code 12.10 = 12.1}), strings by UTF-16 code units;
 * anything else is equal or not. A document without the field satisfies {@code !=} and {@code exists false} only.
 *
 * @param path which field
 * @param operator how it has to stand to the values
 * @param values JSON texts: one, or of {@code in} any number
 */
public record Condition(FieldPath path, Operator operator, List<String> values) {

    private static final Pattern COMPARISON =
            Pattern.compile("\\s*([^<>=!]+?)\\s*(!=|<=|>=|=|<|>)(.*)", Pattern.DOTALL);
    private static final Pattern MEMBERSHIP = Pattern.compile("\\s*([^<>=!]+?)\\s+in\\s+(\\[.*)", Pattern.DOTALL);
    private static final Pattern PRESENCE = Pattern.compile("\\s*([^<>=!]+?)\\s+exists(?:\\s+(true|false))?\\s*");

    /** How a field and values may have to stand to each other. */
    enum Operator {
        EQUAL("="),
        NOT_EQUAL("!="),
        LESS("<"),
        AT_MOST("<="),
        GREATER(">"),
        AT_LEAST(">="),
        IN("in"),
        EXISTS("exists");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        /** Returns the operator that is written so, or null. */
        static Operator of(String sign) {
            for (Operator operator : values()) {
                if (operator.sign.equals(sign)) {
                    return operator;
                }
            }
            return null;
        }

        /** Returns how they are written, with spaces between. */
        static String signs() {
            return Arrays.stream(values()).map(one -> one.sign).collect(Collectors.joining(" "));
        }
    }

    /** Makes the list unmodifiable. */
    public Condition {
        values = List.copyOf(values);
    }

    /**
     * Reads a condition.
     *
     * @throws ProblemException {@code invalid_value} if it is none
     */
    static Condition parse(String text) {
        Matcher presence = PRESENCE.matcher(text);
        if (presence.matches()) {
            String wanted = presence.group(2) == null ? "true" : presence.group(2);
            return new Condition(pathOf(presence.group(1)), Operator.EXISTS, List.of(wanted));
        }
        Matcher membership = MEMBERSHIP.matcher(text);
        if (membership.matches()) {
            return of(pathOf(membership.group(1)), Operator.IN, strictValueOf(membership.group(2)));
        }
        Matcher comparison = COMPARISON.matcher(text);
        if (!comparison.matches()) {
            throw invalid(text);
        }
        return new Condition(
                pathOf(comparison.group(1)), Operator.of(comparison.group(2)), List.of(valueOf(comparison.group(3))));
    }

    /**
     * Makes a condition of an operator and the JSON text that stands behind it.
     *
     * @throws ProblemException {@code invalid_value} if they do not go together
     */
    static Condition of(FieldPath path, Operator operator, String json) {
        return switch (operator) {
            case IN -> new Condition(path, operator, elements(json));
            case EXISTS -> {
                if (!json.equals("true") && !json.equals("false")) {
                    throw Code.INVALID_VALUE.exception("'exists' is true or false, not " + Texts.shortened(json), "");
                }
                yield new Condition(path, operator, List.of(json));
            }
            case EQUAL, NOT_EQUAL, LESS, AT_MOST, GREATER, AT_LEAST -> new Condition(path, operator, List.of(json));
        };
    }

    /** Returns whether it is true of a document. */
    boolean isTrueOf(SortedMap<FieldPath, String> leaves) {
        String actual = leaves.get(path);
        if (operator == Operator.EXISTS) {
            return (actual != null || OrderKey.hasBelow(leaves, path)) == value().equals("true");
        }
        if (actual == null) {
            return operator == Operator.NOT_EQUAL;
        }
        return switch (operator) {
            case EQUAL, IN -> values.stream().anyMatch(value -> areEqual(actual, value));
            case NOT_EQUAL -> !areEqual(actual, value());
            case LESS -> isComparable(actual) && compare(actual) < 0;
            case AT_MOST -> isComparable(actual) && compare(actual) <= 0;
            case GREATER -> isComparable(actual) && compare(actual) > 0;
            case AT_LEAST -> isComparable(actual) && compare(actual) >= 0;
            case EXISTS -> throw new IllegalStateException("answered above");
        };
    }

    /** Returns the only value. */
    String value() {
        return values.get(0);
    }

    private static boolean areEqual(String actual, String value) {
        return OrderKey.isNumber(actual) && OrderKey.isNumber(value)
                ? OrderKey.compareNumbers(actual, value) == 0
                : actual.equals(value);
    }

    private boolean isComparable(String actual) {
        return OrderKey.isNumber(actual) && OrderKey.isNumber(value()) || isString(actual) && isString(value());
    }

    private int compare(String actual) {
        return OrderKey.isNumber(actual)
                ? OrderKey.compareNumbers(actual, value())
                : OrderKey.unquoted(actual).compareTo(OrderKey.unquoted(value()));
    }

    private static boolean isString(String json) {
        return json.charAt(0) == '"';
    }

    /**
     * Reads a name, names joined by dots, or a JSON Pointer.
     *
     * @throws ProblemException {@code invalid_value} if it is none of these
     */
    public static FieldPath pathOf(String name) {
        try {
            if (name.startsWith("/")) {
                return new FieldPath(name);
            }
        } catch (IllegalArgumentException e) {
            throw Code.INVALID_VALUE.exception(
                    "'" + Texts.shortened(name) + "' is no JSON Pointer", "write ~0 for ~ and ~1 for / in a name");
        }
        FieldPath path = null;
        for (String segment : name.split("\\.", -1)) {
            path = path == null ? FieldPath.of(segment) : path.child(segment);
        }
        return path;
    }

    private static List<String> elements(String json) {
        if (json.charAt(0) != '[') {
            throw Code.INVALID_VALUE.exception(
                    "'in' wants a JSON array, not " + Texts.shortened(json), "write in [\"a\",\"b\"]");
        }
        return JsonReader.read(json, reader -> {
            List<String> elements = new ArrayList<>();
            while (reader.next() != JsonToken.END_ARRAY) {
                elements.add(reader.canonicalValue(Limits.MAX_DEPTH));
                if (elements.size() > Limits.MAX_ALTERNATIVES) {
                    throw Code.TOO_LARGE.exception(
                            "'in' takes at most " + Limits.MAX_ALTERNATIVES + " values", "ask for less at once");
                }
            }
            return elements;
        });
    }

    private static String strictValueOf(String text) {
        return JsonReader.read(text.strip(), reader -> {
            String json = reader.canonicalValue(Limits.MAX_DEPTH);
            if (reader.firstProblem() != null) {
                throw reader.firstProblem().exception();
            }
            return json;
        });
    }

    private static String valueOf(String text) {
        String stripped = text.strip();
        try {
            return strictValueOf(stripped);
        } catch (ProblemException e) {
            if (e.problem().code() != Code.MALFORMED_JSON) {
                throw e;
            }
            StringBuilder quoted = new StringBuilder();
            JsonWriter.quote(quoted, stripped);
            return quoted.toString();
        }
    }

    private static ProblemException invalid(String text) {
        return Code.INVALID_VALUE.exception(
                "'" + Texts.shortened(text) + "' is not a condition", "write PATH OP VALUE, such as amount>=10");
    }
}
