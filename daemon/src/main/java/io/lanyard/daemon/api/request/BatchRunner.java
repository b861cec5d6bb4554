package io.lanyard.daemon.api.request;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.node.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Writes a batch: whole or not at all, or each item by itself. */
public final class BatchRunner {

    private final Node node;
    private final Executor executor;

    /** Makes a runner over {@code node}; results are put together on {@code executor}. */
    public BatchRunner(Node node, Executor executor) {
        this.node = node;
        this.executor = executor;
    }

    /**
     * What became of a batch.
     *
     * @param problem why nothing was written, {@code null} if something was
     * @param results what became of each item, as a JSON array
     * @param position the position in the feed right after it, {@code null} if nothing was written
     */
    public record Outcome(Problem problem, String results, Position position) {}

    /**
     * Reads the word that names a mode.
     *
     * @throws Problem.ProblemException {@code invalid_value} if it names none
     */
    public static Mode modeOf(String word) {
        return switch (word) {
            case "each" -> Mode.EACH;
            case "all" -> Mode.ALL_OR_NOTHING;
            default ->
                throw Code.INVALID_VALUE.exception("'" + Texts.shortened(word) + "' is not a mode", "use all or each");
        };
    }

    /**
     * Writes the items.
     *
     * @param client the name of who writes an item that does not say so itself
     * @param caller who sends it, and may perhaps not write all of it
     * @param repeat the name of this request, if it may come again
     * @throws Problem.ProblemException if all is to be written at once but the items name several writers
     */
    public CompletableFuture<Outcome> run(
            List<BatchItem> sent, Mode mode, String client, Caller caller, Optional<Repeat> repeat) {
        List<BatchItem> items = sent.stream().map(item -> item.by(caller)).toList();
        Problem[] problems =
                items.stream().map(BatchItem::problem).filter(Objects::nonNull).toArray(Problem[]::new);
        if (mode == Mode.ALL_OR_NOTHING && problems.length > 0) {
            return CompletableFuture.completedFuture(
                    new Outcome(problems[0], results(items, new WriteResult.Item[items.size()]), null));
        }
        List<Run> runs = runsOf(items, client);
        if (mode == Mode.ALL_OR_NOTHING && runs.size() > 1) {
            throw Code.INVALID_VALUE.exception(
                    "the items name several devices (deviceId), but a write has one", "send ?mode=each");
        }
        WriteResult.Item[] done = new WriteResult.Item[items.size()];
        List<CompletableFuture<Position>> writes = new ArrayList<>();
        for (Run run : runs) {
            int number = writes.size();
            Optional<Repeat> name = repeat.map(one -> new Repeat(one.key() + "-" + number, one.fingerprint()));
            if (repeat.isEmpty() || writes.isEmpty()) {
                writes.add(write(run, mode, name, done));
            } else {
                // If the name was given away the first run tells, and the others must not be done.
                writes.add(writes.get(number - 1)
                        .thenCompose(before -> isNameTaken(done)
                                ? CompletableFuture.completedFuture(before)
                                : write(run, mode, name, done)));
            }
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new))
                .thenApplyAsync(
                        all -> {
                            Position last = writes.isEmpty()
                                    ? node.tail()
                                    : writes.get(writes.size() - 1).join();
                            Problem failure = mode == Mode.EACH && !isNameTaken(done) ? null : failureOf(done);
                            return new Outcome(failure, results(items, done), failure == null ? last : null);
                        },
                        executor);
    }

    private CompletableFuture<Position> write(Run run, Mode mode, Optional<Repeat> name, WriteResult.Item[] done) {
        List<Operation> operations =
                run.items().stream().map(BatchItem::operation).toList();
        return node.write(new WriteRequest(operations, mode, run.client()).named(name))
                .thenApply(result -> {
                    for (int i = 0; i < run.items().size(); i++) {
                        done[run.items().get(i).index()] = result.items().get(i);
                    }
                    return result.position();
                });
    }

    private static boolean isNameTaken(WriteResult.Item[] done) {
        return Arrays.stream(done).anyMatch(item -> item != null && item.outcome() == WriteResult.Outcome.NAME_TAKEN);
    }

    /** Items in a row that name the same writer. */
    private record Run(String client, List<BatchItem> items) {}

    private static List<Run> runsOf(List<BatchItem> items, String client) {
        List<Run> runs = new ArrayList<>();
        for (BatchItem item : items) {
            if (item.problem() != null) {
                continue;
            }
            String writer = item.deviceId() == null ? client : item.deviceId();
            if (runs.isEmpty() || !runs.get(runs.size() - 1).client().equals(writer)) {
                runs.add(new Run(writer, new ArrayList<>()));
            }
            runs.get(runs.size() - 1).items().add(item);
        }
        return runs;
    }

    private static Problem failureOf(WriteResult.Item[] done) {
        for (int i = 0; i < done.length; i++) {
            if (done[i] != null
                    && done[i].outcome().isFailure()
                    && done[i].outcome() != WriteResult.Outcome.NOT_APPLIED) {
                Problem problem = Outcomes.problem(done[i]).orElseThrow();
                return problem.code().with("item " + i + ": " + problem.detail(), problem.hint());
            }
        }
        return null;
    }

    private static String results(List<BatchItem> items, WriteResult.Item[] done) {
        JsonWriter json = new JsonWriter().beginArray();
        for (BatchItem item : items) {
            WriteResult.Item result = done[item.index()];
            Problem problem = item.problem();
            if (problem == null) {
                problem = result == null
                        ? Code.NOT_APPLIED.with("another item of the batch is wrong, so nothing was written", "")
                        : Outcomes.problem(result).orElse(null);
            }
            json.beginObject()
                    .field("index", item.index())
                    .field(
                            "status",
                            problem == null
                                    ? Outcomes.status(result)
                                    : problem.code().status())
                    .field("outcome", result == null ? outcomeOf(problem) : Outcomes.word(result.outcome()))
                    .field("resourceType", item.resourceType())
                    .field("resourceId", item.resourceId())
                    .field("etag", result == null ? null : result.etag());
            if (problem != null) {
                problem.writeTo(json);
            }
            json.endObject();
        }
        return json.endArray().toString();
    }

    private static String outcomeOf(Problem problem) {
        return problem.code() == Code.NOT_APPLIED ? problem.code().word() : "refused";
    }
}
