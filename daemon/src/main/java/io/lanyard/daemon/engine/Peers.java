package io.lanyard.daemon.engine;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Whom this replica has to do with: the members that are there now, in the order of their ids; the devices that were
 * there, the latest to go last; and strangers, who spoke but are no members yet, or not any more.
 *
 * <p>A device is at most once among those that were there, and not while it is known to be there.
 */
final class Peers {

    private static final int MAX_DEPARTED = 1_000;
    private static final int MAX_STRANGERS = 64;

    private final String self;
    private final Map<MemberId, Peer> online = new TreeMap<>();
    private final Map<String, Peer> departed = new LinkedHashMap<>();
    private final Map<MemberId, Peer> strangers = new HashMap<>();

    /** Nobody yet; {@code self} is the id of this device, which never counts as one that was there. */
    Peers(String self) {
        this.self = self;
    }

    /** Returns the members that are there, as an unmodifiable view. */
    Collection<Peer> online() {
        return Collections.unmodifiableCollection(online.values());
    }

    /** Returns the devices that were there, as an unmodifiable view. */
    Collection<Peer> departed() {
        return Collections.unmodifiableCollection(departed.values());
    }

    /** Returns everybody of whom anything is known. */
    Stream<Peer> all() {
        return Stream.of(online.values(), strangers.values(), departed.values()).flatMap(Collection::stream);
    }

    boolean isAlone() {
        return online.isEmpty();
    }

    /** Returns the member, {@code null} if it is not there. */
    Peer online(MemberId member) {
        return online.get(member);
    }

    /** Returns the first member that says to be this device. */
    Optional<Peer> online(String device) {
        return online.values().stream()
                .filter(peer -> peer.device != null && peer.device.id().equals(device))
                .findFirst();
    }

    /** Returns the member that says to be this device; if none does, the one that last did, or else {@code null}. */
    Peer lastHeard(String device) {
        return online(device).orElse(departed.get(device));
    }

    /** Returns who speaks: a member, or a stranger. */
    Peer speaker(MemberId member) {
        Peer peer = online.get(member);
        if (peer != null) {
            return peer;
        }
        if (strangers.size() >= MAX_STRANGERS) {
            strangers.clear();
        }
        return strangers.computeIfAbsent(member, Peer::new);
    }

    /** Returns the other members that say to be the same device: its disk was copied, or it came back under a new name. */
    List<Peer> namesakes(Peer peer) {
        return online.values().stream()
                .filter(other -> other != peer
                        && other.device != null
                        && other.device.id().equals(peer.device.id()))
                .toList();
    }

    /** Returns up to where a trusted member's index was walked, be it there or not; {@code null} for all others. */
    Checkpoint walkedTo(MemberId member) {
        Peer peer = online.get(member);
        if (peer == null) {
            peer = departed.values().stream()
                    .filter(gone -> gone.member.equals(member))
                    .findAny()
                    .orElse(null);
        }
        return peer == null || !peer.isTrusted ? null : peer.walkedTo;
    }

    /** Notes that a device is there. */
    void heard(Peer peer) {
        departed.remove(peer.device.id());
    }

    /** Lets go whoever is not among {@code present}, and returns them. */
    List<Peer> part(Set<MemberId> present) {
        List<Peer> gone = online.values().stream()
                .filter(peer -> !present.contains(peer.member))
                .toList();
        for (Peer peer : gone) {
            online.remove(peer.member);
            if (peer.device != null) {
                departed.remove(peer.device.id());
                if (!peer.device.id().equals(self)) {
                    departed.put(peer.device.id(), peer);
                }
            }
        }
        while (departed.size() > MAX_DEPARTED) {
            departed.remove(departed.keySet().iterator().next());
        }
        return gone;
    }

    /** Takes in whoever of {@code present} was no member yet, and returns them; forgets the other strangers. */
    List<Peer> join(Set<MemberId> present) {
        List<Peer> come = new ArrayList<>();
        for (MemberId member : present) {
            if (!online.containsKey(member)) {
                Peer peer = strangers.getOrDefault(member, new Peer(member));
                online.put(member, peer);
                come.add(peer);
            }
        }
        strangers.clear();
        return come;
    }
}
