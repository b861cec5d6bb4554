package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.Intake.Item;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Who waits for an answer of the engine, by the ticket that the engine was given. Each is answered once: by an effect of
 * the engine, or by a refusal. One thread, that of the {@link Writer}.
 */
final class Answers {

    private final Map<Long, CompletableFuture<WriteResult>> writes = new HashMap<>();
    private final Map<Long, CompletableFuture<VerifyReport>> checks = new HashMap<>();
    private final Map<Long, CompletableFuture<RetireOutcome>> retirements = new HashMap<>();
    private final Map<Long, CompletableFuture<Void>> belongings = new HashMap<>();
    private long lastTicket;

    /** Returns the ticket for a write. */
    long expect(Item.Writing writing) {
        writes.put(++lastTicket, writing.result());
        return lastTicket;
    }

    /** Returns the ticket for a check. */
    long expect(Item.Checking checking) {
        checks.put(++lastTicket, checking.report());
        return lastTicket;
    }

    /** Returns the ticket for a retirement. */
    long expect(Item.Retiring retirement) {
        retirements.put(++lastTicket, retirement.outcome());
        return lastTicket;
    }

    /** Returns the ticket for coming to another group. */
    long expect(Item.Belonging belonging) {
        belongings.put(++lastTicket, belonging.done());
        return lastTicket;
    }

    void give(Effect.Acknowledge acknowledge) {
        writes.remove(acknowledge.ticket()).complete(acknowledge.result());
    }

    void give(Effect.Verified verified) {
        checks.remove(verified.ticket()).complete(verified.report());
    }

    void give(Effect.RetireAnswer answer) {
        retirements.remove(answer.ticket()).complete(answer.outcome());
    }

    void give(Effect.Belongs belongs) {
        belongings.remove(belongs.ticket()).complete(null);
    }

    /** Refuses everybody who waits: the engine that knows their tickets is no more. */
    void refuseAll(RuntimeException answer) {
        writes.values().forEach(result -> result.completeExceptionally(answer));
        writes.clear();
        checks.values().forEach(report -> report.completeExceptionally(answer));
        checks.clear();
        retirements.values().forEach(outcome -> outcome.completeExceptionally(answer));
        retirements.clear();
        belongings.values().forEach(done -> done.completeExceptionally(answer));
        belongings.clear();
    }

    /** Refuses whoever wants an answer to an item that the engine was never given. */
    static void refuse(Item item, RuntimeException answer) {
        if (item instanceof Item.Writing writing) {
            writing.result().completeExceptionally(answer);
        } else if (item instanceof Item.Retiring retirement) {
            retirement.outcome().completeExceptionally(answer);
        } else if (item instanceof Item.Belonging belonging) {
            belonging.done().completeExceptionally(answer);
        } else if (item instanceof Item.Question question) {
            question.answer().completeExceptionally(answer);
        } else if (item instanceof Item.Checking checking) {
            checking.report().completeExceptionally(answer);
        }
    }
}
