package io.lanyard.daemon.apps;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON as these tests compare it: maps, lists, strings, booleans, {@code null}, and numbers as the text that was written,
 * so that 12.10 is not 12.1.
 */
final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** A number, digit for digit. */
    record Num(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    static Num number(String text) {
        return new Num(text);
    }

    static Num number(long value) {
        return new Num(Long.toString(value));
    }

    /** Returns an object of alternating names and values, in that order. */
    static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    static Object parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            Object value = read(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one value: " + text);
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON: " + text, e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> parseObject(String text) {
        return (Map<String, Object>) parse(text);
    }

    static String write(Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Returns the member of an object, {@code null} if it is not there. */
    static Object get(Object object, String... names) {
        Object value = object;
        for (String name : names) {
            value = value == null ? null : ((Map<?, ?>) value).get(name);
        }
        return value;
    }

    static String text(Object object, String... names) {
        return (String) get(object, names);
    }

    static long integer(Object object, String... names) {
        return Long.parseLong(((Num) get(object, names)).text());
    }

    static boolean isTrue(Object object, String... names) {
        return Boolean.TRUE.equals(get(object, names));
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object object, String... names) {
        return (List<Object>) get(object, names);
    }

    /** Returns the leaves of an object by JSON Pointer; arrays and empty objects are leaves. */
    static Map<String, Object> leaves(Object object) {
        Map<String, Object> leaves = new TreeMap<>();
        addLeaves("", object, leaves);
        return leaves;
    }

    private static void addLeaves(String path, Object value, Map<String, Object> leaves) {
        if (value instanceof Map<?, ?> members && !members.isEmpty()) {
            members.forEach((name, member) -> addLeaves(path + "/" + name, member, leaves));
        } else {
            leaves.put(path, value);
        }
    }

    private static Object read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, read(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser));
                }
                yield array;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(parser.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IOException("unexpected " + parser.currentToken());
        };
    }

    private static void write(JsonGenerator generator, Object value) throws IOException {
        if (value instanceof Map<?, ?> object) {
            generator.writeStartObject();
            for (Map.Entry<?, ?> member : object.entrySet()) {
                generator.writeFieldName((String) member.getKey());
                write(generator, member.getValue());
            }
            generator.writeEndObject();
        } else if (value instanceof List<?> array) {
            generator.writeStartArray();
            for (Object element : array) {
                write(generator, element);
            }
            generator.writeEndArray();
        } else if (value instanceof Num number) {
            generator.writeNumber(number.text());
        } else if (value instanceof Boolean truth) {
            generator.writeBoolean(truth);
        } else if (value == null) {
            generator.writeNull();
        } else {
            generator.writeString((String) value);
        }
    }
}
