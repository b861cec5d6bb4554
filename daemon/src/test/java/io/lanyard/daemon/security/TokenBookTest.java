package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenBookTest {

    @TempDir
    Path home;

    private long nowMillis = 1_700_000_000_000L;
    private TokenBook book;

    @BeforeEach
    void open() throws Exception {
        book = TokenBook.openOrCreate(home, () -> nowMillis);
    }

    private TokenBook.Created make(String... scopes) throws Exception {
        return book.create(
                "app",
                List.of(scopes).stream().map(Scope::parse).toList(),
                List.of("http://localhost:5173"),
                Duration.ofDays(1));
    }

    @Test
    void token_isThreePartsOfBase64Url_andFoundUntilItExpires() throws Exception {
        TokenBook.Created made = make("contact:read");
        assertTrue(made.text().matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+"), made.text());
        assertEquals(made.token(), book.find(made.text()).orElseThrow());
        nowMillis += Duration.ofDays(1).toMillis() - 1;
        assertTrue(book.find(made.text()).isPresent());
        nowMillis++;
        assertTrue(book.find(made.text()).isEmpty());
        assertTrue(book.list().isEmpty());
        assertFalse(book.isNamed("http://localhost:5173"));
    }

    @Test
    void book_openedAgain_knowsWhatWasMadeAndWhatWasRevoked() throws Exception {
        TokenBook.Created kept = make("contact:read", "alice.*:write", "metrics");
        TokenBook.Created revoked = make("*:write");
        assertTrue(book.revoke(revoked.token().id()));
        assertFalse(book.revoke(revoked.token().id()));
        TokenBook again = TokenBook.openOrCreate(home, () -> nowMillis);
        assertEquals(kept.token(), again.find(kept.text()).orElseThrow());
        assertTrue(again.find(revoked.text()).isEmpty());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("tokens.json"))));
    }

    @Test
    void file_holdsNoTokensText() throws Exception {
        TokenBook.Created made = make("contact:read");
        String signature = made.text().substring(made.text().lastIndexOf('.') + 1);
        assertFalse(Files.readString(home.resolve("tokens.json")).contains(signature));
        assertFalse(made.toString().contains(signature));
    }

    @Test
    void token_ofAnotherBook_isNobodys() throws Exception {
        TokenBook other = TokenBook.openOrCreate(Files.createDirectory(home.resolve("other")), () -> nowMillis);
        TokenBook.Created foreign = other.create("app", List.of(Scope.parse("*:write")), List.of(), Duration.ofDays(1));
        assertTrue(book.find(foreign.text()).isEmpty());
    }

    @Test
    void token_withAnotherAlgorithmOrNone_isNobodys() throws Exception {
        TokenBook.Created made = make("contact:read");
        String payload = made.text().split("\\.")[1];
        String signature = made.text().split("\\.")[2];
        for (String header : List.of(
                "{\"alg\":\"none\"}",
                "{\"typ\":\"JWT\",\"alg\":\"none\"}",
                "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
                "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
                "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"b64\"],\"b64\":false}")) {
            String start = Base64URL.encode(header) + "." + payload;
            assertTrue(book.find(start + "." + signature).isEmpty(), header);
            assertTrue(book.find(start + ".").isEmpty(), header);
            assertTrue(book.find(start).isEmpty(), header);
        }
    }

    @Test
    void token_signedWithTheKeyUnderAnotherAlgorithm_isNobodys() throws Exception {
        TokenBook.Created made = make("contact:read");
        Object key = JSONObjectUtils.parse(Files.readString(home.resolve("tokens.json")))
                .get("key");
        byte[] long64 = Arrays.copyOf(new Base64URL((String) key).decode(), 64);
        JWSObject forged = new JWSObject(
                new JWSHeader(JWSAlgorithm.HS512),
                new Payload(new Base64URL(made.text().split("\\.")[1])));
        forged.sign(new MACSigner(long64));
        assertTrue(book.find(forged.serialize()).isEmpty());
    }

    @Test
    void token_changedAnywhere_isNobodys() throws Exception {
        String text = make("contact:read").text();
        for (int i = 0; i < text.length() - 1; i++) {
            char other = text.charAt(i) == 'A' ? 'B' : 'A';
            String changed = text.substring(0, i) + other + text.substring(i + 1);
            assertTrue(book.find(changed).isEmpty(), "at " + i);
        }
        assertTrue(book.find(text + "A").isEmpty());
        assertTrue(book.find(text + "\n").isEmpty());
        assertTrue(book.find(text.substring(0, text.length() - 1)).isEmpty());
        assertTrue(book.find("A".repeat(1 << 20)).isEmpty());
        assertTrue(book.find("").isEmpty());
    }

    @Test
    void token_thatWouldBeTooLong_isRefused() {
        List<Scope> scopes = IntStream.range(0, 100)
                .mapToObj(i -> Scope.parse("a".repeat(60) + i + ":read"))
                .toList();
        assertThrows(TokenBook.RefusedException.class, () -> book.create("app", scopes, List.of(), Duration.ofDays(1)));
        assertTrue(book.list().isEmpty());
    }

    @Test
    void file_thatIsNoBook_isNotReplaced() throws Exception {
        Files.writeString(home.resolve("tokens.json"), "{}");
        IdentityException e =
                assertThrows(IdentityException.class, () -> TokenBook.openOrCreate(home, () -> nowMillis));
        assertTrue(e.getMessage().contains("tokens.json"));
        assertEquals("{}", Files.readString(home.resolve("tokens.json")));
    }
}
