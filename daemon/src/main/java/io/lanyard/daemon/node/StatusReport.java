package io.lanyard.daemon.node;

import io.lanyard.daemon.cluster.ClusterStatus;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.MadeGood;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.NodeStatus.Fence;
import io.lanyard.daemon.node.NodeStatus.Peer;
import io.lanyard.daemon.node.NodeStatus.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Puts together what the engine, the cluster and the store know of themselves. */
final class StatusReport {

    private StatusReport() {}

    static NodeStatus of(
            Device device,
            EngineStatus engine,
            Map<MemberId, String> silent,
            ClusterStatus cluster,
            Store store,
            NodeStatus.Conflicts conflicts,
            Activity activity,
            List<String> ownNotices,
            Node.Readiness readiness,
            long messagesRefused) {
        List<Peer> peers = engine.peers().stream()
                .map(peer -> new Peer(
                        peer.device().id(),
                        peer.device().name(),
                        cluster.members().getOrDefault(peer.member(), ""),
                        peer.isOnline(),
                        peer.isInStep(),
                        peer.behindWrites(),
                        peer.clockOffsetMillis(),
                        peer.isOnline()
                                && engine.clocks().off().contains(peer.device().id()),
                        peer.lastHeardMillis()))
                .toList();
        List<String> notices = new ArrayList<>(ownNotices);
        if (!readiness.storage().isWritable()) {
            notices.add("Alarm: " + readiness.storage().reason() + "; "
                    + readiness.storage().hint() + ".");
        }
        readiness
                .stuck()
                .forEach(stuck -> notices.add("Alarm: the " + stuck.name() + " has not got on for "
                        + stuck.forMillis() / 1_000 + " s; the daemon's log says what it is at."));
        NodeStatus.Damage damage = damage(store, engine);
        damage.lastSalvage()
                .filter(report -> !damage.isMadeGood())
                .ifPresent(report -> notices.add("Alarm: " + report.sentence()));
        if (cluster.state() != ClusterStatus.State.CONNECTED) {
            notices.add("Not on the LAN now: " + cluster.detail() + ".");
        }
        if (cluster.state() == ClusterStatus.State.CONNECTED && !cluster.multicastWorks()) {
            notices.add("Multicast does not work on this network: devices are found only where --peers says.");
        }
        cluster.otherGroups().forEach(group -> notices.add(group.sentence()));
        cluster.newerPeers().forEach(newer -> notices.add(newer.sentence()));
        Map<MemberId, String> strange = withoutCopies(silent, engine);
        strange.forEach((member, digits) -> notices.add(notUnderstood(member, digits, engine, cluster)));
        Set<String> notUnderstood =
                strange.values().stream().filter(digits -> !digits.isEmpty()).collect(Collectors.toSet());
        cluster.silentPeers().forEach(peer -> notices.add(peer.sentence()));
        return new NodeStatus(
                device.id(),
                device.name(),
                engine.replica().map(Object::toString).orElse(""),
                state(engine),
                peers,
                engine.pendingWrites(),
                engine.lastInStepMillis(),
                engine.vector(),
                engine.digest(),
                engine.documents(),
                conflicts,
                store.sizeBytes(),
                store.freeBytes(),
                damage,
                store.lastCompaction(),
                engine.isCatchingUp(),
                engine.heldBack(),
                new NodeStatus.Clock(
                        engine.clocks().fromMedianMillis().getOrDefault(device.id(), 0L),
                        engine.clocks().off().contains(device.id())),
                devices(engine, peers, notUnderstood),
                notUnderstood,
                new NodeStatus.Garbage(
                        engine.garbage().waitingChanges(), engine.garbage().graves()),
                fence(engine),
                notices.stream().distinct().toList(),
                readiness,
                engine.proof(),
                activity,
                refused(cluster.counters(), messagesRefused));
    }

    private static NodeStatus.Refused refused(ClusterStatus.Counters counters, long messagesRefused) {
        return new NodeStatus.Refused(
                counters.peersRefused(),
                counters.strangersHungUp(),
                counters.forged(),
                counters.sendersRefused(),
                messagesRefused);
    }

