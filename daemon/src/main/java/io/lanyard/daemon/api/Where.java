package io.lanyard.daemon.api;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.api.Problem.ProblemException;
import java.math.BigDecimal;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition on one field of a document, such as {@code amount>=10} or {@code address.city=Kraków}.
 *
 * <p>The path is a name, names joined by dots, or a JSON Pointer; it ends at the first operator. A value that parses as
 * JSON is that, else it is a string. Numbers compare by value ({@code 12.10 = 12.1}), strings by Unicode code units;
 * anything else is equal or not. A document without the field satisfies {@code !=} only.
 *
 * @param path which field
 * @param operator how it has to stand to the value
 * @param value JSON text
 */
record Where(FieldPath path, Operator operator, String value) {

    private static final Pattern FORM = Pattern.compile("\\s*([^<>=!]+?)\\s*(!=|<=|>=|=|<|>)(.*)", Pattern.DOTALL);

    /** How two values may have to stand to each other. */
    enum Operator {
        EQUAL("="),
        NOT_EQUAL("!="),
        LESS("<"),
        AT_MOST("<="),
        GREATER(">"),
        AT_LEAST(">=");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        private static Operator of(String sign) {
            for (Operator operator : values()) {
                if (operator.sign.equals(sign)) {
                    return operator;
                }
            }
            throw new IllegalArgumentException(sign);
        }
    }

    /**
     * Reads a condition.
     *
     * @throws ProblemException {@code invalid_value} if it is none
     */
    static Where parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw invalid(text);
        }
        return new Where(pathOf(matcher.group(1), text), Operator.of(matcher.group(2)), valueOf(matcher.group(3)));
    }

    /** Returns whether it is true of a document. */
    boolean isTrueOf(SortedMap<FieldPath, String> leaves) {
        String actual = leaves.get(path);
        if (actual == null) {
            return operator == Operator.NOT_EQUAL;
        }
        return switch (operator) {
            case EQUAL -> isEqual(actual);
            case NOT_EQUAL -> !isEqual(actual);
            case LESS -> isComparable(actual) && compare(actual) < 0;
            case AT_MOST -> isComparable(actual) && compare(actual) <= 0;
            case GREATER -> isComparable(actual) && compare(actual) > 0;
            case AT_LEAST -> isComparable(actual) && compare(actual) >= 0;
        };
    }

    private boolean isEqual(String actual) {
        return isNumber(actual) && isNumber(value) ? compare(actual) == 0 : actual.equals(value);
    }

    private boolean isComparable(String actual) {
        return isNumber(actual) && isNumber(value) || isString(actual) && isString(value);
    }

    private int compare(String actual) {
        return isNumber(actual)
                ? new BigDecimal(actual).compareTo(new BigDecimal(value))
                : plain(actual).compareTo(plain(value));
    }

    private static boolean isNumber(String json) {
        char first = json.charAt(0);
        return first == '-' || first >= '0' && first <= '9';
    }

    private static boolean isString(String json) {
        return json.charAt(0) == '"';
    }

    private static String plain(String json) {
        return JsonReader.read(json, JsonReader::text);
    }

    private static FieldPath pathOf(String name, String text) {
        try {
            if (name.startsWith("/")) {
                return new FieldPath(name);
            }
        } catch (IllegalArgumentException e) {
            throw invalid(text);
        }
        FieldPath path = null;
        for (String segment : name.split("\\.", -1)) {
            path = path == null ? FieldPath.of(segment) : path.child(segment);
        }
        return path;
    }

    private static String valueOf(String text) {
        String stripped = text.strip();
        try {
            return JsonReader.read(stripped, reader -> {
                String json = reader.canonicalValue(Limits.MAX_DEPTH);
                if (reader.firstProblem() != null) {
                    throw reader.firstProblem().exception();
                }
                return json;
            });
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
