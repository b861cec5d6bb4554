package io.lanyard.daemon.api.route;

import static io.lanyard.daemon.api.json.JsonVariants.at;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.Fuzzing;
import io.lanyard.daemon.api.access.ClientName;
import io.lanyard.daemon.api.feed.CollectionPattern;
import io.lanyard.daemon.api.http.RequestPath;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonShape;
import io.lanyard.daemon.api.json.JsonVariants;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.api.list.ListOrder;
import io.lanyard.daemon.api.list.ListQuery;
import io.lanyard.daemon.api.request.BatchItem;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.security.TokenBook;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;

/**
 * What comes over HTTP: bodies, and what stands in addresses and headers. Whatever comes is read or refused, soon, and a
 * document that is read comes back as it was.
 */
class HttpFuzz {

    private static final JsonVariants DOCUMENTS = new JsonVariants(
            "{\"amount\":12.10,\"who\":{\"name\":\"Ada\",\"tags\":[\"a\",1,null,true,-1e5]},\"text\":\"\\u00e9\\n\"}",
            "{\"count\":{\"$increment\":-1},\"tags\":{\"$add\":[\"a\"],\"$remove\":[\"b\"]}}");

    private static final JsonVariants BATCHES = new JsonVariants(
            "[{\"action\":\"CREATE\",\"resourceType\":\"expense\",\"resourceId\":\"e1\",\"data\":{\"a\":1},\"deviceId\":\"pos\","
                    + "\"timestamp\":\"2026-01-01T00:00:00Z\"},{\"action\":\"DELETE\",\"resourceType\":\"c\",\"resourceId\":\"1\"}]");

    private static final JsonVariants SETTINGS = new JsonVariants(
            "{\"indexes\":[\"amount\",\"who.name\"],\"events\":{\"created\":\"contact_added\",\"deleted\":\"gone\"},"
                    + "\"stringEvents\":false,\"schema\":{\"required\":[\"name\"],\"properties\":{\"amount\":{\"type\":\"number\","
                    + "\"minimum\":0},\"name\":{\"type\":\"string\",\"pattern\":\"^[a-z]+$\"}}}}",
            "{\"schema\":{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"object\"}}}}");

    private static final JsonVariants FILTERS = new JsonVariants(
            "{\"amount\":{\">=\":10,\"<\":20.5},\"who\":{\"in\":[\"a\",\"b\"]},\"paid\":{\"exists\":true},\"city\":\"Łódź\"}");

    private static final JsonVariants ADDRESSES = new JsonVariants(
            "amount>=10",
            "city in [\"a\",1]",
            "/who/na~1me exists false",
            "a.b!=\"x\"",
            "city,-who.name",
            "api/docs/app%2E1.expense/e1%20x",
            "app1.*,expense",
            "000000000000abcd-12",
            "000000000000abcd-12~3.4",
            "till 1",
            "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJhIn0.AAAA");

    /** What a body can be about: ordinary mistakes, at each of which a bug could wait. */
    private static final Map<String, Predicate<JsonNode>> PLACES = Map.ofEntries(
            Map.entry("text that is no JSON", body -> body == null),
            Map.entry("an empty name", body -> body != null && body.has("")),
            Map.entry("an empty name inside", body -> at(body, "/who").has("")),
            Map.entry("a reserved name inside", body -> at(body, "/who").has("$x")),
            Map.entry(
                    "a count of an object",
                    body -> at(body, "/count/$increment").isContainerNode()),
            Map.entry("an add of null", body -> at(body, "/tags/$add").isNull()),
            Map.entry("an item that is no object", body -> at(body, "/0").isValueNode()),
            Map.entry(
                    "an item of no action",
                    body -> at(body, "/0/resourceId").isTextual()
                            && !at(body, "/0").has("action")),
            Map.entry("an action that is no text", body -> at(body, "/0/action").isNumber()),
            Map.entry(
                    "a time that is an object", body -> at(body, "/0/timestamp").isObject()),
            Map.entry("data that is a list", body -> at(body, "/0/data").isArray()),
            Map.entry("indexes that are no list", body -> at(body, "/indexes").isValueNode()),
            Map.entry(
                    "an empty index", body -> at(body, "/indexes/0").asText("-").isEmpty()),
            Map.entry(
                    "an event that is no text",
                    body -> at(body, "/events/created").isContainerNode()),
            Map.entry("a schema of true", body -> at(body, "/schema").isBoolean()),
            Map.entry(
                    "a schema that refers to a number",
                    body -> at(body, "/schema/$ref").isNumber()),
            Map.entry(
                    "a schema that refers to an empty text",
                    body -> at(body, "/schema/$ref").asText("-").isEmpty()),
            Map.entry(
                    "a pattern that is no text",
                    body -> at(body, "/schema/properties/name/pattern").isNumber()),
            Map.entry("an operator of a list", body -> at(body, "/amount/>=").isArray()),
            Map.entry(
                    "an in of nothing",
                    body -> at(body, "/who/in").isEmpty() && at(body, "/who/in").isArray()));

