package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.RetireAnswer;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Engine;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Retire;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Settings;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Whole devices in one thread and virtual time: engines on disks in memory, a network between them, one queue of what
 * happens next. The same seed gives the same run. {@link Checks} look on after every commit and acknowledgement.
 */
final class Cluster {
    static final int MAX_STATIONS = 16;

    private static final long EPOCH_MILLIS = 1_780_000_000_000L;
    private static final long GARBAGE_MILLIS = 100;
    /** Who scans so few entries for a page looks at as few of them for garbage: its sweeps take many steps. */
    private static final int FEW = 10;

    private static final int GRAVES = 3;
    private static final long FENCE_DELAY_MILLIS = 100;
    private static final long TICK_MILLIS = 100;
    /** How often each station checks itself and compares itself with the others: often, so that false alarms show. */
    private static final long CHECK_MILLIS = 1_500;

    final SplittableRandom random;
    final Network network;
    final Ledger ledger = new Ledger();
    final Checks checks = new Checks(ledger);
    final Witness witness = new Witness(this);
    final List<Station> stations = new ArrayList<>();
    final Map<Fault, Integer> occurrences = new EnumMap<>(Fault.class);
    final Map<Long, WriteResult> results = new HashMap<>();
    /** Writes that some device had before it went through the fence, and its server had not. */
    final Set<Dot> leftByFence = new HashSet<>();
    /** What somebody collected who had not heard of every device: then contexts do not tell the others what was seen. */
    final VersionVector collectedBeforeAllMet = new VersionVector();

    private final VersionVector everCollected = new VersionVector();

    final Map<Long, RetireOutcome> retirements = new HashMap<>();

    /** Decides what goes wrong while a station carries out its effects. */
    Mishaps mishaps = new Mishaps() {};
    /** Takes a line of what happens, if somebody reads along. */
    Consumer<String> trace;

    /** How long after a change others notice who is there, at most. */
    long maxViewLagMillis = 1;

    long nowMillis;
    /** What all wall clocks went on besides: time in which nothing happens. */
    long skippedMillis;

    long events;
    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private final Map<MemberId, Station> members = new HashMap<>();
    private final Map<Long, Integer> walkPages = new HashMap<>();
    /** What servers had at the tail of a walk for the fence. */
    private final Map<Tail, Passage.Estate> estates = new HashMap<>();

    private long eventNumber;
    private long memberNumber;
    private long tickets;

    Cluster(long seed) {
        random = new SplittableRandom(seed);
        network = new Network(this, random.split());
    }

    /** Goes wrong while a station carries out its effects. */
    interface Mishaps {
        /** Returns true if the station crashes before this effect. */
        default boolean crashesBefore(Station station, Effect effect) {
            return false;
        }

        /** Returns how long the station takes before this effect, milliseconds. */
        default long pauseBefore(Station station, Effect effect) {
            return 0;
        }

        /** Returns what becomes of a commit. */
        default CommitOutcome commits(Station station, Commit commit) {
            return CommitOutcome.DONE;
        }

        /** Is called for an alarm, which nothing explains but what a case does on purpose. */
        default void alarmed(Station station, Alarm alarm) {
            throw new Violation(station + " raised an alarm: " + alarm.sentence());
        }

        /** Is called after an effect was carried out. */
        default void done(Station station, Effect effect) {}
    }

    /** A commit that fails may be on the disk or not: nobody knows before it is opened anew. */
    enum CommitOutcome {
        DONE,
        FAILED_AND_LOST,
        FAILED_BUT_THERE
    }

    /** A page that came to the end of an index. */
    private record Tail(long walk, Checkpoint checkpoint, Hash raise) {

        static Tail of(Page page) {
            return new Tail(page.walk(), page.checkpoint(), page.raise().hash());
        }
    }

