package io.lanyard.daemon.api.json;

import com.fasterxml.jackson.core.JsonToken;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.MergePatch;
import io.lanyard.crdt.Step;
import io.lanyard.daemon.api.json.Problem.Code;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads a document's JSON into leaves: objects become paths, arrays and scalars stay whole.
 *
 * <p>An object without members is a leaf {@code {}}; the root without members is no leaf at all. A {@link Step} is a
 * leaf; whatever is no patch must {@link #requireNoSteps refuse} it.
 */
public final class DocumentJson {

    private final JsonReader reader;
    private final TreeMap<FieldPath, String> leaves = new TreeMap<>();
    private int pathCharacters;

    private DocumentJson(JsonReader reader) {
        this.reader = reader;
    }

    /**
     * Reads a whole document.
     *
     * @throws Problem.ProblemException if it is not JSON, or may not be kept
     */
    public static SortedMap<FieldPath, String> read(byte[] bytes) {
        if (bytes.length > Limits.MAX_DOCUMENT_BYTES) {
            throw tooLarge().exception();
        }
        return JsonReader.read(bytes, reader -> {
            SortedMap<FieldPath, String> leaves = read(reader);
            if (reader.firstProblem() != null) {
                throw reader.firstProblem().exception();
            }
            return leaves;
        });
    }

    /**
     * Reads the value that starts at the current token, and ends on its last. If that is not a document that may be
     * kept, the reader has a problem afterwards.
     */
    public static SortedMap<FieldPath, String> read(JsonReader reader) {
        if (reader.token() != JsonToken.START_OBJECT) {
            reader.note(Code.INVALID_VALUE, "a document is a JSON object, not " + kindOf(reader.token()), "send {…}");
            reader.skip();
            return new TreeMap<>();
        }
        int start = reader.tokenStart();
        DocumentJson document = new DocumentJson(reader);
        document.readObject(null, Limits.MAX_DEPTH - 1);
        if (reader.bytesSince(start) > Limits.MAX_DOCUMENT_BYTES) {
            Problem problem = tooLarge();
            reader.note(problem.code(), problem.detail(), problem.hint());
        }
        return document.leaves;
    }

    /**
     * Checks that a document is no patch.
     *
     * @throws Problem.ProblemException {@code invalid_name} if there is a step in it
     */
    public static SortedMap<FieldPath, String> requireNoSteps(SortedMap<FieldPath, String> leaves) {
        leaves.forEach((path, value) -> {
            if (Step.isStep(value)) {
                throw Code.INVALID_NAME.exception(
                        JsonReader.RESERVED_NAMES + ": " + Texts.shortened(path.pointer()),
                        "$increment, $add and $remove stand in patches only");
            }
        });
        return leaves;
    }

    /** Returns the problem of a document that is too large. */
    public static Problem tooLarge() {
        return Code.TOO_LARGE.with(
                "a document may have at most " + Limits.MAX_DOCUMENT_BYTES + " bytes", "split it into several");
    }

    /** Returns what a token begins, in words. */
    public static String kindOf(JsonToken token) {
        return switch (token) {
            case START_ARRAY -> "an array";
            case START_OBJECT -> "an object";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            default -> "a boolean";
        };
    }

    private void readObject(FieldPath path, int depth) {
        boolean isEmpty = true;
        while (reader.next() != JsonToken.END_OBJECT) {
            if (isEmpty && path != null && StepJson.isName(reader.text())) {
                leaves.put(path, StepJson.read(reader, depth));
                return;
            }
            isEmpty = false;
            String name = reader.name();
            JsonToken token = reader.next();
            if (reader.firstProblem() != null) {
                reader.skip();
                continue;
            }
            FieldPath child = path == null ? FieldPath.of(name) : path.child(name);
            countPath(child);
            if (token != JsonToken.START_OBJECT) {
                leaves.put(child, reader.canonicalValue(depth));
            } else if (depth == 0) {
                reader.noteTooDeep();
                reader.skip();
            } else {
                readObject(child, depth - 1);
            }
        }
        if (isEmpty && path != null) {
            leaves.put(path, MergePatch.EMPTY_OBJECT);
        }
    }

    private void countPath(FieldPath path) {
        pathCharacters += path.pointer().length();
        if (pathCharacters > Limits.MAX_PATH_CHARACTERS) {
            reader.note(
                    Code.TOO_LARGE,
                    "the field paths of a document may have at most " + Limits.MAX_PATH_CHARACTERS
                            + " characters together",
                    "use shorter names or fewer levels");
        }
    }
}
