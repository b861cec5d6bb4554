package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.HybridClock.ClockExhaustedException;
import io.lanyard.crdt.MergePatch;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.WriteRequest.Settling;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Unclaimed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Turns what programs of this device want into writes, under a replica id of its own. */
final class LocalWriter {

    private static final VersionVector NOTHING_HELD = new VersionVector();

    private final ReplicaState state;
    private final Settings settings;
    private final RandomGenerator random;
    private ReplicaId replica;

    LocalWriter(ReplicaState state, Settings settings, RandomGenerator random) {
        this.state = state;
        this.settings = settings;
        this.random = random;
    }

    /** Returns the replica id of this opening, {@code null} before its first write. */
    ReplicaId replica() {
        return replica;
    }

    /**
     * Applies a request, as one write or as one for each operation.
     *
     * @param broadcasts where live writes for the peers are added
     */
    List<Item> apply(WriteRequest request, long wallMillis, List<LiveWrite> broadcasts) {
        return switch (request.mode()) {
            case ALL_OR_NOTHING -> applyAndSettle(request, wallMillis, broadcasts);
            case EACH -> {
                List<Item> items = new ArrayList<>();
                for (Operation operation : request.operations()) {
                    items.addAll(applyTogether(List.of(operation), request, Stood.NOTHING, wallMillis, broadcasts));
                }
                yield items;
            }
        };
    }

    private List<Item> applyAndSettle(WriteRequest request, long wallMillis, List<LiveWrite> broadcasts) {
        Settling settling = request.settling().orElse(null);
        boolean isRestored = settling != null
                && state.settlement(settling.number())
                        .filter(earlier -> earlier.verdict() == Verdict.RESTORED)
                        .isPresent();
        if (isRestored) {
            return request.operations().stream()
                    .map(operation -> new Item(Outcome.ALREADY_RESTORED, operation.id(), null, null))
                    .toList();
        }
        Stood stood = settling == null ? Stood.NOTHING : Stood.beside(settling.number(), state.store());
        List<Item> items = applyTogether(request.operations(), request, stood, wallMillis, broadcasts);
        if (settling != null && items.stream().noneMatch(item -> item.outcome().isFailure())) {
            state.settle(settling.number(), new Settlement(settling.verdict(), wallMillis));
        }
        return items;
    }

    private List<Item> applyTogether(
            List<Operation> operations,
            WriteRequest request,
            Stood stood,
            long wallMillis,
            List<LiveWrite> broadcasts) {
        Attempt attempt = new Attempt(wallMillis, request.guard(), stood);
        List<Item> items = new ArrayList<>(operations.size());
        boolean failed = false;
        for (Operation operation : operations) {
            Item item = attempt.apply(operation);
            failed |= item.outcome().isFailure();
            items.add(item);
        }
        if (failed) {
            return items.stream().map(LocalWriter::notApplied).toList();
        }
        attempt.finish(request.client()).ifPresent(broadcasts::add);
        return items;
    }

    private static Item notApplied(Item item) {
        return item.outcome().isFailure() ? item : new Item(Outcome.NOT_APPLIED, item.id(), null, null);
    }

    /**
     * Writes what was written before the fence already.
     *
     * @param present the document as it is, and marks to be passed on
     * @param target what it is to show, or {@code null} if it is to be deleted
     * @throws ClockExhaustedException if nothing newer than the document can be written
     */
    Optional<LiveWrite> rewrite(DocumentId id, Document present, SortedMap<FieldPath, String> target, long wallMillis) {
        Attempt attempt = new Attempt(wallMillis, WriteGuard.NONE, Stood.NOTHING);
        attempt.rewrite(id, present, target);
        return attempt.finish("");
    }

    /** Takes another replica id for the next write. */
    void renew() {
        replica = null;
    }

    private ReplicaId ownReplica() {
        while (replica == null || state.vector().get(replica) == 0 && isKnown(replica)) {
            replica = ReplicaId.draw(random);
        }
        return replica;
    }

