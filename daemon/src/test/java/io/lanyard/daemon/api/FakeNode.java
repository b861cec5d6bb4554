package io.lanyard.daemon.api;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.MergePatch;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Settlement;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import io.lanyard.daemon.node.CollectionSettings;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Explanation;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.FeedChange.Past;
import io.lanyard.daemon.node.FeedEntry;
import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.node.PastChange;
import io.lanyard.daemon.node.SettingsBook;
import io.lanyard.daemon.node.StatusFixture;
import io.lanyard.daemon.node.Storage;
import io.lanyard.daemon.node.Told;
import io.lanyard.daemon.node.Undo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** One replica without disk and peers: just enough of the port for tests of the API. */
public final class FakeNode implements Node, AutoCloseable {

    static final String DEVICE = "device-1";
    private static final long OPENING = 0xABCD;
    private static final long NOW = StatusFixture.NOW_MILLIS;

    /** What a check finds; completed by the test. */
    public final CompletableFuture<VerifyReport> report = new CompletableFuture<>();

    /** What the last repair was told to be made from. */
    public volatile Optional<String> repairFrom;

    final List<JournaledConflict> journal = new CopyOnWriteArrayList<>();
    final Set<String> retired = ConcurrentHashMap.newKeySet();

    /** What writes end in, {@code null} for success. */
    public volatile RuntimeException refusal;

    /** A document whose record cannot be read. */
    public volatile Optional<DocumentId> damaged = Optional.empty();
    /** What becomes of every operation, whatever it is. */
    volatile Optional<Outcome> outcome = Optional.empty();

    /** Whether pages of the feed have the entries that are dead, as those that are read from a disk do. */
    public volatile boolean hasDeadEntries;

    /** Done before a document is looked at for a reader. */
    public volatile Runnable onLook = () -> {};

    volatile List<PastChange> past = List.of();
    final Map<DocumentId, Explanation> explanations = new ConcurrentHashMap<>();
    volatile List<DocumentId> unreadable = List.of();

    /** What tests make of the status. */
    public volatile UnaryOperator<NodeStatus> adornStatus = status -> status;

    /** Whether it is ready. */
    public volatile Readiness readiness = new Readiness(List.of(), new Storage(Storage.State.WRITABLE, ""));

