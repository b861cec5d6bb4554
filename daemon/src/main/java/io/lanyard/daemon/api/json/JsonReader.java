package io.lanyard.daemon.api.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads one JSON text, token by token, strictly and exactly.
 *
 * <p>Bytes are decoded before they are parsed: Jackson's own byte parser takes overlong UTF-8, byte order marks, UTF-16
 * and lone surrogates. Numbers keep their own text, since even {@link java.math.BigDecimal} loses {@code -0} and
 * {@code 1E2}.
 *
 * <p>Two kinds of errors come out of here. What is not JSON at all throws, with line and column. A value that is JSON
 * but may not be kept is noted in {@link #firstProblem()} with its JSON Pointer, and reading goes on, so that one bad
 * item of a batch leaves its neighbours readable.
 */
public final class JsonReader {

    /** The longest number, in characters. */
    static final int MAX_NUMBER_LENGTH = 100;

    /** The largest exponent of a number, either way. */
    static final int MAX_EXPONENT = 400;

    /** Far more than any document may have, and little enough for the parser's own bookkeeping. */
    private static final int MAX_PARSER_DEPTH = 1_000;

    private static final String WHAT_JSON_IS =
            "keys and strings stand in double quotes, there is no comma after the last value, and no NaN or Infinity";

    /** Why a name is refused. */
    static final String RESERVED_NAMES = "field names beginning with $ are reserved";

    private static final String BOTH_HALVES = "write both halves";

    /** Names are not interned nor put into a shared table, which a hostile caller could fill. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_PARSER_DEPTH)
                    .maxDocumentLength(Limits.MAX_MESSAGE_BYTES)
                    .maxNumberLength(Limits.MAX_MESSAGE_BYTES)
                    .maxStringLength(Limits.MAX_MESSAGE_BYTES)
                    .maxNameLength(Limits.MAX_MESSAGE_BYTES)
                    .build())
            .build();

    private final String text;
    private final JsonParser parser;
    private Problem firstProblem;
    private boolean takesAnyName;

    private JsonReader(String text, JsonParser parser) {
        this.text = text;
        this.parser = parser;
    }

    /**
     * Decodes and reads a whole text.
     *
     * @param reading called at the first token; must end on the last one
     * @throws ProblemException {@code invalid_utf8}, {@code malformed_json} or {@code duplicate_key}
     */
    public static <T> T read(byte[] bytes, Function<JsonReader, T> reading) {
        return read(decode(bytes), reading);
    }

    /** Reads a whole text, as {@link #read(byte[], Function)} does. */
    public static <T> T read(String text, Function<JsonReader, T> reading) {
        if (text.startsWith("\uFEFF")) {
            throw Code.MALFORMED_JSON.exception(
                    "the text begins with a byte order mark (line 1, column 1)", "send it without");
        }
        try (JsonParser parser = FACTORY.createParser(text.toCharArray())) {
            JsonReader reader = new JsonReader(text, parser);
            if (reader.next() == null) {
                throw Code.MALFORMED_JSON.exception("the body is empty", "send a JSON value");
            }
            T result = reading.apply(reader);
            if (reader.next() != null) {
                throw Code.MALFORMED_JSON.exception(
                        "something follows after the end of the JSON value" + reader.place(),
                        "send one value and nothing after it");
            }
            return result;
        } catch (IOException e) {
            throw problemOf(e).exception();
        }
    }

    /** Goes on to the next token, {@code null} after the last. */
    public JsonToken next() {
        try {
            return parser.nextToken();
        } catch (IOException e) {
            throw problemOf(e).exception();
        }
    }

    /** Returns the current token. */
    public JsonToken token() {
        return parser.currentToken();
    }

    /** Returns the name of the current member. Notes a problem if it is reserved or not Unicode. */
    String name() {
        String name = text();
        if (hasLoneSurrogate(name)) {
            noteLoneSurrogate();
        } else if (name.startsWith("$") && !takesAnyName) {
            note(Code.INVALID_NAME, RESERVED_NAMES, "choose another name");
        }
        return name;
    }

    /** Returns the current string, name or number as it is meant (a string without its escapes). */
    public String text() {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw problemOf(e).exception();
        }
    }

    /** Passes over the current value and ends on its last token. */
    public void skip() {
        try {
            parser.skipChildren();
        } catch (IOException e) {
            throw problemOf(e).exception();
        }
    }

    /**
     * Returns the current value as text without spaces, keys sorted, numbers as written; ends on its last token.
     *
     * @param depth how many objects and arrays may be inside each other in here
     */
    public String canonicalValue(int depth) {
        StringBuilder out = new StringBuilder();
        appendValue(out, depth);
        return out.toString();
    }

    /** The same of a value that is no document's: its members may have reserved names. */
    public String canonicalValueOfAnyNames(int depth) {
        takesAnyName = true;
        try {
            return canonicalValue(depth);
        } finally {
            takesAnyName = false;
        }
    }

    /** Notes that something cannot be kept, unless something else was noted before. */
    public void note(Code code, String what, String hint) {
        if (firstProblem == null) {
            String pointer = parser.getParsingContext().pathAsPointer().toString();
            firstProblem = code.with(what + (pointer.isEmpty() ? "" : ": " + Texts.shortened(pointer)), hint);
        }
    }

    /** Notes that there are too many levels. */
    void noteTooDeep() {
        note(
                Code.TOO_DEEP,
                "more than " + Limits.MAX_DEPTH + " objects and arrays stand inside each other",
                "nest less deeply");
    }

    /** Returns the first thing that was noted, or {@code null}. */
    public Problem firstProblem() {
        return firstProblem;
    }

    /** Returns the first thing that was noted, or {@code null}, and goes on as if there were only {@code other}. */
    public Problem swapProblem(Problem other) {
        Problem noted = firstProblem;
        firstProblem = other;
        return noted;
    }

    /** Returns where the current token begins, in characters of the text. */
    int tokenStart() {
        return (int) parser.currentTokenLocation().getCharOffset();
    }

    /** Returns the size in bytes of UTF-8 of the text from {@code start} to the end of the current token. */
    int bytesSince(int start) {
        int end = (int) parser.currentLocation().getCharOffset();
        int bytes = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            // A surrogate is one half of four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    /** Decodes UTF-8, refusing what is none. */
    static String decode(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw Code.INVALID_UTF8.exception(
                    "the body is not UTF-8 at byte " + in.position() + " (line " + lineAt(bytes, in.position()) + ")",
                    "send text encoded in UTF-8");
        }
        return out.flip().toString();
    }

    private void appendValue(StringBuilder out, int depth) {
        switch (token()) {
            case VALUE_STRING -> appendString(out);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> appendNumber(out);
            case START_ARRAY, START_OBJECT -> {
                if (depth <= 0) {
                    noteTooDeep();
                    skip();
                    out.append("null");
                } else if (token() == JsonToken.START_ARRAY) {
                    appendArray(out, depth - 1);
                } else {
                    appendObject(out, depth - 1);
                }
            }
            default -> out.append(text());
        }
    }

    private void appendArray(StringBuilder out, int depth) {
        char separator = '[';
        while (next() != JsonToken.END_ARRAY) {
            out.append(separator);
            appendValue(out, depth);
            separator = ',';
        }
        out.append(separator == '[' ? "[]" : "]");
    }

    private void appendObject(StringBuilder out, int depth) {
        Map<String, String> members = new TreeMap<>();
        while (next() != JsonToken.END_OBJECT) {
            String name = name();
            next();
            members.put(name, canonicalValue(depth));
        }
        char separator = '{';
        for (Map.Entry<String, String> member : members.entrySet()) {
            out.append(separator);
            JsonWriter.quote(out, member.getKey());
            out.append(':').append(member.getValue());
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    private void appendString(StringBuilder out) {
        String value = text();
        if (hasLoneSurrogate(value)) {
            noteLoneSurrogate();
        }
        JsonWriter.quote(out, value);
    }

    private void appendNumber(StringBuilder out) {
        String number = text();
        if (number.length() > MAX_NUMBER_LENGTH) {
            note(
                    Code.INVALID_VALUE,
                    "a number of " + number.length() + " characters is too long",
                    "write at most " + MAX_NUMBER_LENGTH + ", or a string");
        } else if (exponent(number) > MAX_EXPONENT) {
            note(
                    Code.INVALID_VALUE,
                    "the exponent of " + number + " is too large",
                    "keep it within " + MAX_EXPONENT + " either way, or write a string");
        }
        out.append(number);
    }

    /** Returns the exponent's absolute value, or a larger one than is allowed if it does not even fit. */
    private static int exponent(String number) {
        int mark = Math.max(number.indexOf('e'), number.indexOf('E'));
        if (mark < 0) {
            return 0;
        }
        int exponent = 0;
        for (int i = mark + 1; i < number.length() && exponent <= MAX_EXPONENT; i++) {
            char c = number.charAt(i);
            if (c != '+' && c != '-') {
                exponent = 10 * exponent + c - '0';
            }
        }
        return exponent;
    }

    private void noteLoneSurrogate() {
        note(Code.INVALID_UTF8, "half of a surrogate pair is not a character", BOTH_HALVES);
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean isPair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!isPair) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    private String place() {
        return place(parser.currentTokenLocation());
    }

    private static String place(JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static Problem problemOf(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return Code.TOO_DEEP.with(
                    "far more than " + Limits.MAX_DEPTH + " objects and arrays stand inside each other",
                    "nest less deeply");
        }
        if (e instanceof JsonParseException parse) {
            String message = parse.getOriginalMessage();
            if (message.startsWith("Duplicate ")) {
                return Code.DUPLICATE_KEY.with(
                        Texts.shortened(message) + place(parse.getLocation()), "keep one of them");
            }
            if (message.startsWith("Broken surrogate pair")) {
                return Code.INVALID_UTF8.with(withoutAdvice(message) + place(parse.getLocation()), BOTH_HALVES);
            }
            return Code.MALFORMED_JSON.with(withoutAdvice(message) + place(parse.getLocation()), WHAT_JSON_IS);
        }
        throw new IllegalStateException("reading from memory failed", e);
    }

    /** Takes away the parser's advice on its own settings, and its own way of telling places. */
    private static String withoutAdvice(String message) {
        return Texts.shortened(message.split("\\R| \\(start marker|: enable |\\(for ")[0]);
    }

    private static int lineAt(byte[] bytes, int end) {
        int line = 1;
        for (int i = 0; i < end; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }
}
