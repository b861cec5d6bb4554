package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.RetireAnswer;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Retire;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.Settlement.Verdict;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Settling;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.MessageCodec;
import io.lanyard.daemon.store.MemoryStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/** A few engines that hear each other at once, each on a store in memory, in a time of their own. */
final class Mesh {

    private static final long WALL_MILLIS = 1_780_000_000_000L;

    private final Map<String, Station> stations = new LinkedHashMap<>();
    private long nowMillis = 10_000;
    private int openings;
    /** Which messages arrive, by the device that sends. */
    BiPredicate<String, Message> arrives = (from, message) -> true;
    /** Which messages arrive, by the device that they are for. */
    BiPredicate<String, Message> arrivesAt = (to, message) -> true;

    private final List<Heard> heard = new ArrayList<>();

    private record Heard(String from, Message message) {}

    /** One device: its disk, and its engine while it is up. */
    final class Station {
        final String name;
        MemoryStore store = new MemoryStore();
        Engine engine;
        MemberId member;
        long wallOffsetMillis;
        private final Deque<Input> inbox = new ArrayDeque<>();
        private final List<Effect> replies = new ArrayList<>();
        private Set<String> neighbours = Set.of();

        private Station(String name) {
            this.name = name;
        }

        void start() {
            engine = new Engine(store, settings(name), new SplittableRandom(1_000L * name.hashCode() + openings));
            member = new MemberId(name + openings++);
            inbox.clear();
            carryOut(engine.open());
        }

        void stop() {
            engine = null;
            neighbours = Set.of();
        }

        void put(String document, String... pathsAndValues) {
            TreeMap<FieldPath, String> leaves = new TreeMap<>();
            for (int i = 0; i < pathsAndValues.length; i += 2) {
                leaves.put(new FieldPath(pathsAndValues[i]), pathsAndValues[i + 1]);
            }
            write(new Operation(Kind.PUT, id(document), leaves, Condition.NONE));
        }

        void patch(String document, String path, String value) {
            TreeMap<FieldPath, String> leaves = new TreeMap<>(Map.of(new FieldPath(path), value));
            write(new Operation(Kind.PATCH, id(document), leaves, Condition.NONE));
        }

        void delete(String document) {
            write(Operation.delete(id(document), Condition.NONE));
        }

        /** Restores the value of a conflict in the journal. */
        void restore(long number) {
            JournalRecord record =
                    JournalRecord.decode(store.journal(number - 1, 1).get(number));
            TreeMap<FieldPath, String> leaves = new TreeMap<>(
                    Map.of(record.conflict().path(), record.conflict().lostValue()));
            write(
                    new Operation(Kind.RESTORE, record.id(), leaves, Condition.NONE),
                    Optional.of(new Settling(number, Verdict.RESTORED)));
        }

        private void write(Operation operation) {
            write(operation, Optional.empty());
        }

        private void write(Operation operation, Optional<Settling> settling) {
            inbox.add(new LocalWrite(1, new WriteRequest(List.of(operation), Mode.ALL_OR_NOTHING, "", settling)));
            step();
            replies.stream().filter(Acknowledge.class::isInstance).findFirst().ifPresent(reply -> {
                if (((Acknowledge) reply).result().items().get(0).outcome().isFailure()) {
                    throw new AssertionError(reply.toString());
                }
            });
        }

        /** Returns true if what was written last is acknowledged. */
        boolean isAcknowledged() {
            return replies.stream().anyMatch(Acknowledge.class::isInstance);
        }

        RetireOutcome retire(String device) {
            inbox.add(new Retire(7, device));
            step();
            return replies.stream()
                    .filter(RetireAnswer.class::isInstance)
                    .map(RetireAnswer.class::cast)
                    .findFirst()
                    .orElseThrow()
                    .outcome();
        }

        void step() {
            replies.clear();
            List<Input> inputs = new ArrayList<>(inbox);
            inbox.clear();
            inputs.add(new Tick());
            carryOut(engine.step(inputs, WALL_MILLIS + nowMillis + wallOffsetMillis, nowMillis));
        }

