package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.json.JsonValue;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConflictsCommandTest extends AgainstStubDaemon {

    private static final String CONFLICT = """
            {"number":4,"collection":"contact","id":"ada","path":"/credit","lostRemoval":false,"lostValue":12.10,
             "lostAt":"T1","loser":"till","winner":"office","winnerPath":null,"winnerRemoval":true,"winnerValue":null,
             "winnerAt":"T2","foundAt":"T3","state":"open","settledAt":null,
             "current":{"present":true,"value":1.0,"etag":"e"}}""";

    @Test
    void list_showsTheOpenOnes_ofAllPages() throws IOException {
        daemon.answering(200, "{\"items\":[{\"number\":4,\"path\":\"/a\"}],\"next\":4,\"dropped\":0}")
                .answering(200, "{\"items\":[{\"number\":5,\"path\":null}],\"next\":null,\"dropped\":3}");
        assertEquals(0, console.run("conflicts", "--json"));
        JsonValue list = JsonValue.parse(console.out());
        assertEquals(2, list.get("items").elements().size());
        assertEquals("3", list.get("dropped").text());
        assertEquals("/api/conflicts?limit=500&state=open", daemon.nextRequest().target());
        assertEquals(
                "/api/conflicts?limit=500&state=open&after=4",
                daemon.nextRequest().target());
    }

    @Test
    void list_forPeople_saysWhatLostAndWhatStands_andHowManyAreGone() {
        daemon.answering(200, "{\"items\":[" + CONFLICT + "],\"next\":null,\"dropped\":3}")
                .answering(200, "{\"items\":[],\"next\":null,\"dropped\":0}");
        assertEquals(0, console.run("conflicts", "--all", "--document", "contact/a+b"));
        assertTrue(
                console.out().contains("4  contact/ada  /credit  12.10  T1       till  office  1.0  open"),
                console.out());
        assertEquals("3 older conflicts are no longer kept\n", console.err());
        assertEquals(
                "/api/conflicts?limit=500&collection=contact&id=a%2Bb",
                daemon.nextRequest().target());
        assertEquals(0, console.run("conflicts"));
        assertEquals("", console.out());
        assertEquals("no open conflicts\n", console.err());
    }

    @Test
    void show_tellsAllAboutOne() {
        daemon.answering(200, CONFLICT).answering(200, CONFLICT);
        assertEquals(0, console.run("conflicts", "show", "4"));
        assertEquals("/api/conflicts/4", daemon.nextRequest().target());
        for (String expected : new String[] {
            "contact/ada",
            "/credit",
            "12.10  by till, T1",
            "(a delete)  at (the document)  by office, T2",
            "now        1.0",
            "T3",
            "open"
        }) {
            assertTrue(console.out().contains(expected), expected + " in\n" + console.out());
        }
        assertEquals(0, console.run("conflicts", "show", "4", "--json"));
        assertTrue(console.out().startsWith("{\"number\":4,"), console.out());
    }

    @Test
    void restore_asksTheDaemonTo_andTellsWhatBecameOfIt() {
        String answer = "{\"number\":4,\"state\":\"restored\",\"collection\":\"contact\",\"id\":\"ada\","
                + "\"outcome\":\"updated\",\"etag\":\"e2\"}";
        daemon.answering(200, answer).answering(200, answer).answering(412, "{\"code\":\"etag_mismatch\"}");
        assertEquals(0, console.run("conflicts", "restore", "4"));
        assertEquals("restored conflict 4: updated contact/ada\n", console.err());
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST /api/conflicts/4/restore", request.method() + " " + request.target());
        assertEquals("", request.header("If-Match"));
        assertEquals(0, console.run("conflicts", "restore", "4", "--if-match", "e1", "--json"));
        assertEquals(answer + "\n", console.out());
        assertEquals("\"e1\"", daemon.nextRequest().header("If-Match"));
        assertEquals(5, console.run("conflicts", "restore", "4", "--if-match", "e1"));
    }

    @Test
    void dismiss_asksTheDaemonTo() {
        daemon.answering(200, "{\"number\":4,\"state\":\"dismissed\"}").answering(404, "{\"code\":\"not_found\"}");
        assertEquals(0, console.run("conflicts", "dismiss", "4"));
        assertEquals("conflict 4 is dismissed\n", console.err());
        assertEquals("/api/conflicts/4/dismiss", daemon.nextRequest().target());
        assertEquals(4, console.run("conflicts", "dismiss", "4"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "conflicts show",
                "conflicts show first",
                "conflicts restore 0",
                "conflicts dismiss 1 2",
                "conflicts --document contact"
            })
    void wrongUsage_sendsNothing(String line) {
        assertEquals(2, console.run(line.split(" ")), console.err());
        assertNull(daemon.nextRequest());
    }

    @Test
    void help_namesWhatCanBeDone() {
        assertEquals(0, console.run("conflicts", "--help"));
        for (String command : new String[] {"show", "restore", "dismiss"}) {
            assertTrue(console.out().contains("  " + command), console.out());
        }
    }
}
