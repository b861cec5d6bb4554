package io.lanyard.daemon.api.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "-0.0",
                "12.10",
                "0.1",
                "1E2",
                "1e2",
                "1E+2",
                "1e-400",
                "1E400",
                "1e0400",
                "1e0000000000400",
                "123456789012345678901234567890",
                "0.10000000000000000000000000000000000000001",
                "100.00"
            })
    void numbers_comeBackDigitForDigit(String number) {
        assertEquals("{\"amount\":" + number + "}", roundTrip("{\"amount\":" + number + "}"));
        assertEquals("{\"list\":[" + number + "]}", roundTrip("{\"list\": [ " + number + " ]}"));
    }

    @Test
    void numbers_hundredCharacters_areKept_oneMoreIsNot() {
        String longest = "-" + "9".repeat(97) + ".5";
        assertEquals(100, longest.length());
        assertEquals("{\"n\":" + longest + "}", roundTrip("{\"n\":" + longest + "}"));
        assertRefused("invalid_value", "{\"n\":9" + longest.substring(1) + "0}", "/n");
        assertRefused("invalid_value", "{\"n\":" + "9".repeat(20_000) + "}", "/n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e401", "1E-401", "1e+0401", "1e99999999999999999999"})
    void numbers_beyondTheExponentLimit_areRefused(String number) {
        assertRefused("invalid_value", "{\"a\":{\"b\":[1," + number + "]}}", "/a/b/1");
    }

    @Test
    void objects_becomePaths_arraysAndScalarsStayWhole() {
        SortedMap<FieldPath, String> leaves = parse(
                "{ \"b\" : {\"y\":true,\"x\":null}, \"a\":[ {\"z\":1,\"k\":[ ]} , {} ], \"e\":{}, \"s\":\"\\u00e9\" }");
        SortedMap<FieldPath, String> expected = new TreeMap<>();
        expected.put(new FieldPath("/a"), "[{\"k\":[],\"z\":1},{}]");
        expected.put(new FieldPath("/b/x"), "null");
        expected.put(new FieldPath("/b/y"), "true");
        expected.put(new FieldPath("/e"), "{}");
        expected.put(new FieldPath("/s"), "\"é\"");
        assertEquals(expected, leaves);
        assertTrue(parse("{}").isEmpty());
        assertEquals("{}", roundTrip(" \n{ } "));
    }

    @Test
    void keys_areSortedOneByOne_notAsWholePaths() {
        assertEquals(
                "{\"\":0,\"a\":{\"y\":{\"d\":4,\"e\":3},\"z\":1},\"a b\":2,\"a/b\":3,\"a~b\":4}",
                roundTrip("{\"a~b\":4,\"a/b\":3,\"a b\":2,\"a\":{\"z\":1,\"y\":{\"e\":3,\"d\":4}},\"\":0}"));
    }

    @Test
    void strings_comeBackAsMeant_withNoMoreEscapesThanNeeded() {
        assertEquals(
                "{\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f😀ß漢字\"}",
                roundTrip("{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\\uD83D\\uDE00ß漢字\"}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            malformed_json | ``                       | empty
            malformed_json | ` `                      | empty
            malformed_json | {"a":1                   | line 1
            malformed_json | {"a":1}}                 | line 1, column 8
            malformed_json | {"a":1} {"b":2}          | column 9
            malformed_json | {"a":1} x                | column 9
            malformed_json | {"a":NaN}                | NaN
            malformed_json | {"a":Infinity}           | Infinity
            malformed_json | {"a":-Infinity}          | line 1
            malformed_json | {"a":+1}                 | line 1
            malformed_json | {"a":01}                 | line 1
            malformed_json | {"a":.5}                 | line 1
            malformed_json | {"a":5.}                 | line 1
            malformed_json | {"a":0x10}               | line 1
            malformed_json | {"a":1,}                 | line 1
            malformed_json | {,"a":1}                 | line 1
            malformed_json | {"a":[1,]}               | line 1
            malformed_json | {"a" 1}                  | line 1
            malformed_json | {a:1}                    | line 1
            malformed_json | {'a':1}                  | line 1
            malformed_json | {"a":'b'}                | line 1
            malformed_json | {"a":tru}                | line 1
            malformed_json | {"a":TRUE}               | line 1
            malformed_json | {"a":1 /* x */}          | line 1
            malformed_json | {"a":1} // x             | line 1
            malformed_json | # x                      | line 1
            malformed_json | {"a":"\\x"}              | line 1
            malformed_json | {"a":"\\u12"}            | line 1
            malformed_json | {"a":"b                  | line 1
            duplicate_key  | {"a":1,"a":2}            | a
            duplicate_key  | {"a":1,"\\u0061":1}      | a
            duplicate_key  | {"x":{"b":1,"b":{}}}     | b
            duplicate_key  | {"x":[{"b":1,"b":2}]}    | b
            invalid_utf8   | {"a":"\\ud800"}          | /a
            invalid_utf8   | {"a":["\\udc00\\ud800"]} | /a/0
            invalid_utf8   | {"a":"\\ud83dx"}         | /a
            invalid_utf8   | {"\\ud83d":1}            | surrogate pair in field name
            invalid_name   | {"$a":1}                 | /$a
            invalid_name   | {"a":{"$b":1}}           | /a/$b
            invalid_name   | {"a":[{"$b":1}]}         | /a/0/$b
            invalid_value  | [1]                      | an array
            invalid_value  | "a"                      | a string
            invalid_value  | 1                        | a number
            invalid_value  | null                     | null
            invalid_value  | true                     | a boolean
            """)
    void badDocuments_areRefused_withWhatAndWhere(String code, String json, String where) {
        assertRefused(code, json, where);
    }

    @Test
    void controlCharacters_unescaped_areRefused() {
        assertRefused("malformed_json", "{\"a\":\"x\u0000\"}", "line 1");
        assertRefused("malformed_json", "{\"a\":\n\"x\ny\"}", "line 2");
    }

    @Test
    void nesting_sixtyFour_isKept_sixtyFiveIsNot() {
        String objects = "{\"a\":".repeat(63) + "{\"b\":1}" + "}".repeat(63);
        assertEquals(objects, roundTrip(objects));
        String arrays = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
        assertEquals(arrays, roundTrip(arrays));
        assertRefused("too_deep", "{\"a\":" + objects + "}", "/a/a/");
        assertRefused("too_deep", "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}", "/a/0/");
        assertRefused("too_deep", "{\"a\":" + "[{\"b\":".repeat(32) + "1" + "}]".repeat(32) + "}", "/a/0/b");
        assertRefused("too_deep", "{\"a\":" + "[".repeat(100_000), "objects and arrays");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7B2261223A22C0AF227D", // overlong slash
                "7B2261223A22E080AF227D", // overlong in three bytes
                "7B2261223A22EDA080227D", // lone surrogate in UTF-8
                "7B2261223A22F4908080227D", // beyond U+10FFFF
                "7B2261223A22FF227D", // never a byte of UTF-8
                "7B2261223A22C3227D", // cut short
                "7B2261223A22C3", // cut short by the end
                "FEFF007B007D", // UTF-16 with its mark
            })
    void bytes_thatAreNotUtf8_areRefused(String hex) {
        ProblemException e = assertThrows(ProblemException.class, () -> DocumentJson.read(bytes(hex)));
        assertEquals("invalid_utf8", e.problem().code().word());
        assertTrue(e.problem().detail().contains("at byte"), e.problem().detail());
    }

    @Test
    void byteOrderMark_andUtf16WithoutOne_areRefused() {
        assertRefused("malformed_json", "\uFEFF{}", "byte order mark");
        ProblemException e = assertThrows(
                ProblemException.class, () -> DocumentJson.read("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE)));
        assertEquals("malformed_json", e.problem().code().word());
    }

    @Test
    void documents_largerThanTheLimit_areRefused() {
        String frame = "{\"a\":\"\"}";
        int room = Limits.MAX_DOCUMENT_BYTES - frame.length();
        assertEquals(1, parse("{\"a\":\"" + "x".repeat(room) + "\"}").size());
        assertRefused("too_large", "{\"a\":\"" + "x".repeat(room + 1) + "\"}", "262144");
        assertRefused("too_large", "{\"a\":\"" + "é".repeat(room / 2 + 1) + "\"}", "262144");
    }

    @Test
    void longPathsOverAndOver_areRefused_beforeTheyFillTheMemory() {
        StringBuilder json = new StringBuilder("{\"" + "k".repeat(100_000) + "\":{");
        for (int i = 0; i < 15_000; i++) {
            json.append(i == 0 ? "" : ",").append("\"").append(i).append("\":1");
        }
        assertRefused("too_large", json.append("}}").toString(), "field paths");
    }

    @Test
    void randomDocuments_parseAndRender_areTheSameAgain() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            StringBuilder json = new StringBuilder();
            appendObject(json, random, 0);
            SortedMap<FieldPath, String> leaves = parse(json.toString());
            String rendered = JsonWriter.documentText(leaves);
            assertEquals(leaves, parse(rendered), "seed " + seed);
            assertEquals(rendered, roundTrip(rendered), "seed " + seed);
        }
    }

    @Test
    void damagedDocuments_areRefusedOrRead_neverAnythingElse() {
        byte[] good =
                "{\"a\":{\"b\":[1.50,\"é\\ud83d\\ude00\",null]},\"c\":-0,\"d\":{}}".getBytes(StandardCharsets.UTF_8);
        Random random = new Random(7);
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = good.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                SortedMap<FieldPath, String> leaves = DocumentJson.read(bytes);
                assertEquals(leaves, parse(JsonWriter.documentText(leaves)));
            } catch (ProblemException e) {
                assertTrue(e.problem().code().status() < 500);
            }
        }
    }

    private static void appendObject(StringBuilder json, Random random, int depth) {
        json.append('{');
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "" : " , ");
            JsonWriter.quote(json, name(random) + i);
            json.append(": ");
            appendValue(json, random, depth);
        }
        json.append('}');
    }

    private static void appendValue(StringBuilder json, Random random, int depth) {
        switch (random.nextInt(depth > 4 ? 4 : 6)) {
            case 0 -> JsonWriter.quote(json, name(random));
            case 1 -> json.append(random.nextInt(100) - 50).append(random.nextBoolean() ? ".50" : "E-3");
            case 2 -> json.append(random.nextBoolean());
            case 3 -> json.append("null");
            case 4 -> {
                json.append('[');
                for (int i = random.nextInt(3); i >= 0; i--) {
                    appendValue(json, random, depth + 1);
                    json.append(i == 0 ? "" : ",");
                }
                json.append(']');
            }
            default -> appendObject(json, random, depth + 1);
        }
    }

    private static String name(Random random) {
        String[] parts = {"a", "~", "/", " ", "\"", "\\", "\n", "\u0001", "é", "漢", "😀", "\u2028", "0", "."};
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append(parts[random.nextInt(parts.length)]);
        }
        return name.toString();
    }

    private static void assertRefused(String code, String json, String where) {
        ProblemException e =
                assertThrows(ProblemException.class, () -> parse(json), () -> "taken: " + Texts.shortened(json));
        assertEquals(code, e.problem().code().word(), e.problem().detail());
        assertTrue(e.problem().detail().contains(where), e.problem().detail());
    }

    private static SortedMap<FieldPath, String> parse(String json) {
        return DocumentJson.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String roundTrip(String json) {
        return JsonWriter.documentText(parse(json));
    }

    private static byte[] bytes(String hex) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < hex.length(); i += 2) {
            bytes.write(Integer.parseInt(hex.substring(i, i + 2), 16));
        }
        return bytes.toByteArray();
    }
}