        private void carryOut(List<Effect> effects) {
            for (Effect effect : effects) {
                if (effect instanceof Commit commit) {
                    store.commit(commit.changes());
                } else if (effect instanceof Broadcast broadcast) {
                    neighbours.forEach(other -> deliver(stations.get(other), broadcast.message()));
                } else if (effect instanceof Send send) {
                    neighbours.stream()
                            .map(stations::get)
                            .filter(other -> send.to().equals(other.member))
                            .forEach(other -> deliver(other, send.message()));
                } else {
                    replies.add(effect);
                }
            }
        }

        private void deliver(Station to, Message message) {
            if (to.engine != null && arrives.test(name, message) && arrivesAt.test(to.name, message)) {
                heard.add(new Heard(name, message));
                to.inbox.add(new Received(member, MessageCodec.decode(MessageCodec.encode(message))));
            }
        }

        Optional<Document> document(String document) {
            return store.document(id(document))
                    .map(bytes -> StoredDocument.decode(bytes).document());
        }

        /** Returns what is shown of a document, as {@code /path=value}, or {@code absent}. */
        String shows(String document) {
            return document(document)
                    .filter(Document::isVisible)
                    .map(stored -> stored.leaves().entrySet().stream()
                            .map(leaf -> leaf.getKey().pointer() + "=" + leaf.getValue())
                            .collect(Collectors.joining(" ")))
                    .orElse("absent");
        }

        /** Returns the values that were lost, by the conflict journal. */
        List<String> lost() {
            return store.journal(0, 1_000).values().stream()
                    .map(bytes -> JournalRecord.decode(bytes).conflict().lostValue())
                    .toList();
        }

        EngineStatus.KnownDevice knows(String device) {
            return engine.status().devices().stream()
                    .filter(known -> known.id().equals(device))
                    .findFirst()
                    .orElseThrow();
        }

        VersionVector vector() {
            return engine.status().vector();
        }

        boolean isInStepWith(String device) {
            return engine.status().peers().stream()
                    .anyMatch(peer -> peer.device().id().equals(device) && peer.isInStep());
        }
    }

    private static Settings settings(String name) {
        return new Settings(
                new Device(name, name),
                4096,
                600,
                40,
                1000,
                1 << 20,
                3_000,
                100,
                500,
                50,
                1_000,
                3_600_000,
                200,
                1_024,
                4,
                200);
    }

    Station add(String name) {
        Station station = new Station(name);
        stations.put(name, station);
        station.start();
        return station;
    }

    /** Makes each of these groups hear each other and nobody else; who is in none is alone. */
    void connect(String... groups) {
        stations.values().forEach(station -> station.neighbours = Set.of());
        for (String group : groups) {
            List<String> names = List.of(group.split(" "));
            for (String name : names) {
                stations.get(name).neighbours =
                        names.stream().filter(other -> !other.equals(name)).collect(Collectors.toSet());
            }
        }
        for (Station station : stations.values()) {
            if (station.engine != null) {
                station.inbox.add(new MembersChanged(station.neighbours.stream()
                        .map(other -> stations.get(other).member)
                        .collect(Collectors.toSet())));
            }
        }
    }

    /** Lets time pass. */
    void run(long millis) {
        for (long end = nowMillis + millis; nowMillis < end; nowMillis += 50) {
            stations.values().stream().filter(station -> station.engine != null).forEach(Station::step);
        }
    }

    /** Returns how many messages of this kind from a device arrived anywhere. */
    long heard(Class<? extends Message> kind, String from) {
        return heard.stream()
                .filter(message -> message.from().equals(from) && kind.isInstance(message.message()))
                .count();
    }

    /** Lets days pass in which nobody is up. */
    void sleep(long days) {
        nowMillis += days * 86_400_000L;
    }

    static DocumentId id(String name) {
        return new DocumentId("contact", name);
    }
}
