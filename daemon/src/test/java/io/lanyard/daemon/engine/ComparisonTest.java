package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.id;
import static io.lanyard.daemon.engine.EngineBench.of;
import static io.lanyard.daemon.engine.EngineBench.operation;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet.Removal;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.AlarmOver;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.Verified;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.Listing;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Two engines that find out whether they show the same. */
class ComparisonTest {

    private Pair pair = Pair.inStep(put("a", "/x", "1"), put("b", "/x", "1"), put("c", "/x", "1"));

    private VerifyReport verify(String repairFrom) {
        pair.here(new Verify(7, Optional.ofNullable(repairFrom)));
        for (int i = 0; i < 2_000 && of(pair.effectsHere, Verified.class).isEmpty(); i++) {
            pair.settle(1);
        }
        Verified verified = of(pair.effectsHere, Verified.class).get(0);
        assertEquals(7, verified.ticket());
        pair.effectsHere.remove(verified);
        return verified.report();
    }

    private static PeerResult only(VerifyReport report) {
        assertEquals(1, report.peers().size());
        return report.peers().get(0);
    }

    private static List<String> names(List<DocumentId> ids) {
        return ids.stream().map(DocumentId::id).toList();
    }

    private List<String> alarms() {
        return of(pair.effectsHere, Alarm.class).stream().map(Alarm::sentence).toList();
    }

    private static Document altered(Document document) {
        return Alteration.of(document, new FieldPath("/x"), "\"altered\"");
    }

    @Test
    void verify_bothShowTheSame_saysSo() {
        VerifyReport report = verify(null);
        assertEquals(Verdict.SAME, report.verdict());
        assertEquals("there", only(report).device().name());
        assertEquals(3, report.own().documents());
        assertTrue(report.own().isSound());
        assertEquals(pair.here.engine.status().digest(), report.own().digest());
        assertEquals(List.of(), alarms());
        EngineStatus.Proof proof = pair.here.engine.status().proof();
        assertEquals(1, proof.checks());
        assertEquals(1, proof.peersCompared());
        assertEquals(3, proof.documentsChecked());
        assertFalse(proof.isRunning());
    }

    @Test
    void verify_nobodyElseThere_checksItself() {
        EngineBench alone = new EngineBench("alone");
        List<Effect> effects = new ArrayList<>(alone.step(new Verify(1, Optional.empty())));
        effects.addAll(alone.step(new Tick()));
        assertEquals(Verdict.SAME, of(effects, Verified.class).get(0).report().verdict());
    }

    @Test
    void verify_documentAlteredHere_isNamed_andTheDigestPutRight() {
        Pair.change(pair.here, "b", ComparisonTest::altered);
        Hash before = pair.here.engine.status().digest();
        VerifyReport report = verify(null);
        assertEquals(Verdict.DIFFERS, report.verdict());
        assertTrue(report.own().wasDigestWrong());
        assertEquals(List.of("b"), names(only(report).documents()));
        assertFalse(only(report).hasMore());
        assertFalse(before.equals(pair.here.engine.status().digest()));
        assertEquals(1, pair.here.engine.status().proof().documentsDiffering());
        assertTrue(alarms().stream().anyMatch(sentence -> sentence.contains("contact/b")), alarms()::toString);
        pair.settle();
        assertFalse(pair.here.engine.status().peers().get(0).isInStep(), "not while they differ");
    }

    @Test
    void verify_documentAlteredBeneathItsHash_isNamedAsAltered() {
        Pair.amend(pair.here, "b", bytes -> {
            StoredDocument stored = StoredDocument.decode(bytes);
            return new StoredDocument(stored.number(), stored.flippedAt(), stored.hash(), altered(stored.document()))
                    .encode();
        });
        VerifyReport report = verify(null);
        assertEquals(List.of("b"), names(report.own().altered()));
        assertFalse(report.own().wasDigestWrong(), "it is that of the hashes that were kept");
        assertEquals(List.of("b"), names(only(report).documents()));
        report = verify(null);
        assertTrue(report.own().isSound(), "the second time all is as it is stored");
    }

