package io.lanyard.daemon.metrics;

import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.node.Activity;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.node.NodeStatus.KnownDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What monitoring programs read: the node's status as numbers, taken when they are asked for, and what the parts of the
 * daemon count as it happens. docs/api.md lists them. The values of labels are device ids, or known from the start.
 * Thread-safe.
 */
public final class Metrics implements Supplier<String> {

    private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);
    private static final double MILLIS = 1_000;

    private final Node node;
    private final PrometheusMeters meters;

    /** Makes the metrics of a node, and of everything that is counted in {@code meters}. */
    public Metrics(Node node, PrometheusMeters meters) {
        this.node = node;
        this.meters = meters;
    }

    /**
     * Returns the page, in the text form of Prometheus, version 0.0.4. May take as long as {@link Node#status}. Of a
     * node that stopped it says that, and little more.
     */
    @Override
    public String get() {
        MetricPage page = new MetricPage();
        Runtime runtime = Runtime.getRuntime();
        page.gauge("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory(), "Heap memory that is used now.");
        page.gauge("heap_max_bytes", runtime.maxMemory(), "Heap memory that may be used at most.");
        NodeStatus status = null;
        try {
            status = node.status();
            describe(page, status);
        } catch (Node.StoppedException e) {
            LOG.debug("the replica stopped: there are no metrics of it", e);
        }
        return page.add(meters.registry())
                .gauge("up", status != null, "1 as long as the replica works, 0 once it stopped.")
                .text();
    }

    private static void describe(MetricPage page, NodeStatus status) {
        page.gauge("documents", status.documents(), "Documents that are visible.")
                .gauge("storage_bytes", status.storeBytes(), "Size of the store's files.")
                .gauge(
                        "storage_free_bytes",
                        status.freeBytes().isPresent() ? status.freeBytes().getAsLong() : Double.NaN,
                        "How much the disk still takes.")
                .gauge("storage_writable", status.readiness().storage().isWritable(), "1 if the disk takes writes.")
                .gauge("stuck_threads", status.readiness().stuck().size(), "Threads that have work and do not get on.")
                .gauge("pending_writes", status.pendingWrites(), "Own writes that no other device is known to hold.")
                .gauge("held_back_writes", status.heldBack(), "Live writes that wait for what they build upon.")
                .gauge("catching_up", status.isCatchingUp(), "1 while a peer's index is walked.")
                .gauge(
                        "clock_from_median_seconds",
                        status.clock().fromMedianMillis() / MILLIS,
                        "This device's wall clock less the median of the group's.")
                .gauge("clock_off", status.clock().isOff(), "1 if that is more than a minute.")
                .gauge("notices", status.notices().size(), "Sentences of the status that a person should read.");
        NodeStatus.Conflicts conflicts = status.conflicts();
        page.gauge("conflicts_open", conflicts.open(), "Conflicts of which nobody decided anything yet.")
                .gauge("conflicts_journaled", conflicts.journaled(), "Conflicts in the journal, settled ones too.")
                .counter("conflicts_dropped", conflicts.dropped(), "Conflicts that the journal held and dropped.");
        describePeers(page, status);
        describeGarbage(page, status);
        describe(page, status.proof());
        describe(page, status.activity());
        describe(page, status.refused());
    }

    private static void describePeers(MetricPage page, NodeStatus status) {
        page.gauge("peers_online", count(status, NodeStatus.Peer::isOnline), "Other devices that are reachable.")
                .gauge("peers_in_step", count(status, NodeStatus.Peer::isInStep), "Other devices that show the same.")
                .gauges(
                        "peer_online",
                        "device",
                        byPeer(status, peer -> peer.isOnline() ? 1 : 0),
                        "1 if the device is reachable.")
                .gauges(
                        "peer_in_step",
                        "device",
                        byPeer(status, peer -> peer.isInStep() ? 1 : 0),
                        "1 if the device shows the same, by vector and digest.")
                .gauges(
                        "peer_behind_writes",
                        "device",
                        byPeer(status, NodeStatus.Peer::behindWrites),
                        "Writes held here that the device is not known to hold.")
                .gauges(
                        "peer_clock_offset_seconds",
                        "device",
                        byPeer(status, peer -> peer.clockOffsetMillis() / MILLIS),
                        "The device's wall clock less this one's.")
                .gauges(
                        "peer_clock_off",
                        "device",
                        byPeer(status, peer -> peer.isClockOff() ? 1 : 0),
                        "1 if the device's clock is more than a minute off the group's median.")
                .gauges(
                        "peer_last_seen_timestamp_seconds",
                        "device",
                        byPeer(status, peer -> peer.lastSeenMillis() / MILLIS),
                        "When the device was last heard, since 1970.");
    }

    private static void describeGarbage(MetricPage page, NodeStatus status) {
        List<KnownDevice> devices = status.devices();
        Map<String, Double> waitsFor = new LinkedHashMap<>();
        devices.forEach(device -> waitsFor.put(device.id(), device.holdsBackGarbage() ? 1.0 : 0.0));
        page.gauge(
                        "devices",
                        devices.stream()
                                .filter(device -> !device.isRetirementEffective())
                                .count(),
                        "Devices that count, this one among them.")
                .gauge(
                        "devices_retired",
                        devices.stream().filter(KnownDevice::isRetired).count(),
                        "Devices that were retired.")
                .gauge(
                        "garbage_waiting",
                        status.garbage().waitingChanges(),
                        "Changes kept until all devices hold them.")
                .gauge("garbage_graves", status.garbage().graves(), "Deleted documents remembered for local programs.")
                .gauges("garbage_waits_for", "device", waitsFor, "1 if garbage waits for the device.")
                .gauge("fence_phase", status.fence().phase().ordinal(), "0 none, 1 staging, 2 switching, 3 reissuing.")
                .gauge("fence_documents", status.fence().stagedDocuments(), "Documents fetched for the fence so far.");
    }

    private static void describe(MetricPage page, EngineStatus.Proof proof) {
        page.gauge("check_running", proof.isRunning(), "1 while a check runs of whether all show the same.")
                .counter("checks", proof.checks(), "Checks of whether all show the same that ended.")
                .gauge(
                        "check_last_timestamp_seconds",
                        proof.lastCheckMillis() / MILLIS,
                        "When the last check ended, since 1970; 0 if none did.")
                .gauge("check_documents", proof.documentsChecked(), "Stored documents that the last check read.")
                .gauge("check_peers", proof.peersCompared(), "Peers that the last check could compare with.")
                .gauge(
                        "check_differing_documents",
                        proof.documentsDiffering(),
                        "Documents that the last check found to differ.")
                .counter("documents_repaired", proof.repairs(), "Documents that a repair replaced.")
                .counter("documents_refilled", proof.refills(), "Damaged documents that were taken from a peer.")
                .gauge("refills_waiting", proof.refillsWaiting(), "Damaged documents that are waited for.");
    }

    private static void describe(MetricPage page, Activity activity) {
        page.counter("operations_acknowledged", activity.operationsDone(), "Operations answered as done and durable.")
                .counter("operations_refused", activity.operationsRefused(), "Operations that were refused.")
                .counter("documents_merged", activity.documentsMerged(), "Documents changed by what peers sent.")
                .counter("live_writes_sent", activity.liveWritesSent(), "Own writes that were broadcast.")
                .counter("live_writes_received", activity.liveWritesReceived(), "Live writes that came in.")
                .counter("pages_sent", activity.pagesSent(), "Pages of this index that were served to peers.")
                .counter("pages_received", activity.pagesReceived(), "Pages of peers' indexes that came in.")
                .counter("walks_begun", activity.walksBegun(), "Walks of peers' indexes that were begun.")
                .counter("walks_finished", activity.walksFinished(), "Walks that came to the tail.")
                .counter("messages_dropped", activity.messagesDropped(), "Messages dropped for want of room.");
    }

    private static void describe(MetricPage page, NodeStatus.Refused refused) {
        page.counter("refused_peers", refused.peers(), "Certificates shown that are of no member of this group.")
                .counter("refused_strangers", refused.strangers(), "Connections that did not get through TLS.")
                .counter("refused_discovery", refused.discovery(), "Discovery packets without the group's secret.")
                .counter("refused_senders", refused.senders(), "Messages of members that spoke for another device.")
                .counter(
                        "refused_messages",
                        refused.messages(),
                        "Messages with another device's name, or its write, as the sender's own.");
    }

    private static long count(NodeStatus status, Predicate<NodeStatus.Peer> isCounted) {
        return status.peers().stream().filter(isCounted).count();
    }

    private static Map<String, Double> byPeer(NodeStatus status, ToDoubleFunction<NodeStatus.Peer> value) {
        Map<String, Double> values = new LinkedHashMap<>();
        status.peers().forEach(peer -> values.put(peer.id(), value.applyAsDouble(peer)));
        return values;
    }
}
