package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Peer.Acknowledged;
import io.lanyard.daemon.message.Message.Registration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How much of what was written is known to whom: what garbage may be dropped.
 *
 * <p>Level 1 is what every device has: it is promised, and who has less is not trusted from then on. Level 2 is what
 * every device has promised, so nobody takes anything any more from a device that lacks it: the registers that nobody
 * sees go. Level 3 is what every device has dropped the garbage of: it is said too, and who has not dropped it is not
 * trusted from then on. Level 4 is what every device has said that of: the rest goes. Without this last step a disk that
 * is set back to where it had all that was promised, but still the fields of the dead, would show them again under a
 * re-creation by somebody who knows nothing of the delete any more.
 *
 * <p>What a device says of itself counts once this replica has all that it says it has. Whoever said that it has a
 * delete wrote everything before that, so this replica then has all that was written without knowing of the delete. That
 * includes what the other holds without claiming it, say of a device that was retired since.
 *
 * <p>A device counts from the first time that anybody hears it until a person retires it and all others know that. No
 * timer does this: a laptop that was off for 100 days would take everybody else for gone.
 */
final class Levels {

    private final ReplicaState state;
    private final Registry registry;
    private final Settings settings;
    private final Map<String, Acknowledged> acknowledged = new HashMap<>();
    /** The hash of the registry that a device had when it last spoke. */
    private final Map<String, Hash> registries = new HashMap<>();

    private final Map<String, Long> retired = new HashMap<>();
    private long lastMillis;
    private VersionVector second = new VersionVector();
    private VersionVector fourth = new VersionVector();

    Levels(ReplicaState state, Registry registry, Settings settings) {
        this.state = state;
        this.registry = registry;
        this.settings = settings;
        lastMillis = Long.MIN_VALUE / 2;
        state.store()
                .entries(EntryNames.RETIRED)
                .forEach((name, time) ->
                        retired.put(name.substring(EntryNames.RETIRED.length()), new Decoder(time).takeLong()));
    }

    /** Takes note of what a peer said of itself. */
    void hear(Peer peer) {
        String device = peer.device.id();
        registries.put(device, peer.registryHash);
        if (!peer.isTrusted) {
            peer.unadopted.clear();
            acknowledged.remove(device);
            return;
        }
        if (!peer.isKnown() || !peer.registryHash.equals(registry.hash())) {
            return;
        }
        // It was set back, or went through the fence: what it had, it may not have any more, and nobody may ever get
        // it.
        peer.unadopted.removeIf(earlier -> !peer.vector().covers(earlier.vector())
                || !peer.reach.covers(earlier.reach().beyond(peer.vector())));
        if (acknowledged.containsKey(device)
                && !peer.vector().covers(acknowledged.get(device).vector())) {
            acknowledged.remove(device);
        }
        if (peer.unadopted.size() > 1) {
            peer.unadopted.removeLast();
        }
        peer.unadopted.addLast(peer.acknowledged());
        adopt(peer);
    }

    /** Counts on nothing of what a peer says, since another one says to be the same device. */
    void distrust(Peer peer) {
        peer.unadopted.clear();
        acknowledged.remove(peer.device.id());
    }

    /** Counts on what a peer said, as far as this replica has all of it. */
    void adopt(Peer peer) {
        while (!peer.unadopted.isEmpty() && state.claims().holds(peer.unadopted.getFirst())) {
            acknowledged.put(peer.device.id(), peer.unadopted.removeFirst());
        }
    }

    /**
     * Works the levels out anew, if that was not done lately.
     *
     * @param committed what stands in the index of this replica: what is collected under a level was gone over there
     * @param isAnybodyDoubted whether somebody is here who is not counted on yet: through the fence it gets what was here
     *     when it was served, so nothing more is promised or cleared meanwhile
     */
    void update(VersionVector committed, boolean isAnybodyDoubted, long nowMillis) {
        if (nowMillis - lastMillis < settings.garbageMillis()) {
            return;
        }
        lastMillis = nowMillis;
        noteRetirements();
        VersionVector first = lowest(state.vector().meet(committed), Acknowledged::vector);
        if (!isAnybodyDoubted && !state.claims().promised().covers(first)) {
            state.claims().promise(first);
        }
        VersionVector third = lowest(state.claims().collected(), Acknowledged::collected);
        if (!isAnybodyDoubted && !state.claims().cleared().covers(third)) {
            state.claims().clear(third);
        }
        refresh();
    }

    /** Works out anew under what may be dropped: whoever came since the last time counts too. */
    void refresh() {
        second = lowest(state.claims().promised(), Acknowledged::promised);
        fourth = lowest(state.claims().cleared(), Acknowledged::cleared);
    }

    /** What every device has promised, when it was last worked out. Not to be changed. */
    VersionVector second() {
        return second;
    }

    /** What every device knows all to have dropped the garbage of, when it was last worked out. Not to be changed. */
    VersionVector fourth() {
        return fourth;
    }

    /** Returns what a device is known to have, {@code null} if it was not heard since this replica started. */
    VersionVector vectorOf(String device) {
        Acknowledged known = acknowledged.get(device);
        return known == null ? null : known.vector();
    }

    /** Returns true if nobody waits for the device any more. */
    boolean isRetirementEffective(Registration device) {
        return device.isRetired()
                && retired.getOrDefault(device.id(), device.time() - 1).equals(device.time());
    }

    /** Returns the other devices that garbage waits for. */
    List<Registration> counted() {
        List<Registration> counted = new ArrayList<>();
        for (Registration device : registry.all()) {
            if (!device.id().equals(settings.device().id()) && !isRetirementEffective(device)) {
                counted.add(device);
            }
        }
        return counted;
    }

    /** Forgets what was said, since this replica is about to become another one. */
    void forget() {
        acknowledged.clear();
        second = new VersionVector();
        fourth = new VersionVector();
    }

    /** Forgets every device, since this one goes to another group. */
    void forgetDevices() {
        forget();
        registries.clear();
        retired.keySet().forEach(device -> state.putEntry(EntryNames.RETIRED + device, null));
        retired.clear();
    }

    private VersionVector lowest(VersionVector own, Function<Acknowledged, VersionVector> part) {
        VersionVector lowest = own.copy();
        for (Registration device : counted()) {
            lowest = lowest.meet(part.apply(acknowledged.getOrDefault(device.id(), Acknowledged.NOTHING)));
        }
        return lowest;
    }

    private void noteRetirements() {
        for (Registration device : registry.all()) {
            if (device.isRetired() && !isRetirementEffective(device) && allKnow()) {
                retired.put(device.id(), device.time());
                Encoder time = new Encoder(8);
                time.putLong(device.time());
                state.putEntry(EntryNames.RETIRED + device.id(), time.toByteArray());
            }
        }
    }

    private boolean allKnow() {
        return registry.all().stream()
                .filter(device -> !device.isRetired()
                        && !device.id().equals(settings.device().id()))
                .allMatch(device -> registry.hash().equals(registries.get(device.id())));
    }
}
