package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.id;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Summary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where what a device holds is exchanged for what its server holds: what belongs to which of the two. */
class SwitchCasesTest {
    private static final long QUIET_MILLIS = 5_000;

    /** A message that was held up on its way. */
    private record Held(Station from, Station to, Message message) {

        void arrive(Case written) {
            written.cluster.receive(to, from.member, message);
        }
    }

    private static boolean isForFence(Message message) {
        return message instanceof PageRequest request && request.isForFence()
                || message instanceof Page page && page.estate() != null;
    }

    /** Keeps what concerns the fence from arriving by itself. */
    private static List<Held> holdUpTheFence(Case written) {
        List<Held> held = new ArrayList<>();
        written.cluster.network.filter = (from, to, message) -> {
            if (isForFence(message)) {
                held.add(new Held(from, to, message));
            }
            return isForFence(message);
        };
        return held;
    }

    private static Held takeLast(List<Held> held) {
        return held.remove(held.size() - 1);
    }

    @Test
    void answersOfTwoWalks_interleaved_theFirstOfThePresentWalkIsTakenOver() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.run(QUIET_MILLIS);
        written.cluster.add(Cluster.settings("device2", 1, 50));
        List<Held> held = holdUpTheFence(written);
        written.start(2);
        while (held.size() < 2) {
            written.run(50);
        }
        Held present = takeLast(held);
        Held past = takeLast(held);
        present.arrive(written);
        past.arrive(written);
        written.run(5);
        written.write(present.to.slot, patch("a", "/x", "2"));
        present.arrive(written);
        written.run(5);
        assertEquals(3, held.size(), "answers");
        Held later = takeLast(held);
        held.sort((left, right) -> Boolean.compare(isOf(present, right), isOf(present, left)));
        held.forEach(answer -> answer.arrive(written));
        later.arrive(written);
        written.run(50);
        assertTrue(written.cluster.occurrences.containsKey(Fault.FENCE_PASSED));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(2, "a"));
    }

    private static boolean isOf(Held request, Held answer) {
        return ((PageRequest) request.message).walk() == ((Page) answer.message).walk();
    }

    @Test
    void lostAfterItWasTakenOver_andKeptAside_isWhatTheOthersAndThisOneWrote() {
        Case written = Case.allUp(3);
        written.write(0, put("a", "/y", "1"));
        written.run(QUIET_MILLIS);
        written.cut(2, 0);
        written.cut(2, 1);
        written.run(100);
        written.write(2, put("b", "/x", "\"own\""));
        written.crash(2);
        written.mend();
        written.cluster.retire(written.station(0), "device2");
        written.run(QUIET_MILLIS);
        Dot others = written.write(0, put("b", "/z", "\"others\""));
        AtomicBoolean isDone = new AtomicBoolean();
        written.crashAfter((station, effect) -> station.slot == 2
                && effect instanceof Commit
                && station.disk.fence == FenceState.SWITCH
                && written.holds(2, "b", others)
                && !isDone.getAndSet(true));
        written.start(2);
        written.run(1_000);
        assertTrue(isDone.get());
        written.station(2).disk.lose(Set.of(id("b")));
        written.start(2);
        written.settle();
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(Map.of("/x", "\"own\"", "/z", "\"others\""), written.read(slot, "b"));
            assertEquals(Map.of("/y", "1"), written.read(slot, "a"));
        }
    }

    @Test
    void writesOverWhatItDoesNotClaim_inTheStepOfTheTail_isKept() {
        Case written = Case.allUp(3);
        written.cut(2, 0);
        written.cut(2, 1);
        written.run(100);
        Dot unclaimed = written.write(0, put("a", "/x", "1"));
        written.write(0, put("b", "/x", "1"));
        written.cluster.network.filter =
                (from, to, message) -> message instanceof Page && to.slot == 2 && written.holds(2, "a", unclaimed);
        written.mend();
        written.run(300);
        assertTrue(written.holds(2, "a", unclaimed));
        assertFalse(written.claims(2, unclaimed));
        written.cut(2, 0);
        written.cut(2, 1);
        written.run(500);
        written.cluster.retire(written.station(0), "device2");
        written.run(QUIET_MILLIS);
        List<Held> held = new ArrayList<>();
        Set<MemberId> servers = new HashSet<>();
        written.cluster.network.filter = (from, to, message) -> {
            boolean isTail = message instanceof Page page && page.estate() != null;
            if (isTail && servers.add(from.member)) {
                held.add(new Held(from, to, message));
            }
            return isTail;
        };
        written.mend();
        while (held.isEmpty()) {
            written.run(5);
        }
        assertEquals(FenceState.STAGE, written.station(2).disk.fence);
        written.cluster.write(written.station(2), List.of(patch("a", "/y", "2")), Mode.ALL_OR_NOTHING);
        held.get(0).arrive(written);
        written.run(50);
        assertEquals(FenceState.NONE, written.station(2).disk.fence);
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "1", "/y", "2"), written.read(0, "a"));
    }

    /** Of the server's documents the first may have come before it dropped what it says at the tail that it dropped. */
    @Test
    void serverDropsGarbageWhileItIsStagedFrom_nothingOfThatIsTakenOver() {
        int documents = 400;
        Case written = new Case(2);
        written.station(0).settings = Cluster.settings("device0", 20_000, 1_000);
        written.start(0);
        written.start(1);
        written.run(200);
        written.write(0, all(documents, name -> put(name, "/x", "1")));
        written.run(QUIET_MILLIS);
        AtomicBoolean isSweeping = new AtomicBoolean();
        written.crashAfter((station, effect) -> {
            boolean isSweep = station.slot == 0
                    && effect instanceof Commit commit
                    && !commit.changes().amendments().isEmpty();
            isSweeping.set(isSweeping.get() || isSweep);
            return false;
        });
        Dot deleted = written.write(0, all(documents, Case::delete));
        Disk server = written.station(0).disk;
        List<Held> held = new ArrayList<>();
        written.cluster.network.filter = (from, to, message) -> {
            boolean isNext = message instanceof PageRequest request
                    && request.isForFence()
                    && request.checkpoint().number() > 0;
            if (isNext) {
                held.add(new Held(from, to, message));
            }
            // Nobody hears of the newcomer: who knows that somebody is not counted on yet drops nothing.
            return isNext || from.slot == 1 && to.slot == 2 || from.slot == 2 && message instanceof Summary;
        };
        written.cluster.add(Cluster.settings("device2", 1, 50));
        while (!isSweeping.get()) {
            written.run(1);
        }
        written.start(2);
        while (held.isEmpty()) {
            written.run(1);
        }
        assertFalse(server.collected.covers(deleted));
        while (!server.collected.covers(deleted)) {
            written.run(1);
        }
        takeLast(held).arrive(written);
        written.run(100);
        Disk taken = written.station(2).disk;
        assertTrue(taken.collected.covers(deleted));
        assertTrue(taken.documents.values().stream()
                .allMatch(document -> document.fields().isEmpty()));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
    }

    /** The answer to a request that was answered again may be overtaken by pages that were filled later. */
    @Test
    void olderTailComesAfterNewerPages_whatTheseBroughtBeyondItIsNotClaimed() {
        Case written = Case.allUp(1);
        written.write(0, put("a", "/x", "1"));
        written.write(0, put("b", "/x", "1"));
        written.run(QUIET_MILLIS);
        written.cluster.add(Cluster.settings("device1", 1, 50));
        List<Held> held = new ArrayList<>();
        written.cluster.network.filter = (from, to, message) -> {
            boolean isWalk = message instanceof Page || message instanceof PageRequest;
            if (isWalk) {
                held.add(new Held(from, to, message));
            }
            return isWalk || message instanceof LiveWrite;
        };
        written.start(1);
        Held second = answered(written, held, null);
        Held tail = takeAnswer(written, held, second);
        Dot newer = written.write(0, patch("a", "/x", "2"));
        Held third = answered(written, held, second);
        written.write(0, patch("b", "/x", "2"));
        answered(written, held, third);
        tail.arrive(written);
        written.run(50);
        assertTrue(written.cluster.occurrences.containsKey(Fault.FENCE_PASSED));
        assertTrue(written.holds(1, "a", newer));
        assertFalse(written.claims(1, newer));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
        assertEquals(Map.of("/x", "2"), written.read(1, "b"));
    }

    /** Lets a request and its answer arrive, the first there is if it is {@code null}; returns the next request. */
    private static Held answered(Case written, List<Held> held, Held request) {
        takeAnswer(written, held, request == null ? takeNext(written, held) : request)
                .arrive(written);
        return takeNext(written, held);
    }

    private static Held takeAnswer(Case written, List<Held> held, Held request) {
        request.arrive(written);
        return takeNext(written, held);
    }

    private static Held takeNext(Case written, List<Held> held) {
        while (held.isEmpty()) {
            written.run(1);
        }
        return takeLast(held);
    }

    /** What a device held unclaimed when it spoke may be gone with its way through the fence, and then nobody gets it. */
    @Test
    void heldUnclaimedBeforeTheFence_andGoneSince_holdsNoGarbageBack() {
        Case written = new Case(4);
        written.start(0);
        written.run(200);
        written.write(0, put("a", "/x", "1", "/y", "1"));
        written.run(QUIET_MILLIS);
        written.cut(0, 1);
        written.cut(0, 2);
        written.cut(0, 3);
        written.cut(2, 3);
        written.start(1);
        written.start(2);
        written.start(3);
        written.run(200);
        written.cluster.network.filter = (from, to, message) -> message instanceof LiveWrite
                || to.slot == 1
                        && message instanceof Page
                        && written.station(1).disk.documents.containsKey(id("b"))
                || from.slot == 2 && message instanceof PageRequest;
        Dot unclaimed = written.write(3, put("b", "/x", "1"));
        written.write(3, put("c", "/x", "1"));
        while (!written.holds(1, "b", unclaimed)) {
            written.run(10);
        }
        written.run(10);
        written.crash(3);
        written.cluster.refreshViews();
        written.run(3_500);
        assertFalse(written.claims(1, unclaimed));
        written.cluster.network.filter = (from, to, message) -> from.slot == 1 && to.slot == 2;
        written.mend();
        written.run(QUIET_MILLIS);
        assertTrue(written.cluster.occurrences.get(Fault.FENCE_PASSED) > 1);
        written.cluster.network.filter = (from, to, message) -> false;
        long ticket = written.cluster.retire(written.station(0), "device3");
        written.write(0, patch("a", "/y", "null"));
        written.run(2 * QUIET_MILLIS);
        assertEquals(RetireOutcome.RETIRED, written.cluster.retirements.get(ticket));
        assertEquals(1, written.station(2).disk.documents.get(id("a")).fields().size(), "no tombstone is left");
    }

    /** Messages may come before the membership that tells of their sender. */
    @Test
    void heardBeforeItIsAMember_andBehindWhatWasTakenOver_isNotPulledFrom() {
        Case written = new Case(4);
        written.start(0);
        written.run(200);
        written.write(0, put("a", "/x", "1"));
        written.run(QUIET_MILLIS);
        written.cut(0, 1);
        written.cut(0, 3);
        written.cut(2, 1);
        written.cut(2, 3);
        written.start(1);
        written.start(3);
        written.run(200);
        written.crash(3);
        written.write(1, put("b", "/x", "1"));
        List<Held> held = new ArrayList<>();
        AtomicBoolean isPulled = new AtomicBoolean();
        written.cluster.network.filter = (from, to, message) -> {
            boolean isUnsound = from.slot == 2
                    && to.slot == 1
                    && written.station(1).disk.passages.isEmpty();
            boolean isPull = message instanceof PageRequest request && !request.isForFence();
            isPulled.set(isPulled.get() || isUnsound && isPull);
            boolean isTail = message instanceof Page page && page.estate() != null && to.slot == 2;
            boolean isHeld = isTail || from.slot == 1 && message instanceof Summary;
            if (isHeld) {
                held.add(new Held(from, to, message));
            }
            return isHeld;
        };
        written.start(2);
        Held tail = takeNext(written, held);
        written.cluster.network.mend(written.station(2), written.station(1));
        written.cluster.refreshViews();
        Held summary = takeNext(written, held);
        assertEquals(List.of(1, 2), List.of(summary.from.slot, summary.to.slot));
        summary.arrive(written);
        tail.arrive(written);
        written.run(50);
        assertTrue(written.cluster.occurrences.containsKey(Fault.FENCE_PASSED));
        written.mend();
        written.run(50);
        assertFalse(isPulled.get());
        written.cluster.network.filter = (from, to, message) -> false;
        written.start(3);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(2, "b"));
    }

    @Test
    void bothLostDocuments_oneTakesOverWhatIsLeftOfTheOther() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.write(0, put("b", "/x", "1"));
        written.run(QUIET_MILLIS);
        for (int slot = 0; slot < 2; slot++) {
            written.crash(slot);
            written.station(slot).disk.lose(Set.of(id("a")));
        }
        written.start(0);
        written.start(1);
        written.settle();
        for (int slot = 0; slot < 2; slot++) {
            assertEquals(Map.of(), written.read(slot, "a"));
            assertEquals(Map.of("/x", "1"), written.read(slot, "b"));
        }
    }

    private static Operation[] all(int documents, Function<String, Operation> operation) {
        return IntStream.range(0, documents)
                .mapToObj(number -> operation.apply("a" + number))
                .toArray(Operation[]::new);
    }
}
