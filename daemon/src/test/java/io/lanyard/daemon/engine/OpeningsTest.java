package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.lanyard.daemon.message.Message.Checkpoint;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Where a walk or a reader goes on, after the store was opened anew or put back. */
class OpeningsTest {
    private final EngineBench first = new EngineBench("a");
    private final long firstOpening = first.engine.openings().current();

    private void write(EngineBench bench, int count) {
        for (int i = 0; i < count; i++) {
            bench.outcome(put("d" + i, "/x", "\"" + bench.nowMillis + "\""));
        }
    }

    @Test
    void checkpoint_ofThisOpening_goesOn() {
        write(first, 3);
        assertEquals(2, first.engine.openings().resume(new Checkpoint(firstOpening, 2, false), 3));
        assertEquals(0, first.engine.openings().resume(new Checkpoint(firstOpening, 4, true), 3));
    }

    @Test
    void checkpoint_ofAnEarlierOpening_goesOnOnlyIfItWasTakenAtATail() {
        write(first, 3);
        EngineBench second = new EngineBench("b", first.store.copy());
        assertNotEquals(firstOpening, second.engine.openings().current());
        assertEquals(3, second.engine.openings().resume(new Checkpoint(firstOpening, 3, true), 3));
        assertEquals(0, second.engine.openings().resume(new Checkpoint(firstOpening, 3, false), 3));
        assertEquals(0, second.engine.openings().resume(new Checkpoint(99, 3, true), 3));
        assertEquals(0, second.engine.openings().resume(Checkpoint.START, 3));
    }

    @Test
    void checkpoint_beyondWhatThePutBackCopyHas_goesOnAtItsEnd() {
        write(first, 3);
        EngineBench restored = new EngineBench("b", first.store.copy());
        write(restored, 4);
        assertEquals(3, restored.engine.openings().resume(new Checkpoint(firstOpening, 9, true), 7));
    }

    @Test
    void position_beyondWhatItsOpeningCommitted_isUnknown() {
        write(first, 3);
        EngineBench second = new EngineBench("b", first.store.copy());
        write(second, 2);
        Openings openings = second.engine.openings();
        assertEquals(OptionalLong.of(3), openings.resume(new Position(firstOpening, 3), 5));
        assertEquals(OptionalLong.empty(), openings.resume(new Position(firstOpening, 4), 5));
        assertEquals(OptionalLong.of(5), openings.resume(new Position(openings.current(), 5), 5));
        assertEquals(OptionalLong.empty(), openings.resume(new Position(openings.current(), 6), 5));
        assertEquals(OptionalLong.empty(), openings.resume(new Position(99, 0), 5));
    }
}
