package io.lanyard.cli.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12.10",
                "-0",
                "1E2",
                "1e-400",
                "\"\"",
                "null",
                "true",
                "[]",
                "{}",
                "[1,[2.50,{\"a\":null}],\"x\\ny\\\"\"]",
                "{\"b\":1,\"a\":{\"ключ\":\"значение 😀\"}}"
            })
    void parse_thenWrite_isTheSameText(String json) throws IOException {
        assertEquals(json, JsonValue.parse(json).toJson());
        assertEquals(json, JsonValue.parse(JsonValue.parse(json).toPrettyJson()).toJson());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1,]", "1 2", "{\"a\" 1}", "NaN", "tru", "'a'"})
    void parse_notOneValue_fails(String json) {
        assertThrows(IOException.class, () -> JsonValue.parse(json));
    }

    @Test
    void readers_answerGentlyForOtherKinds() throws IOException {
        JsonValue value = JsonValue.parse("{\"n\":7,\"s\":\"t\",\"l\":[1]}");
        assertTrue(value.get("none").isNull());
        assertTrue(value.get("s").get("deeper").isNull());
        assertEquals(0, value.get("n").elements().size());
        assertEquals(7, value.get("n").wholeNumber(0));
        assertEquals(-1, value.get("s").wholeNumber(-1));
        assertEquals("[1]", value.get("l").text());
    }
}
