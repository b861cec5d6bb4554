package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest extends AgainstStubDaemon {

    private static String report(String verdict, String peer) {
        return "{\"number\":3,\"state\":\"done\",\"verdict\":\"" + verdict
                + "\",\"own\":{\"documents\":2,\"digest\":\"d\",\"digestWasWrong\":false,\"altered\":[],\"unreadable\":[]},"
                + "\"peers\":[" + peer + "],\"repair\":null}";
    }

    private static String peer(String verdict, String detail, String documents) {
        return "{\"id\":\"o1\",\"name\":\"office\",\"verdict\":\"" + verdict + "\",\"detail\":" + detail
                + ",\"documents\":" + documents + ",\"more\":false}";
    }

    @Test
    void verify_takesLong_asksAgain_andEndsByTheVerdict() {
        daemon.answering(202, "{\"number\":3,\"state\":\"running\"}")
                .answering(202, "{\"number\":3,\"state\":\"running\"}")
                .answering(200, report("same", peer("same", "null", "[]")))
                .answering(200, "{\"items\":[" + device("office", true, false) + "]}");
        assertEquals(0, console.run("verify"), console.err());
        assertEquals("/api/sync/verify", daemon.nextRequest().target());
        assertEquals("/api/sync/verify/3", daemon.nextRequest().target());
        assertEquals("/api/sync/verify/3", daemon.nextRequest().target());
        assertTrue(console.out().contains("same        office"), console.out());

        daemon.answering(200, report("differs", peer("differs", "null", "[\"contact/ada\"]")));
        assertEquals(8, console.run("verify"));
        assertTrue(console.out().contains("contact/ada differs"), console.out());
        daemon.answering(200, report("not_comparable", peer("no_answer", "\"it went away\"", "[]")));
        assertEquals(7, console.run("verify", "--json"));
        assertTrue(console.out().contains("\"it went away\""), console.out());
    }

    private static String device(String name, boolean isOnline, boolean isRetired) {
        return "{\"name\":\"" + name + "\",\"self\":false,\"online\":" + isOnline + ",\"retired\":" + isRetired
                + ",\"revoked\":false}";
    }

    @Test
    void verify_allThatAnswerAreTheSame_namesThoseThatCouldNotBeAsked() {
        daemon.answering(200, report("same", peer("same", "null", "[]")))
                .answering(
                        200,
                        "{\"items\":[" + device("office", true, false) + "," + device("cellar", false, false) + ","
                                + device("attic", false, true) + "]}");
        assertEquals(0, console.run("verify"), console.err());
        assertEquals(
                "not compared with cellar, which is not reachable now",
                console.err().strip());
    }

    @Test
    void verify_differs_saysWhereToRepair() {
        String differs = peer("differs", "null", "[\"contact/ada\"]");
        String sameAsCellar = peer("same", "null", "[]").replace("office", "cellar");
        daemon.answering(200, report("differs", differs + "," + sameAsCellar));
        assertEquals(8, console.run("verify"));
        assertTrue(console.err().contains("most likely office is damaged"), console.err());
        assertTrue(console.err().contains("There run: lanyard verify --repair --from cellar"), console.err());

        daemon.answering(200, report("differs", differs + "," + differs.replace("office", "cellar")));
        assertEquals(8, console.run("verify"));
        assertTrue(console.err().contains("most likely this device is damaged"), console.err());
        assertTrue(console.err().contains("Here run: lanyard verify --repair --from office"), console.err());

        daemon.answering(200, report("differs", differs));
        assertEquals(8, console.run("verify"));
        assertTrue(console.err().contains("find out which device is damaged"), console.err());
    }

    @Test
    void verify_repair_namesTheSoundDevice_andIsRefusedInWords() {
        assertEquals(2, console.run("verify", "--repair"));
        assertEquals(2, console.run("verify", "--from", "office"));
        daemon.answering(
                409,
                "{\"code\":\"not_in_step\",\"detail\":\"nothing was repaired: still syncing\",\"hint\":\"try again\"}");
        assertEquals(5, console.run("verify", "--repair", "--from", "back office"));
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST", request.method());
        assertEquals("/api/sync/verify?repairFrom=back%20office", request.target());
        assertTrue(console.err().contains("still syncing"), console.err());
    }

    @Test
    void put_named_sendsTheJsonAsItIs() {
        daemon.answering(201, Map.of("ETag", "\"e1\""), "");
        assertEquals(0, console.run("put", "contact/ada", "{\"name\":\"Łukasz 李\",\"credit\":12.10}", "--json"));
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("PUT", request.method());
        assertEquals("/api/docs/contact/ada", request.target());
        assertEquals("{\"name\":\"Łukasz 李\",\"credit\":12.10}", request.body());
        assertEquals("Bearer t0ken", request.header("Authorization"));
        assertEquals("application/json", request.header("Content-Type"));
        assertEquals(daemon.url().substring("http://".length()), request.header("Host"));
        assertEquals(
                "{\"collection\":\"contact\",\"id\":\"ada\",\"created\":true,\"etag\":\"\\\"e1\\\"\"}\n",
                console.out());
        assertEquals("", console.err());
    }

    @Test
    void put_collectionAlone_printsTheNewId() {
        daemon.answering(201, Map.of("Location", "/api/docs/contact/0190-a%2Bb"), "");
        assertEquals(0, console.run("put", "contact", "{}"));
        assertEquals("POST", daemon.nextRequest().method());
        assertEquals("0190-a+b\n", console.out());
    }

    @Test
    void put_dash_readsStandardInput() {
        daemon.answering(200, "");
        assertEquals(
                0,
                console.typing("{\"city\":\"Kraków\"}".getBytes(StandardCharsets.UTF_8))
                        .run("put", "contact/ada", "-"));
        assertEquals("{\"city\":\"Kraków\"}", daemon.nextRequest().body());
        assertEquals("", console.out());
        assertEquals("updated contact/ada\n", console.err());
    }

    @Test
    void put_dashAndNoUtf8_sendsNothing() {
        assertEquals(1, console.typing(new byte[] {'"', (byte) 0xc3, '"'}).run("put", "contact/ada", "-"));
        assertNull(daemon.nextRequest());
    }

    @Test
    void put_preconditions_becomeHeaders() {
        daemon.answering(200, "").answering(201, "");
        console.run("put", "contact/ada", "{}", "--if-match", "abc");
        assertEquals("\"abc\"", daemon.nextRequest().header("If-Match"));
        console.run("put", "contact/ada", "{}", "--if-absent");
        assertEquals("*", daemon.nextRequest().header("If-None-Match"));
    }

    @Test
    void patch_sendsAPatch() {
        daemon.answering(200, "");
        assertEquals(0, console.run("patch", "expense/7", "{\"amount\":0.1}", "--if-match", "\"q\""));
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("PATCH", request.method());
        assertEquals("{\"amount\":0.1}", request.body());
        assertEquals("\"q\"", request.header("If-Match"));
    }

    @Test
    void patch_increment_isSentAsItIs() {
        daemon.answering(200, "");
        assertEquals(0, console.run("patch", "stock/apple", "{\"count\":{\"$increment\":-1}}"), console.err());
        assertEquals("{\"count\":{\"$increment\":-1}}", daemon.nextRequest().body());
    }

    @Test
    void get_numbers_keepTheirDigits() {
        String document =
                "{\"a\":12.10,\"b\":1E2,\"c\":-0,\"d\":0.1,\"e\":123456789012345678901234567890,\"f\":[],\"g\":{}}";
        daemon.answering(200, document).answering(200, document);
        assertEquals(0, console.run("get", "expense/7", "--json"));
        assertEquals(document + "\n", console.out());
        assertEquals(0, console.run("get", "expense/7"));
        assertTrue(console.out().contains("\"a\": 12.10,\n"), console.out());
    }

    @Test
    void get_idWithSigns_isEncodedInThePath() {
        daemon.answering(200, "{}");
        assertEquals(0, console.run("get", "app1.users/a+b@c:~-_."));
        assertEquals(
                "/api/docs/app1.users/a%2Bb%40c%3A~-_.",
                daemon.nextRequest().target().replace("%7E", "~"));
    }

    @Test
    void delete_sendsADelete() {
        daemon.answering(204, "");
        assertEquals(0, console.run("delete", "contact/ada", "--json"));
        assertEquals("DELETE", daemon.nextRequest().method());
        assertEquals("{\"collection\":\"contact\",\"id\":\"ada\",\"deleted\":true}\n", console.out());
    }

    @ParameterizedTest
    @CsvSource({"400,1", "401,6", "403,6", "404,4", "409,5", "412,5", "413,1", "422,1", "504,7", "503,1", "507,1"})
    void refusal_hasItsExitCodeAndSaysWhyOnStandardError(int status, int exitCode) {
        String problem = "{\"title\":\"T\",\"detail\":\"what and where\",\"code\":\"some_code\",\"hint\":\"do this\"}";
        daemon.answering(status, Map.of("Content-Type", "application/problem+json"), problem)
                .answering(status, problem);
        assertEquals(exitCode, console.run("get", "contact/ada"));
        assertEquals("", console.out());
        assertEquals("lanyard: what and where\n  do this\n", console.err());
        assertEquals(exitCode, console.run("get", "contact/ada", "--json"));
        assertEquals(
                "{\"exitCode\":" + exitCode
                        + ",\"code\":\"some_code\",\"message\":\"what and where\",\"hint\":\"do this\"}\n",
                console.err());
    }

    @Test
    void put_diskIsFull_saysSoAndWhatToDo() {
        daemon.answering(
                507,
                "{\"title\":\"T\",\"detail\":\"the disk is full: 3 MiB are left\",\"code\":\"disk_full\","
                        + "\"hint\":\"free some space: writing goes on by itself within seconds\"}");
        assertEquals(1, console.run("put", "contact/ada", "{\"age\":36}"));
        assertEquals(
                "lanyard: the disk is full: 3 MiB are left\n"
                        + "  free some space: writing goes on by itself within seconds\n",
                console.err());
    }

    @Test
    void refusal_withoutAProblemDocument_namesTheStatus() {
        daemon.answering(500, "<html>");
        assertEquals(1, console.run("get", "contact/ada"));
        assertTrue(console.err().contains("HTTP status 500"), console.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "get nothing",
                "get contact/",
                "get contact/..",
                "get a..b/c",
                "get contact/a/b",
                "put contact/ada",
                "put contact {} --if-absent",
                "put contact/ada {} --if-absent --if-match x",
                "list contact --limit 0",
                "list contact --limit ten",
                "status --api ftp://127.0.0.1",
                "status --api nonsense",
                "frobnicate",
                "status --frobnicate",
            })
    void wrongUsage_isExitCode2_andNothingIsSent(String line) {
        assertEquals(2, console.run(line.split(" ")), line);
        assertNull(daemon.nextRequest());
        assertEquals("", console.out());
        assertFalse(console.err().isEmpty());
        assertFalse(console.err().contains("\tat "), console.err());
    }

    @Test
    void noArguments_showTheUsage_asAnError() {
        assertEquals(2, console.run());
        assertTrue(console.err().contains("Usage: lanyard"));
    }

    @Test
    void help_isData() {
        assertEquals(0, console.run("put", "--help"));
        assertTrue(console.out().contains("Usage: lanyard put"));
    }

    @Test
    void deadDaemon_isExitCode3_withWhatToDo() {
        daemon.close();
        assertEquals(3, console.run("status"));
        assertTrue(console.err().startsWith("lanyard: no answer from a daemon at http://127.0.0.1:"), console.err());
        assertTrue(console.err().contains("lanyard up"), console.err());
    }

    @Test
    void homeOfNoDaemon_isExitCode3() {
        assertEquals(
                3, console.run("status", "--home", folder.resolve("elsewhere").toString()));
    }

    @Test
    void somethingElseThatAnswers_isExitCode3() {
        daemon.answering(200, "<html>");
        assertEquals(3, console.run("status"));
    }

    @Test
    void list_followsTheCursorThroughAllPages() throws IOException {
        daemon.answering(200, "{\"items\":[{\"id\":\"1\",\"data\":{\"n\":1.0}}],\"next\":\"c/1\"}")
                .answering(200, "{\"items\":[{\"id\":\"2\",\"data\":{\"n\":2}}],\"next\":null}");
        assertEquals(0, console.run("list", "expense", "--where", "amount>=10", "--where", "city=Kraków"));
        assertEquals("1  {\"n\":1.0}\n2  {\"n\":2}\n", console.out());
        assertEquals(
                "/api/docs/expense?limit=500&where=amount%3E%3D10&where=city%3DKrak%C3%B3w",
                daemon.nextRequest().target());
        assertTrue(daemon.nextRequest().target().endsWith("&cursor=c%2F1"));
    }

    @Test
    void list_json_isOneValueOfAllPages() throws IOException {
        daemon.answering(200, "{\"items\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"next\":\"c\"}")
                .answering(200, "{\"items\":[{\"id\":\"3\"}],\"next\":\"d\"}")
                .answering(200, "{\"items\":[],\"next\":null}");
        assertEquals(0, console.run("list", "expense", "--json", "--limit", "3"));
        JsonValue all = JsonValue.parse(console.out());
        assertEquals(3, all.get("items").elements().size());
        assertEquals("d", all.get("next").text());
        assertEquals("/api/docs/expense?limit=3", daemon.nextRequest().target());
        assertEquals("/api/docs/expense?limit=1&cursor=c", daemon.nextRequest().target());
        assertNull(daemon.nextRequest());
        assertEquals(0, console.run("list", "expense", "--json"));
        assertEquals("{\"items\":[],\"next\":null}\n", console.out());
    }

    @Test
    void watch_printsEveryLine_untilTheDaemonEnds() {
        daemon.answering(200, "{\"event\":\"created\",\"id\":\"1\"}\n\n{\"event\":\"deleted\",\"id\":\"1\"}\n");
        assertEquals(3, console.run("watch", "contact", "app1.*", "--json"));
        assertEquals("{\"event\":\"created\",\"id\":\"1\"}\n{\"event\":\"deleted\",\"id\":\"1\"}\n", console.out());
        assertEquals(
                "/api/sync/changes?since=now&collection=contact&collection=app1.*",
                daemon.nextRequest().target());
    }

    @Test
    void watch_where_asksForThoseDocumentsOnly_andTellsWhatLeaves() {
        daemon.answering(
                200,
                "{\"event\":\"deleted\",\"collection\":\"expense\",\"id\":\"1\",\"data\":null,\"left\":true,"
                        + "\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"origin\":{\"device\":null}}\n");
        console.run("watch", "expense", "--since", "x-1", "--where", "amount>=10");
        assertTrue(console.out().contains("deleted (left) expense/1"), console.out());
        assertEquals(
                "/api/sync/changes?since=x-1&collection=expense&where=amount%3E%3D10",
                daemon.nextRequest().target());
    }

    @Test
    void watch_positionTooOld_endsWithWhatToDo() {
        daemon.answering(200, "{\"type\":\"resync_required\",\"position\":\"x\"}\n{\"id\":\"never read\"}\n");
        assertEquals(1, console.run("watch", "--since", "a/1", "--json"));
        assertEquals("{\"type\":\"resync_required\",\"position\":\"x\"}\n", console.out());
        assertEquals("/api/sync/changes?since=a%2F1", daemon.nextRequest().target());
        assertTrue(console.err().contains("--since start"), console.err());
    }

    @Test
    void watch_forPeople_tellsOfDocumentsOnly() {
        daemon.answering(
                200,
                "{\"type\":\"contact_created\",\"event\":\"created\",\"collection\":\"contact\",\"id\":\"ada\","
                        + "\"data\":{\"n\":1.50},\"timestamp\":\"T\",\"origin\":{\"device\":\"till\"}}\n"
                        + "{\"type\":\"synced\"}\n");
        console.run("watch");
        assertEquals("T created contact/ada {\"n\":1.50}  by till\n", console.out());
    }

    @Test
    void colours_onlyOnATerminal_andNeverWithNoColor() throws IOException {
        String home = folder.resolve("home").toString();
        String peers = "{\"peers\":[{\"name\":\"office\",\"online\":true}]}";
        daemon.answering(200, peers).answering(200, peers).answering(200, peers);
        Console terminal = new Console(folder, Map.of("LANYARD_HOME", home), true);
        terminal.run("peers");
        assertTrue(terminal.out().contains("\u001b[32monline"), terminal.out());
        terminal.run("peers", "--json");
        assertFalse(terminal.out().contains("\u001b"), terminal.out());
        Console plain = new Console(folder, Map.of("LANYARD_HOME", home, "NO_COLOR", "1"), true);
        plain.run("peers");
        assertFalse(plain.out().contains("\u001b"), plain.out());
    }

    @Test
    void version_namesThisProgram() throws IOException {
        assertEquals(0, console.run("version"));
        assertTrue(console.out().startsWith("lanyard "));
        assertEquals(0, console.run("version", "--json"));
        assertFalse(JsonValue.parse(console.out()).get("version").isNull());
    }
}
