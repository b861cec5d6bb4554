package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.NOTHING_HELD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a newer minor version adds is kept, merged and passed on by a version that does not know it. */
class ExtensionsTest {

    private static final HexFormat HEX = HexFormat.of();

    @Test
    void join_any_isCommutativeAssociativeAndIdempotent() {
        Seeds.check(5_000, random -> {
            Extensions one = RandomDocuments.extensions(random);
            Extensions two = RandomDocuments.extensions(random);
            Extensions three = RandomDocuments.extensions(random);

            assertEquals(one.join(two), two.join(one));
            assertEquals(one.join(two).join(three), one.join(two.join(three)));
            assertSame(one, one.join(one));
            assertEquals(one.join(two).hashCode(), two.join(one).hashCode());
        });
    }

    @ParameterizedTest
    @CsvSource({"'',00", "00,01", "7f,80", "01,0100", "00ff,01", "80,ff"})
    void join_sameTag_takesTheGreaterBytesAsUnsigned(String lesser, String greater) {
        Extensions less = Extensions.NONE.with(1, HEX.parseHex(lesser));
        Extensions more = Extensions.NONE.with(1, HEX.parseHex(greater));

        assertEquals(more, less.join(more));
        assertEquals(more, more.join(less));
    }

    @Test
    void rest_any_comesBackEqual() {
        Seeds.check(1_000, random -> {
            Extensions extensions = RandomDocuments.extensions(random);
            Encoder out = new Encoder(0);
            extensions.encodeRest(out);

            assertEquals(extensions, Extensions.decodeRest(new Decoder(out.toByteArray())));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "0101", "0000", "01000100", "02000100", "800100", "8001", "01ff"})
    void rest_tagsOutOfOrderOrRangeOrCutOff_isRefused(String hex) {
        assertThrows(CodecException.class, () -> Extensions.decodeRest(new Decoder(HEX.parseHex(hex))));
    }

    @Test
    void field_longerThanItsReaderKnows_isReadAsFarAsItKnows() {
        Extensions written = Extensions.NONE.with(3, out -> {
            out.putVarint(300);
            out.putText("added later");
        });

        assertEquals(300, written.field(3).orElseThrow().takeVarint());
        assertEquals(Optional.empty(), written.field(4));
        assertThrows(IllegalArgumentException.class, () -> written.with(0, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> written.with(Extensions.MAX_TAG + 1, new byte[0]));
    }

    @Test
    void document_extensionTooLong_isRefused() {
        Document document = new Document();
        document.extensions = Extensions.NONE.with(1, new byte[Document.MAX_EXTENSION_BYTES]);
        assertEquals(document, DocumentCodec.decode(DocumentCodec.encode(document)));

        document.extensions = Extensions.NONE.with(1, new byte[Document.MAX_EXTENSION_BYTES + 1]);
        assertThrows(CodecException.class, () -> DocumentCodec.decode(DocumentCodec.encode(document)));
    }

    @Test
    void merge_extensionAlone_isAChange_thatShowsNothing() {
        TestReplica here = new TestReplica(1);
        here.put("/a", "1");
        Document there = here.document.copy();
        there.extensions = extension(1);
        DocumentId id = new DocumentId("c", "1");
        Hash before = here.document.visibleHash(id);

        MergeResult result = here.document.merge(there, NOTHING_HELD);

        assertTrue(result.changed());
        assertEquals(0, result.changedPaths().size());
        assertEquals(extension(1), here.document.extensions());
        assertEquals(before, here.document.visibleHash(id), "versions that know it or not must show the same digest");
    }

    @Test
    void localWriteAndDelete_keepWhatIsNotKnown() {
        TestReplica here = new TestReplica(1);
        here.put("/a", "1");
        here.document.extensions = extension(1);
        Document edit = here.patch("/a", "2");
        Document delete = here.delete();

        assertEquals(extension(1), here.document.extensions());
        assertTrue(edit.extensions().isEmpty() && delete.extensions().isEmpty(), "a write names what it wrote only");
    }

    /** A late page must not bring back what was dropped together with a document that is long dead. */
    @Test
    void merge_documentWhoseContextIsHeld_bringsNoExtensions() {
        TestReplica there = new TestReplica(1);
        there.put("/a", "1");
        there.document.extensions = extension(1);
        Document here = new Document();

        assertTrue(!here.merge(there.document, there.document.context())
                .conflicts()
                .iterator()
                .hasNext());
        assertEquals(Extensions.NONE, here.extensions());

        there.patch("/a", "2");
        VersionVector heldBefore = new VersionVector();
        heldBefore.raise(new Dot(new ReplicaId(1), 1));
        here.merge(there.document, heldBefore);
        assertEquals(extension(1), here.extensions());
    }

    private static Extensions extension(int content) {
        return Extensions.NONE.with(9, new byte[] {(byte) content});
    }
}
