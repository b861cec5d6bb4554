package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonReader;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.request.JsonFields;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.Invitation;
import io.lanyard.daemon.pairing.Inviter;
import io.lanyard.daemon.pairing.Pairing;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Inviting a device, and joining a group, over HTTP: {@code /api/invitations} and {@code /api/join}. A code stands in the
 * body of the one answer that makes it and of the one request that uses it, and nowhere else.
 */
final class PairingRoutes {

    private static final Set<String> JSON_ONLY = Set.of("application/json");
    private static final int MAX_BODY_BYTES = 4 << 10;
    private static final int DEFAULT_MINUTES = 10;
    private static final int MAX_MINUTES = 24 * 60;
    private static final int MAX_NAMED = 10;
    private static final Pattern FROM = Pattern.compile("([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;

    private final Node node;
    private final Pairing pairing;
    private final Executor executor;

    /** Makes the routes. Answers that wait are written on {@code executor}. */
    PairingRoutes(Node node, Pairing pairing, Executor executor) {
        this.node = node;
        this.pairing = pairing;
        this.executor = executor;
    }

    /** Invites a device, and answers with the code, this once. */
    void invite(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(JSON_ONLY);
        exchange.body(MAX_BODY_BYTES, bytes -> {
            JsonFields fields = read(bytes, Set.of("admin", "minutes"), "an invitation");
            boolean admin = fields.flag("admin");
            int minutes = fields.has("minutes") ? fields.number("minutes", MAX_MINUTES) : DEFAULT_MINUTES;
            if (minutes == 0) {
                throw Code.INVALID_VALUE.exception("'minutes' is out of range", "write 1 to " + MAX_MINUTES);
            }
            Pairing.Standing standing = pairing.standing();
            if (!standing.isAdmin()) {
                throw Code.NOT_ADMIN.exception(
                        "this device is no admin of the group, so it cannot invite",
                        "invite from one of these: " + names(standing.admins()));
            }
            exchange.whenWritten(
                    CompletableFuture.supplyAsync(() -> created(admin, minutes), executor), executor, created -> {
                        JsonWriter json = new JsonWriter()
                                .beginObject()
                                .field("code", created.code().text())
                                .field("address", created.address())
                                .field("group", standing.groupName())
                                .name("invitation")
                                .beginObject();
                        describe(json, created.view());
                        exchange.with(
                                "Location", "/api/invitations/" + created.view().id());
                        exchange.with("Cache-Control", "no-store");
                        exchange.json(201, json.endObject().endObject().toString());
                    });
        });
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

    private Inviter.Created created(boolean admin, int minutes) {
        try {
            return pairing.invite(admin, TimeUnit.MINUTES.toMillis(minutes));
        } catch (Inviter.TooManyException e) {
            throw Code.TOO_MANY_INVITATIONS.exception(
                    e.getMessage(), "end one of those that GET /api/invitations lists");
        } catch (IOException e) {
            throw Code.NO_NETWORK.exception(
                    "nobody could come here: " + e.getMessage(),
                    "check the network, and whether the daemon was bound to it");
        }
    }

    /** Answers with the newest invitations, and never with a code. */
    void list(Exchange exchange) {
        exchange.allowParameters(Set.of());
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        for (Invitation.View view : pairing.invitations()) {
            json.beginObject();
            describe(json, view);
            json.endObject();
        }
        exchange.json(200, json.endArray().endObject().toString());
    }

    /** Takes an invitation back. */
    void end(Exchange exchange, String id) {
        exchange.allowParameters(Set.of());
        if (pairing.end(id).isEmpty()) {
            throw Code.NOT_FOUND.exception(
                    "there is no invitation " + Texts.shortened(id),
                    "GET /api/invitations lists those since the start");
        }
        exchange.empty(204);
    }

    /** Joins a group by a code; answers when this device is in it. */
    void join(Exchange exchange) {
        exchange.allowParameters(Set.of());
        exchange.requireJson(JSON_ONLY);
        exchange.body(MAX_BODY_BYTES, bytes -> {
            JsonFields fields = read(bytes, Set.of("code", "from", "yes"), "a join");
            PairingCode code = parsed(fields.string("code"));
            Optional<Matcher> from = fields.optionalString("from").map(PairingRoutes::parsedHost);
            Pairing.Standing before = pairing.standing();
            if (!fields.flag("yes") && !consented(exchange, before)) {
                return;
            }
            int port =
                    from.map(matcher -> matcher.group(2)).map(Integer::parseInt).orElse(0);
            exchange.whenWritten(
                    CompletableFuture.supplyAsync(
                            () -> joined(code, from.map(matcher -> matcher.group(1)), port), executor),
                    executor,
                    inviter -> answer(exchange, inviter, before));
        });
    }

    private void answer(Exchange exchange, Person inviter, Pairing.Standing before) {
        Pairing.Standing now = pairing.standing();
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("group", now.groupName())
                .field("admin", now.isAdmin())
                .field("left", before.groupName());
        person(json.name("inviter"), inviter);
        person(json.name("device"), now.self());
        exchange.json(200, json.endObject().toString());
    }

    private Person joined(PairingCode code, Optional<String> from, int port) {
        try {
            return pairing.join(code, from, port);
        } catch (PairingException e) {
            throw codeOf(e.reason()).exception(e.getMessage(), e.hint());
        }
    }

    private static PairingCode parsed(String text) {
        try {
            return PairingCode.parse(text);
        } catch (PairingCode.MistypedException e) {
            throw Code.MISTYPED_CODE.exception(e.getMessage(), "read it again from the inviting device");
        }
    }

    private static Matcher parsedHost(String text) {
        Matcher matcher = FROM.matcher(text);
        if (!matcher.matches()
                || matcher.group(2) != null && Integer.parseInt(matcher.group(2)) > MAX_PORT
                || "0".equals(matcher.group(2))) {
            throw Code.INVALID_VALUE.exception(
                    "'from' is HOST or HOST:PORT with a host name or an IPv4 address",
                    "name the device that invites, or leave it away");
        }
        return matcher;
    }

    /** Answers what joining would do, if there is anything here that it would do something to. */
    private boolean consented(Exchange exchange, Pairing.Standing standing) {
        long documents = node.status().documents();
        if (documents == 0 && standing.others().isEmpty()) {
            return true;
        }
        StringBuilder what = new StringBuilder();
        if (documents > 0) {
            what.append("This device holds ")
                    .append(documents)
                    .append(documents == 1 ? " document" : " documents")
                    .append(". What it holds goes to every device of the group that it joins, and theirs comes here;"
                            + " where both have the same document, fields merge, and what loses is kept in the conflict"
                            + " journal. ");
        }
        what.append("It leaves the group ").append(standing.groupName());
        if (standing.others().isEmpty()) {
            what.append(", which nobody else is in.");
        } else {
            what.append(", which goes on with ")
                    .append(names(standing.others()))
                    .append(". Retire this device there, so that garbage does not wait for it.");
        }
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("documents", documents)
                .field("leaves", standing.groupName())
                .name("others")
                .beginArray();
        CurrentNames current = new CurrentNames(node);
        standing.others().forEach(other -> person(json, current.of(other)));
        Problem problem = Code.NEEDS_CONSENT.with(what.toString(), "send \"yes\":true if that is what you want");
        String body = problem.body(Code.NEEDS_CONSENT.status());
        exchange.problem(
                Code.NEEDS_CONSENT.status(),
                body.substring(0, body.length() - 1) + ",\"consent\":"
                        + json.endArray().endObject() + "}");
        return false;
    }

    private static Code codeOf(Reason reason) {
        return switch (reason) {
            case WRONG_CODE -> Code.WRONG_CODE;
            case EXPIRED -> Code.INVITATION_EXPIRED;
            case USED -> Code.INVITATION_USED;
            case ENDED -> Code.INVITATION_ENDED;
            case ALREADY_MEMBER -> Code.ALREADY_MEMBER;
            case REVOKED -> Code.DEVICE_REVOKED;
            case NOT_ADMITTED -> Code.NOT_ADMITTED;
            case NOT_UNDERSTOOD -> Code.NOT_UNDERSTOOD;
            case NOBODY_FOUND -> Code.NOBODY_FOUND;
            case NOT_GENUINE -> Code.NOT_GENUINE;
            case CUT_OFF -> Code.CUT_OFF;
            case NOT_ADOPTED -> Code.NOT_ADOPTED;
            case BUSY -> Code.JOIN_UNDER_WAY;
        };
    }

    private String names(List<Person> devices) {
        CurrentNames current = new CurrentNames(node);
        String names = devices.stream()
                .limit(MAX_NAMED)
                .map(current::of)
                .map(device -> device.name() + " (" + device.shortId() + ")")
                .collect(Collectors.joining(", "));
        return devices.size() <= MAX_NAMED ? names : names + " and " + (devices.size() - MAX_NAMED) + " more";
    }

    private static void describe(JsonWriter json, Invitation.View view) {
        json.field("id", view.id())
                .field("role", view.admin() ? "admin" : "member")
                .field("state", view.state().name().toLowerCase(Locale.ROOT))
                .field("createdAt", Texts.time(view.createdMillis()))
                .field("expiresAt", Texts.time(view.expiresMillis()))
                .field("seen", view.seen())
                .field("tries", view.tries())
                .field("maxTries", view.maxTries())
                .field("lastSeen", Texts.orNull(view.lastSeen()))
                .name("joined");
        if (view.joiner().isPresent()) {
            person(json, view.joiner().get());
        } else {
            json.value(null);
        }
    }

    private static void person(JsonWriter json, Person person) {
        json.beginObject()
                .field("id", person.id())
                .field("shortId", person.shortId())
                .field("name", person.name())
                .endObject();
    }
}
