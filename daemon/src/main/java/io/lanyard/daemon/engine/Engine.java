package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.Notify;
import io.lanyard.daemon.engine.Effect.ReportConflicts;
import io.lanyard.daemon.engine.Effect.ReportPeers;
import io.lanyard.daemon.engine.Effect.RetireAnswer;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.HeldBack.Held;
import io.lanyard.daemon.engine.Input.LocalWrite;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Refill;
import io.lanyard.daemon.engine.Input.Retire;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.Input.Verify;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.engine.Summaries.Standing;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.Registration;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.SummaryRequest;
import java.util.ArrayList;
import java.util.Collection;
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
import java.util.stream.Stream;

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
    private final Registry registry;
    private final Levels levels;
    private final Garbage garbage;
    private final Trust trust;
    private final Fence fence;
    private final ComparisonServer comparisonServer;
    private final Comparison comparison;
    private final Map<MemberId, Peer> peers = new TreeMap<>();
    private final Map<String, Peer> departed = new LinkedHashMap<>();
    /** Who spoke but is no member: not yet, or not any more. */
    private final Map<MemberId, Peer> strangers = new HashMap<>();

    private final Summaries summaries;
    private final ClockWatch clocks;
    private final CloneWatch clones;

    private long wallMillis;
    private long nowMillis;
    private long lastInStepMillis;
    private boolean peersChanged;
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
        state = new ReplicaState(store, random.nextLong(), settings.journalLimit());
        writer = new LocalWriter(state, settings, random);
        server = new PageServer(state, settings);
        heldBack = new HeldBack(settings.heldBackBytes(), settings.heldBackMillis());
        catchUp = new CatchUp(state, heldBack, settings, random);
        clocks = new ClockWatch(settings.device());
        clones = new CloneWatch(settings.device(), state.openings().current());
        registry = new Registry(state);
        summaries = new Summaries(state, registry, settings);
        levels = new Levels(state, registry, settings);
        garbage = new Garbage(state, levels, settings);
        trust = new Trust(state, settings, random);
        fence = new Fence(state, writer, trust, settings, random);
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
        trust.begin(wallMillis);
        registry.countSelf(settings.device(), wallMillis);
        List<Effect> effects = new ArrayList<>();
        if (!fence.isClosed()) {
            serve(inputs, effects);
        }
        List<Answer> answers = new ArrayList<>();
        List<Effect> replies = new ArrayList<>();
        if (!fence.isSwitching()) {
            waitingWrites.forEach(write -> answers.add(apply(write)));
            waitingWrites.clear();
        }
        boolean isTick = false;
        for (Input input : inputs) {
            if (input instanceof LocalWrite write && fence.isSwitching()) {
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
                replies.add(new RetireAnswer(retire.ticket(), retire(retire.deviceId())));
            } else if (input instanceof Tick) {
                isTick = true;
            }
        }
        if (!isClosed()) {
            releaseHeldBack();
            catchUp.pursue(peers.values(), nowMillis);
        }
        comparison.pursue(peers, departed.values(), isClosed(), wallMillis, nowMillis);
        goThroughFence();
        if (isTick) {
            heldBack.dropOld(nowMillis);
            collectGarbage();
        }
        if (!peers.isEmpty() && !fence.isClosed()) {
            liveWrites.forEach(live -> effects.add(new Broadcast(live)));
        }
        liveWrites = new ArrayList<>();
        commit(effects);
        Position position = tail();
        answers.forEach(
                answer -> effects.add(new Acknowledge(answer.ticket(), new WriteResult(answer.items(), position))));
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
        return fence.hasWork() || !waitingWrites.isEmpty() || comparison.hasWork();
    }

    /** Returns true if nothing may be taken from anybody now. */
    private boolean isClosed() {
        return fence.isClosed() || trust.hasLostData();
    }

    private void serve(List<Input> inputs, List<Effect> effects) {
        for (Input input : inputs) {
            if (!(input instanceof Received received)) {
                continue;
            }
            Optional<? extends Message> answer = received.message() instanceof PageRequest request
                    ? server.serve(request, trust.lineage())
                    : comparisonServer.serve(received.message(), catchUp.isWalking());
            answer.ifPresent(message -> effects.add(new Send(received.from(), message)));
        }
    }

    private Answer apply(LocalWrite write) {
        return new Answer(write.ticket(), writer.apply(write.request(), wallMillis, liveWrites));
    }

    private RetireOutcome retire(String deviceId) {
        Registration device = registry.get(deviceId);
        if (deviceId.equals(settings.device().id())) {
            return RetireOutcome.IS_SELF;
        }
        if (device == null) {
            return RetireOutcome.UNKNOWN_DEVICE;
        }
        if (peers.values().stream()
                .anyMatch(peer -> peer.device != null && peer.device.id().equals(deviceId))) {
            return RetireOutcome.IS_ONLINE;
        }
        if (device.isRetired()) {
            return RetireOutcome.ALREADY_RETIRED;
        }
        long time = state.clock().next(wallMillis, device.time());
        registry.put(new Registration(
                deviceId, device.name(), true, time, settings.device().id()));
        distrustRetired();
        return RetireOutcome.RETIRED;
    }

    private void collectGarbage() {
        if (fence.isClosed() || trust.hasLostData()) {
            return;
        }
        peers.values().forEach(levels::adopt);
        levels.update(nowMillis);
        garbage.step(wallMillis);
    }

    private void goThroughFence() {
        if (!fence.isClosed()
                && !fence.hasWork()
                && (!catchUp.isWalking() || state.vector().isEmpty())) {
            trust.server(peers.values(), nowMillis).ifPresent(peer -> {
                catchUp.abandon();
                heldBack.clear();
                fence.begin(peer, nowMillis);
                peersChanged = true;
            });
        }
        boolean wasClosed = fence.isClosed();
        if (fence.work(this::treatment, wallMillis, nowMillis, liveWrites)) {
            writer.renew();
            levels.forget();
            garbage.restart();
            for (Peer peer : peers.values()) {
                peer.walkedTo = Checkpoint.START;
                peer.walkedFor = null;
                trust.judge(peer, nowMillis);
                catchUp.assess(peer, true, nowMillis);
            }
        }
        peersChanged |= wasClosed != fence.isClosed();
    }

    /** Says of a write from before the fence whether anybody else brings it. */
    private Leftovers.Treatment treatment(Dot dot) {
        String device = state.writer(dot.replica());
        Registration registration = device == null ? null : registry.get(device);
        if (registration == null
                || device.equals(settings.device().id())
                || levels.isRetirementEffective(registration)) {
            return Leftovers.Treatment.REISSUE;
        }
        for (Peer peer : peers.values()) {
            if (peer.isKnown() && peer.device.id().equals(device)) {
                return peer.vector().covers(dot) ? Leftovers.Treatment.LEAVE : Leftovers.Treatment.REISSUE;
            }
        }
        return Leftovers.Treatment.JOURNAL;
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
        fence.takeRequest().ifPresent(due -> effects.add(new Send(due.to(), due.request())));
        for (Peer peer : peers.values()) {
            if (peer.isSummaryRequestDue) {
                peer.isSummaryRequestDue = false;
                effects.add(new Send(peer.member, new SummaryRequest()));
            }
        }
        if (!peers.isEmpty() || clones.speaksThoughAlone()) {
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
                fence.isClosed(),
                trust.hasLostData(),
                trust.standing(),
                clones.openedMillis(),
                clones.isRefusing());
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
            state.learnWriters(page.writers());
            catchUp.take(received.from(), page, wallMillis, nowMillis);
            fence.take(received.from(), page, nowMillis);
        } else if (received.message() instanceof SummaryRequest) {
            summaries.askForWhole();
        } else if (peer.isTrusted && !isClosed()) {
            comparison.take(received.from(), received.message(), catchUp.isWalking(), wallMillis, nowMillis);
        }
    }

    private void receiveLive(Peer peer, LiveWrite live) {
        Dot dot = live.write().dot();
        boolean isRefused = fence.isClosed() || trust.hasLostData() || peer.isKnown() && !peer.isTrusted;
        if (isRefused || state.vector().covers(dot) || !peer.writesUnder(dot.replica())) {
            return;
        }
        if (!isOfOneDot(live.write())) {
            alarms.add(
                    new Alarm("a live write of member " + peer.member + " holds registers of other writes: refused"));
            return;
        }
        if (peer.isTrusted && HeldBack.isReady(live, state.vector(), peer.walkedTo)) {
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
        if (peer == null) {
            peer = departed.values().stream()
                    .filter(gone -> gone.member.equals(member))
                    .findAny()
                    .orElse(null);
        }
        return peer == null || !peer.isTrusted ? null : peer.walkedTo;
    }

    private void receiveSummary(Peer peer, Summary summary) {
        boolean isFirst = !peer.isKnown();
        boolean wasInStep = isInStep(peer);
        if (peers.containsKey(peer.member)) {
            clocks.hear(summary.device(), summary.wallMillis(), nowMillis);
            peer.clockOffsetMillis = clocks.offsetMillis(summary.device().id());
        }
        boolean wasTrusted = peer.isTrusted;
        boolean isWhole = peer.take(summary, wallMillis);
        mergeRegistry(peer, summary);
        if (!isWhole) {
            peer.isSummaryRequestDue = true;
            return;
        }
        takeAnotherReplicaIfSetBack(peer);
        trust.judge(peer, nowMillis);
        distrustRetired();
        if (!peer.isTrusted) {
            heldBack.drop(peer.member);
        }
        List<Peer> namesakes = namesakes(peer);
        if (namesakes.isEmpty()) {
            levels.hear(peer);
        } else {
            levels.distrust(peer);
            namesakes.forEach(levels::distrust);
        }
        if (summary.replica() != null) {
            state.noteWriter(summary.replica(), summary.device().id());
        }
        departed.remove(summary.device().id());
        peersChanged |= wasTrusted != peer.isTrusted;
        if (peer.isTrusted) {
            state.noteHeldElsewhere(peer.vector(), settings.device().id());
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

    /** Returns the other members that say to be the same device: its disk was copied, or it came back under a new name. */
    private List<Peer> namesakes(Peer peer) {
        return peers.values().stream()
                .filter(other -> other != peer
                        && other.device != null
                        && other.device.id().equals(peer.device.id()))
                .toList();
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

    /** Nobody waited for what a retired device wrote: it goes through the fence, whatever it has. */
    private void distrustRetired() {
        Stream.of(peers.values(), strangers.values(), departed.values())
                .flatMap(Collection::stream)
                .filter(peer -> peer.device != null)
                .filter(peer -> Optional.ofNullable(registry.get(peer.device.id()))
                        .filter(Registration::isRetired)
                        .isPresent())
                .forEach(peer -> peer.isTrusted = false);
    }

    private void mergeRegistry(Peer peer, Summary summary) {
        registry.meet(summary.device());
        if (summary.registry() != null) {
            registry.merge(summary.registry());
            if (registry.countSelf(settings.device(), wallMillis)) {
                trust.giveWay();
            }
            distrustRetired();
            peer.mergedRegistry = summary.registryHash();
        } else if (!summary.registryHash().equals(peer.mergedRegistry)
                && !summary.registryHash().equals(registry.hash())) {
            peer.isSummaryRequestDue = true;
        }
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
                && !trust.hasLostData()
                && peer.isTrusted
                && !fence.isClosed()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector())
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
            fence.abandon(member);
            if (peer.device != null) {
                departed.remove(peer.device.id());
                if (!peer.device.id().equals(settings.device().id())) {
                    departed.put(peer.device.id(), peer);
                }
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
        return isEqual(peer) && !comparison.isDiffering(peer);
    }

    private boolean isEqual(Peer peer) {
        return peer.isKnown()
                && peer.isTrusted
                && !fence.isClosed()
                && !trust.hasLostData()
                && !peer.isCatchingUp
                && !catchUp.isWalking()
                && state.vector().equals(peer.vector())
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
                clones.isRefusing(),
                comparison.status(),
                registry.all().stream().map(this::describe).toList(),
                new EngineStatus.Garbage(
                        garbage.backlog(),
                        state.graves(),
                        state.promised().copy(),
                        state.collected().copy()),
                fence.status());
    }

    private EngineStatus.KnownDevice describe(Registration device) {
        boolean isSelf = device.id().equals(settings.device().id());
        Optional<Peer> online = peers.values().stream()
                .filter(peer -> peer.device != null && peer.device.id().equals(device.id()))
                .findAny();
        Peer heard = online.orElse(departed.get(device.id()));
        boolean isEffective = levels.isRetirementEffective(device);
        long behind = isSelf ? 0 : behind(levels.vectorOf(device.id()));
        return new EngineStatus.KnownDevice(
                device.id(),
                device.name(),
                isSelf,
                isSelf || online.isPresent(),
                device.isRetired(),
                isEffective,
                behind,
                !isEffective && behind > 0,
                heard == null ? 0 : heard.lastHeardWallMillis);
    }

    private long behind(VersionVector theirs) {
        long behind = 0;
        for (Map.Entry<ReplicaId, Long> entry : state.vector().entries().entrySet()) {
            behind += Math.max(0, entry.getValue() - (theirs == null ? 0 : theirs.get(entry.getKey())));
        }
        return behind;
    }

    private EngineStatus.Peer describe(Peer peer, boolean isOnline) {
        long behind = peer.isKnown() ? behind(peer.vector()) : 0;
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
