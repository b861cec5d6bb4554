package io.lanyard.daemon.api.json;

import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.Readiness;
import io.lanyard.daemon.node.Storage;
import io.lanyard.daemon.watch.Watchdog.Stuck;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What it means to a caller that the disk takes no writes or lost something, or that a thread is stuck. */
public final class StorageProblem {

    private StorageProblem() {}

    /** Returns the problem of a write that was not taken. */
    public static Problem of(Node.UnwritableException refusal) {
        Storage storage = refusal.storage();
        Code code = switch (storage.state()) {
            case WRITABLE, FULL -> Code.DISK_FULL;
            case READ_ONLY -> Code.DISK_READ_ONLY;
            case FAILING -> Code.DISK_ERROR;
        };
        String whatBecame = refusal.isOutcomeUnknown()
                ? "; this write may turn up all the same, so read before you send it again"
                : "; nothing of this write was kept, so send it again then";
        return code.with(storage.reason(), storage.hint() + whatBecame);
    }

    /** Returns the problem of something that is damaged in the store. */
    public static Problem damaged(DamagedException damage) {
        return Code.DAMAGED.with(
                String.valueOf(damage.getMessage()),
                "it comes back from the first peer that is met; see lanyard status");
    }

    /** Returns the body of an answer to the question whether the daemon is ready; it is not. */
    public static String notReady(Readiness readiness) {
        List<String> reasons = new ArrayList<>();
        readiness
                .stuck()
                .forEach(stuck ->
                        reasons.add("the " + stuck.name() + " has not got on for " + stuck.forMillis() / 1_000 + " s"));
        List<String> hints = new ArrayList<>();
        if (!readiness.stuck().isEmpty()) {
            hints.add("the daemon's log says what it is at; if it lasts, start the daemon again");
        }
        if (!readiness.storage().isWritable()) {
            reasons.add(readiness.storage().reason());
            hints.add(readiness.storage().hint());
        }
        String body = Code.NOT_READY
                .with(String.join("; ", reasons), String.join("; ", hints))
                .body(Code.NOT_READY.status());
        JsonWriter json = new JsonWriter();
        json.beginArray();
        for (Stuck stuck : readiness.stuck()) {
            json.beginObject()
                    .field("name", stuck.name())
                    .field("forMillis", stuck.forMillis())
                    .endObject();
        }
        return body.substring(0, body.length() - 1) + ",\"stuck\":" + json.endArray() + ",\"storage\":\""
                + word(readiness.storage()) + "\"}";
    }

    /** Returns how the disk stands, as programs see it. */
    static String word(Storage storage) {
        return storage.state().name().toLowerCase(Locale.ROOT);
    }
}
