package io.lanyard.daemon.node;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Engine;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Settings;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.MessageCodec;
import io.lanyard.daemon.node.FeedChange.Origin;
import io.lanyard.daemon.node.Intake.Item;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the engine on a store and a cluster: the one thread that feeds it and carries out its effects, in order.
 *
 * <p>Each turn takes everything that waits, so one commit serves all of it (group commit). If a commit fails, or an
 * invariant breaks, the thread stops for good and says so; nothing is acknowledged after that.
 */
public final class ReplicaNode implements Node, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaNode.class);
    private static final long TICK_MILLIS = 50;
    private static final int MAX_TURN = 1_024;

    private final Store store;
    private final Cluster cluster;
    private final Device device;
    private final Engine engine;
    private final Feed feed;
    private final RecentChanges recent = new RecentChanges();
    private final Intake intake = new Intake();
    private final Notices notices = new Notices();
    private final Map<Long, CompletableFuture<WriteResult>> waiting = new HashMap<>();
    private final Map<String, String> deviceNames = new ConcurrentHashMap<>();
    private final List<Runnable> commitListeners = new CopyOnWriteArrayList<>();
    private final List<NodeListener> eventListeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread = new Thread(this::run, "lanyard-node");
    private long nextTicket;
    private long lastTickMillis;
    private long lastJournaled;
    private volatile Throwable failure;
    private volatile boolean isStopping;

    private ReplicaNode(Store store, Cluster cluster, Device device, RandomGenerator random) throws IOException {
        this.store = store;
        this.cluster = cluster;
        this.device = device;
        engine = new Engine(store, Settings.of(device), random);
        feed = new Feed(store, engine.openings(), recent, this::origin);
        deviceNames.put(device.id(), device.name());
        for (Effect effect : engine.open()) {
            carryOut(effect);
        }
        lastJournaled = lastJournalNumber();
    }

    /**
     * Starts a replica. The cluster is told to start too; nothing waits for it.
     *
     * @param store open, and closed by the caller after {@link #close}
     * @param cluster not started yet, and closed by the caller before {@link #close}
     * @param random cryptographically strong
     * @throws IOException if the store cannot note its opening
     */
    public static ReplicaNode start(Store store, Cluster cluster, Device device, RandomGenerator random)
            throws IOException {
        ReplicaNode node = new ReplicaNode(store, cluster, device, random);
        node.thread.setDaemon(true);
        node.thread.start();
        cluster.start(node.new Ears());
        return node;
    }

    /** Returns a future that completes when the node's thread ended: normally after {@link #close}, else with why. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    @Override
    public CompletableFuture<WriteResult> write(WriteRequest request) {
        CompletableFuture<WriteResult> result = new CompletableFuture<>();
        if (isStopping || failure != null) {
            result.completeExceptionally(stopped());
        } else if (!intake.offer(request, result)) {
            result.completeExceptionally(new OverloadedException());
        } else if (ended.isDone()) {
            result.completeExceptionally(stopped());
        }
        return result;
    }

    @Override
    public Optional<DocumentView> find(DocumentId id) {
        return store.document(id).map(StoredDocument::decode).flatMap(stored -> Feed.view(id, stored));
    }

    @Override
    public void visit(String collection, String afterId, Predicate<DocumentView> visitor) {
        store.documents(
                collection,
                afterId,
                document -> Feed.view(document.id(), StoredDocument.decode(document.bytes()))
                        .map(visitor::test)
                        .orElse(true));
    }

    @Override
    public List<String> collections() {
        return store.collections();
    }

    @Override
    public Position tail() {
        return feed.tail();
    }

    @Override
    public Position start() {
        return feed.start();
    }

    @Override
    public FeedPage read(Position from, Told told, int limit) {
        return feed.read(from, told, limit);
    }

    @Override
    public Registration onCommit(Runnable listener) {
        commitListeners.add(listener);
        return () -> commitListeners.remove(listener);
    }

    @Override
    public Registration onEvent(NodeListener listener) {
        eventListeners.add(listener);
        return () -> eventListeners.remove(listener);
    }

    @Override
    public NodeStatus status() {
        return StatusReport.of(device, ask(), cluster.status(), store, notices.current(intake.dropped()));
    }

    @Override
    public List<JournaledConflict> conflicts(long after, int limit) {
        return describe(store.journal(after, limit), ask().writers());
    }

    /** Ends the thread after what waits already; what comes later is refused. Blocks until it ended. */
    @Override
    public void close() {
        isStopping = true;
        intake.end();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private EngineStatus ask() {
        CompletableFuture<EngineStatus> answer = new CompletableFuture<>();
        intake.offer(answer);
        if (ended.isDone()) {
            throw stopped();
        }
        return answer.join();
    }

    private List<JournaledConflict> describe(SortedMap<Long, byte[]> records, Map<ReplicaId, String> writers) {
        List<JournaledConflict> conflicts = new ArrayList<>();
        records.forEach((number, bytes) -> {
            JournalRecord record = JournalRecord.decode(bytes);
            conflicts.add(new JournaledConflict(
                    number,
                    record.id(),
                    record.conflict(),
                    deviceName(record.conflict().loser(), writers),
                    deviceName(record.conflict().winner(), writers),
                    record.foundAtMillis()));
        });
        return conflicts;
    }

    private String deviceName(Dot dot, Map<ReplicaId, String> writers) {
        String id = dot == null ? null : writers.get(dot.replica());
        return id == null ? "" : deviceNames.getOrDefault(id, id);
    }

    private Origin origin(Author author) {
        return new Origin(
                author.deviceId(),
                deviceNames.getOrDefault(author.deviceId(), ""),
                author.client(),
                author.deviceId().equals(device.id()));
    }

    private void run() {
        Throwable reason = null;
        try {
            while (takeTurn()) {
                // Everything that waited was carried out.
            }
        } catch (InterruptedException e) {
            reason = new StoppedException("the node's thread was interrupted", e);
        } catch (IOException | RuntimeException | Error e) {
            reason = e;
            LOG.error("This replica stops: what it holds in memory may not be what is on disk.", e);
        }
        failure = reason;
        if (reason == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(reason);
        }
        refuseTheRest();
    }

    private boolean takeTurn() throws IOException, InterruptedException {
        List<Item> items = intake.take(TICK_MILLIS, MAX_TURN);
        List<Input> inputs = new ArrayList<>(items.size() + 1);
        List<CompletableFuture<EngineStatus>> questions = new ArrayList<>();
        boolean isLast = false;
        for (Item item : items) {
            if (item instanceof Item.Writing writing) {
                waiting.put(++nextTicket, writing.result());
                inputs.add(new Input.LocalWrite(nextTicket, writing.request()));
            } else if (item instanceof Item.Incoming incoming) {
                inputs.add(new Input.Received(incoming.from(), incoming.message()));
            } else if (item instanceof Item.Membership) {
                inputs.add(intake.takeMembers());
            } else if (item instanceof Item.Question question) {
                questions.add(question.answer());
            } else if (item instanceof Item.End) {
                isLast = true;
            }
        }
        long monotonicMillis = System.nanoTime() / 1_000_000;
        if (monotonicMillis - lastTickMillis >= TICK_MILLIS) {
            inputs.add(new Input.Tick());
            lastTickMillis = monotonicMillis;
        }
        List<Effect> effects = engine.step(inputs, System.currentTimeMillis(), monotonicMillis);
        rememberChanges(effects);
        for (Effect effect : effects) {
            carryOut(effect);
        }
        if (!questions.isEmpty()) {
            EngineStatus status = engine.status();
            questions.forEach(question -> question.complete(status));
        }
        return !isLast;
    }

    /** A reader of the feed may come between a commit and its notification, and must find what is known of it. */
    private void rememberChanges(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Notify notify) {
                recent.add(notify.changes());
            }
        }
    }

    private void carryOut(Effect effect) throws IOException {
        if (effect instanceof Effect.Commit commit) {
            store.commit(commit.changes());
        } else if (effect instanceof Effect.Broadcast broadcast) {
            cluster.broadcast(MessageCodec.encode(broadcast.message()));
        } else if (effect instanceof Effect.Send send) {
            cluster.send(send.to(), MessageCodec.encode(send.message()));
        } else if (effect instanceof Effect.Acknowledge acknowledge) {
            waiting.remove(acknowledge.ticket()).complete(acknowledge.result());
        } else if (effect instanceof Effect.Notify) {
            commitListeners.forEach(this::tell);
        } else if (effect instanceof Effect.ReportConflicts) {
            reportConflicts();
        } else if (effect instanceof Effect.ReportPeers) {
            engine.status()
                    .peers()
                    .forEach(peer ->
                            deviceNames.put(peer.device().id(), peer.device().name()));
            eventListeners.forEach(listener -> tell(listener::peersChanged));
        } else if (effect instanceof Effect.Alarm alarm) {
            LOG.error("{}", alarm.sentence());
            notices.alarm(alarm.sentence());
        }
    }

    private void reportConflicts() {
        SortedMap<Long, byte[]> records =
                store.journal(lastJournaled, Settings.of(device).journalLimit());
        if (records.isEmpty()) {
            return;
        }
        lastJournaled = records.lastKey();
        List<JournaledConflict> found = describe(records, engine.status().writers());
        eventListeners.forEach(listener -> tell(() -> found.forEach(listener::conflictFound)));
    }

    /** A listener that fails is a bug of its own, and must not stop replication. */
    private void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.error("A listener failed; it may have missed something.", e);
        }
    }

    private long lastJournalNumber() {
        SortedMap<Long, byte[]> all = store.journal(0, Integer.MAX_VALUE);
        return all.isEmpty() ? 0 : all.lastKey();
    }

    private void refuseTheRest() {
        StoppedException stopped = stopped();
        waiting.values().forEach(result -> result.completeExceptionally(stopped));
        waiting.clear();
        try {
            List<Item> rest = intake.take(0, MAX_TURN);
            while (!rest.isEmpty()) {
                for (Item item : rest) {
                    if (item instanceof Item.Writing writing) {
                        writing.result().completeExceptionally(stopped);
                    } else if (item instanceof Item.Question question) {
                        question.answer().completeExceptionally(stopped);
                    }
                }
                rest = intake.take(0, MAX_TURN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StoppedException stopped() {
        return failure == null
                ? new StoppedException("the daemon is stopping", null)
                : new StoppedException("the daemon stopped after a failure: see its log", failure);
    }

    /** What the cluster's thread calls: everything goes into the intake. */
    private final class Ears implements Cluster.Listener {

        @Override
        public void received(MemberId from, byte[] message) {
            try {
                Message decoded = MessageCodec.decode(message);
                if (decoded instanceof Message.Unknown unknown) {
                    notices.passedOver(from, unknown);
                } else {
                    intake.offer(from, decoded, message.length);
                }
            } catch (MessageCodec.NewerVersionException e) {
                notices.newerVersion(from, e.version());
            } catch (CodecException e) {
                notices.unreadable(from, e);
            }
        }

        @Override
        public void membersChanged(Set<MemberId> others) {
            intake.offer(others);
        }
    }
}
