package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the cluster knew at one moment.
 *
 * @param state whether others can be reached at all
 * @param detail one sentence saying why the state is what it is
 * @param address {@code host:port} that peers reach this daemon at, if it is bound
 * @param members the other members and their {@code host:port} ({@code ?} while unknown)
 * @param otherGroups daemons of other groups heard in the last minutes
 * @param newerPeers daemons that speak a newer protocol, heard in the last minutes and refused
 * @param silentPeers peers that the settings name, while no member of the group is there
 * @param counters what was dropped or refused since the start, by name
 */
public record ClusterStatus(
        State state,
        String detail,
        Optional<String> address,
        Map<MemberId, String> members,
        List<OtherGroup> otherGroups,
        List<NewerPeer> newerPeers,
        List<SilentPeer> silentPeers,
        Counters counters) {

    /** What the detail says then. */
    static final String WITHOUT_MULTICAST = "without multicast, which does not work there";

    /** Copies the collections. */
    public ClusterStatus {
        members = Map.copyOf(members);
        otherGroups = List.copyOf(otherGroups);
        newerPeers = List.copyOf(newerPeers);
        silentPeers = List.copyOf(silentPeers);
    }

    /** Returns false if multicast was tried and does not work here, so that peers are found only where the settings say. */
    public boolean multicastWorks() {
        return !detail.contains(WITHOUT_MULTICAST);
    }

    /** Whether others can be reached. */
    public enum State {
        /** Not started, or its own cable is pulled. */
        DISCONNECTED,
        /** Binding, or looking for others for the first time on this address. */
        CONNECTING,
        /** Listening and looking for others; {@code members} says who is there. */
        CONNECTED,
        /** Closed for good. */
        CLOSED
    }

    /**
     * A daemon of another group.
     *
     * @param address its IP address
     * @param group its group's name, {@code lanyard-} and hexadecimal digits
     * @param lastHeardMillis when it was last heard, wall-clock milliseconds
     */
    public record OtherGroup(String address, String group, long lastHeardMillis) {
        /** Returns what a person should know and may do about it, in one sentence. */
        public String sentence() {
            return "Another Lanyard group is on this LAN (heard from " + address
                    + "): to join it, run 'lanyard invite' on an"
                    + " admin's device there, and 'lanyard join' with the code here.";
        }
    }

    /**
     * A daemon that speaks a newer protocol.
     *
     * @param address its IP address
     * @param version the version it speaks
     * @param lastHeardMillis when it was last heard, wall-clock milliseconds
     */
    public record NewerPeer(String address, int version, long lastHeardMillis) {
        /** Returns what a person should know and may do about it, in one sentence. */
        public String sentence() {
            return "The device at " + address + " speaks protocol version " + version
                    + ", which is newer than this one's: update lanyard on this device to sync with it.";
        }
    }

    /**
     * A peer that the settings name and that has not answered.
     *
     * @param peer {@code HOST} or {@code HOST:PORT}, as the settings say it
     * @param hasAddress whether the host has an address
     */
    public record SilentPeer(String peer, boolean hasAddress) {
        /** Returns what a person should know and may do about it, in one sentence. */
        public String sentence() {
            return hasAddress
                    ? "No device of this group answers at " + peer + ", which --peers names: it is asked again all the"
                            + " time; see that lanyard runs there, and that no firewall closes its TCP port."
                    : "The name " + peer
                            + ", which --peers names, has no IPv4 address: it is looked up again and again.";
        }
    }

    /**
     * What went no further, since the start.
     *
     * @param sendsRefused messages refused because the outgoing queue was full or nobody could be reached
     * @param oversized messages refused because they were larger than {@link Cluster#MAX_MESSAGE_BYTES}
     * @param sendsFailed messages that the network layer could not send
     * @param receivesDropped messages dropped because the incoming queue was full
     * @param peersRefused TLS handshakes with peers that are not of this group
     * @param forged discovery packets in this group's name without its secret
     * @param channelsRebuilt channels built anew after an address change or a sleep
     * @param strangersHungUp connections that did not get through their TLS handshake, refused peers among them
     * @param sendersRefused messages of members that spoke for another device, or were members no more
     */
    public record Counters(
            long sendsRefused,
            long oversized,
            long sendsFailed,
            long receivesDropped,
            long peersRefused,
            long forged,
            long channelsRebuilt,
            long strangersHungUp,
            long sendersRefused) {}
}
