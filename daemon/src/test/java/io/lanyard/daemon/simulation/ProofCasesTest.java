package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Alteration;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Verified;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A replica comes to show something else though it holds every write: that is found, named and repaired. */
class ProofCasesTest {

    private final Map<Station, List<String>> alarms = new HashMap<>();
    private final Map<Long, VerifyReport> reports = new HashMap<>();
    private long tickets = 1_000_000;

    private Case threeUp() {
        Case written = Case.allUp(3);
        written.cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public void alarmed(Station station, Alarm alarm) {
                alarms.computeIfAbsent(station, absent -> new ArrayList<>()).add(alarm.sentence());
            }

            @Override
            public void done(Station station, Effect effect) {
                if (effect instanceof Verified verified) {
                    reports.put(verified.ticket(), verified.report());
                }
            }
        };
        return written;
    }

    private VerifyReport verify(Case written, int slot, String repairFrom) {
        long ticket = ++tickets;
        written.cluster.input(written.station(slot), new Verify(ticket, Optional.ofNullable(repairFrom)));
        for (int i = 0; i < 100 && !reports.containsKey(ticket); i++) {
            written.run(100);
        }
        assertTrue(reports.containsKey(ticket), "no answer");
        return reports.get(ticket);
    }

    /** Changes a value in a station's store, and tells the witness of it. */
    private static void alter(Case written, int slot, String name) throws IOException {
        DocumentId id = Case.id(name);
        Alteration.inStore(written.station(slot).disk.store, id, new FieldPath("/x"), "\"altered\"");
        written.cluster.witness.altered(written.station(slot), id, "/x", "\"altered\"");
    }

    private static boolean isInStep(Case written, int slot) {
        return written.station(slot).engine.status().peers().stream().allMatch(peer -> peer.isInStep());
    }

    @Test
    void alteredInOneStore_isFoundUnasked_namedEverywhere_notInStep_andRepaired() throws IOException {
        Case written = threeUp();
        written.write(0, put("a", "/x", "1"));
        written.write(1, put("b", "/x", "1"));
        written.write(2, put("c", "/x", "1"));
        written.settle();
        alter(written, 1, "b");
        written.run(8_000);
        for (int slot = 0; slot < 3; slot++) {
            List<String> raised = alarms.getOrDefault(written.station(slot), List.of());
            assertTrue(raised.stream().anyMatch(sentence -> sentence.contains("contact/b")), slot + ": " + raised);
            assertTrue(
                    raised.stream()
                            .noneMatch(sentence -> sentence.contains("contact/a") || sentence.contains("contact/c")),
                    slot + ": " + raised);
        }
        assertEquals(false, isInStep(written, 1));
        assertEquals(Map.of("/x", "1"), written.read(0, "b"), "it did not spread");
        VerifyReport report = verify(written, 1, "device2");
        assertEquals(1, report.repair().orElseThrow().replaced());
        assertEquals(Verdict.SAME, report.verdict());
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "b"));
        assertTrue(isInStep(written, 0) && isInStep(written, 1) && isInStep(written, 2));
    }

    @Test
    void alteredWhileDown_isFoundAfterTheNextStart() throws IOException {
        Case written = threeUp();
        written.write(0, put("a", "/x", "1"), put("b", "/x", "1"));
        written.settle();
        written.crash(1);
        alter(written, 1, "a");
        written.start(1);
        written.run(8_000);
        assertTrue(
                alarms.getOrDefault(written.station(1), List.of()).stream()
                        .anyMatch(sentence -> sentence.contains("contact/a")),
                alarms::toString);
        verify(written, 1, "device0");
        written.settle();
    }
}
