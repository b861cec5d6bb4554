package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import io.lanyard.daemon.store.MemoryStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** One engine on a store in memory, stepped by hand; commits are carried out at once. */
final class EngineBench {
    static final MemberId OTHER = new MemberId("other");
    static final long WALL_MILLIS = 1_780_000_000_000L;

    final MemoryStore store;
    final Engine engine;
    long nowMillis = 10_000;
    /** How long it is between two steps. */
    long stepMillis = 1_000;

    EngineBench(String device) {
        this(device, new MemoryStore());
    }

    EngineBench(String device, MemoryStore store) {
        this.store = store;
        engine = new Engine(store, Settings.of(new Device(device, device)), new SplittableRandom(device.hashCode()));
        carryOut(engine.open());
    }

    /** Makes an engine that has {@link #OTHER} as a member already. */
    static EngineBench withOther(String device) {
        EngineBench bench = new EngineBench(device);
        bench.step(new MembersChanged(Set.of(OTHER)));
        return bench;
    }

    /** Makes an engine that has {@link #OTHER} as a member that said already that it holds nothing. */
    static EngineBench withHeard(String device) {
        EngineBench bench = withOther(device);
        bench.receive(summary(VectorNews.whole(new VersionVector()), Hash.ZERO, Set.of()));
        return bench;
    }

    /** What {@link #OTHER} says of itself, having promised nothing. */
    static Summary summary(VectorNews vector, Hash digest, Set<Hash> explored) {
        return new Summary(
                new Device("other", "other"),
                1,
                null,
                vector,
                VectorNews.whole(new VersionVector()),
                VectorNews.whole(new VersionVector()),
                new VersionVector(),
                digest,
                explored,
                false,
                false,
                false,
                new Lineage(1, 1),
                Hash.ZERO,
                List.of(),
                WALL_MILLIS,
                WALL_MILLIS,
                false,
                VectorNews.NOTHING);
    }

    List<Effect> step(Input... inputs) {
        nowMillis += stepMillis;
        List<Effect> effects = engine.step(List.of(inputs), WALL_MILLIS + nowMillis, nowMillis);
        carryOut(effects);
        return effects;
    }

    private void carryOut(List<Effect> effects) {
        of(effects, Commit.class).forEach(commit -> store.commit(commit.changes()));
    }

    List<Effect> receive(Message message) {
        return step(new Received(OTHER, message));
    }

    List<WriteResult.Item> write(Mode mode, Operation... operations) {
        List<Effect> effects = step(local(mode, operations));
        return of(effects, Acknowledge.class).get(0).result().items();
    }

    List<WriteResult.Item> settle(long number, Settlement.Verdict verdict, Operation... operations) {
        WriteRequest request = new WriteRequest(
                List.of(operations),
                Mode.ALL_OR_NOTHING,
                "test",
                Optional.of(new WriteRequest.Settling(number, verdict)));
        return of(step(new LocalWrite(1, request)), Acknowledge.class)
                .get(0)
                .result()
                .items();
    }

    WriteResult.Outcome outcome(Operation operation) {
        return write(Mode.ALL_OR_NOTHING, operation).get(0).outcome();
    }

    static LocalWrite local(Mode mode, Operation... operations) {
        return new LocalWrite(1, new WriteRequest(List.of(operations), mode, "test"));
    }

    /** Returns the live write that another device makes first of all. */
    static LiveWrite liveWriteOf(String device, Operation... operations) {
        EngineBench writer = withOther(device);
        return lastLive(writer.step(local(Mode.ALL_OR_NOTHING, operations)));
    }

    static LiveWrite lastLive(List<Effect> effects) {
        return of(effects, Broadcast.class).stream()
                .map(Broadcast::message)
                .filter(LiveWrite.class::isInstance)
                .map(LiveWrite.class::cast)
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    static <E extends Effect> List<E> of(List<Effect> effects, Class<E> kind) {
        return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    static DocumentId id(String name) {
        return new DocumentId("contact", name);
    }

    static Operation put(String document, String path, String value) {
        return operation(Kind.PUT, document, Condition.NONE, path, value);
    }

    static Operation operation(Kind kind, String document, Condition condition, String path, String value) {
        return new Operation(kind, id(document), new TreeMap<>(Map.of(new FieldPath(path), value)), condition);
    }

    /** Returns what is stored of a document's shown fields, empty if it is not visible. */
    Map<String, String> read(String document) {
        Map<String, String> leaves = new TreeMap<>();
        store.document(id(document))
                .ifPresent(bytes -> StoredDocument.decode(bytes)
                        .document()
                        .leaves()
                        .forEach((path, value) -> leaves.put(path.pointer(), value)));
        return leaves;
    }

    VersionVector vector() {
        return engine.status().vector();
    }
}
