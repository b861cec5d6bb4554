package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.access.Callers;
import io.lanyard.daemon.api.access.Sessions;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.request.JsonFields;
import io.lanyard.daemon.security.AccessToken;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.Origin;
import io.lanyard.daemon.security.Scope;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.security.TokenBook.Created;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tokens over HTTP: {@code /api/tokens} and what is below it, and the codes by which a browser signs in. */
public final class TokenRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(TokenRoutes.class);
    private static final Set<String> JSON_ONLY = Set.of("application/json");
    private static final int MAX_BODY_BYTES = 16 << 10;
    private static final int MAX_NAME_CHARACTERS = 64;
    private static final int MAX_ENTRIES = 32;
    private static final int DEFAULT_DAYS = 90;

    private final Callers callers;

    /** Makes the routes. */
    public TokenRoutes(Callers callers) {
        this.callers = callers;
    }

    /** Answers with the tokens that are good now, and never with their texts: nobody has these any more. */
    void list(Exchange exchange) {
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        for (AccessToken token : callers.list()) {
            json.beginObject();
            describe(json, token);
            json.endObject();
        }
        exchange.json(200, json.endArray().endObject().toString());
    }

    /** Makes a token, and answers with its text, this once. */
    void create(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(JSON_ONLY);
        exchange.body(MAX_BODY_BYTES, bytes -> {
            JsonFields fields = read(bytes, Set.of("name", "scopes", "origins", "days"), "a token");
            String name = checkedName(fields.string("name"));
            List<Scope> scopes = texts(fields, "scopes").stream()
                    .map(text -> checked(text, Scope::parse))
                    .toList();
            if (scopes.isEmpty()) {
                throw Code.INVALID_VALUE.exception(
                        "a token without scopes may nothing", "send \"scopes\":[\"contact:read\"]");
            }
            List<String> origins = texts(fields, "origins").stream()
                    .map(text -> checked(text, Origin::checked))
                    .toList();
            int maxDays = (int) TokenBook.MAX_LIFE.toDays();
            int days = fields.has("days") ? fields.number("days", maxDays) : DEFAULT_DAYS;
            if (days == 0) {
                throw Code.INVALID_VALUE.exception("'days' is out of range", "write 1 to " + maxDays);
            }
            answer(exchange, created(name, scopes, origins, days));
        });
    }

    /** Revokes a token. */
    void revoke(Exchange exchange, String id) {
        exchange.allowParameters(Set.of());
        boolean isRevoked;
        try {
            isRevoked = callers.revoke(id);
        } catch (IdentityException e) {
            throw unwritable(
                    e, "it is good no more, but will be again after the next start: mend the disk and try again");
        }
        if (!isRevoked) {
            throw Code.NOT_FOUND.exception("there is no token " + Texts.shortened(id), "GET /api/tokens lists them");
        }
        LOG.info("the token {} was revoked", id);
        exchange.empty(204);
    }

    /** Makes a code by which a browser signs in as the owner. */
    void newCode(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.json(
                201,
                new JsonWriter()
                        .beginObject()
                        .field("code", callers.sessions().newCode())
                        .field("seconds", Sessions.CODE_SECONDS)
                        .endObject()
                        .toString());
    }

    /** Gives a browser that shows a code its secret. */
    void signIn(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(JSON_ONLY);
        exchange.body(MAX_BODY_BYTES, bytes -> {
            JsonFields fields = read(bytes, Set.of("code"), "a sign-in");
            String session = callers.sessions()
                    .redeem(fields.string("code"))
                    .orElseThrow(() -> Code.UNAUTHORIZED.exception(
                            "the code is wrong, too old, or was used before",
                            "make another one with lanyard token code"));
            exchange.json(
                    201,
                    new JsonWriter()
                            .beginObject()
                            .field("session", session)
                            .endObject()
                            .toString());
        });
    }

    private Created created(String name, List<Scope> scopes, List<String> origins, int days) {
        try {
            Created created = callers.create(name, scopes, origins, Duration.ofDays(days));
            LOG.info("the token {} ({}) may {}", created.token().id(), name, scopes);
            return created;
        } catch (TokenBook.RefusedException e) {
            throw (callers.list().size() >= TokenBook.MAX_TOKENS ? Code.TOO_MANY_TOKENS : Code.INVALID_VALUE)
                    .exception(
                            "the token cannot be made: " + e.getMessage(),
                            "revoke some, or ask for less: * stands for any text");
        } catch (IdentityException e) {
            throw unwritable(e, "mend the disk and try again");
        }
    }

    private static void answer(Exchange exchange, Created created) {
        JsonWriter json = new JsonWriter().beginObject();
        describe(json, created.token());
        exchange.with("Location", "/api/tokens/" + created.token().id());
        exchange.json(201, json.field("token", created.text()).endObject().toString());
    }

    private static void describe(JsonWriter json, AccessToken token) {
        json.field("id", token.id())
                .field("name", token.name())
                .field("scopes", token.scopes().stream().map(Scope::toString).toList())
                .field("origins", token.origins())
                .field("createdAt", Texts.time(token.createdMillis()))
                .field("expiresAt", Texts.time(token.expiresMillis()));
    }

    private static JsonFields read(byte[] bytes, Set<String> known, String what) {
        return JsonReader.read(bytes, reader -> {
            JsonFields fields = JsonFields.read(reader, known, what);
            if (reader.firstProblem() != null) {
                throw reader.firstProblem().exception();
            }
            return fields;
        });
    }

    private static List<String> texts(JsonFields fields, String name) {
        List<String> texts = fields.strings(name);
        if (texts.size() > MAX_ENTRIES) {
            throw Code.INVALID_VALUE.exception(
                    "a token may have at most " + MAX_ENTRIES + " " + name, "make several tokens");
        }
        return texts.stream().distinct().toList();
    }

    /**
     * Returns a name that shows people what it says: no control characters, and none that turn the text around.
     *
     * @throws ProblemException {@code invalid_value} if it does not
     */
    static String checkedName(String name) {
        boolean isPrintable = name.codePoints().noneMatch(point -> switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        });
        if (!isPrintable || name.isBlank() || name.length() > MAX_NAME_CHARACTERS) {
            throw Code.INVALID_VALUE.exception("a name has 1 to " + MAX_NAME_CHARACTERS + " printable characters", "");
        }
        return name;
    }

    /** Reads a scope or an origin; {@code invalid_value} says what is wrong with it. */
    static <T> T checked(String text, Function<String, T> reading) {
        try {
            return reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw Code.INVALID_VALUE.exception("'" + Texts.shortened(text) + "' is not allowed", e.getMessage());
        }
    }

    private static ProblemException unwritable(IdentityException e, String hint) {
        LOG.warn("the tokens cannot be written: {}", e.getMessage());
        return Code.DISK_ERROR.exception("the file of the tokens cannot be written", hint);
    }
}
