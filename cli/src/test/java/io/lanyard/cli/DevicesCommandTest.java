package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesCommandTest extends AgainstStubDaemon {

    private static final String DEVICES = """
            {"items":[
             {"id":"a1b2","name":"till","self":true,"online":true,"inStep":true,"retired":false,
              "retirementEffective":false,"behind":0,"waitsForGarbage":false,"clockOffsetMillis":0,"lastSeen":"T0",
              "role":"admin","revoked":false,"version":"1.0"},
             {"id":"a1c3","name":"office","self":false,"online":true,"inStep":true,"retired":false,
              "retirementEffective":false,"behind":0,"waitsForGarbage":false,"clockOffsetMillis":12,"lastSeen":"T1",
              "role":"member","revoked":false,"version":null},
             {"id":"d4e5","name":"laptop","self":false,"online":false,"inStep":false,"retired":false,
              "retirementEffective":false,"behind":120,"waitsForGarbage":true,"waitsBecause":"not_heard","clockOffsetMillis":0,"lastSeen":null},
             {"id":"f6f6","name":"old","self":false,"online":false,"inStep":false,"retired":true,
              "retirementEffective":true,"behind":0,"waitsForGarbage":false,"clockOffsetMillis":0,"lastSeen":null,
              "role":"member","revoked":true,"version":null},
             {"id":"f6f7","name":"laptop","self":false,"online":false,"inStep":false,"retired":true,
              "retirementEffective":false,"behind":9,"waitsForGarbage":true,"waitsBecause":"retiring","clockOffsetMillis":0,"lastSeen":null}],
             "garbage":{"waiting":120,"graves":4}}""";

    @Test
    void devices_tellsWhoCounts_andForWhomGarbageWaits() {
        daemon.answering(200, DEVICES).answering(200, DEVICES.replace(":true", ":false"));
        assertEquals(0, console.run("devices"));
        assertEquals("/api/devices", daemon.nextRequest().target());
        String out = console.out().replaceAll(" +", " ");
        for (String expected : new String[] {
            "till a1b2 admin this one yes no T0 1.0 a1b2",
            "office a1c3 member online yes yes no +12 ms T1 a1c3",
            "laptop d4e5 offline not heard yes yes d4e5",
            "old f6f6 revoked offline not heard no, retired no",
            "laptop f6f7 offline not heard until all know it is retired yes",
            "120 changes are kept until these have heard of them:",
            "laptop d4e5: was not heard since this device's daemon started",
            "laptop f6f7: is retired, and not all devices know that yet",
            "lanyard retire DEVICE"
        }) {
            assertTrue(out.contains(expected), expected + " in\n" + console.out());
        }
        assertEquals(0, console.run("devices"));
        assertFalse(console.out().contains("kept until"), console.out());
    }

    @ParameterizedTest
    @CsvSource({
        "away, was last heard at T1",
        "behind, 'is here, and has not got everything yet'",
        "not_understood, Update lanyard there"
    })
    void devices_forWhomGarbageWaits_isSaidWithTheReason(String because, String said) {
        String office = "\"waitsForGarbage\":false,\"clockOffsetMillis\":12";
        assertTrue(DEVICES.contains(office));
        daemon.answering(
                200,
                DEVICES.replace(
                        office,
                        "\"waitsForGarbage\":true,\"waitsBecause\":\"" + because + "\",\"clockOffsetMillis\":12"));
        assertEquals(0, console.run("devices"));
        assertTrue(console.out().contains("  office a1c3: ") && console.out().contains(said), console.out());
    }

    @Test
    void devices_json_isWhatTheDaemonSays() {
        daemon.answering(200, "{\"items\":[]}");
        assertEquals(0, console.run("devices", "--json"));
        assertEquals("{\"items\":[]}\n", console.out());
    }

    @ParameterizedTest
    @CsvSource({"office, a1c3", "old, f6f6", "f6f6, f6f6", "d4, d4e5", "a1b, a1b2"})
    void retire_byNameIdOrBeginning_isTheOneDevice(String text, String id) {
        daemon.answering(200, DEVICES).answering(200, "{\"id\":\"" + id + "\",\"outcome\":\"retired\"}");
        assertEquals(0, console.run("retire", text));
        daemon.nextRequest();
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST /api/devices/" + id + "/retire", request.method() + " " + request.target());
        assertTrue(console.err().startsWith("retired ") && console.err().contains("(" + id + ")"), console.err());
        assertTrue(console.err().contains("Should it come back"), console.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"laptop", "f6", "a1"})
    void retire_whatCouldBeSeveral_isRefused_andNamesThem(String text) {
        daemon.answering(200, DEVICES);
        assertEquals(2, console.run("retire", text));
        daemon.nextRequest();
        assertNull(daemon.nextRequest());
        assertTrue(console.err().contains("could be any of") && console.err().contains("("), console.err());
    }

    @Test
    void retire_endsAsTheDaemonSays() {
        daemon.answering(200, DEVICES)
                .answering(409, "{\"code\":\"device_online\",\"detail\":\"office is reachable\"}")
                .answering(200, DEVICES)
                .answering(200, DEVICES)
                .answering(200, "{\"id\":\"f6f6\",\"outcome\":\"already_retired\"}")
                .answering(200, DEVICES)
                .answering(200, "{\"id\":\"d4e5\",\"outcome\":\"retired\"}");
        assertEquals(5, console.run("retire", "office"));
        assertTrue(console.err().contains("office is reachable"), console.err());
        assertEquals(4, console.run("retire", "nobody"));
        assertEquals(0, console.run("retire", "old"));
        assertEquals("old (f6f6) was retired before\n", console.err());
        assertEquals(0, console.run("retire", "d4e5", "--json"));
        assertEquals("{\"id\":\"d4e5\",\"outcome\":\"retired\"}\n", console.out());
        assertEquals(2, console.run("retire", ""));
        assertEquals(2, console.run("retire"));
    }

    @Test
    void revoke_asks_andGoesOnWhenAgreed() throws Exception {
        assertEquals(2, answering(DEVICES).run("revoke", "office"));
        assertTrue(console.err().contains("say --yes"), console.err());
        Console terminal =
                new Console(folder, Map.of("LANYARD_HOME", daemon.home(folder).toString()), true);
        daemon.answering(200, DEVICES);
        assertEquals(2, terminal.typing("n\n".getBytes(StandardCharsets.UTF_8)).run("revoke", "office"));
        assertTrue(terminal.err().contains("Revoke office (a1c3)?"), terminal.err());
        daemon.answering(200, DEVICES).answering(200, "{\"id\":\"a1c3\",\"outcome\":\"revoked\",\"retired\":true}");
        assertEquals(0, terminal.typing("y\n".getBytes(StandardCharsets.UTF_8)).run("revoke", "office"));
        for (int i = 0; i < 3; i++) {
            assertEquals("GET", daemon.nextRequest().method());
        }
        assertEquals("/api/devices/a1c3/revoke", daemon.nextRequest().target());
        assertTrue(terminal.err().contains("keys rotate"), terminal.err());
    }

    @Test
    void revoke_endsAsTheDaemonSays() {
        daemon.answering(200, DEVICES).answering(403, "{\"code\":\"not_admin\",\"detail\":\"admins are till (a1b2)\"}");
        assertEquals(6, console.run("revoke", "d4", "--yes"));
        assertTrue(console.err().contains("admins are till"), console.err());
        assertEquals(2, answering(DEVICES).run("revoke", "laptop", "--yes"));
        assertTrue(console.err().contains("could be any of"), console.err());
        daemon.answering(200, DEVICES)
                .answering(200, "{\"id\":\"f6f6\",\"outcome\":\"already_revoked\",\"retired\":true}");
        assertEquals(0, console.run("revoke", "old", "--yes"));
        assertEquals("old (f6f6) was revoked before\n", console.err());
    }

    @Test
    void keysRotate_saysTheNumber() {
        daemon.answering(200, "{\"epoch\":3}");
        assertEquals(0, console.run("keys", "rotate"));
        assertEquals("/api/keys/rotate", daemon.nextRequest().target());
        assertEquals("the group has a new secret, its number 3\n", console.err());
        assertEquals(2, console.run("keys"));
    }

    private Console answering(String body) {
        daemon.answering(200, body);
        return console;
    }
}
