package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.id;
import static io.lanyard.daemon.engine.EngineBench.lastLive;
import static io.lanyard.daemon.engine.EngineBench.local;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.store.MemoryStore;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stamps under wall clocks that are wrong; whose clock is told as wrong is a matter of {@link ClockWatchTest}. */
class WrongClockTest {

    private static final long YEAR_MILLIS = 365L * 86_400_000;

    private static EngineBench bench(String device, MemoryStore store, long clockOffMillis) {
        EngineBench bench = new EngineBench(device, store);
        bench.nowMillis += clockOffMillis;
        bench.step(new MembersChanged(Set.of(OTHER)));
        return bench;
    }

    private static Register register(EngineBench bench, String document) {
        return StoredDocument.decode(bench.store.document(id(document)).orElseThrow())
                .document()
                .fields()
                .get(new FieldPath("/x"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000, 86_400_000, YEAR_MILLIS, 60 * YEAR_MILLIS})
    void write_wallClockSetBackOverARestart_isStampedAboveAllBefore(long backMillis) {
        MemoryStore store = new MemoryStore();
        EngineBench before = bench("a", store, 0);
        for (int i = 0; i < 3; i++) {
            before.write(Mode.ALL_OR_NOTHING, put("d" + i, "/x", "1"));
        }
        EngineBench after = bench("a", store, -backMillis);
        after.write(Mode.ALL_OR_NOTHING, put("new", "/x", "1"));

        for (int i = 0; i < 3; i++) {
            assertTrue(Timestamp.compare(
                            register(after, "new").time(),
                            register(after, "d" + i).time())
                    > 0);
        }
    }

    @Test
    void write_wallClockSetBackWhileRunning_isStampedAboveAllBefore() {
        EngineBench bench = bench("a", new MemoryStore(), 0);
        bench.write(Mode.ALL_OR_NOTHING, put("one", "/x", "1"));
        bench.nowMillis -= YEAR_MILLIS;
        bench.write(Mode.ALL_OR_NOTHING, put("two", "/x", "1"));
        assertTrue(register(bench, "two").time() > register(bench, "one").time());
    }

    @ParameterizedTest
    @ValueSource(longs = {YEAR_MILLIS, -YEAR_MILLIS, 7_000 * YEAR_MILLIS, -56 * YEAR_MILLIS})
    void valueOfAWrongClock_isMerged_andBeatenByWhoSawIt(long offMillis) {
        EngineBench wrong = bench("wrong", new MemoryStore(), offMillis);
        LiveWrite live = lastLive(wrong.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "\"wrong\""))));
        EngineBench right = EngineBench.withHeard("right");
        right.receive(live);
        assertEquals(Map.of("/x", "\"wrong\""), right.read("d"), "it blocks nothing");

        LiveWrite answer = lastLive(right.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "\"right\""))));
        assertEquals(Map.of("/x", "\"right\""), right.read("d"));
        EngineBench third = EngineBench.withHeard("third");
        third.receive(live);
        third.receive(answer);
        assertEquals(Map.of("/x", "\"right\""), third.read("d"), "in any order and everywhere");
    }

    @Test
    void valueOfAClockAYearAhead_movesNoOtherClockByMoreThanTheBound() {
        EngineBench wrong = bench("wrong", new MemoryStore(), YEAR_MILLIS);
        EngineBench right = EngineBench.withHeard("right");
        right.receive(lastLive(wrong.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "1")))));
        right.write(Mode.ALL_OR_NOTHING, put("other", "/x", "1"));
        long ahead = Timestamp.millis(register(right, "other").time()) - (EngineBench.WALL_MILLIS + right.nowMillis);
        assertTrue(ahead <= 500, ahead + " ms ahead");
    }
}
