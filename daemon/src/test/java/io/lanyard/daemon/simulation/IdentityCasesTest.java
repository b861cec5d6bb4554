package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Disks that are rolled back, copied or restarted, and names that nobody may use twice. */
class IdentityCasesTest {

    @Test
    void replicaId_firstWriteAfterEveryOpening_isAnother() {
        Case written = Case.allUp(2);
        Dot before = written.write(0, put("a", "/x", "1"));
        assertEquals(before.replica(), written.write(0, put("a", "/x", "2")).replica());
        written.crash(0);
        written.start(0);
        assertTrue(written.station(0).engine.status().replica().isEmpty(), "none before the first write");
        assertNotEquals(before.replica(), written.write(0, put("a", "/x", "3")).replica());
        written.settle();
    }

    @Test
    void restoredCopyOfCleanlyClosedStore_writesMoreThanWasLost_nothingIsMistakenForTheLost() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        written.crash(0);
        Disk copy = written.station(0).disk.copy();
        written.start(0);
        written.run(300);
        written.write(0, put("a", "/x", "lost"));
        Dot lost = written.write(0, put("b", "/x", "lost"));
        written.crash(0);
        written.cut(0, 1);
        written.station(0).disk = copy;
        written.start(0);
        for (int i = 0; i < 4; i++) {
            written.write(0, put("offline" + i, "/x", "1"));
        }
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "offline3"));
        assertTrue(written.claims(0, lost), "the other device still has it");
        assertEquals(Map.of("/x", "lost"), written.read(0, "b"));
    }

    @Test
    void crashBetweenBroadcastAndCommit_othersKeepTheWriteAndItsDotIsNotGivenOutAgain() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.crashBefore((station, effect) -> station.slot == 0 && effect instanceof Effect.Commit);
        written.cluster.write(written.station(0), List.of(put("a", "/x", "2")), Mode.ALL_OR_NOTHING);
        written.run(100);
        written.crashBefore((station, effect) -> false);
        assertEquals(Map.of("/x", "2"), written.read(1, "a"));
        assertEquals(Map.of("/x", "1"), written.read(0, "a"));
        written.start(0);
        written.write(0, put("b", "/x", "3"));
        written.settle();
        assertEquals(Map.of("/x", "2"), written.read(0, "a"));
    }

    @Test
    void clonedDisk_bothWriteOn_corruptsNothing() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.run(500);
        Station clone = written.cluster.add(written.station(0).settings);
        clone.disk = written.station(0).disk.copy();
        written.cluster.start(clone);
        written.run(300);
        Dot original = written.write(0, patch("a", "/x", "2"));
        Dot copied = written.write(2, patch("a", "/y", "2"));
        assertNotEquals(original.replica(), copied.replica());
        written.settle();
        assertEquals(Map.of("/x", "2", "/y", "2"), written.read(1, "a"));
    }

    @Test
    void rolledBackPuller_comesWithItsOldCheckpoint_getsAllAgain() {
        Case written = Case.allUp(2);
        written.write(0, put("a", "/x", "1"));
        written.settle();
        Disk copy = written.station(1).disk.copy();
        written.write(0, put("b", "/x", "1"));
        written.settle();
        written.crash(1);
        written.station(1).disk = copy;
        written.start(1);
        written.settle();
        assertEquals(Map.of("/x", "1"), written.read(1, "b"));
    }

    @Test
    void messageOfOneWhoLeft_arrivesLate_makesNoMemberOfHim() {
        Case written = Case.allUp(2);
        MemberId gone = written.station(1).member;
        List<Summary> said = new ArrayList<>();
        written.cluster.network.filter = (from, to, message) -> {
            if (message instanceof Summary summary && from.slot == 1) {
                said.add(summary);
            }
            return false;
        };
        written.run(1_000);
        written.crash(1);
        written.run(500);
        written.cluster.receive(written.station(0), gone, said.get(said.size() - 1));
        written.run(500);
        assertFalse(written.station(0).engine.status().peers().stream().anyMatch(peer -> peer.isOnline()));
        assertEquals(0, written.station(0).engine.status().members());
    }

    @Test
    void messageOfOneWhoComes_arrivesBeforeTheView_isNotForgotten() {
        Case written = Case.allUp(1);
        Station newcomer = written.cluster.add();
        written.cluster.network.filter = (from, to, message) -> true;
        written.cluster.start(newcomer);
        Summary said = new Summary(
                newcomer.settings.device(),
                1,
                null,
                VectorNews.whole(new VersionVector()),
                VectorNews.whole(new VersionVector()),
                VectorNews.whole(new VersionVector()),
                new VersionVector(),
                Hash.ZERO,
                Set.of(),
                false,
                false,
                false,
                new Lineage(1, 1),
                Hash.ZERO,
                List.of(),
                0,
                0,
                false,
                VectorNews.NOTHING);
        written.cluster.receive(written.station(0), newcomer.member, said);
        written.run(50);
        assertEquals(1, written.station(0).engine.status().peers().size());
    }
}
