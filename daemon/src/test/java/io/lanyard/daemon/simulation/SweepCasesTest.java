package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.StoredDocument;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A sweep takes many steps, and something happens between two of them. */
class SweepCasesTest {

    private static final int DOCUMENTS = 300;

    /** Returns a case with so many devices up, the first of which is in the middle of dropping fields of the dead. */
    private static Case inTheMiddle(int up, Dot[] last) {
        Case written = new Case(3);
        Station first = written.station(0);
        first.settings = Cluster.settings("device0", 300, 1);
        written.cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public void alarmed(Station station, Alarm alarm) {
                // A wrong hash is noticed: that is what makes a document move.
            }
        };
        for (int slot = 0; slot < up; slot++) {
            written.start(slot);
        }
        written.run(200);
        for (int number = 0; number < DOCUMENTS; number++) {
            written.write(0, put("d" + number, "/x", "1"));
            last[0] = written.write(0, delete("d" + number));
        }
        while (!first.engine.status().garbage().dropping().covers(last[0])) {
            written.run(1);
        }
        assertFalse(first.disk.collected.covers(last[0]));
        return written;
    }

    /** A document that moves without anything new stands behind what a round looks at, with its garbage. */
    @Test
    void documentWrittenAnew_isCollectedBeforeThatIsSaid() {
        Dot[] last = new Dot[1];
        Case written = inTheMiddle(1, last);
        Station alone = written.station(0);
        misstateHash(alone, "d" + (DOCUMENTS - 1));
        written.cluster.input(alone, new Verify(1_000_000, Optional.empty()));
        while (!alone.disk.collected.covers(last[0])) {
            written.run(1);
        }
        assertEquals(0, withFields(written));
    }

    /** Whom the level did not count when the round began may hold what knows nothing of the deletes. */
    @Test
    void somebodyIsHeardWhoHasNothingOfIt_dropsNoMoreUntilAllKnowOfThat() {
        Dot[] last = new Dot[1];
        Case written = inTheMiddle(2, last);
        written.cluster.network.filter = (from, to, message) -> from.slot == 0 || to.slot != 0;
        written.start(2);
        while (written.station(0).engine.status().devices().size() < 3) {
            written.run(1);
        }
        long left = withFields(written);
        // Sooner than the levels are looked at by themselves.
        written.cluster.input(written.station(0), new Tick());
        written.run(1);
        written.cluster.input(written.station(0), new Tick());
        written.run(10_000);
        assertEquals(left, withFields(written));
        assertFalse(written.station(0).disk.collected.covers(last[0]));
        written.cluster.network.filter = (from, to, message) -> false;
        while (!written.station(0).disk.collected.covers(last[0])) {
            written.run(10);
        }
        assertEquals(0, withFields(written));
    }

    private static long withFields(Case written) {
        return written.station(0).disk.documents.values().stream()
                .filter(document -> !document.fields().isEmpty())
                .count();
    }

    /** Leaves a document as it is, with the hash of another one beside it: the next check writes it anew. */
    private static void misstateHash(Station station, String name) {
        DocumentId id = Case.id(name);
        StoredDocument stored =
                StoredDocument.decode(station.disk.store.document(id).orElseThrow());
        assertEquals(1, stored.document().fields().size());
        Encoder record = new Encoder(100);
        record.putVarint(stored.number());
        record.putVarint(stored.flippedAt());
        record.putHash(new Hash(1, 2));
        DocumentCodec.encode(stored.document(), record);
        Amendment amendment = new Amendment(id, stored.number(), record.toByteArray());
        station.disk.store.commit(new ChangeSet(List.of(), List.of(amendment), List.of(), Map.of(), List.of(), 1_000));
    }
}
