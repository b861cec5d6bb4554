package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.access.Sessions;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.Origin;
import io.lanyard.daemon.security.Scope;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code /connect}: the page on which a person lets a web app in.
 *
 * <p>Any page can open it, with whatever it likes in the address. So the page shows where the token would go, sends it to
 * that origin and to no other, cannot be framed, and can do nothing until the owner has signed in in this browser
 * ({@link Sessions}). Its text is the same for everybody: what the address says is put in by the script, as text.
 */
final class ConnectPage {

    private final Node node;
    private final WebFile page = new WebFile("connect.html");

    /** Reads the page from the class path. */
    ConnectPage(Node node) {
        this.node = node;
    }

    /**
     * Answers with the page. Without parameters it only signs the browser in.
     *
     * @throws Problem.ProblemException {@code invalid_value} if it is asked for something that no token could have
     */
    void page(Exchange exchange) {
        exchange.allowParameters(Set.of("app", "scope", "origin"));
        boolean isAsking = Stream.of("app", "scope", "origin")
                .anyMatch(name -> exchange.parameter(name).isPresent());
        if (isAsking) {
            check(exchange);
        }
        page.answer(exchange);
    }

    /** Tells a browser that is signed in whose daemon this is. */
    void session(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.json(
                200,
                new JsonWriter()
                        .beginObject()
                        .field("device", node.status().deviceName())
                        .endObject()
                        .toString());
    }

    private static void check(Exchange exchange) {
        TokenRoutes.checkedName(single(exchange, "app"));
        List<String> scopes = List.of(single(exchange, "scope").split("[ ,]+"));
        scopes.forEach(scope -> TokenRoutes.checked(scope, Scope::parse));
        String origin = TokenRoutes.checked(single(exchange, "origin"), Origin::checked);
        if (!origin.startsWith("http://") && !origin.startsWith("https://")) {
            throw Code.INVALID_VALUE.exception(
                    "a page of '" + Texts.shortened(origin) + "' cannot be sent a token so that nobody else gets it",
                    "serve the app at an address of its own, with lanyard up --public for one");
        }
    }

    private static String single(Exchange exchange, String name) {
        List<String> values = exchange.parameters(name);
        if (values.size() != 1) {
            throw Code.INVALID_VALUE.exception(
                    "'" + name + "' has to be there once", "open /connect?app=NAME&scope=contact:read&origin=ORIGIN");
        }
        return values.get(0);
    }
}
