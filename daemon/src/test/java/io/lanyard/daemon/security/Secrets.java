package io.lanyard.daemon.security;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The secrets that lie in homes, in every spelling in which a log line, a metric or an error could give them away, and a
 * search for them. A quarter of a secret is enough to be found.
 *
 * <p>Of tokens and pairing codes no home tells: a code is in memory only. So what has their form is found, too, whoever
 * made it. Where they are shown on purpose, as by {@code lanyard invite}, is no place to search.
 */
public final class Secrets {
    private static final Pattern KEY_OF_BOOK = Pattern.compile("\"key\":\"([A-Za-z0-9_-]+)\"");
    private static final Pattern TOKEN = Pattern.compile("eyJ[\\w-]{10,}\\.[\\w-]{10,}\\.[\\w-]{20,}");
    private static final String LETTER = "[0-9A-HJKMNP-TV-Z]";
    /** Three groups of a code are enough; if it is run together, its checksum tells it from other words. */
    private static final Pattern GROUPS = Pattern.compile(
            "(?<![0-9A-Za-z])(?=[0-9-]*[A-Z])" + LETTER + "{4}(?:-" + LETTER + "{4}){2,4}(?![0-9A-Za-z])");

    private static final Pattern LETTERS =
            Pattern.compile("(?i)(?<![0-9A-Z])(?=[0-9-]*[A-Z])(?:" + LETTER + "-?){20}(?![0-9A-Z])");
    private static final int SHORTEST = 10;
    private static final int FILTER_MASK = (1 << 24) - 1;

    /** By what they begin with, to the name of the secret. */
    private final Map<String, Map<String, String>> spellings = new HashMap<>();

    private final BitSet beginnings = new BitSet();

    /** Those that were read, by their hash: it takes long to open one. */
    private final Set<String> keyFiles = new HashSet<>();

    private int count;

    /** Takes the secrets of a home: the device's key, the group's secrets and what is made of them, tokens given out. */
    public Secrets of(Path home) throws Exception {
        GroupSecrets.read(home).orElseThrow();
        return whateverIsIn(home);
    }

    /** The same of a home that may belong to no group yet. */
    Secrets whateverIsIn(Path home) throws Exception {
        Path keyFile = home.resolve(DeviceIdentity.FILE_NAME);
        if (keyFiles.add(HexFormat.of().formatHex(EllipticKeys.sha256(Files.readAllBytes(keyFile))))) {
            KeyEntry device = KeyEntry.read(keyFile).orElseThrow();
            bytes("the device's key", unsigned(((ECPrivateKey) device.key()).getS()));
        }
        List<GroupSecrets.Secret> ofGroup =
                GroupSecrets.read(home).map(group -> group.inOrder(List.of())).orElse(List.of());
        for (GroupSecrets.Secret secret : ofGroup) {
            bytes("the group's secret", secret.bytes());
            bytes("the discovery secret", GroupSecrets.derive(secret, "lanyard discovery 1"));
        }
        if (Files.exists(home.resolve("token"))) {
            text("the owner's token", Files.readString(home.resolve("token")).strip());
        }
        if (Files.exists(home.resolve(TokenBook.FILE_NAME))) {
            Matcher key = KEY_OF_BOOK.matcher(Files.readString(home.resolve(TokenBook.FILE_NAME)));
            if (!key.find()) {
                throw new AssertionError("no key in the book of tokens");
            }
            bytes("the key of tokens", Base64.getUrlDecoder().decode(key.group(1)));
            TokenBook tokens = TokenBook.openOrCreate(home, () -> 0);
            for (AccessToken token : tokens.list()) {
                String signed = tokens.sign(token);
                text("the token " + token.name(), signed.substring(signed.lastIndexOf('.') + 1));
            }
        }
        return this;
    }

    /** Takes a secret that is text, such as a token or an invitation's code. */
    public Secrets text(String name, String secret) {
        spell(name, secret);
        bytes(name, secret.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    private void bytes(String name, byte[] secret) {
        count++;
        spell(name, HexFormat.of().formatHex(secret));
        spell(name, HexFormat.of().withUpperCase().formatHex(secret));
        spell(name, HexFormat.ofDelimiter(":").formatHex(secret));
        spell(name, Arrays.toString(secret).replaceAll("[\\[\\]]", ""));
        spell(name, new BigInteger(1, secret).toString());
        for (int skipped = 0; skipped < 3; skipped++) {
            byte[] rest = Arrays.copyOfRange(secret, skipped, secret.length);
            spell(name, Base64.getEncoder().withoutPadding().encodeToString(rest));
            spell(name, Base64.getUrlEncoder().withoutPadding().encodeToString(rest));
        }
    }

    /** Quarters of the text: whoever prints a part has told as much. */
    private void spell(String name, String text) {
        int length = Math.max(SHORTEST, text.length() / 4);
        for (int from = 0; from + length <= text.length(); from += length) {
            String piece = text.substring(from, from + length);
            beginnings.set(hash(piece, 0));
            spellings
                    .computeIfAbsent(piece.substring(0, SHORTEST), beginning -> new LinkedHashMap<>())
                    .put(piece, name);
        }
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    /** Returns how many secrets are searched for. */
    public int count() {
        return count;
    }

    /** Returns the names of the secrets that a text gives away, each with the line that does. */
    public List<String> in(String text) {
        List<String> found = new ArrayList<>();
        for (int at = 0; at + SHORTEST <= text.length(); at++) {
            if (!beginnings.get(hash(text, at))) {
                continue;
            }
            for (String spelling : spellings
                    .getOrDefault(text.substring(at, at + SHORTEST), Map.of())
                    .keySet()) {
                if (text.startsWith(spelling, at)) {
                    found.add(String.format(
                            Locale.ROOT,
                            "%s in: %s",
                            spellings.get(text.substring(at, at + SHORTEST)).get(spelling),
                            line(text, at)));
                }
            }
        }
        TOKEN.matcher(text).results().forEach(token -> found.add("a token in: " + line(text, token.start())));
        GROUPS.matcher(text).results().forEach(code -> found.add("a pairing code in: " + line(text, code.start())));
        LETTERS.matcher(text)
                .results()
                .filter(code -> isCode(code.group()))
                .forEach(code -> found.add("a pairing code in: " + line(text, code.start())));
        return found;
    }

    private static boolean isCode(String text) {
        try {
            PairingCode.parse(text);
            return true;
        } catch (PairingCode.MistypedException e) {
            return false;
        }
    }

    private static String line(String text, int at) {
        int end = text.indexOf('\n', at);
        return text.substring(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length() : end);
    }

    /** Of a spelling's beginning, to pass quickly over what is none. */
    private static int hash(String text, int from) {
        int hash = 0;
        for (int at = from; at < from + SHORTEST; at++) {
            hash = 31 * hash + text.charAt(at);
        }
        return hash & FILTER_MASK;
    }
}
