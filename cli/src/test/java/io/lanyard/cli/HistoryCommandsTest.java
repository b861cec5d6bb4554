package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryCommandsTest extends AgainstStubDaemon {

    private static final String MARK =
            "{\"at\":\"T1\",\"stamp\":\"s\",\"device\":\"d1\",\"deviceName\":\"office\",\"client\":" + "\"pos\"}";
    private static final String CHANGE = "{\"number\":7,\"at\":\"T2\",\"event\":\"updated\",\"device\":\"d2\","
            + "\"deviceName\":null,\"client\":null,\"whole\":true,\"undoes\":null,\"changes\":["
            + "{\"path\":\"/amount\",\"before\":1,\"after\":12.10},{\"path\":\"/who\",\"before\":\"Ada\"}]}";

    @Test
    void explain_tellsOfEachFieldWhoWroteItAndOverWhat() {
        daemon.answering(
                200,
                "{\"summary\":\"It is there.\",\"conflicts\":[4],\"fields\":[{\"path\":\"/amount\",\"removed\":false,"
                        + "\"value\":12.10,\"shown\":true,\"written\":" + MARK
                        + ",\"replaced\":{\"value\":1},\"conflicts\":[3,5]},{\"path\":\"/who\",\"removed\":true,"
                        + "\"value\":null,\"shown\":false,\"written\":" + MARK
                        + ",\"replaced\":{},\"conflicts\":[]}]}");
        assertEquals(0, console.run("explain", "expense/e1"));
        assertEquals("/api/docs/expense/e1/explain", daemon.nextRequest().target());
        String out = console.out().replaceAll(" +", " ");
        for (String expected : List.of(
                "It is there.", "/amount 12.10 T1 office pos 1 3 5", "/who (removed) T1 office pos (nothing)")) {
            assertTrue(out.contains(expected), expected + " in\n" + out);
        }
        assertTrue(console.err().contains("whole document: 4"), console.err());
    }

    @Test
    void history_hasALineForEachField() {
        daemon.answering(200, "{\"items\":[" + CHANGE + "]}").answering(200, "{\"items\":[]}");
        assertEquals(0, console.run("history", "expense/e1"));
        String out = console.out().replaceAll(" +", " ");
        assertTrue(out.contains("T2 updated d2 /amount 1 12.10\n /who \"Ada\" (nothing)"), out);
        assertEquals(0, console.run("history", "expense/e1"));
        assertTrue(console.err().contains("has kept no change of expense/e1"), console.err());
    }

    @Test
    void undo_saysWhatItTookBack_andKeepsToTheEtag() {
        String done = "{\"outcome\":\"updated\",\"undone\":" + CHANGE + "}";
        daemon.answering(200, done)
                .answering(409, "{\"code\":\"not_undoable\",\"detail\":\"nothing\"}")
                .answering(200, done);
        assertEquals(0, console.run("undo", "expense/e1", "--if-match", "abc"));
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST /api/docs/expense/e1/undo", request.method() + " " + request.target());
        assertEquals("\"abc\"", request.header("If-Match"));
        assertTrue(console.err().contains("takes back what d2 did at T2"), console.err());
        assertEquals(5, console.run("undo", "expense/e1"));
        assertEquals(0, console.run("undo", "expense/e1", "--json"));
        assertEquals(done + "\n", console.out());
    }
}
