package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.local;
import static io.lanyard.daemon.engine.EngineBench.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Unclaimed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Live writes that came too early. */
class HeldBackTest {
    private static final long MAX_MILLIS = 1_000;
    private static final Function<MemberId, Checkpoint> NOWHERE = member -> Checkpoint.START;

    private final HeldBack heldBack = new HeldBack(1 << 20, MAX_MILLIS);
    private final List<LiveWrite> writes = writes(5);

    private static List<LiveWrite> writes(int count) {
        EngineBench writer = EngineBench.withOther("writer");
        List<LiveWrite> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writes.add(EngineBench.lastLive(writer.step(local(Mode.ALL_OR_NOTHING, put("d", "/x", "" + i)))));
        }
        return writes;
    }

    private static VersionVector vectorAt(LiveWrite write) {
        VersionVector vector = new VersionVector();
        vector.raise(write.write().dot());
        return vector;
    }

    @Test
    void takeReady_gapClosed_givesTheNextAndDropsTheCovered() {
        heldBack.add(writes.get(1), OTHER, 0);
        heldBack.add(writes.get(2), OTHER, 0);
        heldBack.add(writes.get(3), OTHER, 0);
        assertTrue(heldBack.takeReady(new VersionVector(), NOWHERE).isEmpty());
        assertTrue(heldBack.isWaitingFor(OTHER));
        List<HeldBack.Held> ready = heldBack.takeReady(vectorAt(writes.get(1)), NOWHERE);
        assertEquals(
                List.of(writes.get(2)), ready.stream().map(HeldBack.Held::live).toList());
        assertEquals(1, heldBack.count());
    }

    @Test
    void takeReady_needsNotMet_waits() {
        VersionVector needs = vectorAt(EngineBench.liveWriteOf("third", put("d", "/x", "1")));
        LiveWrite needy = new LiveWrite(writes.get(0).write(), needs, null);
        heldBack.add(needy, OTHER, 0);
        assertTrue(heldBack.takeReady(new VersionVector(), NOWHERE).isEmpty());
        assertEquals(1, heldBack.takeReady(needs, NOWHERE).size());
    }

    @Test
    void takeReady_writerHeldMoreThanItClaimed_waitsForTheClaimsOrForAWalk() {
        VersionVector reach = vectorAt(EngineBench.liveWriteOf("third", put("d", "/x", "1")));
        LiveWrite live = new LiveWrite(writes.get(0).write(), new VersionVector(), new Unclaimed(reach, 5, 10));
        VersionVector nothing = new VersionVector();
        assertTrue(HeldBack.isReady(live, reach, Checkpoint.START));
        assertTrue(HeldBack.isReady(live, nothing, new Checkpoint(5, 10, true)));
        assertFalse(HeldBack.isReady(live, nothing, new Checkpoint(5, 9, true)));
        assertFalse(HeldBack.isReady(live, nothing, new Checkpoint(6, 10, true)), "of another opening");
        assertFalse(HeldBack.isReady(live, nothing, Checkpoint.START));
    }

    @Test
    void dropOld_waitedTooLong_isForgotten() {
        heldBack.add(writes.get(1), OTHER, 0);
        heldBack.add(writes.get(2), OTHER, 500);
        heldBack.dropOld(MAX_MILLIS + 1);
        assertEquals(1, heldBack.count());
        heldBack.dropOld(MAX_MILLIS + 501);
        assertEquals(0, heldBack.count());
        assertFalse(heldBack.isWaitingFor(OTHER));
    }

    @Test
    void add_noRoom_isDropped() {
        HeldBack small = new HeldBack(1_000, MAX_MILLIS);
        writes.subList(1, 5).forEach(write -> small.add(write, OTHER, 0));
        assertEquals(1, small.count());
        small.dropOld(MAX_MILLIS + 1);
        small.add(writes.get(4), OTHER, 0);
        assertEquals(1, small.count(), "the room is free again");
    }

    @Test
    void add_sameTwice_isKeptOnce() {
        heldBack.add(writes.get(1), OTHER, 0);
        heldBack.add(writes.get(1), OTHER, 0);
        assertEquals(1, heldBack.count());
    }
}
