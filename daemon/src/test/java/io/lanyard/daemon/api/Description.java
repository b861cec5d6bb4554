package io.lanyard.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A document that describes an API by JSON schemas: checks values against them, and notes which fields it met. */
public final class Description {

    private final JsonNode root;
    private final Set<String> metFields = new TreeSet<>();
    private final Map<String, Schema> schemas = new HashMap<>();

    /** Makes one of the document {@code root}. */
    public Description(JsonNode root) {
        this.root = root;
    }

    /** Returns the document. */
    public JsonNode root() {
        return root;
    }

    /** Returns the node at a JSON pointer, with references followed. */
    JsonNode at(String pointer) {
        JsonNode node = root.at(pointer);
        return node.has("$ref") ? at(node.get("$ref").asText().substring(1)) : node;
    }

    /** Returns what is wrong with {@code value} by the schema at {@code pointer}, and notes its fields. */
    public List<String> check(String pointer, JsonNode value) {
        List<String> errors = new ArrayList<>();
        schemaAt(pointer).validate(value).forEach(error -> errors.add(error.toString()));
        if (errors.isEmpty()) {
            meet(pointer, value);
        }
        return errors;
    }

    private Schema schemaAt(String pointer) {
        return schemas.computeIfAbsent(pointer, at -> {
            ObjectNode whole = ApiFixture.MAPPER.createObjectNode();
            whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
            whole.put("$ref", "#" + at);
            root.properties().forEach(member -> whole.set(member.getKey(), member.getValue()));
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(whole);
        });
    }

    private void meet(String pointer, JsonNode value) {
        JsonNode schema = root.at(pointer);
        if (schema.has("$ref")) {
            meet(schema.get("$ref").asText().substring(1), value);
        }
        for (int i = 0; i < schema.path("anyOf").size(); i++) {
            String alternative = pointer + "/anyOf/" + i;
            if (schemaAt(alternative).validate(value).isEmpty()) {
                meet(alternative, value);
            }
        }
        schema.path("properties").fieldNames().forEachRemaining(name -> {
            if (value.has(name)) {
                String field = pointer + "/properties/" + name;
                metFields.add(field);
                meet(field, value.get(name));
            }
        });
        if (schema.has("items")) {
            value.forEach(item -> meet(pointer + "/items", item));
        }
    }

    /** Returns the described fields that no value had. */
    public Set<String> unmetFields() {
        Set<String> described = new TreeSet<>();
        collect("", root, described);
        described.removeAll(metFields);
        return described;
    }

    private static void collect(String pointer, JsonNode node, Set<String> fields) {
        if (node.path("type").asText().equals("object") && node.has("properties")) {
            node.get("properties").fieldNames().forEachRemaining(name -> fields.add(pointer + "/properties/" + name));
        }
        if (node.isObject()) {
            node.properties()
                    .forEach(member -> collect(pointer + "/" + escaped(member.getKey()), member.getValue(), fields));
        } else {
            for (int i = 0; i < node.size(); i++) {
                collect(pointer + "/" + i, node.get(i), fields);
            }
        }
    }

    /** Returns a name as a JSON pointer writes it. */
    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
