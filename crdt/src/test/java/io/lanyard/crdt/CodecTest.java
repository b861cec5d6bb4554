package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.leaves;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {

    private static final HexFormat HEX = HexFormat.of();

    @Test
    void document_anyRegisters_comesBackEqual() {
        Seeds.check(5_000, random -> {
            Document document = RandomDocuments.arbitrary(random);
            byte[] bytes = DocumentCodec.encode(document);
            Document decoded = DocumentCodec.decode(bytes);

            assertEquals(document, decoded);
            assertArrayEquals(bytes, DocumentCodec.encode(decoded));
        });
    }

    @Test
    void document_equalOnes_haveEqualBytes() {
        Seeds.check(5_000, random -> {
            Document one = RandomDocuments.arbitrary(random);
            Document other = RandomDocuments.arbitrary(random);
            Document there = one.copy();
            there.merge(other, TestReplica.NOTHING_HELD);
            Document back = other.copy();
            back.merge(one, TestReplica.NOTHING_HELD);
            back.marks.clear();
            back.marks.addAll(there.marks);

            assertArrayEquals(DocumentCodec.encode(there), DocumentCodec.encode(back));
        });
    }

    @Test
    void document_extremeTimesAndSequences_comeBack() {
        Document document = new Document();
        Dot dot = new Dot(new ReplicaId(-1), Long.MAX_VALUE);
        document.alive = LifeRegister.of(Timestamp.MAX, dot);
        document.died = LifeRegister.of(0, dot);
        document.fields.put(new FieldPath("/"), new Register(0, dot, ""));
        document.context.raise(dot);

        assertEquals(document, DocumentCodec.decode(DocumentCodec.encode(document)));
    }

    @Test
    void write_anyChanges_comesBackEqual() {
        Seeds.check(2_000, random -> {
            Write write = write(random);
            byte[] bytes = bytes(write);
            Decoder decoder = new Decoder(bytes);

            assertEquals(write, Write.decode(decoder));
            decoder.expectEnd();
        });
    }

    @Test
    void write_ofEmptyFragments_comesBackEqual() {
        List<Write.Change> changes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            changes.add(new Write.Change(new DocumentId("a", String.valueOf(i)), new Document()));
        }
        Write write = new Write(new Dot(new ReplicaId(1), 1), "", changes);

        assertEquals(write, Write.decode(new Decoder(bytes(write))));
    }

    @Test
    void vector_any_comesBackEqual() {
        Seeds.check(1_000, random -> {
            VersionVector vector = new VersionVector();
            for (int left = random.nextInt(6); left > 0; left--) {
                vector.raise(new ReplicaId(random.nextLong()), random.nextLong(1, Long.MAX_VALUE));
            }
            Encoder encoder = new Encoder(0);
            encoder.putVector(vector);

            assertEquals(vector, new Decoder(encoder.toByteArray()).takeVector());
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 127, 128, 16_383, 16_384, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void varint_any_comesBackInItsShortestForm(long value) {
        Encoder encoder = new Encoder(0);
        encoder.putVarint(value);
        int bits = Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(value));

        assertEquals((bits + 6) / 7, encoder.size());
        assertEquals(value, new Decoder(encoder.toByteArray()).takeVarint());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8000",
                "ff00",
                "ffff00",
                "80808000",
                "ffffffffffffffffff02",
                "ffffffffffffffffff7f",
                "8080808080808080808001",
                "80",
                ""
            })
    void varint_notShortestOrTooLongOrCutOff_isRefused(String hex) {
        assertRefused(decoder -> decoder.takeVarint(), HEX.parseHex(hex));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eda080",
                "edbfbf",
                "c080",
                "c1bf",
                "e08080",
                "f0808080",
                "f4908080",
                "ff",
                "80",
                "c3",
                "e282",
                "61c3",
                "f5808080"
            })
    void text_notUtf8_isRefused(String hex) {
        byte[] content = HEX.parseHex(hex);
        Encoder encoder = new Encoder(0);
        encoder.putBlock(content);

        assertRefused(decoder -> decoder.takeText(), encoder.toByteArray());
    }

    @Test
    void text_anyScript_comesBackEqual() {
        for (String text : new String[] {"", "plain", "Łódź", "名前", "😀 \u0000 \uFEFF", "a\u0301"}) {
            Encoder encoder = new Encoder(0);
            encoder.putText(text);
            Decoder decoder = new Decoder(encoder.toByteArray());

            assertEquals(text, decoder.takeText());
            decoder.expectEnd();
        }
    }

    @Test
    void count_moreThanTheBytesLeft_isRefused() {
        for (long count : new long[] {3, 1L << 31, 1L << 32, Long.MAX_VALUE, -1}) {
            Encoder encoder = new Encoder(0);
            encoder.putVarint(count);
            encoder.putLong(0);
            assertRefused(decoder -> decoder.takeCount(4), encoder.toByteArray());
            if (count > 8 || count < 0) {
                assertRefused(Decoder::takeText, encoder.toByteArray());
                assertRefused(Decoder::takeBlock, encoder.toByteArray());
            }
            assertRefused(Decoder::takeVector, encoder.toByteArray());
        }
        assertRefused(decoder -> decoder.takeBytes(-1), new byte[4]);
    }

    @Test
    void document_otherVersionFlagsOrLeftovers_areRefused() {
        byte[] bytes = DocumentCodec.encode(new Document());
        for (int version : new int[] {0, 2, 255}) {
            byte[] other = bytes.clone();
            other[0] = (byte) version;
            assertThrows(CodecException.class, () -> DocumentCodec.decode(other));
        }
        byte[] flags = bytes.clone();
        flags[1] = 16;
        assertThrows(CodecException.class, () -> DocumentCodec.decode(flags));
        flags[1] = 8;
        assertThrows(CodecException.class, () -> DocumentCodec.decode(flags), "extensions announced and not there");
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThrows(CodecException.class, () -> DocumentCodec.decode(longer));
    }

    @Test
    void document_stampedPastTheYear9999_isRefused() {
        for (long time : new long[] {Timestamp.MAX + 1, -1}) {
            Document document = new Document();
            document.alive = LifeRegister.of(time, new Dot(new ReplicaId(1), 1));

            assertThrows(CodecException.class, () -> DocumentCodec.decode(DocumentCodec.encode(document)));
        }
    }

    @Test
    void document_fieldsOutOfOrderOrTwice_areRefused() {
        for (String[] paths : new String[][] {{"/b", "/a"}, {"/a", "/a"}}) {
            Encoder encoder = documentUpToFields(2);
            for (String path : paths) {
                putField(encoder, path);
            }
            encoder.putVarint(0);
            encoder.putVarint(0);
            assertThrows(CodecException.class, () -> DocumentCodec.decode(encoder.toByteArray()));
        }
    }

    @Test
    void document_badPath_isRefused() {
        for (String path : new String[] {"", "a", "/~", "/~2", "/a~", "/a".repeat(257)}) {
            Encoder encoder = documentUpToFields(1);
            putField(encoder, path);
            encoder.putVarint(0);
            encoder.putVarint(0);
            assertThrows(CodecException.class, () -> DocumentCodec.decode(encoder.toByteArray()), path);
        }
    }

    @Test
    void document_tooManyMarks_isRefused() {
        Encoder encoder = documentUpToFields(0);
        encoder.putVarint(0);
        encoder.putVarint(Document.MAX_MARKS + 1);
        for (int i = 1; i <= Document.MAX_MARKS + 1; i++) {
            encoder.putVarint(0);
            encoder.putVarint(i);
        }
        assertThrows(CodecException.class, () -> DocumentCodec.decode(encoder.toByteArray()));
    }

    @Test
    void write_badNameOrLongClient_isRefused() {
        for (String[] names : new String[][] {{"a/b", "1", ""}, {"a", "..", ""}, {"a", "1", "x".repeat(65)}}) {
            Encoder encoder = new Encoder(0);
            encoder.putLong(1);
            encoder.putVarint(1);
            encoder.putText(names[2]);
            encoder.putVarint(1);
            encoder.putText(names[0]);
            encoder.putText(names[1]);
            DocumentCodec.encode(new Document(), encoder);
            assertThrows(CodecException.class, () -> Write.decode(new Decoder(encoder.toByteArray())));
        }
    }

    @Test
    void digest_anotherLength_isRefused() {
        byte[] bytes = new Digest().encode();
        assertThrows(CodecException.class, () -> Digest.decode(new byte[bytes.length - 1]));
        assertThrows(CodecException.class, () -> Digest.decode(new byte[bytes.length + 1]));
    }

    /** If this fails, stores and daemons in use no longer understand each other: raise the version of the form. */
    @Test
    void form1_isAsItEverWas() throws IOException {
        Map<String, String> form = new TreeMap<>();
        try (InputStream resource = CodecTest.class.getResourceAsStream("form-1.txt")) {
            new String(resource.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line ->
                            form.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1)));
        }
        Document document = sampleDocument();
        Write write = sampleWrite();
        DocumentId name = new DocumentId("expense", "2026-07");
        Digest digest = new Digest();
        digest.replace(name, Hash.ZERO, document.visibleHash(name));

        assertEquals(form.get("document"), HEX.formatHex(DocumentCodec.encode(document)));
        assertEquals(form.get("deleted"), HEX.formatHex(DocumentCodec.encode(deletedDocument())));
        assertEquals(form.get("write"), HEX.formatHex(bytes(write)));
        assertEquals(form.get("visible-hash"), document.visibleHash(name).toString());
        assertEquals(form.get("digest-root"), digest.root().toString());
        assertEquals(form.get("vector-hash"), document.context().hash().toString());
        assertEquals(document, DocumentCodec.decode(HEX.parseHex(form.get("document"))));
        assertEquals(write, Write.decode(new Decoder(HEX.parseHex(form.get("write")))));
    }

    /** As above, of what counters and sets add. */
    @Test
    void form1_countersAndSets_areAsTheyEverWere() throws IOException {
        Map<String, String> form = new TreeMap<>();
        try (InputStream resource = CodecTest.class.getResourceAsStream("form-1.txt")) {
            new String(resource.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("counter"))
                    .forEach(line ->
                            form.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1)));
        }
        Document document = sampleCounters();

        assertEquals(form.get("counters"), HEX.formatHex(DocumentCodec.encode(document)));
        Document read = DocumentCodec.decode(HEX.parseHex(form.get("counters")));
        assertEquals(document, read);
        assertEquals(
                TestReplica.leaves("/empty", "2.50", "/n", "8.5", "/plain", "7", "/tags", "[\"b\",\"c\"]"),
                read.leaves());
        assertEquals(
                form.get("counters-hash"),
                read.visibleHash(new DocumentId("stock", "apple")).toString());
    }

    private static Document sampleCounters() {
        TestReplica left = new TestReplica(0x1122334455667788L);
        TestReplica right = new TestReplica(0xFFEEDDCCBBAA9988L);
        left.put("/n", "10", "/tags", "[\"a\",\"b\"]", "/plain", "1");
        right.merge(left.document);
        right.patch(
                "/n", Step.counting("-1").text(), "/plain", Step.counting("2").text());
        right.patch("/tags", Step.changing(List.of("\"c\""), List.of("\"a\"")).text());
        left.merge(right.document);
        left.patch(
                "/n",
                Step.counting("-0.5").text(),
                "/empty",
                Step.counting("2.50").text(),
                "/plain",
                "7");
        return left.document;
    }

    /** A document with all there can be in one. */
    static Document sampleDocument() {
        TestReplica left = new TestReplica(0x1122334455667788L);
        TestReplica right = new TestReplica(0xFFEEDDCCBBAA9988L);
        left.put("/amount", "12.10", "/payee/name", "\"Zoë\"", "/tags", "[\"a\",\"b\"]");
        right.merge(left.document);
        left.delete();
        left.put("/amount", "0.1", "/payee/name", "\"名前\"", "/note", "{}");
        right.wallMillis += 300_000;
        right.patch("/amount", "99", "/payee", "null");
        left.merge(right.document);
        assertTrue(left.document.alive != null && left.document.died != null && left.document.floor != null);
        assertTrue(!left.document.marks().isEmpty());
        return left.document;
    }

    private static Document deletedDocument() {
        TestReplica replica = new TestReplica(0x1122334455667788L);
        replica.put("/a", "1E2");
        replica.delete();
        return replica.document;
    }

    static Write sampleWrite() {
        TestReplica replica = new TestReplica(0x0102030405060708L);
        Document create = replica.put("/a", "1", "/b/c", "true");
        return new Write(
                replica.lastDot(),
                "till-2",
                List.of(
                        new Write.Change(new DocumentId("contact", "anna"), create),
                        new Write.Change(
                                new DocumentId("app.order", "7"),
                                replica.document.fragmentShowing(
                                        leaves("/b", "null"), create.newestTime() + 1, replica.lastDot()))));
    }

    static Write write(RandomGenerator random) {
        List<Write.Change> changes = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            changes.add(new Write.Change(
                    new DocumentId("c" + random.nextInt(5), "id" + i), RandomDocuments.arbitrary(random)));
        }
        return new Write(RandomDocuments.dot(random), random.nextBoolean() ? "" : "Kasse ü", changes);
    }

    static byte[] bytes(Write write) {
        Encoder encoder = new Encoder(0);
        write.encode(encoder);
        return encoder.toByteArray();
    }

    private static Encoder documentUpToFields(int fields) {
        Encoder encoder = new Encoder(0);
        encoder.putByte(DocumentCodec.VERSION);
        encoder.putByte(0);
        encoder.putVarint(1);
        encoder.putLong(7);
        encoder.putLong(1000);
        encoder.putVarint(fields);
        return encoder;
    }

    private static void putField(Encoder encoder, String path) {
        encoder.putText(path);
        encoder.putVarint(0);
        encoder.putVarint(1);
        encoder.putVarint(0);
        encoder.putByte(1);
        encoder.putText("1");
    }

    private static void assertRefused(Consumer<Decoder> reading, byte[] bytes) {
        assertThrows(CodecException.class, () -> reading.accept(new Decoder(bytes)), () -> HEX.formatHex(bytes));
    }
}
