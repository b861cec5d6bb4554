package io.lanyard.daemon.engine;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Fence.Due;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.Registration;
import io.lanyard.daemon.message.Message.Summary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The devices that count on each other: which there are ({@link Registry}), what every one of them has ({@link Levels}),
 * so that its {@link Garbage} can go, and who cannot be counted on ({@link Trust}) and has to go through the {@link
 * Fence}.
 *
 * <p>What holds between the five: a device that the registry calls retired is not trusted; after a fence the levels, the
 * sweep and the judgement of every peer begin anew, since what they were worked out from was exchanged.
 */
final class Group {

    private final ReplicaState state;
    private final Peers peers;
    private final LocalWriter writer;
    private final String self;
    private final Settings settings;
    private final Registry registry;
    private final Levels levels;
    private final Garbage garbage;
    private final Trust trust;
    private final Fence fence;

    Group(
            ReplicaState state,
            Peers peers,
            Registry registry,
            LocalWriter writer,
            Settings settings,
            RandomGenerator random) {
        this.state = state;
        this.peers = peers;
        this.registry = registry;
        this.writer = writer;
        this.settings = settings;
        self = settings.device().id();
        levels = new Levels(state, registry, settings);
        garbage = new Garbage(state, levels, settings);
        trust = new Trust(state, settings, random);
        fence = new Fence(state, writer, trust, settings, random);
    }

    /** Makes sure that this device has a lineage and counts, under its present name. */
    void begin(long wallMillis) {
        trust.begin(wallMillis);
        registry.countSelf(settings.device(), wallMillis);
        if (trust.mustOnlyGiveWay() && peers.isAlone() && isLastOne() && !fence.isClosed()) {
            trust.stay();
        }
    }

    /**
     * Follows this device into the group that it is in now. Nothing that the devices of the group before said of
     * themselves counts there, and nothing waits for them.
     *
     * @return false if that has to wait for the end of what the fence is at
     */
    boolean belong(String group, boolean isFounder) {
        if (fence.isClosed() || fence.hasWork()) {
            return false;
        }
        byte[] name = group.getBytes(StandardCharsets.UTF_8);
        Optional<byte[]> before = state.store().entry(EntryNames.GROUP);
        if (before.filter(known -> Arrays.equals(known, name)).isPresent()) {
            return true;
        }
        state.putEntry(EntryNames.GROUP, name);
        if (before.isPresent()) {
            registry.forgetOthers(self);
            levels.forgetDevices();
            if (!isFounder && !state.vector().isEmpty()) {
                trust.comeFromElsewhere();
            }
        }
        return true;
    }

    private boolean isLastOne() {
        return registry.all().stream()
                .allMatch(device -> device.isRetired() || device.id().equals(self));
    }

    /** Returns true if nothing may be taken from anybody now. */
    boolean isClosed() {
        return fence.isClosed() || trust.hasLostData();
    }

    /** Returns true if, besides, nothing may be taken from this replica: it goes through the fence. */
    boolean isInFence() {
        return fence.isClosed();
    }

    /** Returns true while local writes have to wait. */
    boolean isSwitching() {
        return fence.isSwitching();
    }

    /** Returns true if the fence can go on at once although nothing came in. */
    boolean hasWork() {
        return fence.hasWork();
    }

    /** Returns true if this store misses something that it had, or was retired. */
    boolean hasLostData() {
        return trust.hasLostData();
    }

    /** Returns the lineage of what is held here. */
    Lineage lineage() {
        return trust.lineage();
    }

    /** Returns the lineage that counts when two judge who gives way. */
    Lineage standing() {
        return trust.standing();
    }