    private boolean isKnown(ReplicaId drawn) {
        return state.claims().reach().get(drawn) != 0;
    }

    /** A write in the making: nothing of it reaches the state before {@link #finish}. */
    private final class Attempt {
        private final long wallMillis;
        private final WriteGuard guard;
        private final Stood stood;
        private final Map<DocumentId, Document> documents = new LinkedHashMap<>();
        private final Map<DocumentId, Document> fragments = new LinkedHashMap<>();
        private final Map<DocumentId, Set<FieldPath>> changedPaths = new LinkedHashMap<>();
        private final Map<DocumentId, String> timestamps = new HashMap<>();
        private Dot dot;

        /** Restores a document that is not there with what stood in it, if that is known. */
        Attempt(long wallMillis, WriteGuard guard, Stood stood) {
            this.wallMillis = wallMillis;
            this.guard = guard;
            this.stood = stood;
        }

        Item apply(Operation operation) {
            Document document;
            try {
                document = documents.computeIfAbsent(operation.id(), state::document);
            } catch (Store.DamagedException e) {
                return new Item(Outcome.DAMAGED, operation.id(), null, null);
            }
            Outcome refusal = refusal(operation, document);
            if (refusal != null) {
                return item(refusal, operation.id(), document);
            }
            timestamps.put(operation.id(), operation.clientTimestamp());
            try {
                return switch (operation.kind()) {
                    case PUT, CREATE -> show(operation.id(), document, operation.leaves());
                    case PATCH, RESTORE -> change(operation, document);
                    case DELETE -> delete(operation.id(), document);
                };
            } catch (ClockExhaustedException e) {
                return item(Outcome.CLOCK_EXHAUSTED, operation.id(), document);
            }
        }

        private Outcome refusal(Operation operation, Document document) {
            boolean visible = document.isVisible();
            Condition condition = operation.condition();
            if (condition.etag() != null
                    && !(visible
                            && (condition.etag().equals("*")
                                    || condition.etag().equals(etag(operation.id(), document))))) {
                return Outcome.ETAG_MISMATCH;
            }
            boolean isUnwanted = condition.mustBeAbsent()
                    || !condition.unwanted().isEmpty() && condition.unwanted().contains(etag(operation.id(), document));
            if (visible && isUnwanted) {
                return Outcome.ETAG_MISMATCH;
            }
            return switch (operation.kind()) {
                case PUT, RESTORE, DELETE -> null;
                case CREATE -> visible ? Outcome.ALREADY_EXISTS : null;
                case PATCH -> visible ? null : Outcome.NOT_FOUND;
            };
        }

        private Item change(Operation operation, Document document) {
            SortedMap<FieldPath, String> shown = document.isVisible() ? document.leaves() : stood.completing(document);
            Steps steps = Steps.of(operation, document, shown, replica);
            if (steps.refusal() != null) {
                return item(steps.refusal(), operation.id(), document);
            }
            SortedMap<FieldPath, String> target = operation.kind() == Operation.Kind.PATCH
                    ? MergePatch.apply(shown, steps.leaves())
                    : restored(steps.leaves(), shown);
            return show(operation.id(), document, target, steps.resolved(target));
        }

        private static SortedMap<FieldPath, String> restored(
                SortedMap<FieldPath, String> leaves, SortedMap<FieldPath, String> shown) {
            TreeMap<FieldPath, String> target = new TreeMap<>(shown);
            leaves.forEach((path, value) -> {
                target.keySet().removeIf(path::clashesWith);
                target.put(path, value);
            });
            return target;
        }

        private Item show(DocumentId id, Document document, SortedMap<FieldPath, String> target) {
            return show(id, document, target, target);
        }

