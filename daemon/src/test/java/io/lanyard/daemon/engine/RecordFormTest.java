package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.id;
import static io.lanyard.daemon.engine.EngineBench.of;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.GoldenLines;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.MessageCodec;
import io.lanyard.daemon.message.MessageFormTest;
import io.lanyard.daemon.store.MemoryStore;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The forms that the engine keeps in its store, held by what a version once wrote. */
class RecordFormTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final Extensions NEWER = Extensions.NONE.with(100, out -> out.putText("newer"));

    /** If this fails, stores in use can no longer be read: put what is new into an extension or an entry of its own. */
    @Test
    void records1_areAsTheyEverWere() {
        int records = 0;
        for (String[] line : GoldenLines.read(RecordFormTest.class, "store-1.0.txt")) {
            if (line[0].equals("document")) {
                assertEquals(
                        line[4],
                        HEX.formatHex(
                                StoredDocument.decode(HEX.parseHex(line[4])).encode()));
                records++;
            } else if (line[0].equals("conflict")) {
                assertEquals(
                        line[2],
                        HEX.formatHex(
                                JournalRecord.decode(HEX.parseHex(line[2])).encode()));
                records++;
            } else if (line[0].equals("fence")) {
                assertEquals(
                        line[1],
                        HEX.formatHex(FenceRecord.decode(HEX.parseHex(line[1])).encode()));
                records++;
            }
        }
        assertEquals(5, records);
    }

    @Test
    void store1_opensWithAllThatWasInIt() {
        EngineBench bench = new EngineBench("till-1", golden(""));

        assertEquals(Map.of("/name/first", "\"Anna\""), bench.read("anna"));
        assertEquals(Map.of(), bench.read("ben"));
        EngineStatus status = bench.engine.status();
        assertEquals("{5523439d564213aa=1, 799c7c432b7339f1=2}", status.vector().toString());
        assertEquals(1, status.documents());
        assertEquals(2, status.pendingWrites());
        assertEquals(5, bench.store.lastArrival());
        assertEquals(digestOfDocuments(bench.store), status.digest());
        JournalRecord lost = JournalRecord.decode(bench.store.journal(0, 10).get(1L));
        assertEquals("\"Hanna\"", lost.conflict().lostValue());
        assertEquals("/name", lost.conflict().path().pointer());
        JournalRecord second = JournalRecord.decode(bench.store.journal(0, 10).get(2L));
        assertEquals("\"Anna Berg\"", second.conflict().standing().value());
        assertEquals(Verdict.DISMISSED, Settlement.all(bench.store).get(1L).verdict());
        assertEquals(
                "{5523439d564213aa=1, 799c7c432b7339f1=1}",
                status.garbage().promised().toString());
        assertEquals("{799c7c432b7339f1=1}", status.garbage().collected().toString());
        EngineStatus.KnownDevice retired = status.devices().stream()
                .filter(device -> device.id().equals("till-2"))
                .findAny()
                .orElseThrow();
        assertEquals("Till 2", retired.name());
        assertTrue(retired.isRetired() && retired.isRetirementEffective());
        Position before = new Position(0x9aa086d7a760fec6L, 5);
        assertTrue(bench.engine.openings().resume(before, 5).isPresent(), "a position taken then is good now");
    }

    /** What is new in a record goes into an extension: whoever sets a flag more wrote another form. */
    @Test
    void conflictWithFlagsThatAreNotKnown_isRefused() {
        for (String[] line : GoldenLines.read(RecordFormTest.class, "store-1.0.txt")) {
            if (line[0].equals("conflict")) {
                byte[] bytes = HEX.parseHex(line[2]);
                int flags = 1 + "contact".length() + 1 + "anna".length() + 6;
                bytes[flags] |= 0x10;
                assertThrows(CodecException.class, () -> JournalRecord.decode(bytes));
            }
        }
    }

    private static Hash digestOfDocuments(MemoryStore store) {
        Digest digest = new Digest();
        store.documents("contact", "", found -> {
            digest.replace(
                    found.id(),
                    Hash.ZERO,
                    StoredDocument.decode(found.bytes()).document().visibleHash(found.id()));
            return true;
        });
        return digest.root();
    }

    /** A minor version later wrote here: fields at the end of records, more in entries, and entries of new names. */
    @Test
    void storeOfANewerMinor_opens_andKeepsWhatItDoesNotKnow() {
        Encoder rest = new Encoder(0);
        NEWER.encodeRest(rest);
        String suffix = HEX.formatHex(rest.toByteArray());
        MemoryStore store = golden(suffix);
        store.commit(new ChangeSet(List.of(), Map.of("novelty/x", new byte[] {1}), List.of(), 1000));
        EngineBench bench = new EngineBench("till-1", store);

        assertEquals(Map.of("/name/first", "\"Anna\""), bench.read("anna"));
        assertEquals(NEWER, JournalRecord.decode(store.journal(0, 10).get(1L)).extensions());
        bench.write(Mode.ALL_OR_NOTHING, put("anna", "/name", "\"Anne\""));
        StoredDocument anna = StoredDocument.decode(store.document(id("anna")).orElseThrow());
        assertEquals(6, anna.number());
        assertEquals(NEWER, anna.extensions());
        assertEquals(1, store.entry("novelty/x").orElseThrow().length);
    }

    /** From a newer device by page and live, over this one's store and merge, to a third by page and back live. */
    @Test
    void documentsOfANewerMinor_keepTheirFieldsOverMergeStoreAndPage() {
        EngineBench bench = EngineBench.withOther("middle");
        Page fromNewer = newer("page");
        LiveWrite live = newer("live-write");
        bench.write(Mode.ALL_OR_NOTHING, put("anna", "/phone", "\"1\""));
        bench.receive(new Message.LiveWrite(live.write(), new VersionVector(), null));
        pull(bench, fromNewer);
        Extensions expected = fromNewer.documents().get(0).document().extensions();
        assertFalse(expected.isEmpty());

        bench.write(Mode.ALL_OR_NOTHING, put("anna", "/name", "\"Anne\""));
        EngineBench reopened = new EngineBench("middle", bench.store);
        reopened.step(new MembersChanged(Set.of(OTHER)));
        Page page = (Page) ((Effect.Send) reopened.receive(new PageRequest(1, Checkpoint.START, new VersionVector()))
                        .get(0))
                .message();
        page = (Page) MessageCodec.decode(MessageCodec.encode(page));

        List<DocumentId> met = new ArrayList<>();
        for (Message.PagedDocument paged : page.documents()) {
            assertEquals(expected, paged.document().extensions(), paged.id()::toString);
            met.add(paged.id());
        }
        assertTrue(met.contains(id("anna")) && met.contains(new DocumentId("app.till", "2026-07~a")), met::toString);
    }

    private static void pull(EngineBench bench, Page page) {
        VersionVector ahead = new VersionVector();
        page.documents().forEach(paged -> ahead.join(paged.document().context()));
        List<Effect> effects = bench.receive(EngineTest.summaryOf(ahead));
        effects = new ArrayList<>(effects);
        effects.addAll(bench.step(new Input.Tick()));
        PageRequest request = of(effects, Effect.Send.class).stream()
                .map(Effect.Send::message)
                .filter(PageRequest.class::isInstance)
                .map(PageRequest.class::cast)
                .findFirst()
                .orElseThrow();
        bench.receive(new Page(request.walk(), new Checkpoint(5, 2, true), page.documents(), ahead));
    }

    @SuppressWarnings("unchecked")
    private static <M extends Message> M newer(String name) {
        return (M) GoldenLines.read(MessageFormTest.class, "protocol-1.9.txt").stream()
                .filter(line -> line[0].equals(name))
                .map(line -> MessageCodec.decode(HEX.parseHex(line[1])))
                .findFirst()
                .orElseThrow();
    }

    /** Returns a store with the golden content, {@code suffix} at the end of every record and entry. */
    private static MemoryStore golden(String suffix) {
        List<DocumentChange> documents = new ArrayList<>();
        Map<String, byte[]> entries = new TreeMap<>();
        List<byte[]> conflicts = new ArrayList<>();
        byte[] digest = new Digest().encode();
        for (String[] line : GoldenLines.read(RecordFormTest.class, "store-1.0.txt")) {
            switch (line[0]) {
                case "document" ->
                    documents.add(new DocumentChange(
                            new DocumentId(line[1].split("/")[0], line[1].split("/")[1]),
                            Long.parseLong(line[2]),
                            0,
                            HEX.parseHex(line[3]),
                            HEX.parseHex(line[4] + suffix)));
                case "entry" ->
                    entries.put(line[1], HEX.parseHex(line[2] + (line[1].startsWith("writer/") ? "" : suffix)));
                case "conflict" -> conflicts.add(HEX.parseHex(line[2] + suffix));
                case "fence" -> assertEquals(2, line.length);
                default -> System.arraycopy(HEX.parseHex(line[2]), 0, digest, 16 * Integer.parseInt(line[1]), 16);
            }
        }
        entries.put("digest", digest);
        MemoryStore store = new MemoryStore();
        store.commit(new ChangeSet(documents, entries, conflicts, 1000));
        return store;
    }
}
