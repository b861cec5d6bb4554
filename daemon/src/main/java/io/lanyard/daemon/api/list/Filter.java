package io.lanyard.daemon.api.list;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.list.Condition.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Which documents are wanted: all {@linkplain Condition conditions} have to hold. Immutable.
 *
 * <p>There is a text form, for queries over HTTP, and a JSON form, for messages: {@code
 * {"amount":{">=":10,"<":20},"city":"Kraków","tag":{"in":["a","b"]},"note":{"exists":false}}}.
 *
 * @param conditions what has to hold
 */
public record Filter(List<Condition> conditions) {

    /** Wants every document. */
    public static final Filter ALL = new Filter(List.of());

    /** Makes the list unmodifiable. */
    public Filter {
        conditions = List.copyOf(conditions);
        if (conditions.size() > Limits.MAX_CONDITIONS) {
            throw Code.TOO_LARGE.exception(
                    "a filter may have at most " + Limits.MAX_CONDITIONS + " conditions", "ask for less at once");
        }
    }

    /**
     * Reads conditions such as {@code amount>=10}.
     *
     * @throws ProblemException {@code invalid_value} if one is none
     */
    public static Filter parse(List<String> texts) {
        return new Filter(texts.stream().map(Condition::parse).toList());
    }

    /**
     * Reads the JSON form.
     *
     * @param json the text of a JSON object
     * @throws ProblemException {@code invalid_value} if it is no filter, or why it is no JSON
     */
    public static Filter parseObject(String json) {
        return JsonReader.read(json, reader -> {
            if (reader.token() != JsonToken.START_OBJECT) {
                throw noFilter("a filter is a JSON object, not " + DocumentJson.kindOf(reader.token()));
            }
            List<Condition> conditions = new ArrayList<>();
            while (reader.next() != JsonToken.END_OBJECT) {
                String name = reader.text();
                FieldPath path = Condition.pathOf(name);
                if (reader.next() == JsonToken.START_OBJECT) {
                    readOperators(reader, path, name, conditions);
                } else {
                    conditions.add(new Condition(path, Operator.EQUAL, List.of(value(reader))));
                }
            }
            return new Filter(conditions);
        });
    }

    private static void readOperators(JsonReader reader, FieldPath path, String name, List<Condition> conditions) {
        int before = conditions.size();
        while (reader.next() != JsonToken.END_OBJECT) {
            Operator operator = Operator.of(reader.text());
            if (operator == null) {
                throw noFilter(
                        "'" + Texts.shortened(reader.text()) + "' at '" + Texts.shortened(name) + "' is no operator");
            }
            reader.next();
            conditions.add(Condition.of(path, operator, value(reader)));
        }
        if (conditions.size() == before) {
            throw noFilter("there is no operator at '" + Texts.shortened(name) + "'");
        }
    }

    private static String value(JsonReader reader) {
        String json = reader.canonicalValue(Limits.MAX_DEPTH);
        if (reader.firstProblem() != null) {
            throw reader.firstProblem().exception();
        }
        return json;
    }

    private static ProblemException noFilter(String what) {
        return Code.INVALID_VALUE.exception(
                what, "write {\"amount\":{\">=\":10},\"city\":\"Kraków\"}, with " + Operator.signs());
    }

    /** Returns whether a document with these leaves is wanted. */
    public boolean matches(SortedMap<FieldPath, String> leaves) {
        for (Condition condition : conditions) {
            if (!condition.isTrueOf(leaves)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether every document is wanted. */
    public boolean isEmpty() {
        return conditions.isEmpty();
    }
}