    volatile NodeStatus.State state = NodeStatus.State.ALONE;

    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "fake-node"));
    private final List<Runnable> commitListeners = new CopyOnWriteArrayList<>();
    private final List<NodeListener> listeners = new CopyOnWriteArrayList<>();
    private final TreeMap<DocumentId, State> states = new TreeMap<>();
    private long number;
    private final SettingsBook settings = new SettingsBook();

    /** A state of a document, and the one before it; {@code leaves} is null once it is deleted. */
    private record State(TreeMap<FieldPath, String> leaves, long number, FeedChange.Origin origin, State before) {}

    @Override
    public CompletableFuture<WriteResult> write(WriteRequest request) {
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        return CompletableFuture.supplyAsync(() -> perform(request, false), thread);
    }

    @Override
    public SettingsBook settings() {
        return settings;
    }

    @Override
    public Optional<DocumentView> declared(String collection) {
        return Optional.empty();
    }

    @Override
    public CompletableFuture<WriteResult> declare(
            String collection, CollectionSettings declared, Operation.Condition condition, String client) {
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        settings.put(collection, declared);
        return CompletableFuture.completedFuture(new WriteResult(
                List.of(new WriteResult.Item(
                        outcome.orElse(Outcome.UNCHANGED),
                        new DocumentId(DocumentId.SETTINGS, collection),
                        null,
                        null)),
                tail()));
    }

    @Override
    public Optional<IndexReader> index(String collection, FieldPath path) {
        return Optional.empty();
    }

    /** Writes as another device would have. */
    public void writeRemotely(Operation... operations) throws Exception {
        WriteRequest request = new WriteRequest(List.of(operations), WriteRequest.Mode.EACH, "");
        thread.submit(() -> perform(request, true)).get(5, TimeUnit.SECONDS);
    }

    /** Finds a conflict. */
    public void addConflict(JournaledConflict conflict) {
        journal.add(conflict);
        thread.execute(() -> listeners.forEach(listener -> listener.conflictFound(conflict)));
    }

    /** Lets devices come or go. */
    public void changePeers(NodeStatus.State now) {
        state = now;
        thread.execute(() -> listeners.forEach(NodeListener::peersChanged));
    }

    private WriteResult perform(WriteRequest request, boolean isRemote) {
        WriteResult result;
        synchronized (this) {
            TreeMap<DocumentId, State> before = new TreeMap<>(states);
            List<WriteResult.Item> items = new ArrayList<>();
            request.operations()
                    .forEach(operation -> items.add(outcome.map(forced -> item(forced, operation.id()))
                            .orElseGet(() -> apply(operation, origin(operation, request, isRemote)))));
            boolean hasFailed = items.stream().anyMatch(item -> item.outcome().isFailure());
            if (hasFailed && request.mode() == WriteRequest.Mode.ALL_OR_NOTHING) {
                states.clear();
                states.putAll(before);
                items.replaceAll(item -> item.outcome().isFailure()
                        ? item
                        : new WriteResult.Item(Outcome.NOT_APPLIED, item.id(), null, null));
            }
            if (!hasFailed) {
                request.settling().ifPresent(this::settle);
            }
            result = new WriteResult(items, tail());
        }
        commitListeners.forEach(Runnable::run);
        return result;
    }

    private static FeedChange.Origin origin(Operation operation, WriteRequest request, boolean isRemote) {
        return new FeedChange.Origin(
                isRemote ? "device-2" : DEVICE, "", request.client(), !isRemote, operation.clientTimestamp());
    }

    private WriteResult.Item apply(Operation operation, FeedChange.Origin origin) {
        DocumentId id = operation.id();
        if (damaged.filter(id::equals).isPresent()) {
            return new WriteResult.Item(Outcome.DAMAGED, id, null, null);
        }
        Optional<DocumentView> found = find(id);
        Operation.Condition condition = operation.condition();
        String etag = found.map(DocumentView::etag).orElse(null);
        boolean isMismatch = condition.mustBeAbsent() && found.isPresent()
                || etag != null && condition.unwanted().contains(etag)
                || condition.etag() != null
                        && (found.isEmpty()
                                || !condition.etag().equals("*")
                                        && !condition.etag().equals(etag));
        if (isMismatch) {
            return item(Outcome.ETAG_MISMATCH, id);
        }
        return switch (operation.kind()) {
            case CREATE ->
                found.isPresent()
                        ? item(Outcome.ALREADY_EXISTS, id)
                        : store(id, new TreeMap<>(operation.leaves()), origin);
            case RESTORE -> store(id, restored(id, operation), origin);
            case PUT -> store(id, new TreeMap<>(operation.leaves()), origin);
            case PATCH ->
                found.isEmpty()
                        ? item(Outcome.NOT_FOUND, id)
                        : store(id, MergePatch.apply(found.get().leaves(), operation.leaves()), origin);
            case DELETE -> found.isEmpty() ? item(Outcome.ABSENT, id) : store(id, null, origin);
        };
    }

    private TreeMap<FieldPath, String> restored(DocumentId id, Operation operation) {
        TreeMap<FieldPath, String> leaves =
                new TreeMap<>(find(id).map(DocumentView::leaves).orElseGet(TreeMap::new));
        leaves.putAll(operation.leaves());
        return leaves;
    }

    private WriteResult.Item store(DocumentId id, TreeMap<FieldPath, String> leaves, FeedChange.Origin origin) {
        State old = states.get(id);
        boolean wasVisible = old != null && old.leaves() != null;
        if (wasVisible && old.leaves().equals(leaves)) {
            return item(Outcome.UNCHANGED, id);
        }
        number++;
        states.put(id, new State(leaves, number, origin, old));
        return item(leaves == null ? Outcome.DELETED : wasVisible ? Outcome.UPDATED : Outcome.CREATED, id);
    }

    private WriteResult.Item item(Outcome outcome, DocumentId id) {
        Optional<DocumentView> view = find(id);
        return new WriteResult.Item(
                outcome,
                id,
                view.map(DocumentView::etag).orElse(null),
                view.map(DocumentView::stamp).orElse(null));
    }

    @Override
    public synchronized Optional<DocumentView> find(DocumentId id) {
        if (damaged.filter(id::equals).isPresent()) {
            throw new Store.DamagedException(id);
        }
        return Optional.ofNullable(states.get(id))
                .filter(found -> found.leaves() != null)
                .map(found -> view(id, found));
    }

    private static DocumentView view(DocumentId id, State found) {
        return new DocumentView(
                id,
                new TreeMap<>(found.leaves()),
                Integer.toHexString(found.leaves().hashCode()),
                new Stamp(Timestamp.pack(NOW, (int) found.number()), new ReplicaId(1)));
    }

    @Override
    public List<DocumentId> visit(String collection, String afterId, Predicate<DocumentView> visitor) {
        List<DocumentView> all = new ArrayList<>();
        synchronized (this) {
            states.forEach((id, found) -> {
                if (id.collection().equals(collection) && id.id().compareTo(afterId) > 0 && found.leaves() != null) {
                    all.add(view(id, found));
                }
            });
        }
        for (DocumentView view : all) {
            if (!visitor.test(view)) {
                return List.of();
            }
        }
        return unreadable;
    }

    @Override
    public synchronized List<String> collections() {
        return states.keySet().stream().map(DocumentId::collection).distinct().toList();
    }

    @Override
    public synchronized Position tail() {
        return new Position(OPENING, number);
    }

    @Override
    public Position start() {
        return new Position(OPENING, 0);
    }

    @Override
    public synchronized FeedPage page(Position from, int limit) {
        if (from.opening() != OPENING || from.number() > number) {
            throw new ResyncRequiredException(from);
        }
        List<FeedEntry> entries = new ArrayList<>();
        states.forEach((id, found) -> {
            for (State state = found; state != null && state.number() > from.number(); state = state.before()) {
                if (state == found || hasDeadEntries) {
                    entries.add(new FeedEntry(state.number(), id));
                }
            }
        });
        entries.sort(Comparator.comparingLong(FeedEntry::number));
        List<FeedEntry> page = entries.stream().limit(limit).toList();
        boolean isTail = page.size() == entries.size();
        long through = isTail ? number : page.get(page.size() - 1).number();
        return new FeedPage(page, new Position(OPENING, through), number, isTail);
    }

    @Override
    public FeedLook look(FeedEntry entry, Told told) {
        onLook.run();
        return lookNow(entry, told);
    }

    private synchronized FeedLook lookNow(FeedEntry entry, Told told) {
        State found = states.get(entry.id());
        if (found.number() != entry.number()) {
            return FeedLook.movedTo(found.number());
        }
        State oldest = found;
        boolean isOneAuthor = true;
        while (oldest.before() != null && !told.has(oldest.before().number(), oldest.number())) {
            oldest = oldest.before();
            isOneAuthor &= oldest.origin().equals(found.origin());
        }
        State known = oldest.before();
        Map<FieldPath, String> then = known == null || known.leaves() == null ? Map.of() : known.leaves();
        Map<FieldPath, String> now = found.leaves() == null ? Map.of() : found.leaves();
        boolean wasThere = known != null && known.leaves() != null;
        if (found.leaves() == null && !wasThere) {
            return FeedLook.NOTHING;
        }
        Map<FieldPath, String> changed = new HashMap<>();
        Set<FieldPath> paths = new HashSet<>(then.keySet());
        paths.addAll(now.keySet());
        paths.stream()
                .filter(path -> !Objects.equals(then.get(path), now.get(path)))
                .forEach(path -> changed.put(path, then.getOrDefault(path, Past.ABSENT)));
        FeedChange.Kind kind = found.leaves() == null
                ? FeedChange.Kind.DELETED
                : wasThere ? FeedChange.Kind.UPDATED : FeedChange.Kind.CREATED;
        FeedChange change = new FeedChange(
                new Position(OPENING, found.number()),
                entry.id(),
                kind,
                found.leaves() == null ? Optional.empty() : Optional.of(view(entry.id(), found)),
                Optional.of(new Past(known == null ? 0 : known.number(), changed)),
                isOneAuthor ? Optional.of(found.origin()) : Optional.empty(),
                NOW);
        return new FeedLook(0, Optional.of(change));
    }

    @Override
    public Registration onCommit(Runnable listener) {
        commitListeners.add(listener);
        return () -> commitListeners.remove(listener);
    }

    @Override
    public Registration onEvent(NodeListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Readiness readiness() {
        return readiness;
    }

    @Override
    public CompletableFuture<Void> belong(String group, boolean isFounder) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Check verify(Optional<String> from) {
        repairFrom = from;
        return new Check(3, report);
    }

    @Override
    public Optional<Check> check(long wanted) {
        return wanted == 3 ? Optional.of(new Check(3, report)) : Optional.empty();
    }

    @Override
    public synchronized NodeStatus status() {
        return adornStatus.apply(StatusFixture.of(
                state,
                number,
                states.size(),
                new NodeStatus.Conflicts(
                        journal.stream()
                                .filter(conflict -> conflict.settlement().isEmpty())
                                .count(),
                        journal.size(),
                        5)));
    }

    @Override
    public ConflictPage conflicts(ConflictFilter filter, long after, int limit) {
        List<JournaledConflict> found = journal.stream()
                .filter(conflict -> conflict.number() > after && filter.wants(conflict))
                .toList();
        return new ConflictPage(found.subList(0, Math.min(limit, found.size())), found.size() <= limit, 5);
    }

    @Override
    public Optional<JournaledConflict> conflict(long number) {
        return journal.stream().filter(conflict -> conflict.number() == number).findFirst();
    }

    @Override
    public List<PastChange> history(DocumentId id) {
        return past.stream()
                .filter(change -> find(id).isPresent() || wasDeleted(id))
                .toList();
    }

    private synchronized boolean wasDeleted(DocumentId id) {
        return states.containsKey(id);
    }

    @Override
    public Optional<Explanation> explain(DocumentId id) {
        return Optional.ofNullable(explanations.get(id));
    }

    @Override
    public CompletableFuture<WriteResult> undo(Undo undo, String client) {
        return write(new WriteRequest(List.of(undo.operation()), WriteRequest.Mode.ALL_OR_NOTHING, client));
    }

    @Override
    public String deviceName(String deviceId) {
        return deviceId.equals(DEVICE) ? "till" : "";
    }

    @Override
    public CompletableFuture<RetireOutcome> retire(String deviceId) {
        return CompletableFuture.completedFuture(
                switch (deviceId) {
                    case DEVICE -> RetireOutcome.IS_SELF;
                    case "device-2" -> RetireOutcome.IS_ONLINE;
                    case "device-3" -> retired.add(deviceId) ? RetireOutcome.RETIRED : RetireOutcome.ALREADY_RETIRED;
                    default -> RetireOutcome.UNKNOWN_DEVICE;
                });
    }

    private void settle(WriteRequest.Settling settling) {
        journal.replaceAll(conflict -> conflict.number() == settling.number()
                ? new JournaledConflict(
                        conflict.number(),
                        conflict.id(),
                        conflict.conflict(),
                        conflict.loserDevice(),
                        conflict.winnerDevice(),
                        conflict.foundAtMillis(),
                        Optional.of(new Settlement(settling.verdict(), NOW)))
                : conflict);
    }

    /** Returns a document's leaves by plain top-level names, for tests. */
    public static SortedMap<FieldPath, String> leaves(String name, String json) {
        return new TreeMap<>(Map.of(FieldPath.of(name), json));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
