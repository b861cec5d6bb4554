package io.lanyard.daemon.api.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes what programs send when something ordinary is wrong with it: a sample of what is right, in which a value is of
 * another kind, missing, too many, or the text is cut off.
 *
 * <p>Mutations of bytes make few of these: they know no values, and nearly all of them are no JSON any more.
 */
public final class JsonVariants {

    /** Reads one JSON text, and refuses what stands behind it. */
    public static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** One of each kind. */
    private static final String[] KINDS = {"null", "true", "0", "-1", "\"\"", "\"x\"", "{}", "[]"};

    private static final List<String> VALUES = Stream.concat(
                    Stream.of(JsonShape.SCALARS),
                    Stream.of(
                            "{}",
                            "[]",
                            "[{}]",
                            "[[]]",
                            "[\"\"]",
                            "[null]",
                            "{\"\":0}",
                            "{\"$x\":0}",
                            "{\"$increment\":\"1\"}",
                            "{\"a\":{\"$add\":[1]},\"b\":{\"$remove\":1}}",
                            "{\"type\":[\"string\",\"object\"]}",
                            "{\"$ref\":\"http://127.0.0.1/s\"}",
                            "{\">=\":{}}",
                            "{\"in\":1}",
                            "\"" + "x".repeat(300) + "\"",
                            "{\"a\":".repeat(70) + "1" + "}".repeat(70),
                            "[" + "0,".repeat(1_100) + "0]"))
            .toList();

    private static final String[] TOKENS = {
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\u0000",
        "\\ud800",
        "\\",
        "\u0000",
        "\ufeff",
        "é",
        "-",
        ".",
        "e",
        "%",
        "%2F",
        "%zz",
        "/",
        "..",
        "=",
        ">=",
        "!=",
        " in ",
        " exists ",
        "~",
        "*",
        "-1",
        "99999999999999999999",
        "0",
        " ",
        "//"
    };

    private static final int PLACES_OF_TEXT = 8;

    private final List<String> samples;
    private final List<Optional<JsonNode>> trees;

    /** Which sample each place belongs to: all places are changed equally often, and so large samples more often. */
    private final List<Integer> places = new ArrayList<>();

    /** Varies samples, each JSON or any other text. */
    public JsonVariants(String... samples) {
        this.samples = List.of(samples);
        this.trees = Stream.of(samples).map(JsonVariants::parsed).toList();
        for (int sample = 0; sample < samples.length; sample++) {
            JsonNode tree = trees.get(sample).orElse(null);
            places.addAll(Collections.nCopies(isVaried(tree) ? placesOf(tree) : PLACES_OF_TEXT, sample));
        }
    }

