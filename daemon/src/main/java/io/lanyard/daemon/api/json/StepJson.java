package io.lanyard.daemon.api.json;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.Step;
import io.lanyard.daemon.api.json.Problem.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what a patch counts, adds and removes: {@code {"$increment":n}}, {@code {"$add":[…],"$remove":[…]}}. */
final class StepJson {

    private static final Set<String> NAMES = Set.of(Step.INCREMENT, Step.ADD, Step.REMOVE);

    private StepJson() {}

    /** Returns whether an object that begins with this member may be a step. */
    static boolean isName(String name) {
        return NAMES.contains(name);
    }

    /**
     * Reads the rest of an object from the name of its first member on, and ends on its last token. What is wrong with it
     * is noted in the reader.
     *
     * @return the step as JSON text
     */
    static String read(JsonReader reader, int depth) {
        String increment = null;
        List<String> added = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        for (JsonToken token = reader.token(); token != JsonToken.END_OBJECT; token = reader.next()) {
            String name = reader.text();
            JsonToken value = reader.next();
            if (name.equals(Step.INCREMENT)) {
                increment = number(reader, value);
            } else if (isName(name)) {
                readElements(reader, name, value, depth, name.equals(Step.ADD) ? added : removed);
            } else {
                reader.note(
                        Code.INVALID_NAME,
                        "$increment, $add and $remove stand by themselves, without '" + Texts.shortened(name) + "'",
                        "patch that field for itself");
                reader.skip();
            }
        }
        Set<String> both = new HashSet<>(added);
        both.retainAll(removed);
        if (!both.isEmpty()) {
            reader.note(Code.INVALID_VALUE, "one element is both added and removed", "decide");
        }
        if (increment != null && !(added.isEmpty() && removed.isEmpty())) {
            reader.note(Code.INVALID_VALUE, "$increment stands by itself", "patch one field for one thing");
        }
        return increment == null
                ? Step.changing(added, removed).text()
                : Step.counting(increment).text();
    }

    private static String number(JsonReader reader, JsonToken value) {
        if (value != JsonToken.VALUE_NUMBER_INT && value != JsonToken.VALUE_NUMBER_FLOAT) {
            reader.note(
                    Code.INVALID_VALUE,
                    "$increment takes a number, not " + DocumentJson.kindOf(value),
                    "write {\"$increment\":1}");
            reader.skip();
            return "0";
        }
        return reader.canonicalValue(0);
    }

    private static void readElements(
            JsonReader reader, String name, JsonToken value, int depth, List<String> elements) {
        if (value != JsonToken.START_ARRAY) {
            reader.note(
                    Code.INVALID_VALUE,
                    name + " takes an array of elements, not " + DocumentJson.kindOf(value),
                    "write {\"" + name + "\":[…]}");
            reader.skip();
            return;
        }
        while (reader.next() != JsonToken.END_ARRAY) {
            elements.add(reader.canonicalValue(depth - 1));
        }
    }
}