    /**
     * Takes over what a peer that was met says of the devices there are, itself among them; asks for all of it if that is
     * missing.
     */
    void mergeRegistry(Peer peer, Summary summary, long wallMillis) {
        if (registry.get(peer.device.id()) == null) {
            return;
        }
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

    /** Judges whether anything may be taken from a peer, and counts on what it says of itself if so. */
    void judge(Peer peer, long nowMillis) {
        trust.judge(peer, nowMillis);
        distrustRetired();
        List<Peer> namesakes = peers.namesakes(peer);
        if (namesakes.isEmpty()) {
            levels.hear(peer);
        } else {
            levels.distrust(peer);
            namesakes.forEach(levels::distrust);
        }
    }

    /**
     * Counts on a device from the first time that it is heard. If something was promised before, nobody waited for what it
     * wrote until then, so it goes through the fence first, like one that was retired: it may have heard the others without
     * ever being heard.
     */
    void meet(Peer peer, long wallMillis) {
        if (registry.get(peer.device.id()) != null) {
            return;
        }
        registry.meet(peer.device);
        if (!state.claims().promised().isEmpty() && state.vector().covers(peer.promised())) {
            retire(registry.get(peer.device.id()), wallMillis);
        }
    }

    private void retire(Registration device, long wallMillis) {
        long time = state.clock().next(wallMillis, device.time());
        registry.put(new Registration(device.id(), device.name(), true, time, self));
        distrustRetired();
    }

    /** Nobody waited for what a retired device wrote: it goes through the fence, whatever it has. */
    private void distrustRetired() {
        peers.all()
                .filter(peer -> peer.device != null)
                .filter(peer -> Optional.ofNullable(registry.get(peer.device.id()))
                        .filter(Registration::isRetired)
                        .isPresent())
                .forEach(Peer::distrust);
    }

    /** Lets a device that is not there count no more. */
    RetireOutcome retire(String deviceId, long wallMillis) {
        Registration device = registry.get(deviceId);
        if (deviceId.equals(self)) {
            return RetireOutcome.IS_SELF;
        }
        if (device == null) {
            return RetireOutcome.UNKNOWN_DEVICE;
        }
        if (peers.online(deviceId).isPresent()) {
            return RetireOutcome.IS_ONLINE;
        }
        if (device.isRetired()) {
            return RetireOutcome.ALREADY_RETIRED;
        }
        retire(device, wallMillis);
        return RetireOutcome.RETIRED;
    }

    /**
     * Drops a part of what no device needs any more.
     *
     * @param committed what was claimed before this step: the index that is gone over has nothing else yet
     */
    void collectGarbage(VersionVector committed, long wallMillis, long nowMillis) {
        if (isClosed()) {
            return;
        }
        peers.online().forEach(levels::adopt);
        levels.update(committed, peers.online().stream().anyMatch(peer -> !peer.isTrusted), nowMillis);
        if (garbage.isDue()) {
            levels.refresh();
        }
        garbage.step(wallMillis);
    }

    /**
     * Begins to go through the fence with whom that has to be, if nothing is under way.
     *
     * @return true if it begins now: what was asked of others and waits for them is of no use any more
     */
    boolean beginFence(boolean isWalking, long nowMillis) {
        if (fence.isClosed() || fence.hasWork() || isWalking && !state.vector().isEmpty()) {
            return false;
        }
        Optional<Peer> server = trust.server(peers.online(), this::isEverybodyHere, nowMillis);
        server.ifPresent(peer -> fence.begin(peer, nowMillis));
        return server.isPresent();
    }

    private boolean isEverybodyHere() {
        return levels.counted().stream()
                .allMatch(device ->
                        peers.online(device.id()).filter(Peer::isKnown).isPresent());
    }

    /**
     * Does a bounded part of what the fence has to do.
     *
     * @return true if the switch came to its end: this replica is another one, and its peers were judged anew
     */
    boolean goThroughFence(long wallMillis, long nowMillis, Collection<LiveWrite> broadcasts) {
        if (!fence.work(this::treatment, wallMillis, nowMillis, broadcasts)) {
            return false;
        }
        writer.renew();
        levels.forget();
        garbage.restart();
        // Also whom messages came from before the membership told of it: it may be walked as soon as that does.
        peers.all().forEach(peer -> {
            peer.forgetWalk();
            trust.judge(peer, nowMillis);
        });
        distrustRetired();
        return true;
    }

    /** Says of a write from before the fence whether anybody else brings it. */
    private Leftovers.Treatment treatment(Dot dot) {
        String device = state.writers().of(dot.replica());
        Registration registration = device == null ? null : registry.get(device);
        if (registration == null || device.equals(self) || levels.isRetirementEffective(registration)) {
            return Leftovers.Treatment.REISSUE;
        }
        for (Peer peer : peers.online()) {
            if (peer.isKnown() && peer.device.id().equals(device)) {
                return peer.vector().covers(dot) ? Leftovers.Treatment.LEAVE : Leftovers.Treatment.REISSUE;
            }
        }
        return Leftovers.Treatment.JOURNAL;
    }

    /** Stages a page, if it is one that was asked for to go through the fence. */
    void take(MemberId from, Page page, long nowMillis) {
        fence.take(from, page, nowMillis);
    }

    /** Gives up what a member that is gone was asked for. */
    void abandon(MemberId member) {
        fence.abandon(member);
    }

    /** Returns the request of the fence that is due after the commit. */
    Optional<Due> takeRequest() {
        return fence.takeRequest();
    }

    /** Returns how many of this replica's writes {@code theirs} lacks, all if that is {@code null}. */
    long behind(VersionVector theirs) {
        long behind = 0;
        for (Map.Entry<ReplicaId, Long> entry : state.vector().entries().entrySet()) {
            behind += Math.max(0, entry.getValue() - (theirs == null ? 0 : theirs.get(entry.getKey())));
        }
        return behind;
    }

    /** Returns the devices there are, and how far each is. */
    List<EngineStatus.KnownDevice> devices() {
        return registry.all().stream().map(this::describe).toList();
    }

    private EngineStatus.KnownDevice describe(Registration device) {
        boolean isSelf = device.id().equals(self);
        Peer heard = peers.lastHeard(device.id());
        boolean isEffective = levels.isRetirementEffective(device);
        long behind = isSelf ? 0 : behind(levels.vectorOf(device.id()));
        return new EngineStatus.KnownDevice(
                device.id(),
                device.name(),
                isSelf,
                isSelf || peers.online(device.id()).isPresent(),
                device.isRetired(),
                isEffective,
                behind,
                !isEffective && behind > 0,
                heard == null ? 0 : heard.lastHeardWallMillis);
    }

    /** Returns what waits to be dropped, and what was. */
    EngineStatus.Garbage garbage() {
        return new EngineStatus.Garbage(
                garbage.backlog(),
                state.graves(),
                state.claims().promised().copy(),
                state.claims().collected().copy(),
                garbage.dropping().copy());
    }

    /** Returns what the fence is about. */
    EngineStatus.Fence fence() {
        return fence.status();
    }
}
