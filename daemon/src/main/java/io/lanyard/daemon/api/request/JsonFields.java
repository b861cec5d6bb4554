package io.lanyard.daemon.api.request;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * The members of a message or of a batch's item: an object with members of known names, one of which may hold a
 * document ({@value #DATA}) and one the items of a batch ({@value #ITEMS}).
 *
 * <p>Asking for a member that is missing or of a wrong type throws {@code invalid_value}.
 */
public final class JsonFields {

    /** The member that holds a document. */
    public static final String DATA = "data";

    /** The member that holds a batch's items. */
    public static final String ITEMS = "items";

    private final Map<String, Value> values = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private SortedMap<FieldPath, String> data;
    private List<BatchItem> items;

    private JsonFields() {}

    /** A member's value: the token it begins with, the text of a string or number, and the whole as JSON text. */
    private record Value(JsonToken token, String text, String json) {}

    /**
     * Reads the object that starts at the current token, and ends on its last. What is wrong with it is noted in the
     * reader.
     *
     * @param known the members it may have
     * @param what the object in words, such as {@code an item}
     */
    public static JsonFields read(JsonReader reader, Set<String> known, String what) {
        JsonFields fields = new JsonFields();
        if (reader.token() != JsonToken.START_OBJECT) {
            reader.note(
                    Code.INVALID_VALUE,
                    what + " is a JSON object, not " + DocumentJson.kindOf(reader.token()),
                    "send {…}");
            reader.skip();
            return fields;
        }
        while (reader.next() != JsonToken.END_OBJECT) {
            String name = reader.text();
            if (!known.contains(name)) {
                reader.note(
                        Code.UNKNOWN_FIELD,
                        what + " has no field '" + Texts.shortened(name) + "'",
                        "it may have "
                                + String.join(", ", known.stream().sorted().toList()));
            }
            fields.names.add(name);
            reader.next();
            fields.take(reader, name);
        }
        return fields;
    }

    /**
     * Checks that there are no other members than these, besides {@code op} and {@code ref}.
     *
     * @throws Problem.ProblemException {@code unknown_field} if there are
     */
    public void allow(Set<String> members, String op) {
        for (String name : names) {
            if (!members.contains(name) && !name.equals("op") && !name.equals("ref")) {
                throw Code.UNKNOWN_FIELD.exception(
                        "a message with the op " + op + " has no field '" + name + "'", "leave it away");
            }
        }
    }

    /** Returns whether the member is there, and is not {@code null}. */
    public boolean has(String name) {
        Value value = values.get(name);
        return value != null && value.token() != JsonToken.VALUE_NULL || name.equals(DATA) && data != null;
    }

    /** Returns a string that must be there. */
    public String string(String name) {
        return optionalString(name).orElseThrow(() -> Code.INVALID_VALUE.exception("'" + name + "' is missing", ""));
    }

    /** Returns a string, if it is there. */
    public Optional<String> optionalString(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.VALUE_STRING) {
            throw wrongType(name, "a string", value);
        }
        return Optional.of(value.text());
    }

    /** Returns the text of a string or of a number, if it is there. */
    Optional<String> optionalText(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.VALUE_STRING && !value.token().isNumeric()) {
            throw wrongType(name, "a string or a number", value);
        }
        return Optional.of(value.text());
    }

    /** Returns a boolean, false if it is not there. */
    public boolean flag(String name) {
        if (!has(name)) {
            return false;
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.VALUE_TRUE && value.token() != JsonToken.VALUE_FALSE) {
            throw wrongType(name, "true or false", value);
        }
        return value.token() == JsonToken.VALUE_TRUE;
    }

    /** Returns a whole number from 0 to {@code max}, 0 if it is not there. */
    public int number(String name, int max) {
        if (!has(name)) {
            return 0;
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.VALUE_NUMBER_INT) {
            throw wrongType(name, "a whole number", value);
        }
        if (!value.text().matches("[0-9]{1,9}") || Integer.parseInt(value.text()) > max) {
            throw Code.INVALID_VALUE.exception("'" + name + "' is out of range", "write 0 to " + max);
        }
        return Integer.parseInt(value.text());
    }

    /** Returns a list of strings, empty if it is not there. */
    public List<String> strings(String name) {
        if (!has(name)) {
            return List.of();
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.START_ARRAY) {
            throw wrongType(name, "an array of strings", value);
        }
        return JsonReader.read(value.json(), reader -> {
            List<String> strings = new ArrayList<>();
            while (reader.next() != JsonToken.END_ARRAY) {
                if (reader.token() != JsonToken.VALUE_STRING) {
                    throw wrongType(name, "an array of strings", value);
                }
                strings.add(reader.text());
            }
            return strings;
        });
    }

    /** Returns a value as JSON text, if it is there. */
    Optional<String> json(String name) {
        return has(name) ? Optional.of(values.get(name).json()) : Optional.empty();
    }

    /** Returns an object as JSON text, if it is there. */
    public Optional<String> object(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        Value value = values.get(name);
        if (value.token() != JsonToken.START_OBJECT) {
            throw wrongType(name, "an object", value);
        }
        return Optional.of(value.json());
    }

    /** Returns a string or a number as JSON text, so that an answer can repeat it; {@code null} if it is not there. */
    public String reference(String name) {
        if (!has(name)) {
            return null;
        }
        Value value = values.get(name);
        if (!value.token().isScalarValue() || value.json().length() > 100) {
            throw wrongType(name, "a short string or a number", value);
        }
        return value.json();
    }

    /** Returns the document that must be there. */
    public SortedMap<FieldPath, String> document() {
        if (data == null) {
            throw Code.INVALID_VALUE.exception("'" + DATA + "' is missing", "send the document there");
        }
        return data;
    }

    /** Returns the document that must be there and be no patch. */
    public SortedMap<FieldPath, String> plainDocument() {
        return DocumentJson.requireNoSteps(document());
    }

    /** Returns the batch's items, which must be there. */
    public List<BatchItem> items() {
        if (items == null) {
            throw Code.INVALID_VALUE.exception("'" + ITEMS + "' has to be an array of items", "");
        }
        return items;
    }

    /** Returns all that a member says, in a text that is the same for the same; empty if it is not there. */
    String wholeText(String name) {
        if (name.equals(DATA) && data != null) {
            return data.toString();
        }
        if (name.equals(ITEMS) && items != null) {
            return items.toString();
        }
        return values.containsKey(name) ? values.get(name).json() : "";
    }

    private void take(JsonReader reader, String name) {
        JsonToken token = reader.token();
        if (name.equals(DATA) && token != JsonToken.VALUE_NULL) {
            data = DocumentJson.read(reader);
        } else if (name.equals(ITEMS) && token == JsonToken.START_ARRAY) {
            items = BatchItem.readAll(reader);
        } else {
            String text = token.isScalarValue() ? reader.text() : "";
            values.put(name, new Value(token, text, reader.canonicalValue(Limits.MAX_DEPTH)));
        }
    }

    private static Problem.ProblemException wrongType(String name, String wanted, Value value) {
        return Code.INVALID_VALUE.exception(
                "'" + name + "' is " + wanted + ", not " + DocumentJson.kindOf(value.token()), "");
    }
}