    @Test
    void verify_documentAlteredThere_isFoundThoughItsDigestSaysNothing() {
        Pair.change(pair.there, "c", ComparisonTest::altered);
        VerifyReport report = verify(null);
        assertTrue(report.own().isSound());
        assertEquals(List.of("c"), names(only(report).documents()));
        pair.settle(100);
        assertEquals(1, pair.here.engine.status().proof().documentsDiffering(), "though the digests say nothing");
        assertFalse(pair.here.engine.status().peers().get(0).isInStep());
        assertEquals(List.of(), of(pair.effectsHere, AlarmOver.class));
        pair.there(new Verify(1, Optional.of("here")));
        pair.settle();
        assertEquals(Map.of("/x", "1"), pair.there.read("c"));
        assertEquals(Verdict.SAME, verify(null).verdict());
        assertEquals(0, pair.here.engine.status().proof().documentsDiffering());
        assertEquals(1, of(pair.effectsHere, AlarmOver.class).size());
    }

    @Test
    void verify_documentGoneThere_isNamed() {
        byte[] record = pair.there.store.document(id("a")).orElseThrow();
        pair.there.store.commit(new ChangeSet(
                List.of(),
                List.of(),
                List.of(new Removal(id("a"), StoredDocument.numberOf(record))),
                Map.of(),
                List.of(),
                1_000));
        assertEquals(List.of("a"), names(only(verify(null)).documents()));
        assertEquals(0, verify("there").repair().orElseThrow().refusal() == null ? 0 : 1);
        assertEquals(Map.of(), pair.here.read("a"), "a repair takes over that it is gone");
    }