    private record Event(long atMillis, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMillis, other.atMillis);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    static Settings settings(String device, int pageBytes, int pageScan) {
        return new Settings(
                new Device(device, device),
                4096,
                pageBytes,
                pageScan,
                1000,
                20_000,
                3_000,
                50,
                500,
                40,
                400,
                CHECK_MILLIS,
                GARBAGE_MILLIS,
                pageScan < FEW ? 8 * pageScan : 1_024,
                GRAVES,
                FENCE_DELAY_MILLIS);
    }

    // ---- time

    void after(long millis, Runnable action) {
        queue.add(new Event(nowMillis + millis, eventNumber++, action));
    }

    /** Lets virtual time pass. */
    void run(long millis) {
        long end = nowMillis + millis;
        while (!queue.isEmpty() && queue.peek().atMillis() <= end) {
            Event event = queue.poll();
            nowMillis = event.atMillis();
            events++;
            event.action().run();
        }
        nowMillis = end;
    }

    long wallMillis(Station station) {
        return EPOCH_MILLIS + skippedMillis + nowMillis + station.wallOffsetMillis;
    }

    // ---- stations

    Station add(Settings settings) {
        collectedBeforeAllMet.join(everCollected);
        Station station = new Station(stations.size(), "s" + stations.size(), settings);
        stations.add(station);
        return station;
    }

    Station add() {
        return add(settings("device" + stations.size(), 300, 50));
    }

    void start(Station station) {
        station.view = Set.of();
        open(station);
        join(station);
    }

    /** Goes on with a new engine on the same disk, in the same membership: what was not answered never will be. */
    void reopen(Station station) {
        station.pending.clear();
        station.isWakeDue = false;
        station.inbox.add(0, new MembersChanged(station.view));
        open(station);
        wakeSoon(station);
    }

    private void open(Station station) {
        station.life++;
        station.engine = new Engine(station.disk.open(), station.settings, random.split());
        witness.opened(station);
        noteWall(station);
        tell(() -> station + " up");
        for (Effect effect : station.engine.open()) {
            carryOut(station, effect);
        }
        scheduleTick(station, station.life);
    }

    private void scheduleTick(Station station, int life) {
        after(1 + random.nextLong(TICK_MILLIS), () -> {
            if (station.life == life && station.isUp()) {
                input(station, new Tick());
                scheduleTick(station, life);
            }
        });
    }

    /** Connects under a new name, as after a start or when a network interface changed. */
    void join(Station station) {
        members.remove(station.member);
        station.member = new MemberId("m" + memberNumber++ + station.name);
        members.put(station.member, station);
        refreshViews();
    }

    /** Stops without a trace: what was not committed is gone. A clean close is no different. */
    void crash(Station station) {
        tell(() -> station + " down");
        if (station.disk.fence != FenceState.NONE) {
            occurred(Fault.FENCE_BROKEN_OFF);
        }
        station.engine = null;
        station.life++;
        station.inbox = new ArrayList<>();
        station.pending.clear();
        station.isWakeDue = false;
        members.remove(station.member);
        station.member = null;
        refreshViews();
    }

    void copyDisk(Station station) {
        station.copies.add(station.disk.copy());
    }

    Station stationOf(MemberId member) {
        return members.get(member);
    }

    void refreshViews() {
        for (Station station : stations) {
            int life = station.life;
            after(1 + random.nextLong(maxViewLagMillis), () -> refreshView(station, life));
        }
    }

    private void refreshView(Station station, int life) {
        if (station.life != life || !station.isUp()) {
            return;
        }
        Set<MemberId> view = new HashSet<>();
        for (Station other : stations) {
            if (other != station && other.isUp() && network.hears(station, other)) {
                view.add(other.member);
            }
        }
        if (!view.equals(station.view)) {
            station.view = view;
            tell(() -> station + " sees " + view);
            input(station, new MembersChanged(view));
        }
    }

    // ---- steps

    void receive(Station station, MemberId from, Message message) {
        input(station, new Received(from, message));
    }

