package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountTest {

    @ParameterizedTest
    @CsvSource({
        "12.10, 0.05, 12.15",
        "12.10, 1, 13.10",
        "12.5, 0.5, 13.0",
        "0.1, 0.2, 0.3",
        "-0, 0, 0",
        "-1, 1, 0",
        "1E2, 1, 101",
        "1E2, 1E2, 200",
        "1e-3, 1, 1.001",
        "5, -5.00, 0.00",
        "1e300, 1e300, 2E+300",
        "1e-300, 2e-300, 3E-300",
        "1e400, -1e400, 0",
    })
    void text_ofASum_isExactWithTheDecimalsOfTheFinest(String one, String other, String sum) {
        BigDecimal exact = Amount.read(one).orElseThrow().add(Amount.read(other).orElseThrow());

        assertEquals(sum, Amount.text(exact));
        assertEquals(Optional.of(sum), Amount.exactText(exact));
    }

    @ParameterizedTest
    @CsvSource({"1e20000000", "1e401", "1E-401", "1e0000000401", "x", "\"1\"", "null", "01", "1.", "+1", "[1]", "''"})
    void read_notANumberWithinTheLimits_isRefusedAtOnce(String text) {
        assertTimeout(Duration.ofSeconds(1), () -> assertEquals(Optional.empty(), Amount.read(text)));
    }

    @Test
    void read_moreThanAHundredCharacters_isRefused() {
        assertTrue(Amount.read("9".repeat(100)).isPresent());
        assertEquals(Optional.empty(), Amount.read("9".repeat(101)));
    }

    @ParameterizedTest
    @CsvSource({
        "1e300, 1, 1E+300",
        "9e400, 9e400, 9.9999999999999999999999999999999999999999999999999999999999999999999999999999999E+400",
        "-9e400, -9e400, -9.9999999999999999999999999999999999999999999999999999999999999999999999999999999E+400",
        "1e-400, -0.6e-400, 0",
    })
    void text_beyondTheLimits_isTheNearestWithin(String one, String other, String nearest) {
        BigDecimal exact = Amount.read(one).orElseThrow().add(Amount.read(other).orElseThrow());

        assertEquals(Optional.empty(), Amount.exactText(exact));
        assertEquals(nearest, Amount.text(exact));
    }

    @Test
    void text_anySum_isWithinTheLimitsAndTheSameInAnyOrder() {
        Seeds.check(2_000, random -> {
            List<BigDecimal> parts = new ArrayList<>();
            for (int left = 1 + random.nextInt(6); left > 0; left--) {
                String digits = String.valueOf(random.nextLong()).repeat(1 + random.nextInt(4));
                String number = (random.nextBoolean() ? "-" : "")
                        + (1 + random.nextInt(9))
                        + digits.replace("-", "")
                        + (random.nextBoolean() ? "e" + (random.nextInt(801) - 400) : "");
                parts.add(Amount.read(number).orElseThrow());
            }
            String text = Amount.text(parts.stream().reduce(BigDecimal.ZERO, BigDecimal::add));
            Collections.shuffle(parts, new Random(random.nextLong()));

            assertEquals(text, Amount.text(parts.stream().reduce(BigDecimal.ZERO, BigDecimal::add)));
            assertTrue(Amount.read(text).isPresent(), text);
        });
    }
}
