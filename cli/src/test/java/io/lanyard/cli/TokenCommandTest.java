package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TokenCommandTest extends AgainstStubDaemon {

    private static final String TOKENS = """
            {"items":[
             {"id":"a1","name":"till","scopes":["expense:write"],"origins":[],"createdAt":"T0","expiresAt":"T1"},
             {"id":"b2","name":"page","scopes":["alice.*:read","metrics"],"origins":["http://localhost:5173"],
              "createdAt":"T0","expiresAt":"T2"},
             {"id":"c3","name":"page","scopes":["*:read"],"origins":[],"createdAt":"T0","expiresAt":"T3"}]}""";

    @Test
    void create_sendsWhatItWasGiven_andPrintsTheTokenAlone() {
        daemon.answering(201, "{\"id\":\"a1\",\"token\":\"x.y.z\",\"expiresAt\":\"T1\"}");
        assertEquals(
                0,
                console.run(
                        "token",
                        "create",
                        "--name",
                        "my \"app\"",
                        "--scope",
                        "a:read,b.*:write",
                        "--scope",
                        "metrics",
                        "--origin",
                        "http://localhost:5173",
                        "--days",
                        "7"));
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST /api/tokens", request.method() + " " + request.target());
        assertEquals(
                "{\"name\":\"my \\\"app\\\"\",\"scopes\":[\"a:read\",\"b.*:write\",\"metrics\"],"
                        + "\"origins\":[\"http://localhost:5173\"],\"days\":7}",
                request.body());
        assertEquals("x.y.z\n", console.out());
        assertTrue(console.err().contains("T1") && !console.err().contains("x.y.z"), console.err());
    }

    @Test
    void create_withoutNameOrScope_orForNoTime_isAUsageError() {
        assertEquals(2, console.run("token", "create", "--name", "a"));
        assertEquals(2, console.run("token", "create", "--scope", "a:read"));
        assertEquals(2, console.run("token", "create", "--name", "a", "--scope", "a:read", "--days", "0"));
        assertEquals(2, console.run("token"));
        assertNull(daemon.nextRequest());
    }

    @Test
    void create_refusedByTheDaemon_exitsWithItsReason() {
        daemon.answering(
                403, "{\"status\":403,\"code\":\"scope_missing\",\"detail\":\"only the owner\",\"hint\":\"so\"}");
        assertEquals(6, console.run("token", "create", "--name", "a", "--scope", "a:read"));
        assertTrue(console.err().contains("only the owner"), console.err());
    }

    @Test
    void list_tellsWhoMayDoWhat() {
        daemon.answering(200, TOKENS).answering(200, TOKENS);
        assertEquals(0, console.run("token", "list"));
        String out = console.out().replaceAll(" +", " ");
        assertTrue(out.contains("b2 page alice.*:read metrics http://localhost:5173 T2"), console.out());
        assertEquals(0, console.run("token", "list", "--json"));
        assertTrue(console.out().startsWith("{\"items\":["), console.out());
    }

    @Test
    void revoke_takesAnId_orANameThatIsOneTokens() {
        daemon.answering(200, TOKENS).answering(204, "").answering(200, TOKENS).answering(204, "");
        assertEquals(0, console.run("token", "revoke", "c3"));
        daemon.nextRequest();
        assertEquals("/api/tokens/c3", daemon.nextRequest().target());
        assertEquals(0, console.run("token", "revoke", "till"));
        daemon.nextRequest();
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("DELETE /api/tokens/a1", request.method() + " " + request.target());
        assertFalse(console.err().isEmpty());
    }

    @Test
    void revoke_ofNoneOrOfSeveral_sendsNothing() {
        daemon.answering(200, TOKENS).answering(200, TOKENS);
        assertEquals(4, console.run("token", "revoke", "nobody"));
        assertEquals(2, console.run("token", "revoke", "page"));
        assertTrue(console.err().contains("b2") && console.err().contains("c3"), console.err());
        daemon.nextRequest();
        daemon.nextRequest();
        assertNull(daemon.nextRequest());
    }

    @Test
    void code_isPrintedAlone() {
        daemon.answering(201, "{\"code\":\"abc\",\"seconds\":300}");
        assertEquals(0, console.run("token", "code"));
        assertEquals("abc\n", console.out());
        assertTrue(console.err().contains("/connect"), console.err());
        StubDaemon.Request request = daemon.nextRequest();
        assertEquals("POST /api/codes", request.method() + " " + request.target());
    }
}
