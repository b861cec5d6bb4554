package io.lanyard.daemon.engine;

import java.util.Optional;

/**
 * A place in the change feed of one store: the opening of the store in which it was reached, and the arrival number.
 *
 * @param opening the random id that the store drew at that opening
 * @param number the arrival number, 0 for the start
 */
public record Position(long opening, long number) {

    /** Reads the form of {@link #toString()}; empty if {@code text} is not one. */
    public static Optional<Position> parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 1) {
            return Optional.empty();
        }
        try {
            long number = Long.parseLong(text.substring(dash + 1));
            return number < 0
                    ? Optional.empty()
                    : Optional.of(new Position(Long.parseUnsignedLong(text.substring(0, dash), 16), number));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Returns hexadecimal opening and decimal number, joined by a dash. */
    @Override
    public String toString() {
        return Long.toHexString(opening) + "-" + number;
    }
}
