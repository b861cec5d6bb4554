package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.id;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.history.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the witness of a simulation tells is enough for the checker to notice: what stations show is changed on purpose. */
class WitnessTest {
    private static final DocumentId A = id("a");

    private static void show(Case written, Document document) {
        written.cluster.stations.forEach(station -> {
            station.disk.documents.remove(A);
            if (document != null) {
                station.disk.documents.put(A, document);
            }
        });
    }

    private static void assertFound(Case written, String kind) {
        Violation violation =
                assertThrows(Violation.class, () -> written.cluster.witness.judge(written.cluster.stations));
        assertTrue(violation.getMessage().contains(kind), violation::getMessage);
    }

    private static Document held(Case written) {
        return written.station(0).disk.documents.get(A).copy();
    }

    @Test
    void judge_nothingChanged_isCleanAndSawSomething() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "0"));
        for (int i = 0; i < 20; i++) {
            written.write(i % 2, patch("a", "/y", "" + i), put("a", "/x", "" + i));
            written.write(i % 2, put("a", "/x", "" + i, "/y", "\"later\""));
        }
        written.settle();
        Report report = written.cluster.witness.judge(written.cluster.stations);
        assertTrue(report.reads() > 0 && report.fields() > 0, report::summary);
        assertEquals(0, report.openFields());
    }

    @Test
    void judge_acknowledgedDocumentIsGone_isLost() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        show(written, null);
        assertFound(written, "LOST");
    }

    @Test
    void judge_olderValueIsShown_isLost() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        Document older = held(written);
        written.write(1, patch("a", "/x", "2"));
        written.settle();
        show(written, older);
        assertFound(written, "LOST");
    }

    @Test
    void judge_deletedDocumentIsShown_isResurrected() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.run(100);
        Document older = held(written);
        written.write(1, delete("a"));
        written.settle();
        show(written, older);
        assertFound(written, "RESURRECTED");
    }

    @Test
    void judge_oneStationShowsSomethingElse_isFound() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        written.station(1).disk.documents.remove(A);
        assertFound(written, "DEVICES_DIFFER");
    }

    @Test
    void judge_leftByTheFenceAndNowhere_isLost() {
        Case written = Case.allUp(2);
        written.write(0, put("b", "/x", "1"));
        written.run(5_000);
        written.cut(0, 1);
        written.run(100);
        written.write(1, put("a", "/x", "\"away\""));
        written.crash(1);
        written.mend();
        written.run(500);
        written.cluster.retire(written.station(0), "device1");
        written.run(5_000);
        written.start(1);
        written.settle();
        assertTrue(written.cluster.occurrences.containsKey(Fault.LEFT_BY_THE_FENCE));
        show(written, null);
        assertFound(written, "LOST");
        assertEquals(List.of(), written.journal(0));
    }
}