    long write(Station station, List<Operation> operations, WriteRequest.Mode mode) {
        long ticket = ++tickets;
        witness.asked(ticket, station, operations);
        input(station, new LocalWrite(ticket, new WriteRequest(operations, mode, "t" + ticket)));
        return ticket;
    }

    /** Asks a station to say that a device does not count any more. */
    long retire(Station station, String deviceId) {
        long ticket = ++tickets;
        input(station, new Retire(ticket, deviceId));
        return ticket;
    }

    /** Gives a station something to do; one that is down takes nothing. */
    void input(Station station, Input input) {
        if (!station.isUp()) {
            return;
        }
        station.inbox.add(input);
        wakeSoon(station);
    }

    private void wakeSoon(Station station) {
        if (!station.isWakeDue && !station.isBusy()) {
            station.isWakeDue = true;
            int life = station.life;
            after(random.nextLong(2), () -> {
                if (station.life == life) {
                    station.isWakeDue = false;
                    step(station);
                }
            });
        }
    }

    private void step(Station station) {
        if (!station.isUp() || station.isBusy() || station.inbox.isEmpty() && !station.engine.hasWork()) {
            return;
        }
        List<Input> inputs = station.inbox;
        station.inbox = new ArrayList<>();
        noteWall(station);
        station.hadPage =
                inputs.stream().anyMatch(input -> input instanceof Received in && in.message() instanceof Page);
        for (Input input : inputs) {
            // The same request may be answered twice, and one that was given up late: the first tail of the present
            // walk counts.
            if (input instanceof Received in
                    && in.message() instanceof Page page
                    && page.estate() != null
                    && station.fenceWalk == page.walk()
                    && station.estateWalk != page.walk()) {
                station.estateWalk = page.walk();
                station.estate = estates.get(Tail.of(page));
            }
        }
        tell(() -> station + " step " + inputs);
        List<Effect> effects = station.engine.step(inputs, wallMillis(station), nowMillis);
        for (Effect effect : effects) {
            if (effect instanceof Broadcast broadcast && broadcast.message() instanceof LiveWrite live) {
                ledger.add(live.write(), station);
            } else if (effect instanceof Commit commit) {
                ledger.addUnsent(
                        commit.changes(), station.engine.status().replica().orElse(null), clientOf(inputs), station);
            }
        }
        station.pending.addAll(effects);
        carryOutPending(station);
    }

    private static String clientOf(List<Input> inputs) {
        for (Input input : inputs) {
            if (input instanceof LocalWrite write) {
                return write.request().client();
            }
        }
        return "";
    }

    private void noteWall(Station station) {
        station.disk.furthestWallMillis = Math.max(station.disk.furthestWallMillis, wallMillis(station));
    }

    private void carryOutPending(Station station) {
        while (!station.pending.isEmpty()) {
            Effect effect = station.pending.peek();
            if (mishaps.crashesBefore(station, effect)) {
                crash(station);
                return;
            }
            long pause = mishaps.pauseBefore(station, effect);
            station.pending.poll();
            if (pause > 0) {
                int life = station.life;
                station.pending.addFirst(effect);
                after(pause, () -> {
                    if (station.life == life) {
                        carryOut(station, station.pending.poll());
                        carryOutPending(station);
                    }
                });
                return;
            }
            int life = station.life;
            carryOut(station, effect);
            if (station.life != life) {
                return;
            }
        }
        if (station.isUp() && (!station.inbox.isEmpty() || station.engine.hasWork())) {
            wakeSoon(station);
        }
    }

