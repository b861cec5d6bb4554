package io.lanyard.daemon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Mesh.Station;
import org.junit.jupiter.api.Test;

/** What is told of differences from several devices. */
class FindingsTest {

    private final Mesh mesh = new Mesh();

    @Test
    void documentAlteredHere_differsFromEveryOtherDevice_countsOnce() throws Exception {
        Station till = mesh.add("till");
        mesh.add("office");
        mesh.add("cellar");
        mesh.connect("till office cellar");
        till.put("ada", "/name", "\"Ada\"");
        till.put("bob", "/name", "\"Bob\"");
        mesh.run(3_000);
        till.stop();
        Alteration.inStore(till.store, Mesh.id("ada"), new FieldPath("/name"), "\"altered\"");
        till.start();
        mesh.connect("till office cellar");
        mesh.run(90_000);
        assertEquals(1, till.engine.status().proof().documentsDiffering());
    }
}
