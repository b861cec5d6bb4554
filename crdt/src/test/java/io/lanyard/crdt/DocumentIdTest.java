package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId.IllegalNameException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentIdTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "A-Z_09", "app1.order", "a.b.c.d", "-", "_._"})
    void collection_wordsJoinedByDots_isLegal(String collection) {
        assertEquals(collection, new DocumentId(collection, "1").collection());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a b", "a/b", "ä", "a:b", "a\n", "*", "a@b"})
    void collection_anythingElse_isRefused(String collection) {
        assertFalse(DocumentId.isCollection(collection));
        assertThrows(IllegalNameException.class, () -> new DocumentId(collection, "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "...", ".a", "a.", "A-Z.a_z~0:9@x+y", "-", "+", "~"})
    void id_ofTheAllowedCharacters_isLegal(String id) {
        assertEquals(id, new DocumentId("c", id).id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "a%20", "é", "a\n", "a\u0000", "名", "a,b", "a?", "#"})
    void id_anythingElse_isRefused(String id) {
        assertThrows(IllegalNameException.class, () -> new DocumentId("c", id));
    }

    @Test
    void names_of128Characters_areTheLongest() {
        String longest = "x".repeat(DocumentId.MAX_NAME_LENGTH);

        assertEquals(longest, new DocumentId(longest, longest).id());
        assertThrows(IllegalNameException.class, () -> new DocumentId(longest + "x", "1"));
        assertThrows(IllegalNameException.class, () -> new DocumentId("c", longest + "x"));
    }

    @Test
    void refusal_veryLongName_isToldShortAndWithAHint() {
        IllegalNameException refusal =
                assertThrows(IllegalNameException.class, () -> new DocumentId("c", "x".repeat(10_000)));

        assertTrue(refusal.getMessage().length() < 100);
        assertFalse(refusal.hint().isEmpty());
    }

    @Test
    void parse_collectionAndId_isTheInverseOfToString() {
        DocumentId id = new DocumentId("app1.order", "2026-07:4@x");

        assertEquals(id, DocumentId.parse(id.toString()));
        assertThrows(IllegalNameException.class, () -> DocumentId.parse("order"));
        assertThrows(IllegalNameException.class, () -> DocumentId.parse("order/1/2"));
        assertThrows(IllegalNameException.class, () -> DocumentId.parse("/1"));
    }

    @Test
    void compareTo_collectionBeforeId() {
        assertTrue(new DocumentId("a", "9").compareTo(new DocumentId("a.b", "1")) < 0);
        assertTrue(new DocumentId("a", "1").compareTo(new DocumentId("a", "2")) < 0);
        assertEquals(0, new DocumentId("a", "1").compareTo(new DocumentId("a", "1")));
    }
}
