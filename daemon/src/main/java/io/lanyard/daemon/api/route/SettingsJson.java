package io.lanyard.daemon.api.route;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.list.Condition;
import io.lanyard.daemon.node.CollectionSettings;
import io.lanyard.daemon.node.DocumentSchema;
import io.lanyard.daemon.node.FeedChange.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is declared of a collection as JSON. Reading is strict: what would not be in force is refused. */
final class SettingsJson {

    private static final String MEMBERS = "it may have indexes, events, stringEvents, schema";

    private final JsonReader reader;
    private final List<FieldPath> indexes = new ArrayList<>();
    private final Map<Kind, String> names = new EnumMap<>(Kind.class);
    private boolean isStringForm;
    private Optional<DocumentSchema> schema = Optional.empty();

    private SettingsJson(JsonReader reader) {
        this.reader = reader;
    }

    /**
     * Reads settings.
     *
     * @throws ProblemException if they are none; the detail says where
     */
    static CollectionSettings read(byte[] bytes) {
        return JsonReader.read(bytes, reader -> {
            SettingsJson json = new SettingsJson(reader);
            json.readMembers();
            return new CollectionSettings(json.indexes, json.names, json.isStringForm, json.schema);
        });
    }

    private void readMembers() {
        expect(JsonToken.START_OBJECT, "the settings", "an object");
        while (reader.next() != JsonToken.END_OBJECT) {
            String name = reader.text();
            reader.next();
            switch (name) {
                case "indexes" -> readIndexes();
                case "events" -> readEvents();
                case "stringEvents" -> {
                    if (reader.token() != JsonToken.VALUE_TRUE && reader.token() != JsonToken.VALUE_FALSE) {
                        throw wrong("/stringEvents", "true or false");
                    }
                    isStringForm = reader.token() == JsonToken.VALUE_TRUE;
                }
                case "schema" -> readSchema();
                default ->
                    throw Code.UNKNOWN_FIELD.exception(
                            "settings have no field '" + Texts.shortened(name) + "'", MEMBERS);
            }
        }
    }

    private void readIndexes() {
        expect(JsonToken.START_ARRAY, "/indexes", "an array of paths");
        for (int i = 0; reader.next() != JsonToken.END_ARRAY; i++) {
            String place = "/indexes/" + i;
            expect(JsonToken.VALUE_STRING, place, "a path");
            FieldPath path = Condition.pathOf(reader.text());
            if (path.pointer().length() > CollectionSettings.MAX_PATH_LENGTH
                    || reader.text().isEmpty()) {
                throw wrong(place, "a path of 1 to " + CollectionSettings.MAX_PATH_LENGTH + " characters");
            }
            if (!indexes.contains(path)) {
                indexes.add(path);
            }
            if (indexes.size() > CollectionSettings.MAX_INDEXES) {
                throw wrong("/indexes", "at most " + CollectionSettings.MAX_INDEXES + " paths");
            }
        }
    }

    private void readEvents() {
        expect(JsonToken.START_OBJECT, "/events", "an object");
        while (reader.next() != JsonToken.END_OBJECT) {
            String word = reader.text();
            Kind kind = kindOf(word);
            reader.next();
            String place = "/events/" + word;
            expect(JsonToken.VALUE_STRING, place, "a name");
            if (!CollectionSettings.isEventName(reader.text())) {
                throw wrong(
                        place,
                        "1 to 64 of letters, digits and _ . : -, and no type of another message such as status or ack");
            }
            names.put(kind, reader.text());
        }
    }

    private static Kind kindOf(String word) {
        for (Kind kind : Kind.values()) {
            if (CollectionSettings.word(kind).equals(word)) {
                return kind;
            }
        }
        throw Code.UNKNOWN_FIELD.exception(
                "/events has no field '" + Texts.shortened(word) + "'", "it may have created, updated, deleted");
    }

    private void readSchema() {
        if (reader.token() == JsonToken.VALUE_NULL) {
            return;
        }
        expect(JsonToken.START_OBJECT, "/schema", "a JSON Schema, as an object");
        String text = reader.canonicalValueOfAnyNames(Limits.MAX_DEPTH);
        if (reader.firstProblem() != null) {
            throw reader.firstProblem().exception();
        }
        try {
            schema = Optional.of(DocumentSchema.parse(text));
        } catch (DocumentSchema.BadSchemaException e) {
            throw Code.INVALID_SCHEMA.exception(
                    "/schema: " + e.getMessage(), "write a JSON Schema of draft 2020-12, 2019-09 or 7");
        }
    }

    private void expect(JsonToken token, String place, String what) {
        if (reader.token() != token) {
            throw Code.INVALID_VALUE.exception(
                    place + " has to be " + what + ", not " + DocumentJson.kindOf(reader.token()), MEMBERS);
        }
    }

    private static ProblemException wrong(String place, String what) {
        return Code.INVALID_VALUE.exception(place + " has to be " + what, MEMBERS);
    }

    /** Writes settings as they would be read. */
    static JsonWriter write(JsonWriter json, CollectionSettings settings) {
        json.beginObject()
                .field(
                        "indexes",
                        settings.indexes().stream().map(SettingsJson::nameOf).toList())
                .name("events")
                .beginObject();
        for (Kind kind : Kind.values()) {
            settings.eventName(kind).ifPresent(name -> json.field(CollectionSettings.word(kind), name));
        }
        return json.endObject()
                .field("stringEvents", settings.isStringForm())
                .name("schema")
                .raw(settings.schema().map(DocumentSchema::text).orElse("null"))
                .endObject();
    }

    private static String nameOf(FieldPath path) {
        List<String> segments = path.segments();
        boolean isPlain = segments.stream().noneMatch(segment -> segment.isEmpty() || segment.matches(".*[./~].*"));
        return isPlain ? String.join(".", segments) : path.pointer();
    }
}
