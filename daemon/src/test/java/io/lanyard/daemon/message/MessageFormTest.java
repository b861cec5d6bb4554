package io.lanyard.daemon.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.GoldenLines;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.ListedDocument;
import io.lanyard.daemon.message.Message.Listing;
import io.lanyard.daemon.message.Message.ListingRequest;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.SummaryRequest;
import io.lanyard.daemon.message.Message.Sums;
import io.lanyard.daemon.message.Message.SumsRequest;
import io.lanyard.daemon.message.Message.Unknown;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The form of messages, held by bytes that a version once wrote. */
public class MessageFormTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final Map<String, byte[]> WRITTEN = golden("protocol-1.0.txt");
    private static final Map<String, byte[]> NEWER = golden("protocol-1.9.txt");

    private static Map<String, byte[]> golden(String name) {
        Map<String, byte[]> messages = new LinkedHashMap<>();
        GoldenLines.read(MessageFormTest.class, name).forEach(line -> messages.put(line[0], HEX.parseHex(line[1])));
        return messages;
    }

    /** If this fails, daemons in use no longer understand each other: put what is new into an extension. */
    @Test
    void protocol1_isAsItEverWas() {
        WRITTEN.forEach((name, bytes) ->
                assertEquals(HEX.formatHex(bytes), HEX.formatHex(encoded(MessageCodec.decode(bytes))), name));
    }

    @Test
    void protocol1_meansWhatItMeant() {
        LiveWrite live = read("live-write");
        assertEquals(
                "{/name/first=\"Anna\"}",
                live.write().changes().get(0).fragment().leaves().toString());
        assertEquals("test", live.write().client());
        assertEquals(2, live.write().dot().sequence());
        LiveWrite unclaimed = read("live-write-unclaimed");
        assertEquals(70_000, unclaimed.unclaimed().number());
        assertEquals(
                300,
                unclaimed.needs().entries().values().stream()
                        .mapToLong(n -> n)
                        .max()
                        .orElseThrow());
        Summary whole = read("summary-whole");
        assertEquals("Till 1 (Łódź)", whole.device().name());
        assertEquals(-5, whole.opening());
        assertEquals(null, whole.vector().base());
        assertEquals(whole.vector().hash(), whole.vector().changes().hash());
        assertEquals(1_780_000_000_000L, whole.wallMillis());
        assertEquals(2, whole.registry().size());
        assertTrue(whole.registry().get(1).isRetired());
        assertEquals(1_780_000_000_000L, whole.lineage().createdMillis());
        assertFalse(whole.isFenced() || whole.hasLostData());
        Summary difference = read("summary-difference");
        assertTrue(difference.isFenced() && difference.hasLostData());
        assertEquals(null, difference.registry());
        assertTrue(difference.isCatchingUp());
        assertEquals(1, difference.explored().size());
        assertEquals("fffffffffffffffe", difference.replica().toString());
        assertEquals(difference.opened(1_780_000_000_000L, true), read("summary-refusing"));
        assertFalse(difference.isRefusing());
        assertInstanceOf(SummaryRequest.class, read("summary-request"));
        assertEquals(Checkpoint.START, ((PageRequest) read("page-request-start")).checkpoint());
        assertEquals(new Checkpoint(9, 1L << 40, true), ((PageRequest) read("page-request")).checkpoint());
        Page page = read("page");
        assertEquals(2, page.documents().size());
        assertFalse(page.isTail());
        assertFalse(page.documents().get(1).document().isVisible());
        assertTrue(((Page) read("page-tail")).isTail());
        assertTrue(((PageRequest) read("page-request-fence")).isForFence());
        Page fence = read("page-fence");
        assertEquals(1, fence.estate().collected().size());
        assertEquals(7, fence.estate().lineage().random());
    }

    @Test
    void protocol1_comparing_meansWhatItMeant() {
        DocumentId anna = new DocumentId("contact", "anna");
        DocumentId ben = new DocumentId("contact", "ben");
        assertEquals(-2, ((SumsRequest) read("sums-request")).request());
        Sums sums = read("sums");
        Digest digest = new Digest();
        digest.replace(anna, Hash.ZERO, new Hash(1, 2));
        digest.replace(new DocumentId("app.till", "zoe~1"), Hash.ZERO, new Hash(-3, -4));
        assertEquals(new Sums(77, new Hash(5, 6), true, digest), sums);
        ListingRequest start = read("listing-request-start");
        assertEquals("{0, 77, 255}", start.buckets().toString());
        assertEquals(null, start.after());
        assertEquals(anna, ((ListingRequest) read("listing-request")).after());
        Listing listing = read("listing");
        assertEquals(
                "[app.till/zoe~1, contact/anna, contact/ben]",
                listing.documents().stream()
                        .map(listed -> listed.id().toString())
                        .toList()
                        .toString());
        assertEquals(ben, listing.next());
        assertEquals(null, ((Listing) read("listing-end")).next());
        assertEquals(new DocumentsRequest(81, List.of(anna, ben)), read("documents-request"));
        Documents documents = read("documents");
        assertEquals(2, documents.documents().size());
        assertEquals(List.of(ben), documents.absent());
        assertEquals(List.of(anna), documents.unreadable());
        assertEquals(1, documents.vector().size());
        assertTrue(documents.vector().covers(documents.collected()));
        assertEquals(-7, documents.newestDropped());
    }

    @Test
    void listing_outOfOrderOrTooManyDocuments_isRefused() {
        Hash hash = new Hash(1, 2);
        ListedDocument a = new ListedDocument(new DocumentId("c", "a"), hash);
        ListedDocument b = new ListedDocument(new DocumentId("c", "b"), hash);
        byte[] unordered = encoded(new Listing(1, List.of(b, a), null));
        assertThrows(CodecException.class, () -> MessageCodec.decode(unordered));
        byte[] twice = encoded(new Listing(1, List.of(a, a), null));
        assertThrows(CodecException.class, () -> MessageCodec.decode(twice));
        List<DocumentId> many = Stream.iterate(0, n -> n + 1)
                .limit(DocumentsRequest.MAX_DOCUMENTS + 1)
                .map(n -> new DocumentId("c", "d" + n))
                .toList();
        byte[] tooMany = encoded(new DocumentsRequest(1, many));
        assertThrows(CodecException.class, () -> MessageCodec.decode(tooMany));
    }

    @Test
    void newerMinor_fieldsOfMessages_arePassedOver() {
        WRITTEN.forEach((name, bytes) -> {
            if (!name.equals("page") && !name.equals("live-write")) {
                assertEquals(MessageCodec.decode(bytes), MessageCodec.decode(NEWER.get(name)), name);
            }
        });
    }

    @Test
    void newerMinor_fieldsOfDocuments_areKept() {
        Page page = (Page) MessageCodec.decode(NEWER.get("page"));
        LiveWrite live = (LiveWrite) MessageCodec.decode(NEWER.get("live-write"));
        List<Document> documents = Stream.concat(
                        page.documents().stream().map(paged -> paged.document()),
                        live.write().changes().stream().map(change -> change.fragment()))
                .toList();
        for (Document document : documents) {
            assertEquals("newer", newerText(document));
            assertEquals(0, document.extensions().field(127).orElseThrow().remaining());
        }
        assertEquals(page, MessageCodec.decode(encoded(page)), "and go on with what is sent");
        assertEquals(live, MessageCodec.decode(encoded(live)));
    }

    private static String newerText(Document document) {
        var field = document.extensions().field(7).orElseThrow();
        field.takeLong();
        field.takeLong();
        return field.takeText();
    }

    @Test
    void newerMinor_unknownKind_isPassedOver_butNotOfThisMinor() {
        byte[] newer = NEWER.get("kind-200");
        assertEquals(new Unknown(9, 200), MessageCodec.decode(newer));
        byte[] ours = newer.clone();
        ours[1] = MessageCodec.MINOR;
        assertThrows(CodecException.class, () -> MessageCodec.decode(ours));
        assertThrows(IllegalArgumentException.class, () -> encoded(new Unknown(9, 200)));
    }

    @Test
    void otherMajor_isRefusedInWords() {
        byte[] bytes = WRITTEN.get("summary-request").clone();
        bytes[0] = MessageCodec.MAJOR + 1;
        var refusal = assertThrows(MessageCodec.NewerVersionException.class, () -> MessageCodec.decode(bytes));
        assertEquals(MessageCodec.MAJOR + 1, refusal.version());
        bytes[0] = 0;
        assertThrows(CodecException.class, () -> MessageCodec.decode(bytes));
    }

    /** Hostile and damaged bytes are a message or are refused, by no other exceptions than these. */
    @Test
    void decode_mutations_areTakenOrRefused() {
        SplittableRandom random = new SplittableRandom(20_261_121);
        List<byte[]> samples = Stream.concat(WRITTEN.values().stream(), NEWER.values().stream())
                .toList();
        int taken = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
            int at = random.nextInt(bytes.length);
            bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << random.nextInt(8));
            byte[] mutated = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length)) : bytes;
            try {
                Message message = MessageCodec.decode(mutated);
                if (!(message instanceof Unknown)) {
                    assertEquals(message, MessageCodec.decode(encoded(message)), () -> HEX.formatHex(mutated));
                }
                taken++;
            } catch (CodecException | MessageCodec.NewerVersionException e) {
                assertTrue(e.getMessage().length() > 5);
            }
        }
        assertTrue(taken > 5_000 && taken < 45_000, taken + " taken");
    }

    @SuppressWarnings("unchecked")
    private static <M extends Message> M read(String name) {
        return (M) MessageCodec.decode(WRITTEN.get(name));
    }

    private static byte[] encoded(Message message) {
        return MessageCodec.encode(message);
    }
}
