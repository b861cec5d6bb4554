package io.lanyard.daemon.node;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.Operation;
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
import io.lanyard.daemon.watch.Heartbeat;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Watchdog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A replica on a store and a cluster: reads come from the store on the caller's thread, everything else goes through the
 * {@link Writer}.
 */
public final class ReplicaNode implements Node, AutoCloseable {

    private static final int MAX_EXPLAINED_CONFLICTS = 100;

    private final Store store;
    private final Cluster cluster;
    private final Device device;
    private final Watchdog watchdog;
    private final Intake intake = new Intake();
    private final Notices notices = new Notices();
    private final SilentMembers silentMembers = new SilentMembers();
    private final Checks checks = new Checks();
    private final Audience audience = new Audience();
    private final SettingsBook settings = new SettingsBook();
    private final DeviceNames names;
    private final ConflictLog conflicts;
    private final ActivityMeter meter;
    private final Writer writer;
    private final Feed feed;
    private final ChangeHistory history;
    private final Speakers speakers;

    private ReplicaNode(
            Store store,
            Cluster cluster,
            Device device,
            RandomGenerator random,
            Watchdog watchdog,
            Meters meters,
            HistoryLimits limits)
            throws IOException {
        this.store = store;
        this.cluster = cluster;
        this.device = device;
        this.watchdog = watchdog;
        names = new DeviceNames(device);
        speakers = new Speakers(device.id(), cluster::provenDevice);
        conflicts = new ConflictLog(store, names);
        meter = new ActivityMeter(device.id(), meters);
        meters.gauge("queued_writes", "Local writes that wait for their turn.", intake::writesWaiting);
        meters.gauge("queued_message_bytes", "Bytes of peers' messages that wait.", intake::messageBytesWaiting);
        RecentChanges recent = new RecentChanges();
        history = new ChangeHistory(store, limits);
        history.removeIfOff();
        Heartbeat heartbeat = watchdog.watch("writer", Watchdog.USUAL_LIMIT_MILLIS);
        writer = new Writer(
                store,
                cluster,
                Settings.of(device),
                random,
                new Writer.Surroundings(
                        intake, recent, conflicts, meter, audience, names, notices, settings, heartbeat, history,
                        speakers));
        feed = new Feed(store, writer::openings, recent, names::origin);
    }

    /**
     * Starts a replica. The cluster is told to start too; nothing waits for it.
     *
     * @param store open, and closed by the caller after {@link #close}
     * @param cluster not started yet, and closed by the caller before {@link #close}
     * @param random cryptographically strong
     * @param watchdog watches this replica's thread, and says in the status who else is stuck
     * @param meters where it counts what it does
     * @param limits how much of the past of documents it keeps
     * @throws IOException if the store cannot note its opening
     */
    public static ReplicaNode start(
            Store store,
            Cluster cluster,
            Device device,
            RandomGenerator random,
            Watchdog watchdog,
            Meters meters,
            HistoryLimits limits)
            throws IOException {
        ReplicaNode node = new ReplicaNode(store, cluster, device, random, watchdog, meters, limits);
        node.writer.start();
        cluster.start(node.new Ears());
        return node;
    }

    /** Starts a replica that nobody watches or measures. */
    public static ReplicaNode start(Store store, Cluster cluster, Device device, RandomGenerator random)
            throws IOException {
        return start(store, cluster, device, random, new Watchdog(), Meters.NONE, HistoryLimits.USUAL);
    }

    /** Returns a future that completes when the node's thread ended: normally after {@link #close}, else with why. */
    public CompletableFuture<Void> ended() {
        return writer.ended();
    }

    @Override
    public CompletableFuture<WriteResult> write(WriteRequest request) {
        request.operations().forEach(operation -> operation.id().open());
        long beginNanos = System.nanoTime();
        CompletableFuture<WriteResult> result = writer.write(settings.guarded(request));
        result.whenComplete((answer, failure) -> meter.wrote(System.nanoTime() - beginNanos));
        return result;
    }

    @Override
    public SettingsBook settings() {
        return settings;
    }

    @Override
    public Optional<DocumentView> declared(String collection) {
        return read(new DocumentId(DocumentId.SETTINGS, collection));
    }

    @Override
    public CompletableFuture<WriteResult> declare(
            String collection, CollectionSettings declared, Operation.Condition condition, String client) {
        DocumentId id = new DocumentId(DocumentId.SETTINGS, collection);
        Operation operation = new Operation(Operation.Kind.PUT, id, declared.leaves(), condition);
        return writer.write(new WriteRequest(List.of(operation), WriteRequest.Mode.ALL_OR_NOTHING, client));
    }

    @Override
    public Optional<IndexReader> index(String collection, FieldPath path) {
        return settings.of(collection).indexes().contains(path)
                ? IndexReader.find(store, collection, path)
                : Optional.empty();
    }

    @Override
    public CompletableFuture<RetireOutcome> retire(String deviceId) {
        return writer.retire(deviceId);
    }

    @Override
    public CompletableFuture<Void> belong(String group, boolean isFounder) {
        return writer.belong(group, isFounder);
    }

