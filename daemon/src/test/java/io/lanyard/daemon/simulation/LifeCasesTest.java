package io.lanyard.daemon.simulation;

import static io.lanyard.daemon.simulation.Case.delete;
import static io.lanyard.daemon.simulation.Case.patch;
import static io.lanyard.daemon.simulation.Case.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.Dot;
import io.lanyard.daemon.message.Message.LiveWrite;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Creates, edits and deletes that do not know of each other, and what a split does to them. */
class LifeCasesTest {

    /** Two devices hold the document, and do not hear each other. */
    private static Case apartWith(String... pathsAndValues) {
        Case written = Case.allUp(2);
        written.write(0, put("a", pathsAndValues));
        written.run(200);
        written.cut(0, 1);
        written.run(20);
        return written;
    }

    @Test
    void deleteAgainstNewerEdit_editWins_theDocumentIsBackWholeAndNoHusk() {
        Case written = apartWith("/x", "1", "/y", "1");
        written.write(0, delete("a"));
        written.run(50);
        written.write(1, patch("a", "/x", "2"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "2", "/y", "1"), written.read(0, "a"));
    }

    @Test
    void editAgainstNewerDelete_deleteWins_nothingOfTheDocumentIsLeft() {
        Case written = apartWith("/x", "1", "/y", "1");
        Dot edit = written.write(0, patch("a", "/x", "2"));
        written.run(50);
        written.write(1, delete("a"));
        written.mend();
        written.settle();
        assertEquals(Map.of(), written.read(0, "a"));
        assertTrue(written.journal(0).contains(edit));
    }

    @Test
    void create_onTwoDevicesOffline_mergesFieldByField() {
        Case written = Case.allUp(2);
        written.cut(0, 1);
        written.run(20);
        written.write(0, put("a", "/x", "0"));
        written.write(1, put("a", "/y", "1"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/x", "0", "/y", "1"), written.read(0, "a"));
    }

    @Test
    void recreation_knowingly_startsClean() {
        Case written = apartWith("/x", "1", "/y", "1");
        written.write(0, delete("a"));
        written.write(0, put("a", "/z", "2"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/z", "2"), written.read(1, "a"));
    }

    @Test
    void recreation_onTwoDevicesOffline_theOneDoesNotHideTheOther() {
        Case written = apartWith("/x", "1");
        written.mend();
        written.write(0, delete("a"));
        written.run(200);
        written.cut(0, 1);
        written.run(20);
        written.write(0, put("a", "/y", "0"));
        written.run(50);
        written.write(1, put("a", "/z", "1"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/y", "0", "/z", "1"), written.read(0, "a"));
    }

    @Test
    void deleteAndRecreation_inOneBatch_startsCleanEverywhere() {
        Case written = apartWith("/x", "1");
        written.write(0, delete("a"), put("a", "/y", "2"), patch("a", "/y", "3"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/y", "3"), written.read(1, "a"));
    }

    @Test
    void write_aboveAndBelowAPath_leavesOneOfThem() {
        Case written = apartWith("/x/y", "1", "/x/z", "1");
        written.write(0, patch("a", "/x", "2"));
        written.run(50);
        written.write(1, patch("a", "/x/y", "3"));
        written.mend();
        written.settle();
        assertEquals(Map.of("/x/y", "3"), written.read(0, "a"));
        assertEquals(2, written.journal(0).size() + written.journal(1).size(), "the value above lost, here and there");
    }

    @Test
    void liveWrites_sentBeforeASplitIsNoticed_comeAllTheSame() {
        Case written = Case.allUp(3);
        written.cluster.maxViewLagMillis = 3_000;
        written.cut(0, 2);
        Dot[] sent = new Dot[5];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = written.write(0, put("a" + i, "/x", "1"));
        }
        assertTrue(written.station(0).view.contains(written.station(2).member), "it has not noticed yet");
        assertFalse(written.claims(2, sent[0]));
        written.run(500);
        assertTrue(written.claims(2, sent[4]), "by way of the third");
        written.mend();
        written.settle();
    }

    @Test
    void liveWrite_heldForTooLong_isDroppedAndComesByCatchUp() {
        Case written = Case.allUp(2);
        Station receiver = written.station(1);
        written.cluster.network.filter =
                (from, to, message) -> to == receiver && !(message instanceof LiveWrite live && isSecond(live));
        Dot first = written.write(0, put("a", "/x", "1"));
        Dot second = written.write(0, put("b", "/x", "1"));
        written.run(20);
        assertEquals(1, receiver.engine.status().heldBack());
        written.run(5_000);
        assertEquals(0, receiver.engine.status().heldBack());
        assertFalse(written.holds(1, "b", second));
        written.cluster.network.filter = (from, to, message) -> false;
        written.settle();
        assertEquals(List.of(true, true), List.of(written.claims(1, first), written.claims(1, second)));
    }

    private static boolean isSecond(LiveWrite live) {
        return live.write().dot().sequence() == 2;
    }
}
