package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Belongs;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.ReportConflicts;
import io.lanyard.daemon.engine.Effect.ReportPeers;
import io.lanyard.daemon.engine.Effect.RetireAnswer;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Input.Belong;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Refill;
import io.lanyard.daemon.engine.Input.Retire;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.engine.Summaries.Standing;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.SummaryRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    private final Settings settings;
    private final ReplicaState state;
    private final LocalWriter writer;
    private final Repeats repeats;
    private final PageServer server;
    private final HeldBack heldBack;
    private final CatchUp catchUp;
    private final Peers peers;
    private final Group group;
    private final LiveReceiver receiver;
    private final ComparisonServer comparisonServer;
    private final Comparison comparison;
    private final Summaries summaries;
    private final ClockWatch clocks;
    private final CloneWatch clones;

    private long wallMillis;
    private long nowMillis;
    private long lastInStepMillis;
    private boolean peersChanged;
    /** The group that this device is to go to once the fence lets it; {@code null} if there is none. */
    private Belong waitingBelong;
    /** Local writes that wait for the end of a switch. */
    private final List<LocalWrite> waitingWrites = new ArrayList<>();

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
        state = new ReplicaState(store, random.nextLong(), settings);
        writer = new LocalWriter(state, settings, random);
        repeats = new Repeats(state);
        server = new PageServer(state, settings);
        heldBack = new HeldBack(settings.heldBackBytes(), settings.heldBackMillis());
        catchUp = new CatchUp(state, heldBack, settings, random);
        clocks = new ClockWatch(settings.device());
        clones = new CloneWatch(settings.device(), state.openings().current());
        Registry registry = new Registry(state);
        summaries = new Summaries(state, registry, settings);
        peers = new Peers(settings.device().id());
        group = new Group(state, peers, registry, writer, settings, random);
        receiver = new LiveReceiver(state, peers, heldBack, catchUp);
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
    public List<Effect> step(List<Input> arrived, long wall, long monotonic) {
        List<Input> inputs = clones.admit(arrived, wall, monotonic);
        wallMillis = wall;
        nowMillis = monotonic;
        clocks.pass(wall, monotonic);
        boolean isTick = inputs.stream().anyMatch(Tick.class::isInstance);
        VersionVector committed = isTick ? state.vector().copy() : state.vector();
        group.begin(wallMillis);
        List<Effect> effects = new ArrayList<>();
        if (!group.isInFence()) {
            serve(inputs, effects);
        }
        List<Answer> answers = new ArrayList<>();
        List<Effect> replies = new ArrayList<>();
        if (!group.isSwitching()) {
            waitingWrites.forEach(write -> answers.add(apply(write)));
            waitingWrites.clear();
        }
        for (Input input : inputs) {
            if (input instanceof LocalWrite write && group.isSwitching()) {
                waitingWrites.add(write);
            } else if (input instanceof LocalWrite write) {
                answers.add(apply(write));
            } else if (input instanceof Received received) {
                receive(received);
            } else if (input instanceof MembersChanged members) {
                changeMembers(members.others());
            } else if (input instanceof Verify verify) {
                comparison.verify(verify.ticket(), verify.repairFrom(), wallMillis);
            } else if (input instanceof Refill refill) {
                comparison.refill(refill.ids());
            } else if (input instanceof Retire retire) {
                replies.add(new RetireAnswer(retire.ticket(), group.retire(retire.deviceId(), wallMillis)));
            } else if (input instanceof Belong belong) {
                waitingBelong = belong;
                belong(replies);
            }
        }
        belong(replies);
        if (!group.isClosed()) {
            receiver.release(wallMillis);
            catchUp.pursue(peers.online(), nowMillis);
        } else {
            // Nobody serves a walk of one that has to go through the fence, and the fence would wait for its end.
            catchUp.abandon();
        }
        comparison.pursue(peers, group.isClosed(), wallMillis, nowMillis);
        goThroughFence();
        if (isTick) {
            heldBack.dropOld(nowMillis);
            group.collectGarbage(committed, wallMillis, nowMillis);
        }
        if (!peers.isAlone() && !group.isInFence()) {
            liveWrites.forEach(live -> effects.add(new Broadcast(live)));
        }
        liveWrites = new ArrayList<>();
        state.indexes().goOn();
        commit(effects);
        Position position = tail();
        for (Answer answer : answers) {
            Position reached = answer.position() == null ? position : answer.position();
            effects.add(new Acknowledge(answer.ticket(), new WriteResult(answer.items(), reached)));
        }
        effects.addAll(replies);
        effects.addAll(alarms);
        alarms = new ArrayList<>();
        List<Effect> notices = new ArrayList<>(clocks.takeEffects());
        notices.addAll(clones.takeEffects());
        effects.addAll(notices);
        peersChanged |= !notices.isEmpty();
        tellPeers(effects);
        return effects;
    }

    /** Returns true if {@link #step} should be called again at once, even if nothing happens. */
    public boolean hasWork() {
        return group.hasWork()
                || !waitingWrites.isEmpty()
                || waitingBelong != null && !group.isInFence()
                || comparison.hasWork()
                || state.indexes().hasWork();
    }

    private void serve(List<Input> inputs, List<Effect> effects) {
        for (Input input : inputs) {
            if (!(input instanceof Received received)) {
                continue;
            }
            Optional<? extends Message> answer = received.message() instanceof PageRequest request
                    ? server.serve(request, group.lineage())
                    : comparisonServer.serve(received.message(), catchUp.isWalking());
            answer.ifPresent(message -> effects.add(new Send(received.from(), message)));
        }
    }

    private Answer apply(LocalWrite write) {
        Optional<Repeat> repeat = write.request().repeat();
        Optional<Repeats.Remembered> earlier = repeat.flatMap(name -> repeats.find(name, wallMillis));
        if (earlier.isPresent() && earlier.get().isOf(repeat.get())) {
            return new Answer(
                    write.ticket(), earlier.get().items(), earlier.get().position());
        }
        if (earlier.isPresent()) {
            return new Answer(write.ticket(), Repeats.taken(write.request()), null);
        }
        List<Item> items = writer.apply(write.request(), wallMillis, liveWrites);
        repeat.ifPresent(name -> repeats.remember(name, write.request().mode(), items, wallMillis));
        return new Answer(write.ticket(), items, null);
    }

    private void belong(List<Effect> replies) {
        if (waitingBelong != null && group.belong(waitingBelong.group(), waitingBelong.isFounder())) {
            replies.add(new Belongs(waitingBelong.ticket()));
            waitingBelong = null;
            heldBack.clear();
            peersChanged = true;
        }
    }

    private void goThroughFence() {
        boolean wasInFence = group.isInFence();
        if (group.beginFence(catchUp.isWalking(), nowMillis)) {
            catchUp.abandon();
            heldBack.clear();
            peersChanged = true;
            wasInFence = true;
        }
        if (group.goThroughFence(wallMillis, nowMillis, liveWrites)) {
            peers.online().forEach(peer -> catchUp.assess(peer, true, nowMillis));
        }
        peersChanged |= wasInFence != group.isInFence();
    }

    /** The position is that after the present commit if it is {@code null}. */
    private record Answer(long ticket, List<Item> items, Position position) {}

    private void commit(List<Effect> effects) {
        if (state.takeClashingStamps()) {
            alarms.add(new Alarm("two different values came under one stamp: the larger one was kept"));
        }
        repeats.keep(new Position(state.openings().current(), state.nextNumber() - 1));
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
        group.takeRequest().ifPresent(due -> effects.add(new Send(due.to(), due.request())));
        for (Peer peer : peers.online()) {
            if (peer.isSummaryRequestDue) {
                peer.isSummaryRequestDue = false;
                effects.add(new Send(peer.member, new SummaryRequest()));
            }
        }
        if (!peers.isAlone() || clones.speaksThoughAlone()) {
            summaries
                    .take(writer.replica(), explored(), standing(), wallMillis, nowMillis)
                    .ifPresent(summary -> effects.add(new Broadcast(summary)));
        }
        if (peersChanged) {
            peersChanged = false;
            effects.add(new ReportPeers());
        }
    }

    private Standing standing() {
        return new Standing(
                catchUp.isWalking(),
                group.isInFence(),
                group.hasLostData(),
                group.standing(),
                clones.openedMillis(),
                clones.isRefusing());
    }

    private void receive(Received received) {
        Peer peer = peers.speaker(received.from());
        if (received.message() instanceof LiveWrite live) {
            if (!group.isClosed()) {
                receiver.take(peer, live, wallMillis, nowMillis).ifPresent(alarms::add);
            }
        } else if (received.message() instanceof Summary summary) {
            receiveSummary(peer, summary);
        } else if (received.message() instanceof Page page) {
            state.writers().learn(page.writers());
            catchUp.take(received.from(), page, wallMillis, nowMillis);
            group.take(received.from(), page, nowMillis);
        } else if (received.message() instanceof SummaryRequest) {
            summaries.askForWhole();
        } else if (peer.isTrusted && !group.isClosed()) {
            comparison.take(received.from(), received.message(), catchUp.isWalking(), wallMillis, nowMillis);
        }
    }

    private void receiveSummary(Peer peer, Summary summary) {
        boolean isFirst = !peer.isKnown();
        boolean wasInStep = isInStep(peer);
        if (peers.online(peer.member) != null) {
            clocks.hear(summary.device(), summary.wallMillis(), nowMillis);
            peer.clockOffsetMillis = clocks.offsetMillis(summary.device().id());
        }
        boolean wasTrusted = peer.isTrusted;
        boolean isWhole = peer.take(summary, wallMillis);
        if (isWhole) {
            group.meet(peer, wallMillis);
        }
        group.mergeRegistry(peer, summary, wallMillis);
        if (!isWhole) {
            peer.isSummaryRequestDue = true;
            return;
        }
        takeAnotherReplicaIfSetBack(peer);
        group.judge(peer, nowMillis);
        receiver.judged(peer);
        if (summary.replica() != null) {
            state.writers().note(summary.replica(), summary.device().id());
        }
        peers.heard(peer);
        peersChanged |= wasTrusted != peer.isTrusted;
        if (peer.isTrusted) {
            state.writers().noteHeldElsewhere(peer.vector());
        }
        catchUp.assess(peer, isFirst, nowMillis);
        comparison.hear(peer, isEqual(peer));
        if (isInStep(peer)) {
            lastInStepMillis = wallMillis;
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

    /** Writes under an id that was drawn in this very opening are known here, unless the memory is not what it was. */
    private void takeAnotherReplicaIfSetBack(Peer peer) {
        ReplicaId own = writer.replica();
        if (own != null && peer.vector().get(own) > state.vector().get(own)) {
            writer.renew();
            alarms.add(
                    new Alarm("this device's memory was set back, as when a virtual machine is reverted while it runs:"
                            + " what was written on it since may differ from what others show. Run 'lanyard verify', and repair"
                            + " what it names. New writes are safe"));
        }
    }

    /** Returns the digests of others that differ from the present one although their index was walked for that. */
    private Set<Hash> explored() {
        Hash own = state.digest().root();
        return peers.online().stream()
                .map(peer -> peer.walkedFor)
                .filter(difference -> difference != null && difference.ours().equals(own))
                .map(DigestPair::theirs)
                .limit(Summary.MAX_EXPLORED)
                .collect(Collectors.toCollection(() -> new TreeSet<>(Comparator.comparing(Hash::toString))));
    }

    private boolean mustDiffer(Peer peer) {
        return !state.hasChanges()
                && peer.isTrusted
                && !group.isClosed()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector())
                && !state.digest().root().equals(peer.digest);
    }

    private void changeMembers(Set<MemberId> others) {
        for (Peer peer : peers.part(others)) {
            catchUp.abandon(peer.member);
            comparison.abandon(peer.member);
            group.abandon(peer.member);
            if (peer.device != null) {
                clocks.forget(peer.device.id(), nowMillis);
            }
        }
        for (Peer peer : peers.join(others)) {
            catchUp.assess(peer, true, nowMillis);
            summaries.introduce();
        }
        peersChanged = true;
    }

    private boolean isInStep(Peer peer) {
        return isEqual(peer) && !comparison.isDiffering(peer);
    }

    private boolean isEqual(Peer peer) {
        return peer.isKnown()
                && peer.isTrusted
                && !group.isClosed()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector())
                && state.digest().root().equals(peer.digest);
    }

    /** Returns the position after everything applied. */
    public Position tail() {
        return new Position(state.openings().current(), state.lastNumber());
    }

    /** Returns the openings of the store, to judge positions by. Any thread. */
    public Openings openings() {
        return state.openings();
    }

    /** Returns what is going on; only between steps. */
    public EngineStatus status() {
        List<EngineStatus.Peer> known = new ArrayList<>();
        peers.online().stream().filter(peer -> peer.device != null).forEach(peer -> known.add(describe(peer, true)));
        peers.departed().forEach(peer -> known.add(describe(peer, false)));
        Map<ReplicaId, String> writers = Map.copyOf(state.writers().all());
        return new EngineStatus(
                Optional.ofNullable(writer.replica()),
                state.vector().copy(),
                state.digest().root(),
                state.visibleDocuments(),
                state.writers().pending(state.vector()),
                lastInStepMillis,
                catchUp.isWalking(),
                heldBack.count(),
                peers.online().size(),
                known,
                writers,
                clocks.status(),
                clones.isRefusing(),
                comparison.status(),
                group.devices(),
                group.garbage(),
                group.fence());
    }

    private EngineStatus.Peer describe(Peer peer, boolean isOnline) {
        long behind = peer.isKnown() ? group.behind(peer.vector()) : 0;
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
