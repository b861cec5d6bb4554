package io.lanyard.daemon.api.list;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.engine.OrderKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {

    private static final String DOCUMENT = """
            {"amount": 12.10, "city": "Kraków", "address": {"city": "Łódź", "zip": null}, "tags": ["a", 1.0],
             "paid": true, "a.b": 5, "x y": "in", "empty": {}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '§',
            value = {
                "amount=12.1 | true",
                "amount = 1.21E1 | true",
                "amount!=12.1 | false",
                "amount<12.2 | true",
                "amount<12.1 | false",
                "amount<=12.1 | true",
                "amount>=10 | true",
                "amount>9 | true",
                "amount>-1e400 | true",
                "amount>\"1\" | false",
                "amount in [1, 12.100] | true",
                "amount in [] | false",
                "amount in [\"12.10\"] | false",
                "city=Kraków | true",
                "city in [\"Kraków\",\"a=b\"] | true",
                "city in [\"a>=b\"] | false",
                "city>Krak | true",
                "address.city=Łódź | true",
                "/address/city=Łódź | true",
                "/a.b=5 | true",
                "a.b=5 | false",
                "tags=[\"a\",1.0] | true",
                "paid=true | true",
                "paid exists | true",
                "paid exists true | true",
                "paid exists false | false",
                "address exists | true",
                "address.zip exists | true",
                "address.street exists | false",
                "address.street exists false | true",
                "empty exists | true",
                "empty={} | true",
                "addr exists | false",
                "missing=1 | false",
                "missing!=1 | true",
                "missing<1 | false",
                "missing in [null] | false",
                "address.zip=null | true",
                "x y=in | true",
                "x y in [\"in\"] | true",
                "city=in [\"Kraków\"] | false"
            })
    void text_isTrueOf(String text, boolean expected) {
        assertEquals(expected, Filter.parse(List.of(text)).matches(document()), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '§',
            value = {
                "{} | true",
                "{\"amount\":{\">=\":10},\"city\":\"Kraków\"} | true",
                "{\"amount\":{\">=\":10,\"<\":12.1}} | false",
                "{\"amount\":12.100} | true",
                "{\"amount\":\"12.10\"} | false",
                "{\"address.city\":\"Łódź\"} | true",
                "{\"/address/city\":{\"!=\":\"Łódź\"}} | false",
                "{\"tags\":[\"a\",1.0]} | true",
                "{\"city\":{\"in\":[\"Gdańsk\",\"Kraków\"]}} | true",
                "{\"note\":{\"exists\":false}} | true",
                "{\"empty\":{\"=\":{}}} | true",
                "{\"address.zip\":null} | true"
            })
    void json_isTrueOf(String json, boolean expected) {
        assertEquals(expected, Filter.parseObject(json).matches(document()), json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"amount", "", "=5", "amount=1e999", "/a~2=1", "amount in [1e999]", "amount in 5", "amount in [$]"
            })
    void text_thatIsNoCondition_isRefused(String text) {
        ProblemException refused = assertThrows(ProblemException.class, () -> Filter.parse(List.of(text)));
        assertTrue(refused.problem().code().status() / 100 == 4, refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "5",
                "{\"a\":{}}",
                "{\"a\":{\"b\":1}}",
                "{\"a\":{\">\":1,\"b\":1}}",
                "{\"a\":{\"in\":1}}",
                "{\"a\":{\"exists\":1}}",
                "{\"a\":1e999}"
            })
    void json_thatIsNoFilter_isRefused(String json) {
        assertEquals(
                "invalid_value",
                assertThrows(ProblemException.class, () -> Filter.parseObject(json))
                        .problem()
                        .code()
                        .word());
    }

    @Test
    void tooMany_conditionsOrAlternatives_areRefused() {
        assertThrows(ProblemException.class, () -> Filter.parse(java.util.Collections.nCopies(33, "a=1")));
        assertThrows(ProblemException.class, () -> Filter.parse(List.of("a in [" + "1,".repeat(100) + "1]")));
    }

    @Test
    void numbers_compareAsDecimals_whateverTheirDigitsAndExponents() {
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            String left = number(random);
            String right =
                    i % 3 == 0 ? new BigDecimal(left).stripTrailingZeros().toString() : number(random);
            int expected = new BigDecimal(left).compareTo(new BigDecimal(right));
            assertEquals(expected, Integer.signum(OrderKey.compareNumbers(left, right)), left + " against " + right);
        }
    }

    @Test
    void strings_compareByCodeUnits_asTheirKeys() {
        String[] texts = {
            "",
            "\u0000",
            "\u001f",
            " ",
            "a",
            "aa",
            "a\u0001",
            "z",
            "|",
            "}",
            "~",
            "\u007f",
            "ó",
            "\ud83d\ude00",
            "\uffff"
        };
        for (String left : texts) {
            for (String right : texts) {
                assertEquals(
                        Integer.signum(left.compareTo(right)),
                        Integer.signum(OrderKey.of(quoted(left)).compareTo(OrderKey.of(quoted(right)))),
                        quoted(left) + " against " + quoted(right));
            }
        }
    }

    @Test
    void keys_sortKindsAsDocumented() {
        String[] inOrder = {
            "null", "false", "true", "-1e400", "-2", "-1.5", "-0.001", "0", "1e-400", "1", "10", "\"\"", "\"1\"", "[]",
            "{}"
        };
        String last = OrderKey.ABSENT;
        for (String json : inOrder) {
            assertTrue(last.compareTo(OrderKey.of(json)) < 0, json);
            last = OrderKey.of(json);
        }
        assertEquals(OrderKey.of("0"), OrderKey.of("-0.00e7"));
    }

    @Test
    void hugeExponents_ofAPeerThatKeepsNoLimits_takeNoTime() {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("n"), "1e2000000000");
        leaves.put(FieldPath.of("m"), "9".repeat(200_000) + "e-999999999999999999999");
        assertTimeout(Duration.ofSeconds(2), () -> {
            assertTrue(Filter.parse(List.of("n>1", "n!=1", "m<1")).matches(leaves));
        });
    }

    private static String number(Random random) {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "");
        text.append(random.nextInt(4) == 0 ? "0" : Integer.toString(1 + random.nextInt(200)));
        if (random.nextBoolean()) {
            text.append('.');
            for (int i = random.nextInt(4); i >= 0; i--) {
                text.append("0012345678".charAt(random.nextInt(10)));
            }
        }
        if (random.nextBoolean()) {
            text.append("eE".charAt(random.nextInt(2)))
                    .append(new String[] {"", "+", "-"}[random.nextInt(3)])
                    .append(random.nextInt(random.nextBoolean() ? 5 : 401));
        }
        return text.toString();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        JsonWriter.quote(out, text);
        return out.toString();
    }

    private static SortedMap<FieldPath, String> document() {
        return DocumentJson.read(DOCUMENT.getBytes(StandardCharsets.UTF_8));
    }
}