    private void carryOut(Station station, Effect effect) {
        tell(() -> "  " + station + " " + (effect instanceof Commit commit ? describe(commit.changes()) : effect));
        if (effect instanceof Send send) {
            checks.told(station.disk, send.message());
            noteWalk(station, send);
            if (send.message() instanceof Page page && page.estate() != null) {
                estates.put(Tail.of(page), Passage.Estate.of(station.disk));
            }
            if (send.message() instanceof PageRequest request && request.isForFence()) {
                station.fenceWalk = request.walk();
            }
            network.send(station, send.to(), send.message());
        } else if (effect instanceof Broadcast broadcast) {
            checks.told(station.disk, broadcast.message());
            for (MemberId member : station.view.stream().sorted().toList()) {
                network.send(station, member, broadcast.message());
            }
        } else if (effect instanceof Commit commit) {
            CommitOutcome outcome = mishaps.commits(station, commit);
            if (outcome != CommitOutcome.FAILED_AND_LOST) {
                FenceState fence = station.disk.fence;
                station.disk.store.commit(commit.changes());
                station.disk.dropped.join(droppedIn(station, commit.changes()));
                checks.committed(
                        station.disk,
                        commit.changes(),
                        station.hadPage,
                        station.engine.status().fence().state(),
                        station.estate);
                station.disk.isLossNoted = station.disk.store.lostData();
                noteCommit(station, commit);
                noteFence(station, fence);
                witness.committed(station);
            }
            if (outcome != CommitOutcome.DONE) {
                occurred(Fault.COMMIT_FAILED);
                tell(() -> station + " " + outcome);
                reopen(station);
                return;
            }
        } else if (effect instanceof Acknowledge acknowledge) {
            results.put(acknowledge.ticket(), acknowledge.result());
            witness.answered(station, acknowledge.ticket(), acknowledge.result());
            for (Dot dot : dotsOf(acknowledge.ticket())) {
                checks.acknowledged(station.disk, dot);
                station.disk.ownWrites++;
                station.writesSinceRollBack++;
            }
        } else if (effect instanceof RetireAnswer answer) {
            retirements.put(answer.ticket(), answer.outcome());
            occurred(answer.outcome() == RetireOutcome.RETIRED ? Fault.RETIRED : Fault.NOT_RETIRED);
        } else if (effect instanceof Alarm alarm) {
            mishaps.alarmed(station, alarm);
        }
        mishaps.done(station, effect);
    }

    private static String describe(ChangeSet changes) {
        StringBuilder text = new StringBuilder("Commit");
        changes.documents()
                .forEach(change -> text.append(' ')
                        .append(change.id())
                        .append('@')
                        .append(change.number())
                        .append(StoredDocument.decode(change.record())
                                .document()
                                .context()));
        changes.amendments()
                .forEach(amendment -> text.append(" amended ")
                        .append(StoredDocument.decode(amendment.record()).document())
                        .append(" of ")
                        .append(amendment.id()));
        changes.removals().forEach(removal -> text.append(" removed ").append(removal.id()));
        changes.journalRecords().forEach(record -> text.append(" journaled ").append(JournalRecord.decode(record)));
        changes.entries().forEach((name, bytes) -> {
            boolean isSequence = name.startsWith(Checks.VECTOR)
                    || name.startsWith(Checks.REACH)
                    || name.startsWith(Checks.PROMISED)
                    || name.startsWith(Checks.COLLECTED);
            text.append(' ').append(name);
            if (isSequence) {
                text.append('=').append(bytes == null ? "none" : new Decoder(bytes).takeSequence());
            }
        });
        return text.toString();
    }

    private void noteCommit(Station station, Commit commit) {
        noteGarbage(station, commit.changes());
        if (!station.disk.reach.isEmpty()) {
            occurred(Fault.UNCLAIMED_DATA_HELD);
        }
        if (!commit.changes().journalRecords().isEmpty()) {
            occurred(Fault.CONFLICT_FOUND);
        }
        if (station.engine.status().heldBack() > 0) {
            occurred(Fault.LIVE_WRITE_HELD_BACK);
        }
    }

    private void noteFence(Station station, FenceState before) {
        FenceState now = station.disk.fence;
        if (now == FenceState.STAGE && before == FenceState.NONE) {
            occurred(Fault.FENCE_STAGED);
        } else if (before == FenceState.SWITCH && now != before) {
            occurred(Fault.FENCE_PASSED);
            Passage passed = station.disk.passages.get(station.disk.passages.size() - 1);
            leftByFence.addAll(passed.gone());
            witness.passed(station, passed);
            if (!passed.left().isEmpty()) {
                occurred(Fault.LEFT_BY_THE_FENCE);
            }
        }
    }

