package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Mesh.Station;
import java.util.List;
import org.junit.jupiter.api.Test;

class GarbageTest {

    private final Mesh mesh = new Mesh();
    private final Station anna = mesh.add("anna");
    private final Station ben = mesh.add("ben");
    private final Station cleo = mesh.add("cleo");

    private void writeSome() {
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.put("kept", "/name", "\"A\"", "/phone", "\"1\"");
        anna.put("gone", "/name", "\"B\"");
        mesh.run(200);
        ben.put("kept", "/name", "\"A\"");
        cleo.delete("gone");
    }

    private static Document stored(Station station, String document) {
        return station.document(document).orElseThrow();
    }

    @Test
    void quietGroup_keepsNothingButWhatIsShown() {
        writeSome();
        mesh.run(3_000);
        for (Station station : List.of(anna, ben, cleo)) {
            assertEquals("/name=\"A\"", station.shows("kept"));
            assertEquals(1, stored(station, "kept").fields().size(), "the tombstone of /phone is gone");
            assertTrue(stored(station, "kept").context().isEmpty());
            assertTrue(stored(station, "gone").isEmpty(), "a grave");
            assertEquals(1, station.engine.status().garbage().graves());
            assertEquals(0, station.engine.status().garbage().waitingChanges());
        }
    }

    @Test
    void deviceIsAway_whatItDoesNotHaveStaysUntilItCame() {
        writeSome();
        mesh.run(3_000);
        mesh.connect("anna ben");
        anna.put("more", "/name", "\"C\"", "/phone", "\"2\"");
        mesh.run(100);
        anna.put("more", "/name", "\"C\"");
        ben.delete("kept");
        mesh.sleep(400);
        mesh.run(5_000);
        assertEquals(2, stored(anna, "more").fields().size());
        assertTrue(stored(anna, "kept").died() != null
                && !stored(anna, "kept").fields().isEmpty());
        assertTrue(anna.knows("cleo").holdsBackGarbage());
        assertFalse(anna.knows("ben").holdsBackGarbage());
        mesh.connect("anna ben cleo");
        mesh.run(3_000);
        for (Station station : List.of(anna, ben, cleo)) {
            assertEquals(1, stored(station, "more").fields().size());
            assertTrue(stored(station, "kept").isEmpty());
        }
    }

    @Test
    void freshDevice_getsEverythingThoughContextsAreEmpty() {
        writeSome();
        anna.put("more", "/x", "1");
        mesh.run(3_000);
        Station dora = mesh.add("dora");
        mesh.connect("anna ben cleo dora");
        mesh.run(3_000);
        assertEquals("/name=\"A\"", dora.shows("kept"));
        assertTrue(dora.isInStepWith("anna"));
        assertTrue(anna.isInStepWith("dora"));
        Station eve = mesh.add("eve");
        mesh.connect("dora eve");
        mesh.run(3_000);
        assertEquals("/x=1", eve.shows("more"), "what dora took over had empty contexts from the beginning");
        assertEquals("/name=\"A\"", eve.shows("kept"));
    }

    @Test
    void device_isKnownFromItsFirstHello_byThoseWhoNeverMetIt() {
        mesh.connect("anna ben", "cleo");
        mesh.run(1_000);
        mesh.connect("ben cleo");
        mesh.run(500);
        mesh.connect("anna ben");
        mesh.run(500);
        assertFalse(anna.knows("cleo").isOnline());
        anna.put("d", "/x", "1", "/y", "1");
        mesh.run(100);
        anna.put("d", "/x", "1");
        mesh.run(5_000);
        assertEquals(2, stored(anna, "d").fields().size(), "cleo counts, though anna never met it");
    }

    @Test
    void retire_goesByNameOfADeviceThatIsAwayOnly() {
        writeSome();
        assertEquals(RetireOutcome.UNKNOWN_DEVICE, anna.retire("dora"));
        assertEquals(RetireOutcome.IS_SELF, anna.retire("anna"));
        assertEquals(RetireOutcome.IS_ONLINE, anna.retire("cleo"));
        mesh.connect("anna ben");
        assertEquals(RetireOutcome.RETIRED, anna.retire("cleo"));
        assertEquals(RetireOutcome.ALREADY_RETIRED, anna.retire("cleo"));
    }

    @Test
    void retired_garbageWaitsForItNoLonger_onceAllOthersKnow() {
        writeSome();
        mesh.run(3_000);
        mesh.connect("anna", "ben");
        ben.put("kept", "/name", "\"A\"", "/phone", "\"3\"");
        ben.put("kept", "/name", "\"A\"");
        mesh.run(500);
        anna.retire("cleo");
        mesh.run(3_000);
        assertTrue(anna.knows("cleo").isRetired());
        assertFalse(anna.knows("cleo").isRetirementEffective(), "ben has not heard of it");
        mesh.connect("anna ben");
        mesh.run(3_000);
        assertTrue(ben.knows("cleo").isRetirementEffective());
        assertEquals(1, stored(ben, "kept").fields().size());
        assertEquals(1, stored(anna, "kept").fields().size());
    }

    @Test
    void tombstoneAheadOfTheOwnClock_stays() {
        writeSome();
        mesh.run(3_000);
        Document document = stored(anna, "kept").copy();
        long latest = document.newestTime();
        assertEquals(0, document.dropGarbage(anna.engine.status().vector(), latest), "nothing to drop");
        ben.put("kept", "/other", "1");
        mesh.run(100);
        Document withTombstone = stored(ben, "kept").copy();
        assertEquals(0, withTombstone.dropGarbage(ben.engine.status().vector(), latest));
        assertTrue(withTombstone.dropGarbage(ben.engine.status().vector(), Long.MAX_VALUE) != 0);
    }

    @Test
    void graves_beyondTheBound_theOldestGo_andReadersBeforeThemStartAnew() {
        mesh.connect("anna ben cleo");
        mesh.run(500);
        anna.put("first", "/x", "1");
        Position early = new Position(anna.engine.openings().current(), 1);
        assertTrue(
                anna.engine.openings().resume(early, anna.store.lastArrival()).isPresent());
        for (int i = 0; i < 8; i++) {
            anna.put("d" + i, "/x", "1");
            anna.delete("d" + i);
        }
        mesh.run(5_000);
        assertEquals(4, anna.engine.status().garbage().graves());
        assertTrue(anna.document("d0").isEmpty());
        assertTrue(anna.document("d7").isPresent());
        assertTrue(
                anna.engine.openings().resume(early, anna.store.lastArrival()).isEmpty());
        Position late = new Position(anna.engine.openings().current(), anna.store.lastArrival());
        assertTrue(anna.engine.openings().resume(late, anna.store.lastArrival()).isPresent());
    }

    @Test
    void restart_goesOnWhereItWas() {
        writeSome();
        mesh.run(300);
        anna.stop();
        anna.start();
        mesh.connect("anna ben cleo");
        mesh.run(3_000);
        assertTrue(stored(anna, "gone").isEmpty());
        assertTrue(stored(anna, "kept").context().isEmpty());
    }
}
