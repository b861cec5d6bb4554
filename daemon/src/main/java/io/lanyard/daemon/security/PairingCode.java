package io.lanyard.daemon.security;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A one-time code by which a device joins a group, such as {@code K7QF-2MZX-9RTB-4WHD-7C3N}: 90 secret bits and 10 of
 * checksum, in Crockford's base 32. Immutable; any thread.
 *
 * <p>The checksum is that of a Reed-Solomon code over GF(32), with two check letters for eighteen: whoever mistypes one
 * letter or two, or swaps any two, is told so at once, without the network. More than that is found but for one in 1024.
 *
 * <p>It is a secret: {@link #toString} does not tell it, and no message of an exception does.
 */
public final class PairingCode {
    /** How many letters a code has, without the dashes. */
    public static final int LETTERS = 20;

    private static final int SECRET_LETTERS = 18;
    private static final int GROUP = 4;
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int FIELD = 32;
    private static final int BITS = 5;
    /** x^5 + x^2 + 1, of which x is a primitive root. */
    private static final int POLYNOMIAL = 0b100101;

    private static final int[] POWERS = powers();
    private static final int[] LOGARITHMS = logarithms();

    private final byte[] letters;

    private PairingCode(byte[] letters) {
        this.letters = letters;
    }

    /** Says what is wrong with a code as it was typed, in a sentence that does not repeat it. */
    public static final class MistypedException extends Exception {
        private static final long serialVersionUID = 1;

        MistypedException(String message) {
            super(message);
        }
    }

    /** Draws a code. @param random cryptographically strong, outside of tests */
    public static PairingCode random(RandomGenerator random) {
        byte[] letters = new byte[LETTERS];
        for (int i = 0; i < SECRET_LETTERS; i++) {
            letters[i] = (byte) random.nextInt(FIELD);
        }
        int sum = 0;
        int weighted = 0;
        for (int i = 0; i < SECRET_LETTERS; i++) {
            sum ^= letters[i];
            weighted ^= times(letters[i], POWERS[i]);
        }
        int first = POWERS[SECRET_LETTERS];
        int second = POWERS[SECRET_LETTERS + 1];
        int last = times(weighted ^ times(sum, first), inverse(first ^ second));
        letters[SECRET_LETTERS] = (byte) (sum ^ last);
        letters[SECRET_LETTERS + 1] = (byte) last;
        return new PairingCode(letters);
    }

    /**
     * Reads a code as people type it: in any case, with or without dashes and blanks, with O for 0 and I or L for 1.
     *
     * @throws MistypedException if it is none
     */
    public static PairingCode parse(String text) throws MistypedException {
        byte[] letters = new byte[LETTERS];
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (isSeparator(letter)) {
                continue;
            }
            int value = valueOf(letter);
            if (value < 0) {
                throw new MistypedException("A code has digits and letters without U; letter " + (count + 1)
                        + " of this one is something else.");
            }
            if (count < LETTERS) {
                letters[count] = (byte) value;
            }
            count++;
        }
        if (count != LETTERS) {
            throw new MistypedException("A code has " + LETTERS + " letters; this one has " + count + ".");
        }
        int sum = 0;
        int weighted = 0;
        for (int i = 0; i < LETTERS; i++) {
            sum ^= letters[i];
            weighted ^= times(letters[i], POWERS[i]);
        }
        if ((sum | weighted) != 0) {
            throw new MistypedException("There is a typing error in the code.");
        }
        return new PairingCode(letters);
    }

    private static boolean isSeparator(char letter) {
        return letter == '-'
                || Character.isWhitespace(letter)
                || Character.isSpaceChar(letter)
                || Character.getType(letter) == Character.DASH_PUNCTUATION
                || letter == '\u2212';
    }

    private static int valueOf(char letter) {
        char upper = letter >= 'a' && letter <= 'z' ? (char) (letter - 'a' + 'A') : letter;
        return switch (upper) {
            case 'O' -> 0;
            case 'I', 'L' -> 1;
            default -> ALPHABET.indexOf(upper);
        };
    }

    /** Returns the code as it is shown to the person who invites. Not for logs, addresses or errors. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < LETTERS; i++) {
            text.append(i > 0 && i % GROUP == 0 ? "-" : "").append(ALPHABET.charAt(letters[i]));
        }
        return text.toString();
    }

    /** Returns the secret part, a letter in each byte. */
    byte[] secret() {
        return Arrays.copyOf(letters, SECRET_LETTERS);
    }

    @Override
    public String toString() {
        return "a pairing code";
    }

    private static int times(int a, int b) {
        return a == 0 || b == 0 ? 0 : POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % (FIELD - 1)];
    }

    private static int inverse(int a) {
        return POWERS[(FIELD - 1 - LOGARITHMS[a]) % (FIELD - 1)];
    }

    private static int[] powers() {
        int[] powers = new int[FIELD - 1];
        int power = 1;
        for (int i = 0; i < powers.length; i++) {
            powers[i] = power;
            power <<= 1;
            power ^= (power >> BITS) * POLYNOMIAL;
        }
        return powers;
    }

    private static int[] logarithms() {
        int[] logarithms = new int[FIELD];
        for (int i = 0; i < POWERS.length; i++) {
            logarithms[POWERS[i]] = i;
        }
        return logarithms;
    }
}
