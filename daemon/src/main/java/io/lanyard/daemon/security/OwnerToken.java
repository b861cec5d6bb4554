package io.lanyard.daemon.security;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The secret that proves to the loopback API that a caller is the owner of this home: 256 random bits as base64url, in
 * {@code HOME/token}. Immutable; any thread.
 */
public final class OwnerToken {
    private static final int SECRET_BYTES = 32;
    private static final int MAX_FILE_BYTES = 4096;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final String text;

    private OwnerToken(String text) {
        this.text = text;
    }

    /**
     * Reads {@code home/token}, or makes it if it is absent.
     *
     * @throws IdentityException if the file is open to others, unreadable, or holds no token
     */
    public static OwnerToken openOrCreate(Path home) throws IdentityException {
        Path file = home.resolve("token");
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isPresent()) {
            String text = new String(content.get(), StandardCharsets.ISO_8859_1).strip();
            if (!FORM.matcher(text).matches()) {
                throw new IdentityException(
                        "The file " + file + " does not hold a token of 43 base64url characters.",
                        "Delete it; the next start makes a new one.",
                        null);
            }
            return new OwnerToken(text);
        }
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        OwnerToken token =
                new OwnerToken(Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
        PrivateFiles.write(file, (token.text + "\n").getBytes(StandardCharsets.US_ASCII));
        return token;
    }

    /** Returns whether {@code presented} is this token, in a time that does not tell how much of it was right. */
    public boolean matches(String presented) {
        return MessageDigest.isEqual(
                text.getBytes(StandardCharsets.US_ASCII), presented.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the secret itself, to be shown to nobody but its owner. */
    public String text() {
        return text;
    }

    /** Never the secret: this one ends up in logs. */
    @Override
    public String toString() {
        return "OwnerToken";
    }
}
