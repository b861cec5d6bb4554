package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.Scope.Right;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {

    @Test
    void scope_allowsItsRightOverWhatFitsItsPattern() {
        Scope scope = Scope.parse("alice.*:write");
        assertTrue(scope.allows(Right.WRITE, "alice.notes"));
        assertTrue(scope.allows(Right.READ, "alice.notes.deep.er"));
        assertFalse(scope.allows(Right.SETTINGS, "alice.notes"));
        for (String other : new String[] {"alice", "alicex.notes", "bob.alice.notes", "Alice.notes", "$alice.notes"}) {
            assertFalse(scope.allows(Right.READ, other), other);
        }
    }

    @Test
    void read_allowsNoWrite() {
        assertTrue(Scope.parse("contact:read").allows(Right.READ, "contact"));
        assertFalse(Scope.parse("contact:read").allows(Right.WRITE, "contact"));
        assertFalse(Scope.parse("contact:settings").allows(Right.WRITE, "contact"));
        assertTrue(Scope.parse("contact:settings").allows(Right.READ, "contact"));
    }

    @Test
    void star_neverReachesInternalCollections() {
        assertFalse(Scope.parse("*:write").allows(Right.READ, "$settings"));
    }

    @Test
    void rightOverTheDaemon_isOverNoCollection() {
        assertFalse(Scope.parse("metrics").allows(Right.READ, "metrics"));
        assertFalse(Scope.parse("metrics").allows(Right.METRICS, "metrics"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "contact",
                "contact:",
                ":read",
                "contact:all",
                "contact:READ",
                "a b:read",
                "$x:read",
                "metrics:read:write",
                "x:metrics",
                ".a:read",
                "a..b:read",
                "a/b:read",
                "contact:read "
            })
    void parse_somethingElse_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Scope.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"contact:read", "alice.*:write", "*:settings", "status", "metrics", "devices"})
    void toString_isWhatParseReads(String text) {
        assertEquals(text, Scope.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:5173",
                "https://shop.example",
                "http://[::1]:8080",
                "null",
                "chrome-extension://abcdef",
                "http://127.0.0.1:7718"
            })
    void origin_asBrowsersSayIt_isTaken(String text) {
        assertEquals(text, Origin.checked(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "http://localhost:5173/",
                "HTTP://localhost",
                "http://Localhost",
                "localhost:5173",
                "http://localhost:80",
                "https://shop.example:443",
                "http://a@b",
                "http://*.example",
                "http://a b",
                "http://",
                "http://a:0",
                "Null",
                "http://a\n"
            })
    void origin_asNoBrowserSaysIt_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Origin.checked(text));
    }
}
