package io.lanyard.daemon.api.list;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.OrderKey;
import java.util.List;
import java.util.TreeSet;

/**
 * A stretch of an index outside of which no document can satisfy a filter's conditions on one field.
 *
 * @param from marks of entries are greater than this
 * @param to marks of entries are less than this
 */
record KeyRange(String from, String to) {

    /** Greater than anything that keys and ids are made of. */
    private static final String HIGH = "\u007f";

    private static final KeyRange EVERYTHING = new KeyRange("", HIGH);

    /** Returns the stretch for a field; all of the index if nothing is asked of it. */
    static KeyRange of(Filter filter, FieldPath path) {
        KeyRange range = EVERYTHING;
        for (Condition condition : filter.conditions()) {
            if (condition.path().equals(path)) {
                KeyRange other = of(condition);
                range = new KeyRange(max(range.from, other.from), min(range.to, other.to));
            }
        }
        return range;
    }

    /** Returns whether a filter narrows the index over a field. */
    boolean isEverything() {
        return equals(EVERYTHING);
    }

    private static KeyRange of(Condition condition) {
        return switch (condition.operator()) {
            case EQUAL -> ofKey(OrderKey.of(condition.value()));
            case LESS, AT_MOST ->
                new KeyRange(OrderKey.kindOf(condition.value()), OrderKey.of(condition.value()) + HIGH);
            case GREATER, AT_LEAST ->
                new KeyRange(OrderKey.of(condition.value()), OrderKey.kindOf(condition.value()) + HIGH);
            case EXISTS ->
                condition.value().equals("true") ? new KeyRange(OrderKey.ABSENT + HIGH, HIGH) : ofKey(OrderKey.ABSENT);
            case IN -> {
                TreeSet<String> keys = keys(condition.values());
                yield keys.isEmpty() ? new KeyRange(HIGH, "") : new KeyRange(keys.first(), keys.last() + HIGH);
            }
            case NOT_EQUAL -> EVERYTHING;
        };
    }

    /** Returns the stretch of one key. */
    static KeyRange ofKey(String key) {
        return new KeyRange(key, key + HIGH);
    }

    /** Returns what is left of this behind the place from which a query that is ordered by this index goes on. */
    KeyRange behind(ListQuery query, boolean isDescending) {
        if (query.after().isEmpty()) {
            return this;
        }
        String mark = query.after().get().keys().get(0) + query.after().get().id();
        return isDescending ? new KeyRange(from, min(mark, to)) : new KeyRange(max(mark, from), to);
    }

    /** Returns the keys of values, each once. */
    static TreeSet<String> keys(List<String> values) {
        TreeSet<String> keys = new TreeSet<>();
        values.forEach(value -> keys.add(OrderKey.of(value)));
        return keys;
    }

    private static String max(String left, String right) {
        return left.compareTo(right) > 0 ? left : right;
    }

    private static String min(String left, String right) {
        return left.compareTo(right) < 0 ? left : right;
    }
}
