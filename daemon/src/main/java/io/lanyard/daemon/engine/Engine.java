package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.ReportConflicts;
import io.lanyard.daemon.engine.Effect.ReportPeers;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.HeldBack.Held;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Refill;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.SummaryRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Replication, sans I/O: inputs in, a list of effects out.
 *
 * <p>One {@link #step} takes everything that waits, and its effects are in this order, which is the whole of crash
 * safety:
 *
 * <ol>
 *   <li>pages for others, read from what was committed before the step;
 *   <li>live writes to all members: whoever merges them holds them, whether they are committed here or not, and their
 *       dots are never given out again;
 *   <li>one commit of everything the step applied;
 *   <li>acknowledgements and notifications, and only then
 *   <li>summaries and requests, which tell others what is committed here.
 * </ol>
 *
 * <p>Reads the store it is given, and writes nothing: the commit is an effect like others. After a failed commit the
 * engine must not be used any more. Not thread-safe. Deterministic: time and randomness come in from outside.
 */
public final class Engine {

    private static final int MAX_DEPARTED = 1_000;
    private static final int MAX_STRANGERS = 64;

    private final Settings settings;
    private final ReplicaState state;
    private final LocalWriter writer;
    private final PageServer server;
    private final HeldBack heldBack;
    private final CatchUp catchUp;
    private final ComparisonServer comparisonServer;
    private final Comparison comparison;
    private final Map<MemberId, Peer> peers = new TreeMap<>();
    private final Map<String, Peer> departed = new LinkedHashMap<>();
    /** Who spoke but is no member: not yet, or not any more. */
    private final Map<MemberId, Peer> strangers = new HashMap<>();

    private final Summaries summaries;
    private final ClockWatch clocks;

    private long wallMillis;
    private long nowMillis;
    private long lastInStepMillis;
    private boolean peersChanged;
    private List<LiveWrite> liveWrites = new ArrayList<>();
    private List<Effect> alarms = new ArrayList<>();

    /**
     * Makes the engine of a newly opened store; {@link #open} must be the first call.
     *
     * @param store read from now on; changed by nobody but through {@link Commit} effects
     * @param random cryptographically strong outside of simulations
     */
    public Engine(Store store, Settings settings, RandomGenerator random) {
        this.settings = settings;
        state = new ReplicaState(store, random.nextLong(), settings.journalLimit());
        writer = new LocalWriter(state, settings, random);
        server = new PageServer(state, settings);
        heldBack = new HeldBack(settings.heldBackBytes(), settings.heldBackMillis());
        catchUp = new CatchUp(state, heldBack, settings, random);
        summaries = new Summaries(state, settings);
        clocks = new ClockWatch(settings.device());
        comparisonServer = new ComparisonServer(state, settings);
        comparison = new Comparison(state, settings, random, comparisonServer);
    }

    /** Notes the new opening of the store. */
    public List<Effect> open() {
        return List.of(new Commit(state.takeChanges().changeSet()));
    }

    /**
     * Takes what happened, in order.
     *
     * @param wall the wall clock, milliseconds since 1970; it may jump
     * @param monotonic a clock that never steps back, milliseconds
     * @return what is to be done, in order
     */
    public List<Effect> step(List<Input> inputs, long wall, long monotonic) {
        wallMillis = wall;
        nowMillis = monotonic;
        clocks.pass(wall, monotonic);
        List<Effect> effects = new ArrayList<>();
        for (Input input : inputs) {
            if (input instanceof Received received && received.message() instanceof PageRequest request) {
                effects.add(new Send(received.from(), server.serve(request)));
            } else if (input instanceof Received received) {
                comparisonServer
                        .serve(received.message(), catchUp.isWalking())
                        .ifPresent(answer -> effects.add(new Send(received.from(), answer)));
            }
        }
        List<Acknowledge> acknowledgements = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        for (Input input : inputs) {
            if (input instanceof LocalWrite write) {
                answers.add(new Answer(write.ticket(), writer.apply(write.request(), wallMillis, liveWrites)));
            } else if (input instanceof Received received) {
                receive(received);
            } else if (input instanceof MembersChanged members) {
                changeMembers(members.others());
            } else if (input instanceof Verify verify) {
                comparison.verify(verify.ticket(), verify.repairFrom(), wallMillis);
            } else if (input instanceof Refill refill) {
                comparison.refill(refill.ids());
            } else if (input instanceof Tick) {
                heldBack.dropOld(nowMillis);
            }
        }
        releaseHeldBack();
        catchUp.pursue(peers.values(), nowMillis);
        comparison.pursue(peers, departed.values(), wallMillis, nowMillis);
        if (!peers.isEmpty()) {
            liveWrites.forEach(live -> effects.add(new Broadcast(live)));
        }
        liveWrites = new ArrayList<>();
        commit(effects);
        Position position = tail();
        answers.forEach(answer ->
                acknowledgements.add(new Acknowledge(answer.ticket(), new WriteResult(answer.items(), position))));
        effects.addAll(acknowledgements);
        effects.addAll(alarms);
        alarms = new ArrayList<>();
        List<Effect> notices = clocks.takeEffects();
        effects.addAll(notices);
        peersChanged |= !notices.isEmpty();
        tellPeers(effects);
        return effects;
    }

    private record Answer(long ticket, List<Item> items) {}

    private void commit(List<Effect> effects) {
        if (state.takeClashingStamps()) {
            alarms.add(new Alarm("two different values came under one stamp: the larger one was kept"));
        }
        if (!state.hasChanges()) {
            return;
        }
        ReplicaState.Changes changes = state.takeChanges();
        effects.add(new Commit(changes.changeSet()));
        if (!changes.applied().isEmpty()) {
            effects.add(new Notify(changes.applied()));
        }
        if (changes.hasConflicts()) {
            effects.add(new ReportConflicts());
        }
    }

    private void tellPeers(List<Effect> effects) {
        catchUp.takeRequest().ifPresent(due -> effects.add(new Send(due.to(), due.request())));
        comparison.takeEffects(effects, nowMillis);
        for (Peer peer : peers.values()) {
            if (peer.isSummaryRequestDue) {
                peer.isSummaryRequestDue = false;
                effects.add(new Send(peer.member, new SummaryRequest()));
            }
        }
        if (!peers.isEmpty()) {
            summaries
                    .take(writer.replica(), explored(), catchUp.isWalking(), wallMillis, nowMillis)
                    .ifPresent(summary -> effects.add(new Broadcast(summary)));
        }
        if (peersChanged) {
            peersChanged = false;
            effects.add(new ReportPeers());
        }
    }

    private void receive(Received received) {
        Peer peer = peers.get(received.from());
        if (peer == null) {
            if (strangers.size() >= MAX_STRANGERS) {
                strangers.clear();
            }
            peer = strangers.computeIfAbsent(received.from(), Peer::new);
        }
        if (received.message() instanceof LiveWrite live) {
            receiveLive(peer, live);
        } else if (received.message() instanceof Summary summary) {
            receiveSummary(peer, summary);
        } else if (received.message() instanceof Page page) {
            catchUp.take(received.from(), page, wallMillis, nowMillis);
        } else if (received.message() instanceof SummaryRequest) {
            summaries.askForWhole();
        } else {
            comparison.take(received.from(), received.message(), catchUp.isWalking(), wallMillis, nowMillis);
        }
    }

    private void receiveLive(Peer peer, LiveWrite live) {
        Dot dot = live.write().dot();
        if (state.vector().covers(dot)) {
            return;
        }
        if (!isOfOneDot(live.write())) {
            alarms.add(
                    new Alarm("a live write of member " + peer.member + " holds registers of other writes: refused"));
            return;
        }
        if (HeldBack.isReady(live, state.vector(), peer.walkedTo)) {
            merge(peer.member, live.write());
            return;
        }
        heldBack.add(live, peer.member, nowMillis);
        boolean isGap = state.vector().get(dot.replica()) < dot.sequence() - 1;
        catchUp.assess(peer, isGap, nowMillis);
    }

    private void merge(MemberId from, Write write) {
        Peer peer = peers.get(from);
        String device = peer != null && peer.device != null
                ? peer.device.id()
                : state.writer(write.dot().replica());
        if (peer != null && peer.device != null) {
            state.noteWriter(write.dot().replica(), device);
        }
        Optional<Author> author = Optional.ofNullable(device).map(id -> new Author(id, write.client()));
        for (Write.Change change : write.changes()) {
            state.merge(change.id(), change.fragment(), author, wallMillis);
        }
        state.claim(write.dot());
    }

    private void releaseHeldBack() {
        List<Held> ready = heldBack.takeReady(state.vector(), this::walkedTo);
        while (!ready.isEmpty()) {
            ready.forEach(held -> merge(held.from(), held.live().write()));
            ready = heldBack.takeReady(state.vector(), this::walkedTo);
        }
    }

    private Checkpoint walkedTo(MemberId member) {
        Peer peer = peers.get(member);
        return peer == null ? Checkpoint.START : peer.walkedTo;
    }

    private void receiveSummary(Peer peer, Summary summary) {
        boolean isFirst = !peer.isKnown();
        boolean wasInStep = isInStep(peer);
        if (peers.containsKey(peer.member)) {
            clocks.hear(summary.device(), summary.wallMillis(), nowMillis);
            peer.clockOffsetMillis = clocks.offsetMillis(summary.device().id());
        }
        if (!peer.take(summary, wallMillis)) {
            peer.isSummaryRequestDue = true;
            return;
        }
        if (summary.replica() != null) {
            state.noteWriter(summary.replica(), summary.device().id());
        }
        departed.remove(summary.device().id());
        state.noteHeldElsewhere(peer.vector, settings.device().id());
        catchUp.assess(peer, isFirst, nowMillis);
        if (isInStep(peer)) {
            lastInStepMillis = wallMillis;
            comparison.noteInStep(peer);
        } else if (mustDiffer(peer)) {
            DigestPair difference = new DigestPair(state.digest().root(), peer.digest);
            boolean isUnexplained = !catchUp.explore(peer, difference, nowMillis)
                    && summary.explored().contains(difference.ours());
            if (isUnexplained && !difference.equals(peer.alarmedFor)) {
                peer.alarmedFor = difference;
                comparison.examine(peer);
            }
        }
        peersChanged |= isFirst || wasInStep != isInStep(peer);
    }

    /** Returns the digests of others that differ from the present one although their index was walked for that. */
    private Set<Hash> explored() {
        Hash own = state.digest().root();
        return peers.values().stream()
                .map(peer -> peer.walkedFor)
                .filter(difference -> difference != null && difference.ours().equals(own))
                .map(DigestPair::theirs)
                .limit(Summary.MAX_EXPLORED)
                .collect(Collectors.toCollection(() -> new TreeSet<>(Comparator.comparing(Hash::toString))));
    }

    private boolean mustDiffer(Peer peer) {
        return !state.hasChanges()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector)
                && !state.digest().root().equals(peer.digest);
    }

    private void changeMembers(Set<MemberId> others) {
        List<MemberId> gone = peers.keySet().stream()
                .filter(member -> !others.contains(member))
                .toList();
        for (MemberId member : gone) {
            Peer peer = peers.remove(member);
            catchUp.abandon(member);
            comparison.abandon(member);
            if (peer.device != null) {
                departed.remove(peer.device.id());
                departed.put(peer.device.id(), peer);
                clocks.forget(peer.device.id(), nowMillis);
            }
        }
        while (departed.size() > MAX_DEPARTED) {
            departed.remove(departed.keySet().iterator().next());
        }
        for (MemberId member : others) {
            if (!peers.containsKey(member)) {
                Peer peer = strangers.getOrDefault(member, new Peer(member));
                peers.put(member, peer);
                catchUp.assess(peer, true, nowMillis);
                summaries.introduce();
            }
        }
        strangers.clear();
        peersChanged = true;
    }

    private boolean isInStep(Peer peer) {
        return peer.isKnown()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector)
                && state.digest().root().equals(peer.digest);
    }

    private static boolean isOfOneDot(Write write) {
        for (Write.Change change : write.changes()) {
            Document fragment = change.fragment();
            for (LifeRegister life : new LifeRegister[] {fragment.alive(), fragment.died(), fragment.floor()}) {
                if (life != null && !life.dot().equals(write.dot())) {
                    return false;
                }
            }
            if (fragment.fields().values().stream()
                    .anyMatch(register -> !register.dot().equals(write.dot()))) {
                return false;
            }
        }
        return true;
    }

    /** Returns true if {@link #step} should be called again at once, although nothing came in. */
    public boolean hasWork() {
        return comparison.hasWork();
    }

    /** Returns the position after everything applied. */
    public Position tail() {
        return new Position(state.openings().current(), state.lastNumber());
    }

    /** Returns the openings of the store, to judge positions by. Immutable after {@link #open}; any thread. */
    public Openings openings() {
        return state.openings();
    }

    /** Returns what is going on; only between steps. */
    public EngineStatus status() {
        List<EngineStatus.Peer> known = new ArrayList<>();
        peers.values().stream().filter(peer -> peer.device != null).forEach(peer -> known.add(describe(peer, true)));
        departed.values().forEach(peer -> known.add(describe(peer, false)));
        Map<ReplicaId, String> writers = Map.copyOf(state.writers());
        return new EngineStatus(
                Optional.ofNullable(writer.replica()),
                state.vector().copy(),
                state.digest().root(),
                state.visibleDocuments(),
                state.pendingWrites(settings.device().id()),
                lastInStepMillis,
                catchUp.isWalking(),
                heldBack.count(),
                peers.size(),
                known,
                writers,
                clocks.status(),
                comparison.status());
    }

    private EngineStatus.Peer describe(Peer peer, boolean isOnline) {
        long behind = 0;
        if (peer.isKnown()) {
            for (Map.Entry<ReplicaId, Long> entry : state.vector().entries().entrySet()) {
                behind += Math.max(0, entry.getValue() - peer.vector.get(entry.getKey()));
            }
        }
        return new EngineStatus.Peer(
                peer.member,
                peer.device,
                isOnline,
                isOnline && isInStep(peer),
                behind,
                peer.clockOffsetMillis,
                peer.lastHeardWallMillis);
    }
}
