package io.lanyard.daemon.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.regex.RegularExpression;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JSON Schema for the documents of a collection. Any thread.
 *
 * <p>Nothing is ever fetched: a reference has to stay within the schema. What an evaluation may cost is bounded by a
 * {@link SchemaBudget}, whatever the schema and the document.
 */
public final class DocumentSchema {

    /** The largest schema, in characters. */
    public static final int MAX_LENGTH = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(DocumentSchema.class);
    private static final int MAX_MESSAGE_LENGTH = 300;
    private static final String DEFAULT_DIALECT = "https://json-schema.org/draft/2020-12/schema";
    private static final Map<String, SpecificationVersion> DIALECTS = Map.of(
            DEFAULT_DIALECT,
            SpecificationVersion.DRAFT_2020_12,
            "https://json-schema.org/draft/2019-09/schema",
            SpecificationVersion.DRAFT_2019_09,
            "http://json-schema.org/draft-07/schema",
            SpecificationVersion.DRAFT_7);
    private static final List<String> REFERENCES = List.of("$ref", "$dynamicRef", "$recursiveRef");

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final String text;
    private final Schema schema;

    private DocumentSchema(String text, Schema schema) {
        this.text = text;
        this.schema = schema;
    }

    /**
     * Reads a schema.
     *
     * @param text a JSON object whose numbers are within the limits of documents
     * @throws BadSchemaException if it is none, or refers to something outside
     */
    public static DocumentSchema parse(String text) throws BadSchemaException {
        if (text.length() > MAX_LENGTH) {
            throw new BadSchemaException("the schema has more than " + MAX_LENGTH + " characters");
        }
        try {
            JsonNode node = MAPPER.readTree(text);
            if (!node.isObject()) {
                throw new BadSchemaException("a schema is a JSON object");
            }
            String dialect = node.path("$schema").asText(DEFAULT_DIALECT).replaceAll("#$", "");
            SpecificationVersion version = DIALECTS.get(dialect);
            if (version == null) {
                throw new BadSchemaException("$schema names a dialect that is not known; use one of "
                        + String.join(", ", DIALECTS.keySet()));
            }
            checkReferences(node, "");
            checkAgainstDialect(node, dialect, version);
            Schema schema = registry(version).getSchema(node);
            schema.initializeValidators();
            return new DocumentSchema(text, schema);
        } catch (JsonProcessingException e) {
            throw new BadSchemaException("the schema is not JSON: " + e.getOriginalMessage());
        } catch (RuntimeException | StackOverflowError e) {
            throw new BadSchemaException("the schema cannot be used: " + shortened(String.valueOf(e.getMessage())));
        }
    }

    /** Reads a schema that another device declared; empty if this version cannot use it. */
    static Optional<DocumentSchema> readable(String text) {
        try {
            return Optional.of(parse(text));
        } catch (BadSchemaException e) {
            LOG.warn("A schema that was declared on another device cannot be used here, and checks nothing.", e);
            return Optional.empty();
        }
    }