    @Test
    void verify_manyDifferInManySlices_allAreNamed() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            operations.add(put(String.format("d%03d", i), "/x", "1"));
        }
        pair = Pair.inStep(operations.toArray(Operation[]::new));
        for (int i = 0; i < 600; i += 3) {
            Pair.change(pair.there, String.format("d%03d", i), ComparisonTest::altered);
        }
        VerifyReport report = verify(null);
        assertEquals(600, report.own().documents());
        assertEquals(200, only(report).documents().size());
        report = verify("there");
        assertEquals(200, report.repair().orElseThrow().replaced());
        assertEquals(Verdict.SAME, report.verdict());
        assertEquals(Map.of("/x", "\"altered\""), pair.here.read("d597"));
    }

    @Test
    void verify_writesGoOnMeanwhile_raiseNoAlarm() {
        pair.here(new Verify(7, Optional.empty()));
        for (int i = 0; of(pair.effectsHere, Verified.class).isEmpty(); i++) {
            pair.writeHere(put("a", "/x", "1" + i), put("new" + i, "/x", "1"));
            pair.writeThere(put("b", "/x", "1" + i));
            pair.settle(1);
        }
        VerifyReport report = of(pair.effectsHere, Verified.class).get(0).report();
        assertEquals(List.of(), only(report).documents());
        assertEquals(List.of(), alarms());
        assertTrue(report.own().isSound());
    }

    @Test
    void verify_writesGoOnMeanwhile_whatDiffersIsNamedAllTheSame() {
        Pair.change(pair.there, "c", ComparisonTest::altered);
        pair.here(new Verify(7, Optional.empty()));
        for (int i = 0; of(pair.effectsHere, Verified.class).isEmpty(); i++) {
            pair.writeHere(put("a", "/x", "1" + i));
            pair.writeThere(put("b", "/x", "1" + i));
            pair.settle(1);
        }
        VerifyReport report = of(pair.effectsHere, Verified.class).get(0).report();
        assertEquals(List.of("c"), names(only(report).documents()));
    }

    @Test
    void verify_peerLacksWrites_isNotComparable_andNobodyIsAlarmed() {
        pair.loses = message -> message instanceof LiveWrite || message instanceof Page;
        pair.writeHere(put("a", "/x", "2"));
        VerifyReport report = verify(null);
        assertEquals(Verdict.NOT_COMPARABLE, report.verdict());
        assertEquals(Descent.STILL_SYNCING, only(report).detail());
        assertEquals(List.of(), alarms());
        report = verify("there");
        assertEquals(Refusal.NOT_IN_STEP, report.repair().orElseThrow().refusal());
        assertEquals(Map.of("/x", "2"), pair.here.read("a"));
        pair.loses = message -> false;
        pair.settle();
        assertEquals(Verdict.SAME, verify(null).verdict());
    }

    @Test
    void verify_peerIsSilent_endsWithAWord() {
        pair.loses = message -> message instanceof Listing;
        VerifyReport report = verify(null);
        assertEquals(Verdict.NO_ANSWER, only(report).verdict());
        assertEquals(Verdict.NOT_COMPARABLE, report.verdict());
        assertTrue(
                only(report).detail().contains("did not answer"), only(report).detail());
        assertEquals(Refusal.NO_ANSWER, verify("there").repair().orElseThrow().refusal());
    }

    @Test
    void verify_oneAnswerIsLost_isAskedForAgain() {
        int[] lost = new int[1];
        pair.loses = message -> message instanceof Listing && lost[0]++ == 0;
        assertEquals(Verdict.SAME, verify(null).verdict());
        assertEquals(2, lost[0]);
    }

    @Test
    void verify_peerGoesAway_endsWithAWord() {
        pair.loses = message -> message instanceof Sums;
        pair.here(new Verify(7, Optional.empty()));
        pair.settle(5);
        pair.here(new MembersChanged(Set.of()));
        pair.settle(3);
        VerifyReport report = of(pair.effectsHere, Verified.class).get(0).report();
        assertEquals(Verdict.NO_ANSWER, only(report).verdict());
        pair.effectsHere.clear();
        Repair refused = verify("there").repair().orElseThrow();
        assertEquals(Refusal.OFFLINE, refused.refusal());
        assertTrue(refused.detail().contains("not online"), refused.detail());
    }

    @Test
    void repair_unknownDevice_isRefused() {
        Repair refused = verify("nobody").repair().orElseThrow();
        assertEquals(Refusal.UNKNOWN_DEVICE, refused.refusal());
        assertTrue(refused.detail().contains("nobody"), refused.detail());
        Repair self = verify("here").repair().orElseThrow();
        assertEquals(Refusal.UNKNOWN_DEVICE, self.refusal());
        assertTrue(self.detail().contains("itself"), self.detail());
    }

    @Test
    void repair_replacesWhatIsHere_tellsIt_andKeepsWhatIsLost() {
        Pair.change(pair.here, "b", ComparisonTest::altered);
        pair.effectsHere.clear();
        VerifyReport report = verify("there");
        assertEquals(
                new Repair(only(report).device(), 1, null, ""), report.repair().orElseThrow());
        assertEquals(Verdict.SAME, only(report).verdict());
        assertEquals(Map.of("/x", "1"), pair.here.read("b"));
        assertTrue(
                of(pair.effectsHere, Notify.class).stream()
                        .flatMap(notify -> notify.changes().stream())
                        .anyMatch(applied -> applied.id().equals(id("b")) && applied.isTold()),
                "subscribers are told");
        Conflict lost =
                JournalRecord.decode(pair.here.store.journal(0, 10).get(1L)).conflict();
        assertEquals("\"altered\"", lost.lostValue());
        assertEquals("1", lost.standing().value());
        assertEquals(1, pair.here.engine.status().proof().repairs());
        assertEquals(0, pair.here.engine.status().proof().documentsDiffering());
        pair.settle();
        assertTrue(pair.here.engine.status().peers().get(0).isInStep());
        EngineBench reopened = new EngineBench("here", pair.here.store.copy());
        assertEquals(
                pair.there.engine.status().digest(), reopened.engine.status().digest(), "the digest is kept");
    }

    @Test
    void repair_replacesAndNeverUnites() {
        Pair.change(pair.here, "b", document -> {
            Document more = document.copy();
            Dot dot = document.alive().dot();
            TreeMap<FieldPath, String> leaves =
                    new TreeMap<>(Map.of(new FieldPath("/x"), "1", new FieldPath("/y"), "\"nobody wrote this\""));
            more.merge(document.fragmentShowing(leaves, document.newestTime() + 1, dot), new VersionVector());
            return more;
        });
        verify("there");
        assertEquals(Map.of("/x", "1"), pair.here.read("b"));
    }

    @Test
    void repair_documentWrittenMeanwhile_keepsTheNewWrite() {
        Pair.change(pair.here, "b", ComparisonTest::altered);
        pair.loses = message -> message instanceof Documents;
        pair.here(new Verify(7, Optional.of("there")));
        pair.settle(10);
        pair.loses = message -> message instanceof LiveWrite || message instanceof Page;
        pair.writeHere(put("b", "/y", "2"));
        pair.settle(40);
        assertEquals("2", pair.here.read("b").get("/y"), "the peer has not seen it: its document may not replace");
        pair.loses = message -> false;
        pair.settle();
        verify("there");
        assertEquals(Map.of("/y", "2"), pair.here.read("b"));
        assertEquals(pair.there.read("b"), pair.here.read("b"));
    }

    @Test
    void unreadableDocument_isNamed_andRefilled() {
        Pair.damage(pair.here, "b");
        VerifyReport report = verify(null);
        assertEquals(List.of("b"), names(report.own().unreadable()));
        assertEquals(Verdict.DIFFERS, report.verdict());
        pair.settle();
        assertEquals(Map.of("/x", "1"), pair.here.read("b"));
        assertEquals(Verdict.SAME, verify(null).verdict());
        assertTrue(pair.here.engine.status().peers().get(0).isInStep());
    }

    @Test
    void unreadableDocument_comesFromAPeer_theDigestIsWorkedOutAnew() {
        Pair.damage(pair.here, "b");
        pair.here(new Input.Refill(Set.of(id("b"))));
        pair.settle();
        assertEquals(Map.of("/x", "1"), pair.here.read("b"));
        assertEquals(
                pair.there.engine.status().digest(), pair.here.engine.status().digest());
        assertEquals(3, pair.here.engine.status().documents());
    }

    @Test
    void periodicCheck_findsItUnasked_alarmsOnce_andSaysWhenItIsOver() {
        Pair.change(pair.here, "b", ComparisonTest::altered);
        pair.here.stepMillis = 1_000;
        pair.there.stepMillis = 1_000;
        pair.settle(100);
        long naming = alarms().stream()
                .filter(sentence -> sentence.contains("contact/b"))
                .count();
        assertEquals(1, naming, alarms()::toString);
        assertEquals(1, pair.here.engine.status().proof().documentsDiffering());
        verify("there");
        assertEquals(1, of(pair.effectsHere, AlarmOver.class).size());
        assertEquals(0, pair.here.engine.status().proof().documentsDiffering());
    }

    @Test
    void digestsDifferUnderEqualVectors_bothWalk_thenTheDocumentsAreNamed() {
        Pair.change(pair.here, "b", ComparisonTest::altered);
        EngineBench reopened = new EngineBench("here", pair.here.store);
        byte[] before = pair.here.store.entry("digest").orElseThrow();
        assertEquals(4096, before.length);
        pair.here.store.commit(
                new ChangeSet(List.of(), Map.of("digest", digestWithout(reopened, before)), List.of(), 1_000));
        pair = Pair.of(new EngineBench("here", pair.here.store), pair.there);
        pair.settle(150);
        assertTrue(alarms().stream().anyMatch(sentence -> sentence.contains("contact/b")), alarms()::toString);
    }

    private static byte[] digestWithout(EngineBench bench, byte[] before) {
        Digest digest = Digest.decode(before);
        StoredDocument stored =
                StoredDocument.decode(bench.store.document(id("b")).orElseThrow());
        digest.replace(id("b"), Hash.ZERO, stored.hash());
        return digest.encode();
    }

    @Test
    void damagedDocument_isWrittenToElsewhere_staysDamagedInTheRest_andTheNewWriteStays() {
        pair = Pair.inStep(put("a", "/x", "1"), operation(Kind.PATCH, "a", Condition.NONE, "/y", "1"));
        Pair.change(pair.here, "a", ComparisonTest::altered);
        pair.writeThere(operation(Kind.PATCH, "a", Condition.NONE, "/y", "2"));
        pair.settle();
        assertEquals("2", pair.here.read("a").get("/y"));
        assertEquals(List.of("a"), names(only(verify(null)).documents()));
        verify("there");
        assertEquals(Map.of("/x", "1", "/y", "2"), pair.here.read("a"));
    }

    /** Whatever was damaged on whichever side is named, and nothing else, however the messages come. */
    @Test
    void randomDamage_isNamedExactly_andRepaired() {
        for (int seed = 1; seed <= 25; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int documents = 2 + random.nextInt(30);
            pair = Pair.inStep(put("d0", "/x", "0"));
            int lossPercent = random.nextInt(10);
            pair.loses = message -> random.nextInt(100) < lossPercent;
            for (int i = 0; i < 2 * documents; i++) {
                Operation write = put("d" + random.nextInt(documents), "/x", "" + i);
                if (random.nextBoolean()) {
                    pair.writeHere(write);
                } else {
                    pair.writeThere(write);
                }
            }
            pair.settle(100);
            TreeSet<DocumentId> damaged = new TreeSet<>();
            for (int i = 0; i < documents; i++) {
                if (random.nextInt(4) == 0 && !pair.here.read("d" + i).isEmpty()) {
                    Pair.change(random.nextBoolean() ? pair.here : pair.there, "d" + i, ComparisonTest::altered);
                    damaged.add(id("d" + i));
                }
            }
            VerifyReport report = verify(null);
            assertEquals(List.copyOf(damaged), only(report).documents(), "seed " + seed);
            report = verify("there");
            assertEquals(damaged.size(), report.repair().orElseThrow().replaced(), "seed " + seed);
            assertEquals(Verdict.SAME, only(report).verdict(), "seed " + seed);
        }
    }

    @Test
    void verify_documentsWrittenBehindTheReader_areCountedAsTheyAreNow() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            operations.add(put(String.format("d%03d", i), "/x", "1"));
        }
        pair = Pair.inStep(operations.toArray(Operation[]::new));
        pair.here(new Verify(7, Optional.empty()));
        pair.writeHere(put("d000", "/x", "2"), put("c", "/x", "1"), put("d599", "/x", "2"));
        for (int i = 0; i < 200 && of(pair.effectsHere, Verified.class).isEmpty(); i++) {
            pair.settle(1);
        }
        assertTrue(of(pair.effectsHere, Verified.class).get(0).report().own().isSound());
        assertEquals(List.of(), alarms());
    }

    @Test
    void verify_documentAlteredThereBeneathItsHash_isListedAsItIs() {
        Pair.amend(pair.there, "b", bytes -> {
            StoredDocument stored = StoredDocument.decode(bytes);
            return new StoredDocument(stored.number(), stored.flippedAt(), stored.hash(), altered(stored.document()))
                    .encode();
        });
        assertEquals(List.of("b"), names(only(verify(null)).documents()));
    }

    @Test
    void repair_vectorsDiffer_replacesNothingAtAll() {
        Pair.change(pair.here, "c", ComparisonTest::altered);
        pair.loses = message -> message instanceof LiveWrite || message instanceof Page;
        pair.writeHere(put("a", "/x", "2"));
        assertEquals(Refusal.NOT_IN_STEP, verify("there").repair().orElseThrow().refusal());
        assertEquals(Map.of("/x", "\"altered\""), pair.here.read("c"));
    }

    @Test
    void request_tooManyChecksWaiting_isRefused() {
        for (int i = 0; i < 20; i++) {
            pair.here.step(new Verify(100 + i, Optional.of("there")));
        }
        List<Effect> effects = pair.here.step(new Verify(7, Optional.of("there")));
        assertEquals(
                Refusal.BUSY,
                of(effects, Verified.class)
                        .get(0)
                        .report()
                        .repair()
                        .orElseThrow()
                        .refusal());
    }

    @Test
    void documentsRequest_servesWhatIsCommittedAndFits() {
        List<Effect> effects = pair.there.receive(new DocumentsRequest(5, List.of(id("a"), id("nothing"))));
        Documents answer = (Documents) of(effects, Effect.Send.class).get(0).message();
        assertEquals(5, answer.request());
        assertEquals("a", answer.documents().get(0).id().id());
        assertEquals(List.of(id("nothing")), answer.absent());
        assertEquals(pair.there.vector(), answer.vector());
    }
}
