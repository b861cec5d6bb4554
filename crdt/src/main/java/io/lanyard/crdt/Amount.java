package io.lanyard.crdt;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Exact decimal numbers within the limits of what is kept: at most {@value #MAX_LENGTH} characters, an exponent of at
 * most {@value #MAX_EXPONENT} either way. Nothing beyond is ever handed to arithmetic, whose cost grows with the
 * exponent and not with the text.
 */
final class Amount {

    static final int MAX_LENGTH = 100;
    static final int MAX_EXPONENT = 400;

    /** What a sum is rounded to that does not fit otherwise: leaves room for a sign, a point and an exponent. */
    private static final MathContext ROUNDED = new MathContext(80, RoundingMode.HALF_EVEN);

    private static final String GREATEST = "9." + "9".repeat(79) + "E+" + MAX_EXPONENT;

    private static final Pattern NUMBER =
            Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?0*([0-9]{1,3}))?");

    private Amount() {}

    /** Reads JSON text; empty if it is no number, or one beyond the limits. */
    static Optional<BigDecimal> read(String json) {
        if (json.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        Matcher number = NUMBER.matcher(json);
        if (!number.matches() || number.group(1) != null && Integer.parseInt(number.group(1)) > MAX_EXPONENT) {
            return Optional.empty();
        }
        return Optional.of(new BigDecimal(json));
    }

    /**
     * Returns the one text of a number: with as many decimals as it has and no exponent, or if that is too long in
     * scientific notation without trailing zeros. Empty if neither is within the limits.
     */
    static Optional<String> exactText(BigDecimal number) {
        String plain = number.toPlainString();
        if (plain.length() <= MAX_LENGTH) {
            return Optional.of(plain);
        }
        BigDecimal stripped = number.stripTrailingZeros();
        String scientific = stripped.toString();
        boolean isWithin = scientific.length() <= MAX_LENGTH && Math.abs(exponent(stripped)) <= MAX_EXPONENT;
        return isWithin ? Optional.of(scientific) : Optional.empty();
    }

    /** Returns the text of a number, of the nearest that is within the limits if it is not itself. */
    static String text(BigDecimal number) {
        return exactText(number).orElseGet(() -> nearestText(number));
    }

    private static String nearestText(BigDecimal number) {
        BigDecimal rounded = number.round(ROUNDED);
        if (exponent(rounded) > MAX_EXPONENT) {
            return (rounded.signum() < 0 ? "-" : "") + GREATEST;
        }
        return exactText(rounded)
                .or(() -> exactText(number.setScale(MAX_EXPONENT, RoundingMode.HALF_EVEN)))
                .orElse("0");
    }

    private static long exponent(BigDecimal number) {
        return (long) number.precision() - number.scale() - 1;
    }
}
