package io.lanyard.daemon.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens that this device gave out: JSON Web Tokens (RFC 7519) under HMAC-SHA-256, with a key that is in
 * {@code HOME/tokens.json} and nowhere else.
 *
 * <ol>
 *   <li>A token is good only while the book holds it: revoking one strikes it out, and is durable when it returns.
 *   <li>What its holder may do is what the book says; the same stands in the token for its holder to read.
 *   <li>There is one algorithm. A token whose header is not letter for letter the one that is written here is refused
 *       before anything in it is read, so none that names another algorithm, or none, gets as far as a key.
 * </ol>
 *
 * <p>Any thread. {@link #create} and {@link #revoke} write a file; {@link #find} does not block.
 */
public final class TokenBook {

    /** The file's name within a home directory. */
    public static final String FILE_NAME = "tokens.json";

    /** How long a token may be good. */
    public static final Duration MAX_LIFE = Duration.ofDays(3_660);

    /** The longest text of a token. */
    public static final int MAX_LENGTH = 4_096;

    /** How many tokens there may be. */
    public static final int MAX_TOKENS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(TokenBook.class);
    private static final int MAX_FILE_BYTES = 16 << 20;
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{43}");
    private static final JWSHeader HEADER =
            new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build();
    private static final String HEADER_TEXT = HEADER.toBase64URL().toString();

    private final Path file;
    private final LongSupplier clock;
    private final byte[] key;
    private final JWSVerifier verifier;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, AccessToken> tokens = new ConcurrentHashMap<>();

    /** A token that was just made. */
    public record Created(AccessToken token, String text) {
        /** Never the secret. */
        @Override
        public String toString() {
            return "Created[" + token + "]";
        }
    }

    /** A token that cannot be made; the message says why. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private RefusedException(String message) {
            super(message);
        }
    }

    private TokenBook(Path file, LongSupplier clock, byte[] key) {
        this.file = file;
        this.clock = clock;
        this.key = key;
        try {
            this.verifier = new MACVerifier(key);
        } catch (JOSEException e) {
            throw new IllegalStateException("this Java runtime has no HMAC-SHA-256", e);
        }
    }

    /**
     * Reads the book of {@code home}, or begins it.
     *
     * @param clock milliseconds since 1970
     * @throws IdentityException if the file is open to others, unreadable, or no book
     */
    public static TokenBook openOrCreate(Path home, LongSupplier clock) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isPresent()) {
            return read(file, clock, new String(content.get(), StandardCharsets.UTF_8));
        }
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        TokenBook book = new TokenBook(file, clock, key);
        book.save(List.of());
        return book;
    }

    /**
     * Makes a token; it is good when this returns.
     *
     * @throws RefusedException if there are too many, or it would become too long
     * @throws IdentityException if the file cannot be written; then there is no such token
     */
    public synchronized Created create(String name, List<Scope> scopes, List<String> origins, Duration life)
            throws RefusedException, IdentityException {
        long nowMillis = clock.getAsLong();
        List<AccessToken> living = list();
        if (living.size() >= MAX_TOKENS) {
            throw new RefusedException("there are " + MAX_TOKENS + " tokens already");
        }
        byte[] idBytes = new byte[ID_BYTES];
        random.nextBytes(idBytes);
        AccessToken token = new AccessToken(
                HexFormat.of().formatHex(idBytes), name, scopes, origins, nowMillis, nowMillis + life.toMillis());
        String text = sign(token);
        if (text.length() > MAX_LENGTH) {
            throw new RefusedException("it would be longer than " + MAX_LENGTH + " characters");
        }
        List<AccessToken> all = new ArrayList<>(living);
        all.add(token);
        save(all);
        tokens.keySet().retainAll(all.stream().map(AccessToken::id).toList());
        tokens.put(token.id(), token);
        return new Created(token, text);
    }

    /**
     * Strikes a token out; it is good no more when this returns.
     *
     * @return whether there was one
     * @throws IdentityException if the file cannot be written; then the token is good no more until the next start
     */
    public synchronized boolean revoke(String id) throws IdentityException {
        if (tokens.remove(id) == null) {
            return false;
        }
        save(list());
        return true;
    }

    /** Returns the tokens that are good now, in the order in which they were made. */
    public List<AccessToken> list() {
        return tokens.values().stream()
                .filter(this::isGood)
                .sorted(Comparator.comparingLong(AccessToken::createdMillis).thenComparing(AccessToken::id))
                .toList();
    }

    /** Returns the token of that text, if it is good. */
    public Optional<AccessToken> find(String text) {
        if (text.length() > MAX_LENGTH
                || !text.startsWith(HEADER_TEXT + ".")
                || !FORM.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            JWSObject presented = JWSObject.parse(text);
            if (!presented.verify(verifier)) {
                return Optional.empty();
            }
            String id =
                    JWTClaimsSet.parse(presented.getPayload().toJSONObject()).getJWTID();
            return Optional.ofNullable(id).map(tokens::get).filter(this::isGood);
        } catch (ParseException | JOSEException e) {
            LOG.debug("a token cannot be read", e);
            return Optional.empty();
        }
    }

    /** Returns whether the token was neither revoked nor has expired. */
    public boolean isGood(AccessToken token) {
        return tokens.containsKey(token.id()) && clock.getAsLong() < token.expiresMillis();
    }

    /** Returns whether any good token names this origin. */
    public boolean isNamed(String origin) {
        for (AccessToken token : tokens.values()) {
            if (token.origins().contains(origin) && isGood(token)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the text of a token. */
    String sign(AccessToken token) {
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer("lanyard")
                .jwtID(token.id())
                .claim("name", token.name())
                .claim("scope", String.join(" ", texts(token.scopes())))
                .claim("origins", token.origins())
                .issueTime(new Date(token.createdMillis()))
                .expirationTime(new Date(token.expiresMillis()))
                .build();
        JWSObject signed = new JWSObject(HEADER, claims.toPayload());
        try {
            signed.sign(new MACSigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException("this Java runtime has no HMAC-SHA-256", e);
        }
        return signed.serialize();
    }

    private void save(List<AccessToken> all) throws IdentityException {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (AccessToken token : all) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("id", token.id());
            entry.put("name", token.name());
            entry.put("scopes", texts(token.scopes()));
            entry.put("origins", token.origins());
            entry.put("createdMillis", token.createdMillis());
            entry.put("expiresMillis", token.expiresMillis());
            entries.add(entry);
        }
        Map<String, Object> book = new LinkedHashMap<>();
        book.put("key", Base64URL.encode(key).toString());
        book.put("tokens", entries);
        PrivateFiles.write(file, JSONObjectUtils.toJSONString(book).getBytes(StandardCharsets.UTF_8));
    }

    private static TokenBook read(Path file, LongSupplier clock, String text) throws IdentityException {
        try {
            Map<String, Object> content = JSONObjectUtils.parse(text);
            byte[] key = new Base64URL(String.valueOf(JSONObjectUtils.getString(content, "key"))).decode();
            Map<String, Object>[] entries = JSONObjectUtils.getJSONObjectArray(content, "tokens");
            if (key.length != KEY_BYTES || entries == null) {
                throw new ParseException("the key or the tokens are missing", 0);
            }
            TokenBook book = new TokenBook(file, clock, key);
            for (Map<String, Object> entry : entries) {
                AccessToken token = new AccessToken(
                        JSONObjectUtils.getString(entry, "id"),
                        JSONObjectUtils.getString(entry, "name"),
                        JSONObjectUtils.getStringList(entry, "scopes").stream()
                                .map(Scope::parse)
                                .toList(),
                        JSONObjectUtils.getStringList(entry, "origins"),
                        JSONObjectUtils.getLong(entry, "createdMillis"),
                        JSONObjectUtils.getLong(entry, "expiresMillis"));
                book.tokens.put(token.id(), token);
            }
            return book;
        } catch (ParseException | RuntimeException e) {
            throw new IdentityException(
                    "The file " + file + " does not hold this device's tokens.",
                    "Move it away; the next start begins a new one, and apps have to ask for new tokens.",
                    e);
        }
    }

    private static List<String> texts(List<Scope> scopes) {
        return scopes.stream().map(Scope::toString).toList();
    }
}