        /** Writes what {@code target} says in values and steps, which comes to {@code values}. */
        private Item show(
                DocumentId id,
                Document document,
                SortedMap<FieldPath, String> target,
                SortedMap<FieldPath, String> values) {
            boolean visible = document.isVisible();
            if (visible && document.leaves().equals(values)) {
                return item(Outcome.UNCHANGED, id, document);
            }
            if (size(values) > settings.maxDocumentBytes()) {
                return item(Outcome.TOO_LARGE, id, document);
            }
            Optional<String> refusal = guard.refusal(id, values);
            if (refusal.isPresent()) {
                return new Item(Outcome.REFUSED_BY_GUARD, id, null, null, refusal.get());
            }
            long time = nextTime(document);
            add(id, document, document.fragmentShowing(target, time, dot()));
            return item(visible ? Outcome.UPDATED : Outcome.CREATED, id, document);
        }

        private Item delete(DocumentId id, Document document) {
            if (!document.isVisible()) {
                return item(Outcome.ABSENT, id, document);
            }
            long time = nextTime(document);
            add(id, document, document.fragmentDeleting(time, dot()));
            return item(Outcome.DELETED, id, document);
        }

        void rewrite(DocumentId id, Document present, SortedMap<FieldPath, String> target) {
            documents.put(id, present);
            long time = nextTime(present);
            Document fragment = target == null
                    ? present.fragmentDeleting(time, dot())
                    : present.fragmentShowing(target, time, dot());
            add(id, present, fragment);
        }

        private long nextTime(Document document) {
            return state.clock().next(wallMillis, Timestamp.max(document.newestTime(), state.dropped()));
        }

        /** The writer has seen all that the document holds, also what contexts do not tell any more: nothing is in conflict. */
        private void add(DocumentId id, Document document, Document fragment) {
            changedPaths
                    .computeIfAbsent(id, absent -> new HashSet<>())
                    .addAll(document.merge(fragment, NOTHING_HELD, document.seen())
                            .changedPaths());
            Document earlier = fragments.putIfAbsent(id, fragment);
            if (earlier != null) {
                earlier.merge(fragment, NOTHING_HELD);
            }
        }

        private Dot dot() {
            if (dot == null) {
                ReplicaId own = ownReplica();
                dot = new Dot(own, state.vector().get(own) + 1);
            }
            return dot;
        }

        private Item item(Outcome outcome, DocumentId id, Document document) {
            return document.isVisible()
                    ? new Item(outcome, id, etag(id, document), document.newestShownStamp())
                    : new Item(outcome, id, null, null);
        }

        Optional<LiveWrite> finish(String client) {
            if (dot == null) {
                return Optional.empty();
            }
            if (dot.sequence() == 1) {
                state.writers().note(dot.replica(), settings.device().id());
            }
            Unclaimed unclaimed = state.unclaimed();
            VersionVector needs = state.claims().takeNeeds(dot.replica(), dot.sequence() == 1);
            List<Write.Change> changes = new ArrayList<>(fragments.size());
            SortedMap<Integer, String> told = new TreeMap<>();
            fragments.forEach((id, fragment) -> {
                String timestamp = timestamps.getOrDefault(id, "");
                if (!timestamp.isEmpty()) {
                    told.put(changes.size(), timestamp);
                }
                changes.add(new Write.Change(id, fragment));
                Author author = new Author(settings.device().id(), client, timestamp);
                state.replace(id, documents.get(id), changedPaths.get(id), author);
            });
            state.claims().claim(dot);
            return Optional.of(new LiveWrite(new Write(dot, client, changes), needs, unclaimed, told));
        }
    }

    private static String etag(DocumentId id, Document document) {
        return StoredDocument.etag(document.visibleHash(id));
    }

    private static long size(SortedMap<FieldPath, String> leaves) {
        long size = 0;
        for (Map.Entry<FieldPath, String> leaf : leaves.entrySet()) {
            size += leaf.getKey().pointer().length() + leaf.getValue().length();
        }
        return size;
    }
}
