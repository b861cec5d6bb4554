package io.lanyard.daemon.api.route;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.Check;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Whether this device and the others show the same, over HTTP: {@code /api/sync/verify} and what is below it. */
final class VerifyRoutes {

    private static final int DEFAULT_WAIT_SECONDS = 20;
    private static final int MAX_WAIT_SECONDS = 25;

    private final Node node;
    private final Executor executor;

    /** Makes the routes. Answers are written on {@code executor}. */
    VerifyRoutes(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
    }

    /** Begins a check, and answers when it ended or when the caller waited long enough. */
    void begin(Exchange exchange) {
        exchange.allowParameters(Set.of("repairFrom", "wait"));
        long waitSeconds = waitSeconds(exchange);
        Optional<String> repairFrom = exchange.parameter("repairFrom");
        if (repairFrom
                .filter(name -> name.isEmpty() || name.length() > Device.MAX_LENGTH)
                .isPresent()) {
            throw Code.INVALID_VALUE.exception("repairFrom names no device", "write a device's name or id");
        }
        await(exchange, node.verify(repairFrom), waitSeconds);
    }

    /** Answers with a check that was begun, when it ended or when the caller waited long enough. */
    void get(Exchange exchange, String number) {
        exchange.allowParameters(Set.of("wait"));
        long waitSeconds = waitSeconds(exchange);
        Check check = number.matches("[0-9]{1,18}")
                ? node.check(Long.parseLong(number)).orElseThrow(() -> unknown(number))
                : null;
        if (check == null) {
            throw unknown(number);
        }
        await(exchange, check, waitSeconds);
    }

    private static long waitSeconds(Exchange exchange) {
        return exchange.number("wait", 0, MAX_WAIT_SECONDS, DEFAULT_WAIT_SECONDS);
    }

    private static ProblemException unknown(String number) {
        return Code.NOT_FOUND.exception(
                "there is no check " + Texts.shortened(number), "the newest ones since the daemon's start are kept");
    }

    private void await(Exchange exchange, Check check, long waitSeconds) {
        CompletableFuture<Optional<VerifyReport>> soon = check.report()
                .thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), waitSeconds, TimeUnit.SECONDS);
        exchange.whenWritten(soon, executor, report -> answer(exchange, check, report));
    }

    private static void answer(Exchange exchange, Check check, Optional<VerifyReport> report) {
        if (report.isEmpty()) {
            exchange.with("Location", "/api/sync/verify/" + check.number());
            exchange.json(
                    202,
                    new JsonWriter()
                            .beginObject()
                            .field("number", check.number())
                            .field("state", "running")
                            .endObject()
                            .toString());
            return;
        }
        report.get().repair().filter(repair -> repair.refusal() != null).ifPresent(repair -> {
            throw refusal(repair);
        });
        exchange.json(200, text(check.number(), report.get()));
    }

    private static ProblemException refusal(Repair repair) {
        Refusal refusal = repair.refusal();
        Code code = switch (refusal) {
            case UNKNOWN_DEVICE -> Code.UNKNOWN_DEVICE;
            case OFFLINE -> Code.DEVICE_OFFLINE;
            case NOT_IN_STEP -> Code.NOT_IN_STEP;
            case NO_ANSWER -> Code.NO_ANSWER;
            case BUSY -> Code.OVERLOADED;
        };
        String hint = switch (refusal) {
            case UNKNOWN_DEVICE -> "'lanyard peers' lists names and ids";
            case OFFLINE -> "start it, and try again once 'lanyard peers' shows it online";
            case NOT_IN_STEP -> "a repair never unites, so both must hold the same writes: try again in a moment";
            case NO_ANSWER, BUSY -> "try again in a moment";
        };
        return code.exception("nothing was repaired: " + repair.detail(), hint);
    }

    private static String text(long number, VerifyReport report) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("number", number)
                .field("state", "done")
                .field("verdict", word(report.verdict()))
                .field("beganAt", Texts.time(report.beganMillis()))
                .field("endedAt", Texts.time(report.endedMillis()))
                .name("own")
                .beginObject()
                .field("documents", report.own().documents())
                .field("digest", report.own().digest().toString())
                .field("digestWasWrong", report.own().wasDigestWrong())
                .field("altered", names(report.own().altered()))
                .field("unreadable", names(report.own().unreadable()))
                .endObject()
                .name("peers")
                .beginArray();
        for (PeerResult peer : report.peers()) {
            json.beginObject()
                    .field("id", peer.device().id())
                    .field("name", peer.device().name())
                    .field("verdict", word(peer.verdict()))
                    .field("detail", Texts.orNull(peer.detail()))
                    .field("documents", names(peer.documents()))
                    .field("more", peer.hasMore())
                    .endObject();
        }
        json.endArray().name("repair");
        if (report.repair().isPresent()) {
            Repair repair = report.repair().get();
            json.beginObject()
                    .field("id", repair.from().id())
                    .field("name", repair.from().name())
                    .field("replaced", repair.replaced())
                    .endObject();
        } else {
            json.raw("null");
        }
        return json.endObject().toString();
    }

    private static String word(VerifyReport.Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }

    private static List<String> names(List<DocumentId> ids) {
        return ids.stream().map(DocumentId::toString).toList();
    }
}
