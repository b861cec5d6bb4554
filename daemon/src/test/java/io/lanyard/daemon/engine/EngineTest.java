package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.lastLive;
import static io.lanyard.daemon.engine.EngineBench.liveWriteOf;
import static io.lanyard.daemon.engine.EngineBench.local;
import static io.lanyard.daemon.engine.EngineBench.of;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The exact effects of single steps. */
class EngineTest {

    private static String names(List<Effect> effects) {
        return effects.stream()
                .map(effect -> effect instanceof Broadcast broadcast
                        ? broadcast.message().getClass().getSimpleName()
                        : effect.getClass().getSimpleName())
                .collect(Collectors.joining(" "));
    }

    /** What the other member says that claims this. */
    static Summary summaryOf(VersionVector vector) {
        return summaryOf(null, vector, Hash.ZERO, Set.of());
    }

    private static Summary summaryOf(EngineBench other, VersionVector vector, Hash digest, Set<Hash> explored) {
        return EngineBench.summary(VectorNews.whole(vector.copy()), digest, explored);
    }

    @Test
    void step_write_isBroadcastThenCommittedThenAcknowledgedThenSummarized() {
        EngineBench bench = EngineBench.withOther("a");
        assertEquals(
                "LiveWrite Commit Notify Acknowledge Summary",
                names(bench.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "1")))));
    }

    @Test
    void step_writeAndPageRequestTogether_pageIsFirstAndHoldsOnlyWhatWasCommitted() {
        EngineBench bench = EngineBench.withOther("a");
        List<Effect> effects = bench.step(
                local(Mode.ALL_OR_NOTHING, put("d", "/x", "1")),
                new Received(OTHER, new PageRequest(7, Checkpoint.START, new VersionVector())));
        Page page = (Page) ((Send) effects.get(0)).message();
        assertEquals(List.of(), page.documents());
        assertTrue(page.isTail());
        assertTrue(page.raise().isEmpty());
        assertEquals(0, page.checkpoint().number());
    }

    @Test
    void step_writeThatChangesNothing_writesNothingAndTellsNobody() {
        EngineBench bench = EngineBench.withOther("a");
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "12.10"));
        bench.step(new Tick());
        List<Effect> effects = bench.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "12.10")));
        assertEquals(
                WriteResult.Outcome.UNCHANGED,
                of(effects, Acknowledge.class).get(0).result().items().get(0).outcome());
        assertTrue(of(effects, Commit.class).isEmpty());
        assertTrue(of(effects, Notify.class).isEmpty());
        assertEquals(1, bench.vector().entries().values().iterator().next());
    }

    @Test
    void open_drawsNoReplicaIdBeforeTheFirstWrite() {
        EngineBench bench = EngineBench.withOther("a");
        assertTrue(bench.engine.status().replica().isEmpty());
        bench.receive(liveWriteOf("b", put("d", "/x", "1")));
        assertTrue(bench.engine.status().replica().isEmpty());
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "2"));
        assertTrue(bench.engine.status().replica().isPresent());
    }

    @Test
    void liveWrite_isMergedCommittedAndTold() {
        EngineBench bench = EngineBench.withHeard("a");
        LiveWrite live = liveWriteOf("b", put("d", "/x", "1"));
        List<Effect> effects = bench.receive(live);
        assertTrue(names(effects).startsWith("Commit Notify"), () -> names(effects));
        assertEquals(Map.of("/x", "1"), bench.read("d"));
        assertTrue(bench.vector().covers(live.write().dot()));
        assertTrue(of(bench.receive(live), Commit.class).isEmpty(), "the same once more is nothing");
    }

    @Test
    void liveWrite_beforeTheFirstSummary_isMergedWithItAndSoAreTheNext() {
        EngineBench bench = EngineBench.withOther("a");
        EngineBench writer = EngineBench.withOther("b");
        LiveWrite first = EngineBench.lastLive(writer.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "1"))));
        LiveWrite second = EngineBench.lastLive(writer.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "2"))));
        bench.receive(first);
        assertEquals(Map.of(), bench.read("d"), "who knows whether it may be taken");
        bench.receive(summaryOf(new VersionVector()));
        assertEquals(Map.of("/x", "1"), bench.read("d"));
        bench.receive(second);
        assertEquals(Map.of("/x", "2"), bench.read("d"));
    }

    @Test
    void liveWrite_withRegistersOfAnotherWrite_isRefusedWithAnAlarm() {
        EngineBench bench = EngineBench.withOther("a");
        LiveWrite live = liveWriteOf("b", put("d", "/x", "1"));
        Dot other = new Dot(liveWriteOf("c", put("d", "/x", "1")).write().dot().replica(), 1);
        List<Effect> effects =
                bench.receive(new LiveWrite(new Write(other, "", live.write().changes()), new VersionVector(), null));
        assertEquals(1, of(effects, Alarm.class).size());
        assertEquals(Map.of(), bench.read("d"));
    }

    /** A page that is not the last, with one document that another replica wrote. */
    private static Page pageBeforeTheTail(EngineBench bench, LiveWrite unclaimed) {
        VersionVector claimed = new VersionVector();
        claimed.raise(unclaimed.write().dot());
        PageRequest request =
                (PageRequest) of(bench.receive(summaryOf(bench, claimed, Hash.ZERO, Set.of())), Send.class)
                        .get(0)
                        .message();
        return new Page(
                request.walk(),
                new Checkpoint(5, 1, false),
                List.of(new PagedDocument(
                        EngineBench.id("d"), unclaimed.write().changes().get(0).fragment())),
                null);
    }

    @Test
    void liveWrite_writerHoldsMoreThanItClaims_namesHowFarAndWhere() {
        EngineBench bench = EngineBench.withOther("a");
        LiveWrite unclaimed = liveWriteOf("b", put("d", "/x", "1"));
        bench.receive(pageBeforeTheTail(bench, unclaimed));
        assertFalse(bench.vector().covers(unclaimed.write().dot()), "only the tail claims");
        for (int i = 0; i < 2; i++) {
            LiveWrite own = lastLive(bench.step(local(Mode.ALL_OR_NOTHING, put("e", "/x", "" + i))));
            assertTrue(own.unclaimed().reach().covers(unclaimed.write().dot()), "write " + i);
            assertEquals(1, own.unclaimed().number(), "where the page's document stands");
        }
        long last = bench.store.lastArrival();
        EngineBench reopened = new EngineBench("a", bench.store.copy());
        reopened.step(new MembersChanged(Set.of(OTHER)));
        LiveWrite own = lastLive(reopened.step(local(Mode.ALL_OR_NOTHING, put("e", "/x", "9"))));
        assertEquals(last, own.unclaimed().number(), "after an opening only the end is sure");
        assertEquals(reopened.engine.openings().current(), own.unclaimed().opening());
    }

    @Test
    void liveWrite_pageInTheSameStepHasNoPlaceYet_isForNobodyToMergeAtOnce() {
        EngineBench bench = EngineBench.withOther("a");
        Page page = pageBeforeTheTail(bench, liveWriteOf("b", put("d", "/x", "1")));
        LiveWrite own =
                lastLive(bench.step(new Received(OTHER, page), local(Mode.ALL_OR_NOTHING, put("e", "/x", "1"))));
        assertEquals(Long.MAX_VALUE, own.unclaimed().number());
    }

    @Test
    void page_registerThatTheVectorCovers_isNotBroughtBack() {
        EngineBench bench = EngineBench.withOther("a");
        LiveWrite live = liveWriteOf("b", put("d", "/x", "1"));
        bench.receive(live);
        // The document "collected" has a register of the same write, as if it had been collected here.
        VersionVector ahead = bench.vector();
        ahead.raise(new Dot(live.write().dot().replica(), 9));
        List<Effect> effects = new ArrayList<>(bench.receive(summaryOf(bench, ahead, Hash.ZERO, Set.of())));
        PageRequest request = of(effects, Send.class).stream()
                .map(Send::message)
                .filter(PageRequest.class::isInstance)
                .map(PageRequest.class::cast)
                .findFirst()
                .orElseThrow();
        bench.receive(new Page(
                request.walk(),
                new Checkpoint(5, 1, true),
                List.of(new PagedDocument(
                        EngineBench.id("collected"),
                        live.write().changes().get(0).fragment())),
                new VersionVector()));
        assertEquals(Map.of(), bench.read("collected"));
    }

    @Test
    void page_nobodyAskedFor_isLeftAlone() {
        EngineBench bench = EngineBench.withOther("a");
        LiveWrite live = liveWriteOf("b", put("d", "/x", "1"));
        VersionVector raise = new VersionVector();
        raise.raise(live.write().dot());
        bench.receive(new Page(
                1,
                new Checkpoint(5, 1, true),
                List.of(new PagedDocument(
                        EngineBench.id("d"), live.write().changes().get(0).fragment())),
                raise));
        assertEquals(Map.of(), bench.read("d"));
        assertTrue(bench.vector().isEmpty());
    }

    @Test
    void page_ofAnotherWalkOrMember_isLeftAlone() {
        EngineBench bench = EngineBench.withOther("a");
        LiveWrite live = liveWriteOf("b", put("d", "/x", "1"));
        VersionVector ahead = new VersionVector();
        ahead.raise(live.write().dot());
        PageRequest request = (PageRequest) of(bench.receive(summaryOf(bench, ahead, Hash.ZERO, Set.of())), Send.class)
                .get(0)
                .message();
        Page page = new Page(request.walk() + 1, new Checkpoint(5, 1, true), List.of(), ahead);
        bench.receive(page);
        assertTrue(bench.vector().isEmpty(), "of another walk");
        bench.step(new Received(
                new MemberId("stranger"), new Page(request.walk(), new Checkpoint(5, 1, true), List.of(), ahead)));
        assertTrue(bench.vector().isEmpty(), "of another member");
    }

    @Test
    void digest_differsUnderEqualVectorsAndBothWalkedInVain_isAlarmedOnce() {
        EngineBench bench = EngineBench.withHeard("a");
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "1"));
        Hash own = bench.engine.status().digest();
        Hash theirs = new Hash(1, 2);
        List<Effect> effects = bench.receive(summaryOf(bench, bench.vector(), theirs, Set.of()));
        PageRequest request = (PageRequest) of(effects, Send.class).get(0).message();
        assertEquals(Checkpoint.START, request.checkpoint());
        bench.receive(new Page(request.walk(), new Checkpoint(5, 1, true), List.of(), new VersionVector()));
        effects = bench.receive(summaryOf(bench, bench.vector(), theirs, Set.of()));
        assertTrue(of(effects, Alarm.class).isEmpty(), "the other side has not walked yet");
        Summary inVain = summaryOf(bench, bench.vector(), theirs, Set.of(own));
        assertEquals(1, alarmsWithin15Seconds(bench, inVain), "which documents differ is asked for, in vain here");
        assertEquals(0, alarmsWithin15Seconds(bench, inVain));
        Summary told = of(bench.step(new Tick(), new Tick(), new Tick()), Broadcast.class).stream()
                .map(Broadcast::message)
                .filter(Summary.class::isInstance)
                .map(Summary.class::cast)
                .findFirst()
                .orElseGet(() -> summaryAfterIdling(bench));
        assertEquals(Set.of(theirs), told.explored());
    }

    private static long alarmsWithin15Seconds(EngineBench bench, Summary summary) {
        long alarms = of(bench.receive(summary), Alarm.class).size();
        for (int second = 0; second < 15; second++) {
            alarms += of(bench.step(new Tick()), Alarm.class).size();
        }
        return alarms;
    }

    private static Summary summaryAfterIdling(EngineBench bench) {
        for (int i = 0; i < 5; i++) {
            for (Broadcast broadcast : of(bench.step(new Tick()), Broadcast.class)) {
                if (broadcast.message() instanceof Summary summary) {
                    return summary;
                }
            }
        }
        throw new AssertionError("no summary");
    }

    @Test
    void summary_buildsUponOneThatWasMissed_theWholeIsAskedFor() {
        EngineBench bench = EngineBench.withOther("a");
        VersionVector vector = new VersionVector();
        vector.raise(liveWriteOf("b", put("d", "/x", "1")).write().dot());
        Summary whole = summaryOf(bench, vector, Hash.ZERO, Set.of());
        VectorNews news = new VectorNews(
                new Hash(3, 4), whole.vector().changes(), whole.vector().hash());
        Summary partial = EngineBench.summary(news, whole.digest(), Set.of());
        assertTrue(names(bench.receive(partial)).contains("Send"));
    }

    @Test
    void status_countsWritesThatNobodyElseHolds() {
        EngineBench bench = EngineBench.withOther("a");
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "1"));
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "2"));
        assertEquals(2, bench.engine.status().pendingWrites());
        bench.receive(summaryOf(bench, bench.vector(), bench.engine.status().digest(), Set.of()));
        assertEquals(0, bench.engine.status().pendingWrites());
    }

    /** A virtual machine that is reverted while it runs, or a copy of one that runs on: nothing is opened anew. */
    @Test
    void summary_thatClaimsMoreOfThisOpeningThanWasWritten_nextWriteHasAnotherReplica() {
        EngineBench bench = EngineBench.withOther("a");
        bench.write(Mode.ALL_OR_NOTHING, put("d", "/x", "1"));
        ReplicaId before = bench.engine.status().replica().orElseThrow();
        VersionVector theirs = bench.vector();
        assertEquals(List.of(), of(bench.receive(summaryOf(theirs)), Alarm.class));
        theirs.raise(new Dot(before, 3));

        List<Effect> effects = bench.receive(summaryOf(theirs));
        assertTrue(of(effects, Alarm.class).get(0).sentence().contains("lanyard verify"));
        LiveWrite next = lastLive(bench.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "2"))));
        assertNotEquals(before, next.write().dot().replica());
        assertEquals(List.of(), of(bench.receive(summaryOf(theirs)), Alarm.class), "told once");
    }
}
