package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Storage;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import io.lanyard.daemon.watch.Watchdog;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks for all that is not about documents: the device and the others, tokens and pages, and what strangers get. */
final class DeviceTour extends Tour {

    /** Sets out; to be used once. */
    DeviceTour(FakeNode node, ApiFixture api, DescribedApi described) {
        super(node, api, described);
    }

    /** Whether the daemon lives, what it says of itself, and the WebSocket. */
    void health() throws Exception {
        for (String path : List.of("/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json")) {
            ask("GET", path, 200);
        }
        node.readiness = new Node.Readiness(
                List.of(new Watchdog.Stuck("writer", 61_000)), new Storage(Storage.State.FULL, "no room"));
        ask("GET", "/readyz", 503);
        node.readiness = new Node.Readiness(List.of(), new Storage(Storage.State.WRITABLE, ""));
        String etag =
                ask("GET", "/lanyard.js", 200).headers().firstValue("ETag").orElseThrow();
        ask("GET", "/lanyard.js", 304, "If-None-Match", etag);
        ask("GET", "/ws", 426);
        ask("GET", "/ws", 422, "Lanyard-Client", "x".repeat(1_000));
        ask("GET", "/ws", 401, "Authorization", "Bearer wrong");
        SocketClient.open(api).close();
        described.note("GET /ws", 101);
    }

    /** The status, and the change feed. */
    void sync() throws Exception {
        ask("GET", "/api/sync/status", 200);
        node.adornStatus = DescribedStatus::full;
        ask("GET", "/api/sync/status", 200);
        node.adornStatus = status -> status;
        node.adornStatus = status -> {
            throw new Node.StoppedException("the store failed", null);
        };
        for (String path : List.of("/api/sync/status", "/api/peers", "/api/devices")) {
            ask("GET", path, 503);
        }
        node.adornStatus = status -> status;
        ask("GET", "/api/peers", 200);
        ask("GET", "/api/collections", 200);
        node.writeRemotely(Operation.delete(new DocumentId("expense", "b1"), Operation.Condition.NONE));
        String changes = "/api/sync/changes?live=0";
        ask("GET", changes + "&since=start&collection=*&echo=1", 200, "Lanyard-Client", "pos");
        ask(
                "GET",
                changes,
                200,
                "Accept",
                "text/event-stream",
                "Last-Event-ID",
                node.start().toString());
        node.writeRemotely(till("t1", "true"), till("t2", "false"));
        String before = node.tail().toString();
        node.writeRemotely(till("t1", "false"), till("t2", "true"));
        ask("GET", changes + "&collection=till&where=open=true&since=" + before, 200);
        ask("GET", changes + "&since=123-4", 410);
        ask("GET", changes + "&since=nowhere", 422);
    }

    private static Operation till(String id, String open) {
        return new Operation(
                Operation.Kind.PUT,
                new DocumentId("till", id),
                FakeNode.leaves("open", open),
                Operation.Condition.NONE);
    }