    private void noteGarbage(Station station, ChangeSet changes) {
        if (!changes.removals().isEmpty()) {
            occurred(Fault.GRAVE_REMOVED);
        }
        if (!changes.amendments().isEmpty()) {
            occurred(Fault.GARBAGE_DROPPED);
        }
        VersionVector collected = droppedIn(station, changes);
        changes.entries().forEach((name, bytes) -> {
            if (name.startsWith(Checks.COLLECTED) && bytes != null) {
                ReplicaId replica = ReplicaId.parse(name.substring(Checks.COLLECTED.length()));
                collected.raise(replica, new Decoder(bytes).takeSequence());
            }
        });
        if (station.disk.fence == FenceState.NONE && !collected.isEmpty()) {
            requireHeldByAllWhoCount(station, collected);
        }
    }

    /** Returns under what a commit drops garbage of a round that has not come to its end. */
    private static VersionVector droppedIn(Station station, ChangeSet changes) {
        return changes.amendments().isEmpty()
                ? new VersionVector()
                : station.engine.status().garbage().dropping();
    }

    /**
     * What a device collects, all who count have, and nobody takes anything any more from one who has not. What it
     * collected before it met somebody is known to nobody else.
     */
    private void requireHeldByAllWhoCount(Station station, VersionVector collected) {
        Set<String> known = station.engine.status().devices().stream()
                .map(EngineStatus.KnownDevice::id)
                .collect(Collectors.toSet());
        everCollected.join(collected);
        if (stations.stream()
                .anyMatch(other -> !known.contains(other.settings.device().id()))) {
            collectedBeforeAllMet.join(collected);
        }
        for (EngineStatus.KnownDevice device : station.engine.status().devices()) {
            List<Station> namesakes = stations.stream()
                    .filter(other -> other.settings.device().id().equals(device.id()))
                    .toList();
            if (device.isSelf() || device.isRetirementEffective() || namesakes.size() != 1) {
                continue;
            }
            Disk other = namesakes.get(0).disk;
            // Who goes through the fence gives nothing and takes over all.
            if (other.isPastItsOwn()
                    && other.fence == FenceState.NONE
                    && !(other.vector.covers(collected) && other.promised.covers(collected))) {
                throw new Violation(station + " collected " + collected + ", but " + namesakes.get(0) + " holds only "
                        + other.vector + " and promised " + other.promised);
            }
        }
    }

    private void noteWalk(Station station, Send send) {
        Station server = stationOf(send.to());
        if (send.message() instanceof PageRequest request && server != null) {
            if (walkPages.merge(request.walk(), 1, Integer::sum) == 4) {
                occurred(Fault.WALK_OF_MANY_PAGES);
            }
            Checkpoint from = request.checkpoint();
            if (from.equals(Checkpoint.START)
                    && server.disk.vector.equals(station.disk.vector)
                    && station.disk.reach.covers(server.disk.reach)) {
                occurred(Fault.DIGEST_WALK);
            }
            boolean isLater = from.opening() != 0
                    && from.opening() != server.engine.openings().current();
            Position position = new Position(from.opening(), from.number());
            if (isLater
                    && from.isAtTail()
                    && server.engine.openings().resume(position, 0).isPresent()) {
                occurred(Fault.WALK_RESUMED_IN_LATER_OPENING);
            }
        }
    }

    /** Returns the writes that came of a request. */
    List<Dot> dotsOf(long ticket) {
        return ledger.writesOf("t" + ticket);
    }

    // ---- telling

    void occurred(Fault fault) {
        occurrences.merge(fault, 1, Integer::sum);
    }

    void tell(Supplier<String> line) {
        if (trace != null) {
            trace.accept(String.format("%8d  %s", nowMillis, line.get()));
        }
    }
}
