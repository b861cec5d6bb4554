package io.lanyard.crdt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A change to a field's value that says by how much and not to what, in a patch: {@code {"$increment":-1}}, or
 * {@code {"$add":["new"],"$remove":["old"]}}. What two devices do so without knowing of each other adds up.
 *
 * <p>As a value it stands for itself: no other value is an object with members.
 *
 * @param increment what to count, as JSON number; {@code null} of a set
 * @param added elements to be there afterwards, as JSON texts without spaces
 * @param removed elements not to be there afterwards
 */
public record Step(String increment, List<String> added, List<String> removed) {

    /** The member that counts. */
    public static final String INCREMENT = "$increment";
    /** The member that adds elements. */
    public static final String ADD = "$add";
    /** The member that removes elements. */
    public static final String REMOVE = "$remove";

    private static final String BEGINNING = "{\"$";
    private static final String INCREMENT_BEGINNING = "{\"" + INCREMENT + "\":";
    private static final String ADD_BEGINNING = "{\"" + ADD + "\":";
    private static final String REMOVE_BEGINNING = "{\"" + REMOVE + "\":";
    private static final String REMOVE_TOO = ",\"" + REMOVE + "\":";

    /** Why a step cannot be done. */
    public enum Refusal {
        /** Counting from what is no number, or one beyond the limits. */
        NOT_A_NUMBER,
        /** Adding to or removing from what is no array. */
        NOT_AN_ARRAY,
        /** The result, or what this replica counted by itself, would be beyond the limits of numbers. */
        OUT_OF_RANGE
    }

    /**
     * What comes of a step.
     *
     * @param value the field's value afterwards as JSON text; {@code null} if it is refused, or there is none still
     * @param refusal why it cannot be done, or {@code null}
     */
    public record Result(String value, Refusal refusal) {}

    /** Makes the lists unmodifiable. */
    public Step {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
    }

    /** Makes a step that counts. */
    public static Step counting(String number) {
        return new Step(number, List.of(), List.of());
    }

    /** Makes a step that changes a set. */
    public static Step changing(List<String> added, List<String> removed) {
        return new Step(null, added, removed);
    }

    /** Returns true if a value of a patch is a step. */
    public static boolean isStep(String value) {
        return value != null && value.startsWith(BEGINNING);
    }

    /**
     * Reads the form of {@link #text()}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static Step parse(String value) {
        String inner = value.substring(0, value.length() - 1);
        if (inner.startsWith(INCREMENT_BEGINNING)) {
            return counting(inner.substring(INCREMENT_BEGINNING.length()));
        }
        if (inner.startsWith(REMOVE_BEGINNING)) {
            return changing(List.of(), Elements.split(inner.substring(REMOVE_BEGINNING.length())));
        }
        if (!inner.startsWith(ADD_BEGINNING)) {
            throw new IllegalArgumentException("not a step: " + value);
        }
        String added = inner.substring(ADD_BEGINNING.length());
        int end = endOfArray(added);
        String rest = added.substring(end);
        List<String> removed =
                rest.startsWith(REMOVE_TOO) ? Elements.split(rest.substring(REMOVE_TOO.length())) : List.of();
        return changing(Elements.split(added.substring(0, end)), removed);
    }

    /** Returns the step as JSON text. */
    public String text() {
        if (increment != null) {
            return INCREMENT_BEGINNING + increment + "}";
        }
        if (added.isEmpty()) {
            return REMOVE_BEGINNING + Elements.join(removed) + "}";
        }
        return ADD_BEGINNING + Elements.join(added) + (removed.isEmpty() ? "" : REMOVE_TOO + Elements.join(removed))
                + "}";
    }

    /**
     * Returns what it makes of a value.
     *
     * @param before JSON text; {@code null} if there is none
     */
    public Result applyTo(String before) {
        return increment == null ? change(before) : count(before);
    }

    private Result count(String before) {
        BigDecimal by = Amount.read(increment).orElse(null);
        BigDecimal base = before == null ? BigDecimal.ZERO : Amount.read(before).orElse(null);
        if (base == null) {
            return new Result(null, Refusal.NOT_A_NUMBER);
        }
        if (by == null) {
            return new Result(null, Refusal.OUT_OF_RANGE);
        }
        if (by.signum() == 0) {
            return new Result(before, null);
        }
        String sum = Amount.exactText(base.add(by)).orElse(null);
        return new Result(sum, sum == null ? Refusal.OUT_OF_RANGE : null);
    }

    private Result change(String before) {
        if (before != null && !Elements.isArray(before)) {
            return new Result(null, Refusal.NOT_AN_ARRAY);
        }
        List<String> elements = new ArrayList<>(before == null ? List.of() : Elements.split(before));
        boolean changed = elements.removeAll(removed);
        Set<String> missing = new LinkedHashSet<>(added);
        missing.removeAll(elements);
        changed |= elements.addAll(missing);
        return new Result(changed ? Elements.join(elements) : before, null);
    }

    private static int endOfArray(String text) {
        int depth = 0;
        boolean isInString = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isInString) {
                i += c == '\\' ? 1 : 0;
                isInString = c != '"';
            } else if (c == '"') {
                isInString = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if ((c == ']' || c == '}') && --depth == 0) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("an array has no end: " + text);
    }
}