    /** Devices, and who belongs to the group. */
    void devices() throws Exception {
        ask("GET", "/api/devices", 200);
        write("POST", "/api/devices/device-3/retire", null, 200);
        write("POST", "/api/devices/device-2/retire", null, 409);
        write("POST", "/api/devices/device-9/retire", null, 404);
        GroupHome home = api.group.home();
        PublicKey other = home.identity().publicKey();
        ask("GET", "/api/group", 200);
        write("POST", "/api/keys/rotate", null, 200);
        write("POST", "/api/devices/device-9/revoke", null, 404);
        write("POST", "/api/devices/" + home.identity().id() + "/revoke", null, 409);
        Path admins = Files.createDirectory(api.home().resolve("admin"));
        GroupHome admin = GroupHome.openOrCreate(admins, "office");
        home.admit(admin.identity().publicKey(), "van", Role.MEMBER);
        Path book = api.home().resolve("members");
        Files.delete(book);
        Files.createDirectories(book.resolve("in the way"));
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 507);
        write("POST", "/api/keys/rotate", null, 507);
        Files.delete(book.resolve("in the way"));
        Files.delete(book);
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 200);
        home.adopt(admin.admit(other, "till", Role.MEMBER));
        write("POST", "/api/devices/" + admin.identity().id() + "/revoke", null, 403);
        write("POST", "/api/keys/rotate", null, 403);
        for (String name : List.of("device.p12", "members", "group")) {
            Files.delete(admins.resolve(name));
        }
        Files.delete(admins);
    }

    /** Inviting and joining. */
    void pairing() throws Exception {
        String full = "{\"admin\":true,\"minutes\":5}";
        write("POST", "/api/invitations", full, 201);
        ask("GET", "/api/invitations", 200);
        refuseSmallBodies("/api/invitations", "{\"admin\":%s}");
        write("POST", "/api/invitations", "{\"minutes\":0}", 422);
        write("DELETE", "/api/invitations/0a0b0c0d", null, 204);
        write("DELETE", "/api/invitations/1", null, 404);
        api.pairing.noNetwork = new IOException("no network");
        write("POST", "/api/invitations", full, 503);
        api.pairing.isAdmin = false;
        write("POST", "/api/invitations", full, 403);
        refuseSmallBodies("/api/join", "{\"code\":%s}");
        String join = "{\"code\":\"" + FakePairing.CODE.text() + "\",\"from\":\"10.0.0.1\",\"yes\":true}";
        write("POST", "/api/join", join, 200);
        write("POST", "/api/join", join.replace("10.0.0.1", "?"), 422);
        write("POST", "/api/join", "{\"code\":\"K7QF\"}", 422);
        api.pairing.others = List.of(FakePairing.OTHER);
        write("POST", "/api/join", join.replace("true", "false"), 409);
        for (Reason reason : Reason.values()) {
            api.pairing.refusal = new PairingException(reason, "It did not work.", "try again");
            int status = Map.of(Reason.NOBODY_FOUND, 404, Reason.CUT_OFF, 503, Reason.NOT_ADOPTED, 503)
                    .getOrDefault(reason, 409);
            write("POST", "/api/join", join, status);
        }
    }

    /** Whether all show the same. */
    void verify() throws Exception {
        String verify = "/api/sync/verify";
        write("POST", verify + "?wait=0", null, 202);
        ask("GET", verify + "/3?wait=0", 202);
        ask("GET", verify + "/9", 404);
        write("POST", verify + "?wait=99", null, 422);
        ask("GET", verify + "/3?wait=99", 422);
        Device office = new Device("o1", "office");
        node.report.complete(report(new Repair(office, 2, null, "")));
        write("POST", verify + "?repairFrom=office", null, 200);
        ask("GET", verify + "/3", 200);
        for (Refusal refusal : Refusal.values()) {
            node.report.obtrudeValue(report(new Repair(office, 0, refusal, "so")));
            int status = Map.of(Refusal.UNKNOWN_DEVICE, 404, Refusal.NO_ANSWER, 504, Refusal.BUSY, 503)
                    .getOrDefault(refusal, 409);
            write("POST", verify + "?repairFrom=office", null, status);
            ask("GET", verify + "/3", status);
        }
    }

    private static VerifyReport report(Repair repair) {
        PeerResult peer =
                new PeerResult(repair.from(), Verdict.DIFFERS, "", List.of(new DocumentId("contact", "ada")), false);
        return new VerifyReport(
                1_000,
                2_000,
                new VerifyReport.Own(2, Hash.ZERO, false, List.of(), List.of()),
                List.of(peer),
                Optional.of(repair));
    }

    /** Tokens, and the pages. */
    void tokens() throws Exception {
        String full =
                "{\"name\":\"app\",\"scopes\":[\"contact:read\"],\"origins\":[\"http://localhost:5173\"],\"days\":1}";
        String made = ApiFixture.json(write("POST", "/api/tokens", full, 201))
                .get("id")
                .asText();
        ask("GET", "/api/tokens", 200);
        refuseSmallBodies("/api/tokens", "{\"name\":%s}");
        write("DELETE", "/api/tokens/" + made, null, 204);
        String other = ApiFixture.json(write("POST", "/api/tokens", full, 201))
                .get("id")
                .asText();
        Path file = api.home().resolve("tokens.json");
        Files.delete(file);
        Files.createDirectory(file); // a file cannot take its place
        write("POST", "/api/tokens", full, 507);
        write("DELETE", "/api/tokens/" + other, null, 507);
        Files.delete(file);
        write("DELETE", "/api/tokens/" + made, null, 404);
        write("GET", "/api/sync/status?access_token=x", null, 400);
        ask("GET", "/connect", 200);
        ask("GET", "/connect?app=Notes&scope=alice.*:write&origin=http://localhost:5173", 200);
        ask("GET", "/connect?app=Notes&scope=all&origin=http://localhost:5173", 422);
        ask("GET", "/connect.js", 200);
        ask("GET", "/connect.css", 200);
        ask("GET", "/", 200);
        ask("GET", "/dashboard.js", 200);
        ask("GET", "/dashboard.css", 200);
        String code = ApiFixture.json(write("POST", "/api/codes", null, 201))
                .get("code")
                .asText();
        refuseSmallBodies("/connect/session", "{\"code\":%s}");
        write("POST", "/connect/session", "{\"code\":\"wrong\"}", 401);
        write("POST", "/connect/session", "{\"code\":\"" + code + "\"}", 201);
        ask("GET", "/connect/session", 200);
    }

    private void refuseSmallBodies(String path, String form) throws Exception {
        write("POST", path, "{", 400);
        write("POST", path, "{\"zz\":1}", 400);
        write("POST", path, form.formatted("{\"b\":1,\"b\":2}"), 400);
        write("POST", path, form.formatted("\"" + "x".repeat(1 << 20) + "\""), 413);
        write("POST", path, form.formatted("1"), 422);
        write("POST", path, form.formatted("\"x\""), 415, "Content-Type", "text/plain");
        HttpResponse<String> response = api.send(api.request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(form.formatted("\"\u00e9\"").getBytes(StandardCharsets.ISO_8859_1))));
        described.check("POST", path, null, response);
    }

    /** What may be refused everywhere. */
    void strangers() throws Exception {
        for (Routes.Route route : api.server.routes().all()) {
            String path = route.path().replaceAll("\\{\\w+}", "1");
            if (route.rights() != Routes.Rights.OPEN) {
                write(route.method(), path, null, 401, "Authorization", "Bearer wrong");
                write(route.method(), path, null, 403, "Origin", "http://evil.example");
            }
            HttpResponse<String> refused = api.send("PURGE", path, null);
            ApiFixture.assertProblem(405, "method_not_allowed", refused);
            described.checkRefusal(refused);
        }
        write("GET", "/api/sync/status?zz=1", null, 400);
        write("GET", "/api/sync/status", null, 431, "Big", "x".repeat(20_000));
        described.checkRefusal(api.get("/nothing"));
        String answer = api.raw("GET /healthz HTTP/1.1\nHost: evil.example\nConnection: close\n\n");
        assertTrue(answer.contains("\"code\":\"host_not_allowed\""), answer);
        described.noteCode("host_not_allowed");
        answer = api.raw("GET /%zz HTTP/1.1\nHost: 127.0.0.1:" + api.server.port() + "\nConnection: close\n\n");
        assertTrue(answer.contains("\"code\":\"bad_request\""), answer);
        described.noteCode("bad_request");
    }
}
