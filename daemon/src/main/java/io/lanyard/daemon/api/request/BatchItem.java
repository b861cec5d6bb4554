package io.lanyard.daemon.api.request;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.access.ClientName;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An item of a batch: an operation, or why there is none.
 *
 * @param index its place in the batch, from 0
 * @param resourceType the collection as it was sent, empty if it was not
 * @param resourceId the id as it was sent, empty if it was not
 * @param deviceId the client's name as it was sent, {@code null} if it was not
 * @param operation what to do, {@code null} if there is a problem
 * @param problem why the item is refused, {@code null} if it is not
 */
public record BatchItem(
        int index, String resourceType, String resourceId, String deviceId, Operation operation, Problem problem) {

    private static final Set<String> FIELDS =
            Set.of("action", "resourceType", "resourceId", JsonFields.DATA, "deviceId", "timestamp");

    /**
     * Reads a batch.
     *
     * @throws ProblemException if it is not a JSON array, or has too many items; an item that is wrong in itself does
     *     not throw
     */
    public static List<BatchItem> read(byte[] bytes) {
        return JsonReader.read(bytes, reader -> {
            if (reader.token() != JsonToken.START_ARRAY) {
                throw Code.INVALID_VALUE.exception(
                        "a batch is a JSON array, not " + DocumentJson.kindOf(reader.token()),
                        "send [{\"action\":…,\"resourceType\":…,\"resourceId\":…,\"data\":{…}}]");
            }
            return readAll(reader);
        });
    }

    /** Reads the items of the array that starts at the current token, and ends on its last. */
    static List<BatchItem> readAll(JsonReader reader) {
        Problem outside = reader.swapProblem(null);
        List<BatchItem> items = new ArrayList<>();
        while (reader.next() != JsonToken.END_ARRAY) {
            if (items.size() == Limits.MAX_BATCH_ITEMS) {
                throw Code.TOO_LARGE.exception(
                        "a batch may have at most " + Limits.MAX_BATCH_ITEMS + " items", "send several batches");
            }
            items.add(read(reader, items.size()));
        }
        reader.swapProblem(outside);
        return items;
    }

    /** Returns the same, refused if {@code caller} may not write there. */
    BatchItem by(Caller caller) {
        if (problem != null || caller.mayWrite(resourceType)) {
            return this;
        }
        Problem missing = Caller.writeMissing(resourceType);
        Problem placed = missing.code().with("item " + index + ": " + missing.detail(), missing.hint());
        return new BatchItem(index, resourceType, resourceId, null, null, placed);
    }

    private static BatchItem read(JsonReader reader, int index) {
        JsonFields fields = JsonFields.read(reader, FIELDS, "an item of a batch");
        Problem problem = reader.swapProblem(null);
        String resourceType = "";
        String resourceId = "";
        try {
            resourceType = fields.optionalString("resourceType").orElse("");
            resourceId = fields.optionalString("resourceId").orElse("");
            if (problem == null) {
                String deviceId = fields.optionalString("deviceId")
                        .map(ClientName::checked)
                        .orElse(null);
                Operation operation = operation(fields).at(timestamp(fields));
                return new BatchItem(index, resourceType, resourceId, deviceId, operation, null);
            }
        } catch (ProblemException e) {
            problem = problem == null ? e.problem() : problem;
        } catch (DocumentId.IllegalNameException e) {
            problem = Code.INVALID_NAME.with(e.getMessage(), e.hint());
        }
        Problem placed = problem.code().with("item " + index + ": " + problem.detail(), problem.hint());
        return new BatchItem(index, resourceType, resourceId, null, null, placed);
    }

    /** Returns when the program says that it happened: a text or a number, as it was sent; empty if it does not say. */
    private static String timestamp(JsonFields fields) {
        String timestamp = fields.optionalText("timestamp").orElse("");
        if (timestamp.length() > Operation.MAX_CLIENT_TIMESTAMP || !ClientName.isShowable(timestamp)) {
            throw Code.INVALID_VALUE.exception(
                    "'timestamp' is too long, or has characters that cannot be shown",
                    "use at most " + Operation.MAX_CLIENT_TIMESTAMP + " characters, best a time in ISO 8601");
        }
        return timestamp;
    }

    private static Operation operation(JsonFields fields) {
        String action = fields.string("action");
        DocumentId id = new DocumentId(fields.string("resourceType"), fields.string("resourceId")).open();
        return switch (action) {
            case "CREATE" -> new Operation(Operation.Kind.CREATE, id, fields.plainDocument(), Condition.NONE);
            case "UPDATE" -> new Operation(Operation.Kind.PATCH, id, fields.document(), Condition.NONE);
            case "DELETE" -> Operation.delete(id, Condition.NONE);
            default ->
                throw Code.INVALID_VALUE.exception(
                        "'" + Texts.shortened(action) + "' is not an action", "use CREATE, UPDATE or DELETE");
        };
    }
}