    private static final Map<String, Predicate<String>> ADDRESS_PLACES = Map.ofEntries(
            Map.entry("an empty address", String::isEmpty),
            Map.entry("a percent sign at the end", text -> text.endsWith("%")),
            Map.entry("a percent sign before letters", text -> text.contains("%zz")),
            Map.entry("a slash that is hidden", text -> text.contains("%2F")),
            Map.entry("a condition without a path", text -> text.startsWith(">=") || text.startsWith("=")),
            Map.entry("a condition without a value", text -> text.endsWith(">=")),
            Map.entry("an in without its list", text -> text.endsWith(" in ") || text.endsWith(" in [")),
            Map.entry("an order of nothing", text -> text.startsWith(",") || text.endsWith(",")),
            Map.entry("an order by an empty path", text -> text.contains(",-,") || text.endsWith(",-")),
            Map.entry("a position of no number", text -> text.endsWith("abcd-")),
            Map.entry("a number beyond all", text -> text.contains("99999999999999999999")),
            Map.entry("a pointer that is cut off", text -> text.endsWith("~") || text.contains("~ ")),
            Map.entry("a character of no width", text -> text.contains("\u0000")));

    private static final TokenBook TOKENS = Fuzzing.inFolder(home -> TokenBook.openOrCreate(home, () -> 0));

    /** Reads an input in each of these ways, and variants of what is usual; with the empty one, each ordinary mistake. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    @DictionaryFile(resourcePath = "/io/lanyard/daemon/api/json/json.dict")
    void requests(byte[] data) {
        Fuzzing.begin();
        if (data.length == 0) {
            DOCUMENTS.forEachMistake(body -> Fuzzing.timed(body, () -> body(body, HttpFuzz::document)));
            BATCHES.forEachMistake(body -> Fuzzing.timed(body, () -> body(body, BatchItem::read)));
            SETTINGS.forEachMistake(body -> Fuzzing.timed(body, () -> body(body, SettingsJson::read)));
            FILTERS.forEachMistake(body -> Fuzzing.timed(body, () -> body(body, HttpFuzz::filter)));
            ADDRESSES.forEachMistake(text -> Fuzzing.timed(text, () -> address(text)));
        }
        SplittableRandom random = Fuzzing.decider(data);
        byte[] text = JsonShape.of(data);
        Fuzzing.timed(data, () -> {
            document(text);
            refuseOr(() -> BatchItem.read(text));
            refuseOr(() -> SettingsJson.read(text));
            filter(text);
            address(text);
            for (int i = 0; i < Fuzzing.VARIANTS; i++) {
                body(DOCUMENTS.next(random), HttpFuzz::document);
                body(BATCHES.next(random), BatchItem::read);
                body(SETTINGS.next(random), SettingsJson::read);
                body(FILTERS.next(random), HttpFuzz::filter);
                address(ADDRESSES.next(random));
            }
        });
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }

    private static void body(byte[] data, Consumer<byte[]> reader) {
        refuseOr(() -> reader.accept(data));
        Fuzzing.wasRead();
        JsonNode tree = JsonVariants.tree(new String(data, StandardCharsets.UTF_8));
        PLACES.forEach((name, isThere) -> Fuzzing.place(name, isThere.test(tree)));
    }

    private static void document(byte[] data) {
        refuseOr(() -> {
            SortedMap<FieldPath, String> leaves = DocumentJson.read(data);
            String text = JsonWriter.documentText(leaves);
            assertEquals(leaves, DocumentJson.read(text.getBytes(StandardCharsets.UTF_8)), text);
        });
    }

    private static void filter(byte[] data) {
        refuseOr(() -> Filter.parseObject(new String(data, StandardCharsets.UTF_8)));
    }

    private static void address(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        refuseOr(() -> Filter.parse(List.of(text)));
        refuseOr(() -> {
            ListOrder order = ListOrder.parse(List.of(text));
            ListQuery.of("c", text, new Filter(List.of()), order, 1, Optional.of(text));
        });
        refuseOr(() -> RequestPath.segments("/" + text));
        refuseOr(() -> new CollectionPattern(List.of(text)));
        refuseOr(() -> new DocumentId(text, text));
        refuseOr(() -> ClientName.checked(text));
        Position.parse(text);
        TOKENS.find(text);
        ADDRESS_PLACES.forEach((name, isThere) -> Fuzzing.place(name, isThere.test(text)));
    }

    /** Runs what may refuse its input, in the ways that callers are told of. */
    private static void refuseOr(Runnable reading) {
        try {
            reading.run();
        } catch (ProblemException | DocumentId.IllegalNameException e) {
            Fuzzing.expect(e);
        }
    }
}
