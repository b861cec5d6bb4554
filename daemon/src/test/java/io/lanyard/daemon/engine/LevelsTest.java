package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.Mesh.Station;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.store.MemoryStore;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LevelsTest {

    private final Mesh mesh = new Mesh();
    private final Station anna = mesh.add("anna");
    private final Station ben = mesh.add("ben");
    private final Station cleo = mesh.add("cleo");

    private int fieldsOf(Station station, String document) {
        return station.document(document).orElseThrow().fields().size();
    }

    private void writeWithTombstone(Station station) {
        station.put("d", "/x", "1", "/y", "1");
        mesh.run(100);
        station.put("d", "/x", "1");
    }

    /**
     * Cleo's disk is set back to before she had the tombstone, and she meets Ben first, who has promised nothing yet. What
     * she writes then does not know of the tombstone: Anna must still have it.
     */
    @Test
    void tombstone_isNotDroppedBeforeEveryDeviceHasPromisedIt() {
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.put("d", "/x", "1", "/y", "1");
        mesh.run(3_000);
        MemoryStore before = cleo.store.copy();
        // Ben hears summaries of nobody any more, so he promises nothing that is new.
        mesh.arrives = (from, message) -> !(message instanceof Summary) || from.equals("cleo") || from.equals("ben");
        mesh.connect("anna ben cleo");
        anna.put("d", "/x", "1");
        mesh.run(300);
        mesh.arrivesAt = (to, message) -> !(to.equals("ben") && message instanceof Summary);
        mesh.arrives = (from, message) -> true;
        mesh.run(3_000);
        assertTrue(anna.engine.status().garbage().promised().covers(anna.vector()), "anna promised it");
        assertEquals(2, fieldsOf(anna, "d"), "and keeps it, since ben did not");
        cleo.stop();
        mesh.connect("anna ben");
        cleo.store = before;
        cleo.start();
        cleo.wallOffsetMillis = -3_600_000;
        cleo.patch("d", "/y", "2");
        mesh.arrivesAt = (to, message) -> true;
        mesh.connect("anna ben cleo");
        mesh.run(5_000);
        for (Station station : List.of(ben, cleo)) {
            assertEquals(anna.shows("d"), station.shows("d"));
        }
        assertTrue(anna.isInStepWith("cleo") && ben.isInStepWith("cleo") && anna.isInStepWith("ben"));
    }

    @Test
    void delete_isNotForgottenBeforeEveryDeviceHasDroppedItsFields() {
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.put("d", "/x", "1", "/y", "1");
        mesh.run(3_000);
        // Ben works his levels out at other times than the others.
        mesh.run(100);
        ben.stop();
        mesh.connect("anna cleo");
        ben.start();
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.delete("d");
        List<Station> promised = List.of();
        while (promised.isEmpty()) {
            mesh.run(50);
            promised = Stream.of(anna, ben, cleo)
                    .filter(station ->
                            station.engine.status().garbage().promised().covers(anna.vector()))
                    .toList();
        }
        Station first = promised.get(0);
        Station other = first == anna ? cleo : anna;
        mesh.arrivesAt = (to, message) -> !to.equals(first.name);
        mesh.run(3_000);
        assertEquals(2, fieldsOf(first, "d"), "it does not know that the others promised it");
        assertEquals(0, fieldsOf(other, "d"));
        assertTrue(other.document("d").orElseThrow().died() != null, "while one has the fields, the delete stays");
        mesh.arrivesAt = (to, message) -> true;
        mesh.run(3_000);
        for (Station station : List.of(anna, ben, cleo)) {
            assertTrue(station.document("d").orElseThrow().isEmpty());
        }
    }

    /** Ben says that he has the tombstone, and what he wrote before he had it is lost on its way. */
    @Test
    void acknowledgement_countsOnceAllThatItsDeviceWroteIsHere() {
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.put("d", "/x", "1", "/y", "1");
        mesh.run(3_000);
        mesh.arrives = (from, message) -> !(from.equals("ben") && !(message instanceof Summary));
        ben.wallOffsetMillis = -3_600_000;
        ben.patch("d", "/y", "2");
        writeWithTombstone(anna);
        mesh.run(3_000);
        assertEquals(2, fieldsOf(anna, "d"), "ben has it, but who knows what he wrote before");
        assertEquals(0, mesh.heard(LiveWrite.class, "ben"));
        mesh.arrives = (from, message) -> true;
        mesh.run(4_000);
        assertEquals(anna.shows("d"), ben.shows("d"));
        assertEquals(anna.shows("d"), cleo.shows("d"));
    }
}
