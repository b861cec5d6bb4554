package io.lanyard.daemon.api.route;

import io.lanyard.daemon.api.access.GroupAccess;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.node.NodeStatus.GarbageWait;
import io.lanyard.daemon.node.NodeStatus.KnownDevice;
import io.lanyard.daemon.security.Member;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.Scope.Right;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/** The devices of the group, over HTTP: {@code /api/devices} and what is below it. */
final class DeviceRoutes {

    private final Node node;
    private final GroupAccess group;
    private final Executor executor;

    /** Makes the routes. Answers that wait for the node are written on {@code executor}. */
    DeviceRoutes(Node node, GroupAccess group, Executor executor) {
        this.node = node;
        this.group = group;
        this.executor = executor;
    }

    /** Answers with every device that was ever heard of or admitted. */
    void list(Exchange exchange) {
        exchange.caller().checkUse(Right.DEVICES);
        exchange.allowParameters(Set.of());
        NodeStatus status = node.status();
        JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
        MemberBook book = group.home().book();
        Map<String, Member> unheard = new LinkedHashMap<>();
        book.members().forEach(member -> unheard.put(member.id(), member));
        for (KnownDevice device : status.devices()) {
            describe(json, device);
            unheard.remove(device.id());
        }
        unheard.values().forEach(member -> describe(json, unheard(member, status)));
        json.endArray();
        EventJson.garbage(json, status);
        exchange.json(200, json.endObject().toString());
    }

    /** Retires one: it counts no more. */
    void retire(Exchange exchange, String id) {
        exchange.allowParameters(Set.of());
        exchange.whenWritten(node.retire(id), executor, outcome -> answer(exchange, id, outcome));
    }

    private static void answer(Exchange exchange, String id, RetireOutcome outcome) {
        switch (outcome) {
            case RETIRED, ALREADY_RETIRED ->
                exchange.json(
                        200,
                        new JsonWriter()
                                .beginObject()
                                .field("id", id)
                                .field("outcome", outcome.name().toLowerCase(Locale.ROOT))
                                .endObject()
                                .toString());
            case UNKNOWN_DEVICE ->
                exchange.problem(Code.NOT_FOUND.with(
                        "no device " + Texts.shortened(id) + " was ever heard of", "GET /api/devices lists them"));
            case IS_ONLINE ->
                exchange.problem(Code.DEVICE_ONLINE.with(
                        "the device " + Texts.shortened(id) + " is reachable, so it counts",
                        "end its daemon first, if it is to leave for good"));
            case IS_SELF ->
                exchange.problem(Code.DEVICE_ONLINE.with(
                        Texts.shortened(id) + " is this device",
                        "retire it from another one, once its daemon has ended"));
        }
    }

    /** A device that was admitted, and never came or said nothing that is understood. */
    private KnownDevice unheard(Member member, NodeStatus status) {
        boolean isSelf = member.id().equals(group.home().identity().id());
        boolean isHere = status.notUnderstood().stream().anyMatch(member.id()::startsWith);
        GarbageWait wait = isHere ? GarbageWait.NOT_UNDERSTOOD : GarbageWait.NONE;
        return new KnownDevice(
                member.id(), member.name(), isSelf, isSelf || isHere, false, false, false, 0, wait, 0, false, 0);
    }

    private static String reason(KnownDevice device) {
        return device.holdsBackGarbage() ? device.waits().name().toLowerCase(Locale.ROOT) : null;
    }

    private void describe(JsonWriter json, KnownDevice device) {
        MemberBook book = group.home().book();
        Member member = book.find(device.id()).orElse(null);
        json.beginObject()
                .field("id", device.id())
                .field("name", device.name())
                .field("self", device.isSelf())
                .field("online", device.isOnline())
                .field("inStep", device.isInStep())
                .field("retired", device.isRetired())
                .field("retirementEffective", device.isRetirementEffective())
                .field("behind", device.behindWrites())
                .field("waitsForGarbage", device.holdsBackGarbage())
                .field("waitsBecause", reason(device))
                .field("clockOffsetMillis", device.clockOffsetMillis())
                .field("clockOff", device.isClockOff())
                .field("lastSeen", Texts.timeOrNull(device.lastSeenMillis()))
                .field("role", member == null ? null : member.role().word())
                .field("admittedBy", member == null ? null : member.admittedBy())
                .field("revoked", book.isRevoked(device.id()))
                .field("version", group.versionOf().apply(device.id()).orElse(null))
                .endObject();
    }
}
