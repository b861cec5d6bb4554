package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.store.MemoryStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long, and of how many requests, it is remembered what became of them: also over openings of the store. */
class RepeatsTest {

    private final MemoryStore store = new MemoryStore();
    private EngineBench bench = new EngineBench("till", store);

    private void reopen() {
        long nowMillis = bench.nowMillis;
        bench = new EngineBench("till", store);
        bench.nowMillis = nowMillis;
    }

    /** Asks for these operations under a key, and returns what became of the first. */
    private Outcome ask(String key, Mode mode, List<Operation> operations) {
        WriteRequest request =
                new WriteRequest(operations, mode, "").named(Optional.of(new Repeat(key, "fingerprint of " + key)));
        return EngineBench.of(bench.step(new LocalWrite(1, request)), Acknowledge.class)
                .get(0)
                .result()
                .items()
                .get(0)
                .outcome();
    }

    private Outcome create(String key) {
        Operation create = EngineBench.operation(Operation.Kind.CREATE, key, Condition.NONE, "/n", "1");
        return ask(key, Mode.ALL_OR_NOTHING, List.of(create));
    }

    private int kept() {
        return store.entries(EntryNames.REPEATABLE).size();
    }

    private void assertBooksAgree() {
        assertEquals(kept(), store.entries(EntryNames.REPEATABLE_ORDER).size());
    }

    @Test
    void oneMoreThanMayBeKept_theOldestIsForgotten_alsoIfTheyWereRememberedBeforeARestart() {
        bench.stepMillis = 1;
        for (int i = 0; i < Repeats.MAX_KEPT; i++) {
            create("k" + i);
        }
        assertEquals(Repeats.MAX_KEPT, kept());
        reopen();
        bench.stepMillis = 1;
        assertEquals(Outcome.CREATED, create("k0"), "as the first time");
        assertEquals(Outcome.CREATED, create("k-more"));
        assertEquals(Repeats.MAX_KEPT, kept());
        assertEquals(Outcome.ALREADY_EXISTS, create("k0"), "it is a request like any other now");
        assertEquals(Outcome.CREATED, create("k1"));
        assertBooksAgree();
    }

    @Test
    void moreBytesThanMayBeKept_theOldestAreForgotten() {
        List<Operation> many = new ArrayList<>(Collections.nCopies(
                1_000,
                Operation.delete(EngineBench.id("a-name-that-takes-its-place-" + "x".repeat(60)), Condition.NONE)));
        long bytes = 0;
        int requests = 0;
        create("first");
        while (bytes <= Repeats.MAX_BYTES) {
            many.set(0, EngineBench.put("p", "/n", Integer.toString(requests)));
            ask("batch" + requests++, Mode.EACH, many);
            bytes = requests * 90_000L;
        }
        long kept = store.entries(EntryNames.REPEATABLE).values().stream()
                .mapToLong(one -> one.length)
                .sum();
        assertTrue(kept <= Repeats.MAX_BYTES && kept > Repeats.MAX_BYTES / 2, "kept " + kept);
        assertEquals(Outcome.ALREADY_EXISTS, create("first"));
        assertBooksAgree();
    }

    @Test
    void aDayLater_itIsForgotten_andTakesNoPlaceAnyMore() {
        create("old");
        bench.nowMillis += Repeats.MAX_AGE_MILLIS - 10_000;
        reopen();
        assertEquals(Outcome.CREATED, create("old"), "almost a day is no day");
        bench.nowMillis += 20_000;
        assertEquals(Outcome.ALREADY_EXISTS, create("old"));
        assertEquals(Outcome.CREATED, create("new"));
        assertEquals(1, kept());
        assertBooksAgree();
    }

    @Test
    void aKeyThatIsUsedAnewAfterItWasForgotten_isKeptAsLongAsTheNewRequest() {
        create("twice");
        bench.nowMillis += Repeats.MAX_AGE_MILLIS;
        ask("twice", Mode.ALL_OR_NOTHING, List.of(EngineBench.put("other", "/n", "1")));
        bench.nowMillis += 60_000;
        create("new");
        assertEquals(Outcome.CREATED, ask("twice", Mode.ALL_OR_NOTHING, List.of(EngineBench.put("other", "/n", "1"))));
        assertBooksAgree();
    }
}
