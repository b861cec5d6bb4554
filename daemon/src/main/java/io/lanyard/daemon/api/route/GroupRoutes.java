package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.Member;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.NotAdminException;
import io.lanyard.daemon.security.Scope.Right;
import java.util.Set;
import java.util.concurrent.Executor;

/** Who belongs to the group, over HTTP: {@code /api/group}, and what an admin does. */
final class GroupRoutes {

    private final Node node;
    private final GroupHome home;
    private final Executor executor;

    /** Makes the routes. Answers that wait for the node are written on {@code executor}. */
    GroupRoutes(Node node, GroupHome home, Executor executor) {
        this.node = node;
        this.home = home;
        this.executor = executor;
    }

    /** Answers with the group and this device's place in it. */
    void get(Exchange exchange) {
        exchange.caller().checkUse(Right.DEVICES);
        exchange.allowParameters(Set.of());
        MemberBook book = home.book();
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("id", book.groupId())
                .field("name", book.groupName())
                .field("device", home.identity().id())
                .field("member", book.isMember(home.identity().id()))
                .field("admin", home.isAdmin())
                .field("epoch", home.epoch())
                .name("admins")
                .beginArray();
        CurrentNames names = new CurrentNames(node);
        for (Member admin : book.admins()) {
            json.beginObject()
                    .field("id", admin.id())
                    .field("name", names.of(admin))
                    .endObject();
        }
        exchange.json(200, json.endArray().endObject().toString());
    }

    /** Takes a device's membership away, and retires it. */
    void revoke(Exchange exchange, String id) {
        exchange.allowParameters(Set.of());
        if (id.equals(home.identity().id())) {
            throw Code.DEVICE_ONLINE.exception(
                    Texts.shortened(id) + " is this device", "revoke it from the device of another admin");
        }
        MemberBook book = home.book();
        if (book.find(id).isEmpty() && !book.isRevoked(id)) {
            throw Code.NOT_FOUND.exception(
                    "no device " + Texts.shortened(id) + " was ever admitted", "GET /api/devices lists them");
        }
        boolean isNew = !book.isRevoked(id);
        try {
            if (isNew) {
                home.revoke(id);
            }
        } catch (NotAdminException e) {
            throw notAdmin(e);
        } catch (IdentityException e) {
            throw notWritten(e);
        }
        exchange.whenWritten(node.retire(id), executor, outcome -> {
            boolean isRetired = outcome == RetireOutcome.RETIRED || outcome == RetireOutcome.ALREADY_RETIRED;
            exchange.json(
                    200,
                    new JsonWriter()
                            .beginObject()
                            .field("id", id)
                            .field("outcome", isNew ? "revoked" : "already_revoked")
                            .field("retired", isRetired)
                            .endObject()
                            .toString());
        });
    }

    /** Gives the group a new secret. */
    void rotate(Exchange exchange) {
        exchange.allowParameters(Set.of());
        try {
            int epoch = home.rotate();
            exchange.json(
                    200,
                    new JsonWriter()
                            .beginObject()
                            .field("epoch", epoch)
                            .endObject()
                            .toString());
        } catch (NotAdminException e) {
            throw notAdmin(e);
        } catch (IdentityException e) {
            throw notWritten(e);
        }
    }

    private ProblemException notAdmin(NotAdminException e) {
        return Code.NOT_ADMIN.exception(e.message(new CurrentNames(node)::of), "do it on the device of an admin");
    }

    private static ProblemException notWritten(IdentityException e) {
        return Code.DISK_ERROR.exception(e.getMessage(), e.hint());
    }
}
