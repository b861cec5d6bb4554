package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.Mesh.Station;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FenceTest {

    private final Mesh mesh = new Mesh();
    private final Station anna = mesh.add("anna");
    private final Station ben = mesh.add("ben");
    private final Station cleo = mesh.add("cleo");

    private void together() {
        mesh.connect("anna ben cleo");
        mesh.run(3_000);
    }

    /** Cleo goes; the others forget her, and delete and overwrite so that nothing tells of it any more. */
    private void retireCleo() {
        mesh.connect("anna", "ben");
        mesh.connect("anna ben");
        mesh.run(500);
        anna.retire("cleo");
        mesh.run(1_000);
        anna.delete("deleted");
        anna.delete("edited");
        anna.put("shared", "/a", "\"anna\"", "/b", "1");
        mesh.run(3_000);
        assertTrue(anna.document("deleted").orElseThrow().isEmpty(), "the delete is forgotten");
    }

    private void assertAllShow(String shown, String document) {
        for (Station station : List.of(anna, ben, cleo)) {
            assertEquals(shown, station.shows(document), station.name + " " + document);
        }
    }

    private void assertInStep() {
        assertTrue(anna.isInStepWith("ben"));
        assertTrue(anna.isInStepWith("cleo"));
        assertTrue(cleo.isInStepWith("anna"));
        assertTrue(cleo.isInStepWith("ben"));
        assertEquals(FenceState.NONE, cleo.engine.status().fence().state());
    }

    private void writeBefore() {
        together();
        anna.put("deleted", "/x", "1");
        anna.put("edited", "/x", "1", "/y", "1");
        anna.put("shared", "/a", "0", "/b", "0");
        mesh.run(3_000);
    }

    @Test
    void retiredDevice_returns_nothingDeletedComesBackAndNothingOfItsOwnIsLost() {
        writeBefore();
        mesh.connect("anna ben");
        cleo.put("shared", "/a", "\"older\"", "/b", "0");
        cleo.put("own", "/x", "\"new here\"");
        cleo.patch("edited", "/y", "2");
        retireCleo();
        cleo.patch("shared", "/b", "2");
        mesh.sleep(400);
        together();
        assertAllShow("absent", "deleted");
        assertAllShow("absent", "edited");
        assertAllShow("/x=\"new here\"", "own");
        assertAllShow("/a=\"anna\" /b=2", "shared");
        assertEquals(
                List.of("\"older\"", "1", "2"), cleo.lost().stream().sorted().toList(), "what lost is in the journal");
        assertTrue(anna.lost().contains("1"), "/b of anna lost to cleo's, and she hears of it");
        assertInStep();
        assertFalse(anna.knows("cleo").isRetired(), "it counts again");
    }

    @Test
    void retiredDevice_wroteNothing_isLikeTheOthers() {
        writeBefore();
        retireCleo();
        together();
        assertAllShow("absent", "deleted");
        assertAllShow("/a=\"anna\" /b=1", "shared");
        assertEquals(List.of(), cleo.lost());
        assertInStep();
    }

    @Test
    void twoRetiredDevices_meetEachOtherFirst_nothingDeletedComesBack() {
        writeBefore();
        Station dora = mesh.add("dora");
        mesh.connect("anna ben cleo dora");
        mesh.run(3_000);
        mesh.connect("anna ben");
        anna.retire("dora");
        retireCleo();
        mesh.connect("anna ben", "cleo dora");
        cleo.patch("deleted", "/x", "2");
        dora.put("own", "/x", "3");
        mesh.run(2_000);
        assertEquals("/x=2", dora.shows("deleted"));
        mesh.connect("anna ben cleo dora");
        mesh.run(5_000);
        assertAllShow("absent", "deleted");
        assertAllShow("/x=3", "own");
        assertEquals("/x=3", dora.shows("own"));
        assertTrue(cleo.lost().contains("2"));
        assertTrue(dora.isInStepWith("anna"));
        assertInStep();
    }

    @Test
    void bothSidesOfASplitRetireEachOther_theyAgreeAfterwards() {
        writeBefore();
        mesh.connect("anna ben", "cleo");
        mesh.run(300);
        anna.retire("cleo");
        cleo.retire("anna");
        cleo.retire("ben");
        anna.delete("deleted");
        cleo.delete("edited");
        cleo.put("deleted", "/x", "9");
        cleo.put("own", "/x", "1");
        anna.put("hers", "/x", "1");
        mesh.run(4_000);
        together();
        assertAllShow("/x=1", "own");
        assertAllShow("/x=1", "hers");
        assertAllShow(anna.shows("deleted"), "deleted");
        assertAllShow("absent", "edited");
        assertInStep();
    }

    @Test
    void diskSetBack_withMoreWritesSinceThanWereLost_whatPeersHoldComesBack() {
        writeBefore();
        MemoryStore copy = cleo.store.copy();
        cleo.put("lost", "/x", "1");
        cleo.put("shared", "/a", "\"cleo\"", "/b", "5");
        anna.delete("deleted");
        mesh.run(3_000);
        cleo.stop();
        mesh.connect("anna ben");
        mesh.run(500);
        cleo.store = copy;
        cleo.start();
        for (int i = 0; i < 5; i++) {
            cleo.put("after" + i, "/x", "1");
        }
        cleo.patch("shared", "/b", "6");
        together();
        assertAllShow("absent", "deleted");
        assertAllShow("/x=1", "lost");
        assertAllShow("/x=1", "after4");
        assertAllShow("/a=\"cleo\" /b=6", "shared");
        assertInStep();
    }

    @Test
    void copiedStore_bothRun_noWriteSharesItsDot() {
        writeBefore();
        Station twin = mesh.add("dora");
        twin.stop();
        twin.store = cleo.store.copy();
        twin.start();
        cleo.put("one", "/x", "1");
        twin.put("two", "/x", "2");
        mesh.connect("anna ben cleo dora");
        mesh.run(3_000);
        assertAllShow("/x=1", "one");
        assertAllShow("/x=2", "two");
        assertInStep();
    }

    @Test
    void twoWithDataOfTheirOwn_theYoungerGivesWay_nothingIsLost() {
        ben.put("b", "/x", "\"ben\"");
        ben.put("both", "/x", "\"ben\"", "/y", "1");
        mesh.run(1_000);
        anna.put("a", "/x", "\"anna\"");
        anna.put("both", "/x", "\"anna\"");
        mesh.run(1_000);
        String annaBefore = anna.engine.status().replica().orElseThrow().toString();
        together();
        assertAllShow("/x=\"anna\"", "a");
        assertAllShow("/x=\"ben\"", "b");
        assertAllShow("/x=\"anna\" /y=1", "both");
        List<String> lost = new ArrayList<>(anna.lost());
        lost.addAll(ben.lost());
        assertTrue(lost.contains("\"ben\""));
        assertInStep();
        assertFalse(annaBefore.isEmpty());
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceState.class,
            names = {"STAGE", "SWITCH", "REISSUE"})
    void crashAndServerVanish_inEveryPart_itIsDoneAllTheSame(FenceState state) {
        writeBefore();
        for (int i = 0; i < 300; i++) {
            anna.put("many" + i, "/x", "1");
        }
        mesh.run(3_000);
        mesh.connect("anna ben");
        cleo.put("own", "/x", "1");
        for (int i = 0; i < 100; i++) {
            cleo.put("own" + i, "/x", "1");
        }
        retireCleo();
        mesh.connect("anna ben cleo");
        for (int i = 0; i < 2_000 && cleo.engine.status().fence().state() != state; i++) {
            mesh.run(50);
        }
        assertEquals(state, cleo.engine.status().fence().state());
        mesh.connect("anna ben");
        if (state == FenceState.STAGE) {
            cleo.put("meanwhile", "/x", "1");
        }
        mesh.run(200);
        cleo.stop();
        cleo.start();
        mesh.run(500);
        cleo.put("alone", "/x", "1");
        mesh.run(2_000);
        mesh.connect("ben cleo");
        mesh.run(8_000);
        together();
        assertAllShow("absent", "deleted");
        assertAllShow("/x=1", "own");
        assertAllShow("/x=1", "own99");
        assertAllShow("/x=1", "alone");
        assertAllShow("/x=1", "many299");
        assertAllShow(state == FenceState.STAGE ? "/x=1" : "absent", "meanwhile");
        assertInStep();
        assertTrue(cleo.store.entries("staged/").isEmpty());
        assertTrue(cleo.store.entries("leftover/").isEmpty());
    }

    @Test
    void writesWhileItStages_andWhileItSwitches_areKept() {
        writeBefore();
        for (int i = 0; i < 600; i++) {
            anna.put("many" + i, "/x", "1");
        }
        mesh.run(3_000);
        retireCleo();
        mesh.connect("anna ben cleo");
        boolean isStaged = false;
        boolean isSwitched = false;
        for (int i = 0; i < 300; i++) {
            mesh.run(50);
            FenceState state = cleo.engine.status().fence().state();
            if (state == FenceState.STAGE && !isStaged) {
                cleo.put("staging", "/x", "1");
                isStaged = true;
            } else if (state == FenceState.SWITCH && !isSwitched) {
                cleo.put("switching", "/x", "1");
                isSwitched = true;
                assertEquals(FenceState.SWITCH, cleo.engine.status().fence().state());
                assertFalse(cleo.isAcknowledged(), "it waits");
            }
        }
        assertTrue(isStaged && isSwitched);
        mesh.run(3_000);
        assertAllShow("/x=1", "staging");
        assertAllShow("/x=1", "switching");
        assertInStep();
    }

    @Test
    void fence_beginsAnotherOpeningAndReplicaId_andLocalReadersHearOfDeletes() {
        writeBefore();
        cleo.put("own", "/x", "1");
        mesh.run(3_000);
        retireCleo();
        Position before = cleo.engine.tail();
        String replica = cleo.engine.status().replica().orElseThrow().toString();
        cleo.put("more", "/x", "1");
        together();
        assertNotEquals(before.opening(), cleo.engine.tail().opening());
        assertNotEquals(replica, cleo.engine.status().replica().orElseThrow().toString());
        long after =
                cleo.engine.openings().resume(before, cleo.store.lastArrival()).orElseThrow();
        assertTrue(
                cleo.store.arrivals(after, 1_000).stream()
                        .anyMatch(arrival -> arrival.id().equals(Mesh.id("deleted"))),
                "a reader from before meets what is gone");
    }

    @Test
    void liveWriteOfADeviceThatIsNotHeardYet_waitsForItsSummary() {
        writeBefore();
        retireCleo();
        mesh.arrives = (from, message) -> !from.equals("cleo") || message instanceof LiveWrite;
        mesh.connect("anna ben cleo");
        cleo.patch("deleted", "/x", "2");
        mesh.run(1_000);
        assertEquals("absent", anna.shows("deleted"));
        mesh.arrives = (from, message) -> true;
        mesh.run(4_000);
        assertAllShow("absent", "deleted");
        assertInStep();
    }

    @Test
    void serverFallsSilentInStaging_anotherOneIsAsked() {
        writeBefore();
        retireCleo();
        mesh.arrives = (from, message) -> !(from.equals("anna") && message instanceof Page);
        mesh.connect("anna ben cleo");
        mesh.run(8_000);
        assertEquals("/a=\"anna\" /b=1", cleo.shows("shared"));
        assertTrue(cleo.isInStepWith("ben"));
    }
}
