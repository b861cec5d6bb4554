package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.PairingCode.MistypedException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PairingCodeTest {
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int CODES = 30;

    private final SplittableRandom random = new SplittableRandom(5);

    private static boolean isCode(String text) {
        try {
            PairingCode.parse(text);
            return true;
        } catch (MistypedException e) {
            return false;
        }
    }

    @Test
    void text_hasFiveGroupsOfFour_andComesBack() throws MistypedException {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < CODES; i++) {
            PairingCode code = PairingCode.random(random);
            assertTrue(code.text().matches("([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}"), code.text());
            assertEquals(code.text(), PairingCode.parse(code.text()).text());
            assertArrayEquals(code.secret(), PairingCode.parse(code.text()).secret());
            seen.add(code.text());
        }
        assertEquals(CODES, seen.size());
    }

    @Test
    void parse_isLenient() throws MistypedException {
        for (int i = 0; i < CODES; i++) {
            String text = PairingCode.random(random).text();
            String typed = " " + text.toLowerCase(Locale.ROOT).replace('0', 'o').replace("-", " \u2013\t") + "\n";
            assertEquals(text, PairingCode.parse(typed.replace('1', 'l')).text());
            assertEquals(text, PairingCode.parse(typed.replace('1', 'I')).text());
            assertEquals(text, PairingCode.parse(text.replace("-", "")).text());
        }
    }

    @Test
    void parse_everySingleLetterError_isFound() {
        for (int i = 0; i < CODES; i++) {
            String text = PairingCode.random(random).text();
            for (int at = 0; at < text.length(); at++) {
                for (char letter : ALPHABET.toCharArray()) {
                    if (text.charAt(at) != '-' && text.charAt(at) != letter) {
                        String wrong = text.substring(0, at) + letter + text.substring(at + 1);
                        assertFalse(isCode(wrong), () -> text + " and " + wrong);
                    }
                }
            }
        }
    }

    @Test
    void parse_everySwapOfTwoLetters_isFound() {
        for (int i = 0; i < CODES; i++) {
            String text = PairingCode.random(random).text().replace("-", "");
            for (int a = 0; a < text.length(); a++) {
                for (int b = a + 1; b < text.length(); b++) {
                    if (text.charAt(a) != text.charAt(b)) {
                        StringBuilder wrong = new StringBuilder(text);
                        wrong.setCharAt(a, text.charAt(b));
                        wrong.setCharAt(b, text.charAt(a));
                        assertFalse(isCode(wrong.toString()), () -> text + " and " + wrong);
                    }
                }
            }
        }
    }

    @Test
    void parse_twoLettersWrong_isFound_andAnythingAtAll_nearlyAlways() {
        int missed = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder wrong =
                    new StringBuilder(PairingCode.random(random).text().replace("-", ""));
            int a = random.nextInt(20);
            int b = (a + 1 + random.nextInt(19)) % 20;
            for (int at : new int[] {a, b}) {
                wrong.setCharAt(
                        at, ALPHABET.charAt((ALPHABET.indexOf(wrong.charAt(at)) + 1 + random.nextInt(31)) % 32));
            }
            assertFalse(isCode(wrong.toString()), wrong::toString);
            for (int at = 0; at < 20; at++) {
                wrong.setCharAt(at, ALPHABET.charAt(random.nextInt(32)));
            }
            missed += isCode(wrong.toString()) ? 1 : 0;
        }
        assertTrue(missed < 60, "about 20 of 20000 are expected, not " + missed);
    }

    @Test
    void parse_wrongLengthOrLetter_saysSo_andNeverRepeatsTheCode() {
        String text = PairingCode.random(random).text();
        for (String wrong :
                new String[] {"", text.substring(1), text + "7", text.substring(1) + "U", "äöü", text + "!"}) {
            MistypedException said = assertThrows(MistypedException.class, () -> PairingCode.parse(wrong));
            assertFalse(said.getMessage().contains(text.substring(1, 4)), said.getMessage());
        }
        assertEquals(
                "A code has 20 letters; this one has 19.",
                assertThrows(MistypedException.class, () -> PairingCode.parse(text.substring(1)))
                        .getMessage());
        assertEquals("a pairing code", PairingCode.random(random).toString());
    }
}