    private static void checkReferences(JsonNode node, String place) throws BadSchemaException {
        if (node.isObject()) {
            Iterator<Map.Entry<String, JsonNode>> members = node.properties().iterator();
            while (members.hasNext()) {
                Map.Entry<String, JsonNode> member = members.next();
                String where = place + "/" + member.getKey();
                if (REFERENCES.contains(member.getKey())
                        && member.getValue().isTextual()
                        && !member.getValue().asText().startsWith("#")) {
                    throw new BadSchemaException(shortened(where) + " refers to something outside of the schema,"
                            + " which is never fetched; write #/$defs/NAME");
                }
                if (member.getKey().equals("$schema") && !place.isEmpty()) {
                    throw new BadSchemaException(shortened(where) + ": $schema stands at the top only");
                }
                checkReferences(member.getValue(), where);
            }
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                checkReferences(node.get(i), place + "/" + i);
            }
        }
    }

    private static void checkAgainstDialect(JsonNode node, String dialect, SpecificationVersion version)
            throws BadSchemaException {
        Schema meta = SchemaRegistry.withDefaultDialect(version)
                .getSchema(SchemaLocation.of(version == SpecificationVersion.DRAFT_7 ? dialect + "#" : dialect));
        List<Error> errors = meta.validate(node.toString(), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw new BadSchemaException("this is no schema: " + sentence(errors.get(0)));
        }
    }

    private static SchemaRegistry registry(SpecificationVersion version) {
        SchemaRegistryConfig config = SchemaRegistryConfig.builder()
                .regularExpressionFactory(DocumentSchema::expression)
                .failFast(true)
                .formatAssertionsEnabled(true)
                .build();
        return SchemaRegistry.withDefaultDialect(
                version,
                builder -> builder.schemaRegistryConfig(config)
                        .schemaLoader(loader -> loader.fetchRemoteResources(false)));
    }

    private static RegularExpression expression(String regex) {
        Pattern pattern = Pattern.compile(regex);
        return text -> pattern.matcher(new CountedText(text)).find();
    }

    /** Returns the schema as it was declared. */
    public String text() {
        return text;
    }

    /** Returns why a document may not look so, in a sentence that says where; empty if it may. */
    Optional<String> refusal(DocumentId id, SortedMap<FieldPath, String> leaves, SchemaBudget budget) {
        Evaluation evaluation = new Evaluation();
        try {
            JsonNode document = tree(leaves);
            budget.run(() -> schema.validate(evaluation, document));
        } catch (SchemaBudget.ExceededException e) {
            return Optional.of(id + " cannot be checked: the schema of " + id.collection() + " takes too long with it");
        } catch (com.networknt.schema.FailFastAssertionException e) {
            return Optional.of(
                    id + " is not what the schema of " + id.collection() + " wants: " + sentence(e.getError()));
        } catch (JsonProcessingException | RuntimeException e) {
            LOG.warn("The schema of {} cannot be evaluated.", id.collection(), e);
            return Optional.of(id + " cannot be checked by the schema of " + id.collection() + ": "
                    + shortened(String.valueOf(e.getMessage())));
        }
        return evaluation.getErrors().stream()
                .findFirst()
                .map(error -> id + " is not what the schema of " + id.collection() + " wants: " + sentence(error));
    }

    private static JsonNode tree(SortedMap<FieldPath, String> leaves) throws JsonProcessingException {
        ObjectNode root = MAPPER.createObjectNode();
        for (Map.Entry<FieldPath, String> leaf : leaves.entrySet()) {
            List<String> segments = leaf.getKey().segments();
            ObjectNode at = root;
            for (String segment : segments.subList(0, segments.size() - 1)) {
                JsonNode child = at.get(segment);
                at = child instanceof ObjectNode object ? object : at.putObject(segment);
            }
            at.set(segments.get(segments.size() - 1), MAPPER.readTree(leaf.getValue()));
        }
        return root;
    }

    private static String sentence(Error error) {
        String place = String.valueOf(error.getInstanceLocation());
        return shortened((place.isEmpty() ? "" : place + ": ") + error.getMessage());
    }

    private static String shortened(String text) {
        return text.length() <= MAX_MESSAGE_LENGTH ? text : text.substring(0, MAX_MESSAGE_LENGTH) + "…";
    }

    /** Says why something is no schema, in a sentence that says where. */
    public static final class BadSchemaException extends Exception {
        private static final long serialVersionUID = 1;

        BadSchemaException(String message) {
            super(message);
        }
    }

    /** Counts what it takes part in: every keyword that is evaluated is a step on its path. */
    private static final class Evaluation extends ExecutionContext {
        @Override
        public void evaluationPathAddLast(String keyword) {
            SchemaBudget.descend();
            super.evaluationPathAddLast(keyword);
        }

        @Override
        public void evaluationPathAddLast(int index) {
            SchemaBudget.descend();
            super.evaluationPathAddLast(index);
        }

        @Override
        public void evaluationPathRemoveLast() {
            SchemaBudget.ascend();
            super.evaluationPathRemoveLast();
        }
    }

    /** Text of which each look is counted: an expression that goes astray looks again and again. */
    private static final class CountedText implements CharSequence {
        private final String text;

        CountedText(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            SchemaBudget.step();
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
