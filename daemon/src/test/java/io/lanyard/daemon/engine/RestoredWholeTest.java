package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.engine.Mesh.Station;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** An edit that lost to a delete is restored with the document as it stood, though its fields were collected since. */
class RestoredWholeTest {

    private final Mesh mesh = new Mesh();
    private final Station anna = mesh.add("anna");
    private final Station ben = mesh.add("ben");
    private final Station cleo = mesh.add("cleo");

    private void write(String... pathsAndValues) {
        mesh.connect("anna ben cleo");
        mesh.run(1_000);
        anna.put("d", pathsAndValues);
        mesh.run(3_000);
    }

    /** Cleo edits what Anna deletes a little later, and nothing is left of it but what journals hold. */
    private void editWhileItIsDeleted(String path, String value) {
        mesh.connect("anna ben", "cleo");
        cleo.patch("d", path, value);
        mesh.run(100);
        anna.delete("d");
        mesh.connect("anna ben cleo");
        mesh.run(5_000);
        for (Station station : List.of(anna, ben, cleo)) {
            assertTrue(station.document("d").orElseThrow().isEmpty(), "a grave at " + station.name);
        }
    }

    private void assertAllShow(String shown) {
        mesh.run(3_000);
        for (Station station : List.of(anna, ben, cleo)) {
            assertEquals(shown, station.shows("d"), station.name);
        }
    }

    @Test
    void restoredByWhoWroteIt_comesBackWhole() {
        write("/name", "\"A\"", "/phone", "1", "/city", "\"X\"");
        editWhileItIsDeleted("/phone", "2");
        cleo.restore(1);
        assertAllShow("/city=\"X\" /name=\"A\" /phone=2");
    }

    @Test
    void restoredByWhoFoundIt_comesBackWhole_alsoAfterARestart() {
        write("/name", "\"A\"", "/phone", "1");
        editWhileItIsDeleted("/phone", "2");
        anna.stop();
        anna.start();
        mesh.connect("anna ben cleo");
        mesh.run(2_000);
        anna.restore(1);
        assertAllShow("/name=\"A\" /phone=2");
    }

    @Test
    void restoredCount_comesBackWithAllThatWasCounted() {
        write("/name", "\"A\"", "/stock", "10");
        editWhileItIsDeleted("/stock", "{\"$increment\":5}");
        cleo.restore(1);
        assertAllShow("/name=\"A\" /stock=15");
    }

    @Test
    void createdAnewAndDeletedSince_whatIsHeldOfThatComesBack_andNotTheOlder() {
        write("/name", "\"A\"", "/phone", "1", "/city", "\"X\"");
        editWhileItIsDeleted("/phone", "2");
        anna.put("d", "/name", "\"B\"");
        mesh.run(3_000);
        mesh.connect("anna ben");
        anna.delete("d");
        mesh.run(1_000);
        anna.restore(1);
        mesh.connect("anna ben cleo");
        assertAllShow("/name=\"B\" /phone=2");
    }

    @Test
    void lostInTheFence_comesBackWhole() {
        write("/name", "\"A\"", "/phone", "1");
        mesh.connect("anna ben");
        cleo.patch("d", "/phone", "2");
        anna.retire("cleo");
        mesh.run(1_000);
        anna.delete("d");
        mesh.run(3_000);
        mesh.connect("anna ben cleo");
        mesh.run(10_000);
        assertEquals("absent", cleo.shows("d"));
        assertEquals(List.of("2"), cleo.lost());
        cleo.restore(1);
        assertAllShow("/name=\"A\" /phone=2");
    }

    @Test
    void oneCommitLosesHugeDocuments_theJournalGrowsWithinBounds() {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        leaves.put(FieldPath.of("text"), '"' + "x".repeat(200_000) + '"');
        Stood stood = new Stood(1, leaves);
        NewConflicts conflicts = new NewConflicts();
        Dot dot = new Dot(new ReplicaId(1), 1);
        for (int field = 0; field < 1_000; field++) {
            Conflict conflict = new Conflict(FieldPath.of("f" + field), "1", 1, dot, null);
            conflicts.add(Mesh.id("d"), List.of(conflict), stood, 1);
        }
        List<byte[]> records = conflicts.take();
        assertEquals(1_000, records.size());
        assertEquals(leaves, JournalRecord.decode(records.get(0)).stood().leaves());
        assertTrue(JournalRecord.decode(records.get(999)).stood().isNothing());
        long bytes = records.stream().mapToLong(record -> record.length).sum();
        assertTrue(bytes < 5 << 20, "took " + bytes);
    }
}