    /** Returns what a text says, {@code null} if it is no JSON. */
    public static JsonNode tree(String text) {
        try {
            JsonNode tree = JSON.readTree(text);
            return tree.isMissingNode() ? null : tree;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Returns what stands at a JSON pointer, a missing node if there is nothing; {@code tree} may be {@code null}. */
    public static JsonNode at(JsonNode tree, String pointer) {
        return tree == null ? JSON.missingNode() : tree.at(pointer);
    }

    private static Optional<JsonNode> parsed(String text) {
        return Optional.ofNullable(tree(text));
    }

    /** Returns one of the samples with some changes. */
    public byte[] next(SplittableRandom random) {
        int sample = places.get(random.nextInt(places.size()));
        JsonNode tree = trees.get(sample).orElse(null);
        String text = samples.get(sample);
        boolean isTextChanged = random.nextInt(4) == 0;
        if (random.nextInt(32) == 0) {
            text = value(random).toString();
        } else if (isVaried(tree)) {
            tree = tree.deepCopy();
            for (int left = random.nextInt(4) / 2 + (isTextChanged ? 0 : 1); left > 0; left--) {
                change(tree, random);
            }
            text = tree.toString();
        } else {
            isTextChanged = true;
        }
        byte[] bytes = (isTextChanged ? changed(text, random) : text).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(20) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** Makes one ordinary mistake after the other in each sample: at each place each kind of value or none, and each end. */
    public void forEachMistake(Consumer<byte[]> reader) {
        for (int sample = 0; sample < samples.size(); sample++) {
            String text = samples.get(sample);
            for (int end = 0; end < text.length(); end += 2) {
                reader.accept(bytes(text.substring(0, end)));
            }
            Optional<JsonNode> tree = trees.get(sample);
            if (isVaried(tree.orElse(null))) {
                mistakesIn(tree.get(), reader);
            } else {
                for (String token : TOKENS) {
                    reader.accept(bytes(token));
                    reader.accept(bytes(token + text));
                    reader.accept(bytes(text + token));
                }
            }
        }
        for (String value : VALUES) {
            reader.accept(bytes(value));
        }
    }

    private static void mistakesIn(JsonNode tree, Consumer<byte[]> reader) {
        int count = containersOf(tree).size();
        for (int i = 0; i < count; i++) {
            int size = containersOf(tree).get(i).size();
            for (int at = 0; at <= size; at++) {
                for (int kind = 0; kind <= KINDS.length; kind++) {
                    JsonNode copy = tree.deepCopy();
                    set(containersOf(copy).get(i), at, kind < KINDS.length ? raw(KINDS[kind]) : null);
                    reader.accept(bytes(copy.toString()));
                }
            }
            if (containersOf(tree).get(i) instanceof ObjectNode) {
                for (String name : JsonShape.NAMES) {
                    JsonNode copy = tree.deepCopy();
                    ((ObjectNode) containersOf(copy).get(i)).set(name, raw("0"));
                    reader.accept(bytes(copy.toString()));
                }
            }
        }
    }

    /** Puts a value at a place of an object or array, or nothing. */
    private static void set(JsonNode container, int at, JsonNode value) {
        if (container instanceof ArrayNode array) {
            if (at < array.size()) {
                array.remove(at);
            }
            if (value != null) {
                array.insert(at, value);
            }
        } else if (at < container.size()) {
            List<String> names = new ArrayList<>();
            container.fieldNames().forEachRemaining(names::add);
            if (value == null) {
                ((ObjectNode) container).remove(names.get(at));
            } else {
                ((ObjectNode) container).set(names.get(at), value);
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Changes one of the members and elements of all objects and arrays. */
    private static void change(JsonNode tree, SplittableRandom random) {
        List<JsonNode> containers = containersOf(tree);
        int place = random.nextInt(placesOf(tree));
        for (JsonNode container : containers) {
            if (place <= container.size()) {
                if (container instanceof ObjectNode object) {
                    changeMember(object, place, random);
                } else {
                    changeElement((ArrayNode) container, place, random);
                }
                return;
            }
            place -= container.size() + 1;
        }
    }

    private static void changeMember(ObjectNode object, int at, SplittableRandom random) {
        String other = JsonShape.NAMES[random.nextInt(JsonShape.NAMES.length)];
        if (at == object.size()) {
            object.set(other, value(random));
            return;
        }
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.get(at);
        switch (random.nextInt(8)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(other, object.remove(name));
            case 2 -> object.set(name, JSON.createArrayNode().add(object.get(name)));
            default -> object.set(name, value(random));
        }
    }

    private static void changeElement(ArrayNode array, int at, SplittableRandom random) {
        if (at == array.size() || random.nextInt(4) == 0) {
            array.insert(at, value(random));
        } else if (random.nextInt(4) == 0) {
            array.remove(at);
        } else {
            array.set(at, value(random));
        }
    }

    private static boolean isVaried(JsonNode tree) {
        return tree != null && tree.isContainerNode();
    }

    private static int placesOf(JsonNode tree) {
        return containersOf(tree).stream()
                .mapToInt(container -> container.size() + 1)
                .sum();
    }

    private static List<JsonNode> containersOf(JsonNode tree) {
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        return containers;
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    /** Values are written as they stand, also those that are no JSON for Jackson. */
    private static JsonNode value(SplittableRandom random) {
        String text =
                random.nextInt(4) > 0 ? KINDS[random.nextInt(KINDS.length)] : VALUES.get(random.nextInt(VALUES.size()));
        return raw(text);
    }

    private static JsonNode raw(String json) {
        return JSON.getNodeFactory().rawValueNode(new RawValue(json));
    }

    private static String changed(String text, SplittableRandom random) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + 1 + random.nextInt(8));
        return switch (random.nextInt(6)) {
            case 0 -> text.substring(0, at);
            case 1 -> text.substring(0, at) + text.substring(end);
            case 2 -> text.substring(0, end) + text.substring(at);
            case 3 -> twice(text, at);
            default -> text.substring(0, at) + TOKENS[random.nextInt(TOKENS.length)] + text.substring(at);
        };
    }

    /** Repeats the member of an object that begins at {@code at} or after. */
    private static String twice(String text, int at) {
        int begin = Math.max(text.indexOf(",\"", at), text.indexOf("{\"", at)) + 1;
        int end = text.indexOf(',', begin);
        return begin == 0 || end < 0 ? text + text : text.substring(0, end + 1) + text.substring(begin);
    }
}