    @Override
    public Optional<DocumentView> find(DocumentId id) {
        return read(id.open());
    }

    private Optional<DocumentView> read(DocumentId id) {
        return store.document(id).map(StoredDocument::decode).flatMap(stored -> Feed.view(id, stored));
    }

    @Override
    public List<DocumentId> visit(String collection, String afterId, Predicate<DocumentView> visitor) {
        List<DocumentId> damaged = new ArrayList<>();
        String after = afterId;
        while (after != null) {
            try {
                visitSound(collection, after, visitor);
                after = null;
            } catch (Store.DamagedException e) {
                DocumentId id = e.document().orElseThrow(() -> e);
                damaged.add(id);
                after = id.id();
            }
        }
        return damaged;
    }

    private void visitSound(String collection, String afterId, Predicate<DocumentView> visitor) {
        store.documents(
                collection,
                afterId,
                document -> Feed.view(document.id(), StoredDocument.decode(document.bytes()))
                        .map(visitor::test)
                        .orElse(true));
    }

    @Override
    public List<String> collections() {
        return store.collections().stream().filter(DocumentId::isCollection).toList();
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
    public FeedPage page(Position from, int limit) {
        return feed.page(from, limit);
    }

    @Override
    public FeedLook look(FeedEntry entry, Told told) {
        return feed.look(entry, told);
    }

    @Override
    public Registration onCommit(Runnable listener) {
        return audience.onCommit(listener);
    }

    @Override
    public Registration onEvent(NodeListener listener) {
        return audience.onEvent(listener);
    }

    @Override
    public NodeStatus status() {
        EngineStatus engine = writer.ask();
        return StatusReport.of(
                device,
                engine,
                silent(engine),
                cluster.status(),
                store,
                conflicts.counts(),
                meter.read(intake.dropped()),
                notices.current(intake.dropped()),
                readiness(),
                speakers.refusedCount());
    }

    /** Returns who is here unheard, each with what its device's id begins with, if that is known. */
    private Map<MemberId, String> silent(EngineStatus engine) {
        Set<MemberId> heard = engine.peers().stream()
                .filter(EngineStatus.Peer::isOnline)
                .map(EngineStatus.Peer::member)
                .collect(Collectors.toSet());
        Map<MemberId, String> silent = new HashMap<>();
        if (writer.storage().isWritable()) {
            silentMembers
                    .besides(heard, monotonicMillis())
                    .forEach(member ->
                            silent.put(member, cluster.provenDevice(member).orElse("")));
        }
        return silent;
    }

    private static long monotonicMillis() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public Readiness readiness() {
        return new Readiness(watchdog.stuck(), writer.storage());
    }

    @Override
    public Check verify(Optional<String> repairFrom) {
        return checks.add(writer.verify(repairFrom));
    }

    @Override
    public Optional<Check> check(long number) {
        return checks.find(number);
    }

    @Override
    public ConflictPage conflicts(ConflictFilter filter, long after, int limit) {
        return conflicts.page(filter, after, limit, writer.ask().writers());
    }

    @Override
    public List<PastChange> history(DocumentId id) {
        return history.of(id, System.currentTimeMillis());
    }

    @Override
    public CompletableFuture<WriteResult> undo(Undo undo, String client) {
        DocumentId id = undo.operation().id();
        history.expectUndo(id, undo.undone());
        CompletableFuture<WriteResult> result =
                write(new WriteRequest(List.of(undo.operation()), WriteRequest.Mode.ALL_OR_NOTHING, client));
        result.whenComplete((answer, failure) -> history.undoEnded(id, undo.undone()));
        return result;
    }

    @Override
    public String deviceName(String deviceId) {
        return names.of(deviceId);
    }

    @Override
    public Optional<Explanation> explain(DocumentId id) {
        Map<ReplicaId, String> writers = writer.ask().writers();
        return store.document(id).map(record -> {
            ConflictFilter open = new ConflictFilter(
                    Optional.of(id.collection()), Optional.of(id.id()), Optional.of(JournaledConflict.State.OPEN));
            return Explanation.of(
                    id,
                    StoredDocument.decode(record).document(),
                    history(id),
                    conflicts.page(open, 0, MAX_EXPLAINED_CONFLICTS, writers).items(),
                    dot -> names.ofWrite(dot, writers));
        });
    }

    @Override
    public Optional<JournaledConflict> conflict(long number) {
        return conflicts.find(number, writer.ask().writers());
    }

    /** Ends the replica's thread after what waits already; what comes later is refused. Blocks until it ended. */
    @Override
    public void close() {
        writer.close();
    }

    /** What the cluster's thread calls: everything goes into the intake. */
    private final class Ears implements Cluster.Listener {

        @Override
        public void received(MemberId from, byte[] message) {
            try {
                Message decoded = MessageCodec.decode(message);
                if (decoded instanceof Message.Unknown unknown) {
                    notices.passedOver(from, unknown);
                } else if (speakers.mayTake(from, decoded)) {
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
            silentMembers.present(others, monotonicMillis());
            intake.offer(others);
        }
    }
}