    private static NodeStatus.Damage damage(Store store, EngineStatus engine) {
        boolean isMadeGood = !store.lostData();
        Optional<MadeGood> madeGood = isMadeGood ? store.entry(MadeGood.ENTRY).map(MadeGood::decode) : Optional.empty();
        String from = madeGood.map(MadeGood::device)
                .map(id -> engine.devices().stream()
                        .filter(device -> device.id().equals(id))
                        .map(EngineStatus.KnownDevice::name)
                        .findFirst()
                        .orElse(id))
                .orElse("");
        return new NodeStatus.Damage(
                store.mendedPages(),
                store.lastSalvage(),
                isMadeGood,
                madeGood.map(MadeGood::atMillis).orElse(0L),
                from);
    }

    /**
     * Who has the identity of a device that is heard is a copy of its home, which a notice of its own tells; and a copy
     * listens to nobody.
     */
    static Map<MemberId, String> withoutCopies(Map<MemberId, String> silent, EngineStatus engine) {
        if (engine.isRefusing()) {
            return Map.of();
        }
        return silent.entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty()
                        || engine.devices().stream()
                                .noneMatch(device -> (device.isSelf() || device.isOnline())
                                        && device.id().startsWith(entry.getValue())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String notUnderstood(MemberId member, String digits, EngineStatus engine, ClusterStatus cluster) {
        String name = engine.devices().stream()
                .filter(device -> !digits.isEmpty() && device.id().startsWith(digits))
                .map(device -> " (" + device.name() + ")")
                .findFirst()
                .orElse("");
        return "The device at " + cluster.members().getOrDefault(member, "?") + name
                + " is here and says nothing that this one understands: what is deleted keeps its room on every device"
                + " as long as it is here. Update lanyard there, or end its daemon.";
    }

    private static NodeStatus.GarbageWait wait(EngineStatus.KnownDevice device, boolean isNotUnderstood) {
        if (isNotUnderstood) {
            return NodeStatus.GarbageWait.NOT_UNDERSTOOD;
        }
        if (!device.holdsBackGarbage()) {
            return NodeStatus.GarbageWait.NONE;
        }
        if (device.isOnline()) {
            return NodeStatus.GarbageWait.BEHIND;
        }
        if (device.isRetired()) {
            return NodeStatus.GarbageWait.RETIRING;
        }
        return device.lastHeardMillis() == 0 ? NodeStatus.GarbageWait.NOT_HEARD : NodeStatus.GarbageWait.AWAY;
    }

    private static List<NodeStatus.KnownDevice> devices(
            EngineStatus engine, List<Peer> peers, Set<String> notUnderstood) {
        Map<String, Peer> met = new HashMap<>();
        peers.forEach(peer -> met.put(peer.id(), peer));
        return engine.devices().stream()
                .map(device -> {
                    Optional<Peer> peer = Optional.ofNullable(met.get(device.id()));
                    boolean isNotUnderstood = notUnderstood.stream()
                            .anyMatch(digits -> device.id().startsWith(digits));
                    return new NodeStatus.KnownDevice(
                            device.id(),
                            device.name(),
                            device.isSelf(),
                            device.isOnline() || isNotUnderstood,
                            device.isSelf() || peer.map(Peer::isInStep).orElse(false),
                            device.isRetired(),
                            device.isRetirementEffective(),
                            device.behindWrites(),
                            wait(device, isNotUnderstood),
                            peer.map(Peer::clockOffsetMillis).orElse(0L),
                            device.isSelf()
                                    ? engine.clocks().off().contains(device.id())
                                    : peer.map(Peer::isClockOff).orElse(false),
                            device.lastHeardMillis());
                })
                .toList();
    }

    private static Fence fence(EngineStatus engine) {
        String from = engine.fence().server();
        String name = engine.devices().stream()
                .filter(device -> device.id().equals(from))
                .map(EngineStatus.KnownDevice::name)
                .findFirst()
                .orElse("");
        Fence.Phase phase = switch (engine.fence().state()) {
            case NONE -> Fence.Phase.NONE;
            case STAGE -> Fence.Phase.STAGING;
            case SWITCH -> Fence.Phase.SWITCHING;
            case REISSUE -> Fence.Phase.REISSUING;
        };
        return new Fence(phase, from, name, engine.fence().stagedDocuments());
    }

    static State state(EngineStatus engine) {
        if (engine.isRefusing()) {
            return State.REFUSING;
        }
        if (engine.members() == 0) {
            return State.ALONE;
        }
        long inStep =
                engine.peers().stream().filter(EngineStatus.Peer::isInStep).count();
        boolean isComplete = engine.fence().state() == EngineStatus.FenceState.NONE;
        return isComplete && inStep == engine.members() ? State.IN_STEP : State.SYNCING;
    }
}
