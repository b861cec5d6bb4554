package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.feed.ChangeFeed;
import io.lanyard.daemon.api.feed.Events;
import io.lanyard.daemon.api.feed.SocketRoute;
import io.lanyard.daemon.api.feed.Streams;
import io.lanyard.daemon.api.http.Cors;
import io.lanyard.daemon.api.http.Routes;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.pairing.Pairing;
import java.util.concurrent.Executor;

/** The rows of the table of routes. Each is to be described in openapi.json; a test sees to it. */
public final class ApiRoutes {

    private ApiRoutes() {}

    /** Returns the table. Answers that wait for the node are written on {@code executor}. */
    public static Routes table(
            Node node,
            Executor executor,
            Streams streams,
            Events events,
            HealthRoutes health,
            SocketRoute sockets,
            TokenRoutes tokens,
            Pairing pairing,
            GroupAccess access) {
        Routes routes = new Routes();
        routes.open("GET", "/healthz", health::healthy)
                .open("GET", "/readyz", health::ready)
                .token("GET", "/metrics", health::metrics)
                .open("GET", "/ws", sockets::upgrade)
                .open("GET", Cors.CLIENT_MODULE, new ClientModule()::serve);
        SpecRoutes spec = new SpecRoutes();
        routes.open("GET", "/openapi.json", spec::openApi).open("GET", "/asyncapi.json", spec::asyncApi);
        addDoor(routes, tokens, new ConnectPage(node));
        addDocuments(routes, new DocumentRoutes(node, executor, System::currentTimeMillis));
        HistoryRoutes history = new HistoryRoutes(node, executor);
        String document = "/api/docs/{collection}/{id}";
        routes.token("GET", document + "/explain", one -> history.explain(one, one.readable()))
                .token("GET", document + "/history", one -> history.history(one, one.readable()))
                .token("POST", document + "/undo", one -> history.undo(one, one.writable()));
        addSync(routes, new SyncRoutes(node, executor));
        routes.token("GET", "/api/sync/changes", exchange -> ChangeFeed.start(exchange, node, streams, events));
        addSettings(routes, new SettingsRoutes(node, executor));
        addConflicts(routes, new ConflictRoutes(node, executor));
        DeviceRoutes devices = new DeviceRoutes(node, access, executor);
        routes.token("GET", "/api/devices", devices::list)
                .owner("POST", "/api/devices/{device}/retire", one -> devices.retire(one, one.part("device")));
        addPairing(routes, new PairingRoutes(node, pairing, executor));
        GroupRoutes group = new GroupRoutes(node, access.home(), executor);
        routes.token("GET", "/api/group", group::get)
                .owner("POST", "/api/devices/{device}/revoke", one -> group.revoke(one, one.part("device")))
                .owner("POST", "/api/keys/rotate", group::rotate);
        VerifyRoutes verify = new VerifyRoutes(node, executor);
        routes.owner("POST", "/api/sync/verify", verify::begin)
                .owner("GET", "/api/sync/verify/{number}", one -> verify.get(one, one.part("number")));
        return routes;
    }

    private static void addDoor(Routes routes, TokenRoutes tokens, ConnectPage connect) {
        routes.owner("GET", "/api/tokens", tokens::list)
                .owner("POST", "/api/tokens", tokens::create)
                .owner("DELETE", "/api/tokens/{token}", one -> tokens.revoke(one, one.part("token")))
                .owner("POST", "/api/codes", tokens::newCode)
                .open("GET", "/connect", connect::page)
                .open("GET", "/connect.js", new WebFile("connect.js")::serve)
                .open("GET", "/connect.css", new WebFile("connect.css")::serve)
                .open("GET", "/", new WebFile("dashboard.html")::serve)
                .open("GET", "/dashboard.js", new WebFile("dashboard.js")::serve)
                .open("GET", "/dashboard.css", new WebFile("dashboard.css")::serve)
                .owner("GET", "/connect/session", connect::session)
                .open("POST", "/connect/session", tokens::signIn);
    }

    private static void addPairing(Routes routes, PairingRoutes pairing) {
        routes.owner("GET", "/api/invitations", pairing::list)
                .owner("POST", "/api/invitations", pairing::invite)
                .owner("DELETE", "/api/invitations/{invitation}", one -> pairing.end(one, one.part("invitation")))
                .owner("POST", "/api/join", pairing::join);
    }

    private static void addDocuments(Routes routes, DocumentRoutes documents) {
        String collection = "/api/docs/{collection}";
        String document = "/api/docs/{collection}/{id}";
        routes.token("GET", collection, one -> documents.list(one, one.readableCollection()))
                .token("POST", collection, one -> documents.post(one, one.writableCollection()))
                .token("GET", document, one -> documents.get(one, one.readable()))
                .token("PUT", document, one -> documents.put(one, one.writable()))
                .token("PATCH", document, one -> documents.patch(one, one.writable()))
                .token("DELETE", document, one -> documents.delete(one, one.writable()));
    }

    private static void addSync(Routes routes, SyncRoutes sync) {
        routes.token("POST", "/api/sync/batch", sync::batch)
                .token("GET", "/api/sync/status", sync::status)
                .token("GET", "/api/peers", sync::peers)
                .token("GET", "/api/collections", sync::collections);
    }

    private static void addSettings(Routes routes, SettingsRoutes settings) {
        String path = "/api/collections/{collection}/settings";
        routes.token("GET", path, one -> settings.get(one, one.part("collection")))
                .token("PUT", path, one -> settings.put(one, one.part("collection")));
    }

    private static void addConflicts(Routes routes, ConflictRoutes conflicts) {
        String conflict = "/api/conflicts/{number}";
        routes.token("GET", "/api/conflicts", conflicts::list)
                .token("GET", conflict, one -> conflicts.get(one, one.part("number")))
                .token("POST", conflict + "/restore", one -> conflicts.restore(one, one.part("number")))
                .token("POST", conflict + "/dismiss", one -> conflicts.dismiss(one, one.part("number")));
    }
}
