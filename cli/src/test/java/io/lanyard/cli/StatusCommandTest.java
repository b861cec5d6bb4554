package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusCommandTest extends AgainstStubDaemon {

    private static final String STATUS = """
            {"device":{"id":"d1","name":"till"},"state":"in_step","pending":0,"conflicts":2,"catchingUp":false,
             "digest":"cafe","versionVector":{"ab":3},"notices":["another group was heard"],
             "garbage":{"waiting":120,"graves":4,"waitsFor":["d3"]},"fence":null,
             "clock":{"fromMedianMillis":-6,"off":false},
             "storage":{"bytes":3670016,"freeBytes":85044023296,"state":"writable","reason":null},
             "peers":[{"id":"d2","name":"office","address":"10.0.0.2:7800","online":true,"inStep":false,"behind":4,
              "clockOffsetMillis":-12,"clockOff":false,"lastSeen":"T"}]}""";

    @Test
    void status_json_isWhatTheDaemonSays() {
        String status = "{\"device\":{\"id\":\"d\",\"name\":\"till\"},\"peers\":[],\"versionVector\":{\"ab\":3}}";
        daemon.answering(200, status);
        assertEquals(0, console.run("status", "--json"));
        assertEquals(status + "\n", console.out());
    }

    @Test
    void status_forPeople_isReadable() {
        String out = told(STATUS);
        for (String expected : new String[] {
            "till",
            "state      in step\n",
            "1 online",
            "cafe",
            "ab up to 3",
            "another group",
            "office",
            "lacks 4",
            "-12 ms",
            "2 open; 'lanyard conflicts'",
            "120 changes are kept for 1 device;",
            "-6 ms from the group's median\n",
            "3.5 MiB, 79.2 GiB free\n"
        }) {
            assertTrue(out.contains(expected), expected + " in\n" + out);
        }
        assertFalse(out.contains("\u001b"));
    }

    @Test
    void status_membersAreMissing_isShownAllTheSame() {
        assertTrue(told("{}").contains("none open"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "staging | in step, rejoining: taking over from office, 17 documents so far",
                "switching | rejoining: putting what office holds in the place of what was here; writes wait",
                "reissuing | rejoining: writing anew what only this device had",
                "dancing | rejoining: dancing"
            })
    void fence_isToldInWords(String phase, String expected) {
        String out = told(STATUS.replace(
                "\"fence\":null",
                "\"fence\":{\"phase\":\"" + phase + "\",\"from\":\"d2\",\"fromName\":\"office\",\"documents\":17}"));
        assertTrue(out.contains(expected), out);
    }

    @Test
    void troubles_areTold_eachOnItsLine() {
        String out = told(STATUS.replace("\"off\":false", "\"off\":true")
                .replace("\"catchingUp\":false", "\"catchingUp\":true")
                .replace("\"writable\",\"reason\":null", "\"full\",\"reason\":\"no room on /\"")
                .replace("\"waitsFor\":[\"d3\"]", "\"waitsFor\":[]"));
        assertTrue(out.contains("median: off"), out);
        assertTrue(out.contains("catching up: documents are of mixed age"), out);
        assertTrue(out.contains("free, full: no room on /"), out);
        assertFalse(out.contains("garbage"), out);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false,\"madeGoodAt\":null,\"madeGoodFrom\":null | what was lost comes back from the first peer",
                "true,\"madeGoodAt\":\"T2\",\"madeGoodFrom\":\"office\" | what was lost came back from office at T2",
                "true | what was lost came back from a peer"
            })
    void damage_isTold_andWhoMadeItGood(String madeGood, String expected) {
        String out = told(STATUS.replace(
                "\"reason\":null}",
                "\"reason\":null,\"damage\":{\"mendedPages\":0,\"lastSalvage\":{\"at\":\"T1\",\"movedTo\":\"/home/aside\","
                        + "\"everythingLost\":false,\"lostDocuments\":3,\"madeGood\":" + madeGood + "}}}"));
        String row = "damage     3 documents lost at T1, the damaged files are in /home/aside; " + expected + "\n";
        assertTrue(out.contains(row), out);
    }

    private String told(String status) {
        daemon.answering(200, status);
        assertEquals(0, console.run("status"), console.err());
        return console.out();
    }
}
