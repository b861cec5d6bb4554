package io.lanyard.daemon.engine;

import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Which device writes or wrote under which replica id, and how much of what this one wrote others are known to hold. */
final class Writers {

    private final String self;
    private final BiConsumer<String, byte[]> entries;
    private final BiConsumer<String, byte[]> unhurriedEntries;
    private final Map<ReplicaId, String> devices = new TreeMap<>();
    private final VersionVector heldElsewhere = new VersionVector();

    /**
     * Reads what a store knows.
     *
     * @param self the id of this device
     * @param entries takes what is to be put with the next commit
     * @param unhurriedEntries takes what is to be put with the next commit that there is for another reason
     */
    Writers(Store store, String self, BiConsumer<String, byte[]> entries, BiConsumer<String, byte[]> unhurriedEntries) {
        this.self = self;
        this.entries = entries;
        this.unhurriedEntries = unhurriedEntries;
        store.entries(EntryNames.WRITER)
                .forEach((name, device) ->
                        devices.put(EntryNames.replicaIn(name), new String(device, StandardCharsets.UTF_8)));
        Claims.load(store, EntryNames.HELD_ELSEWHERE, heldElsewhere);
    }

    /** Returns the id of the device that writes or wrote under {@code replica}, {@code null} if not known. */
    String of(ReplicaId replica) {
        return devices.get(replica);
    }

    /** Returns the ids of devices by replica id, as an unmodifiable view. */
    Map<ReplicaId, String> all() {
        return Collections.unmodifiableMap(devices);
    }

    /** Notes which device writes under a replica id. */
    void note(ReplicaId replica, String device) {
        if (!device.equals(devices.put(replica, device))) {
            entries.accept(EntryNames.WRITER + replica, device.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Notes what another device knows of who writes under which replica id; what is known here stays. */
    void learn(Map<ReplicaId, String> known) {
        known.forEach((replica, device) -> {
            if (!devices.containsKey(replica)) {
                note(replica, device);
            }
        });
    }

    /** Notes what another device has committed, as far as this device wrote it. */
    void noteHeldElsewhere(VersionVector theirs) {
        devices.forEach((replica, device) -> {
            if (device.equals(self) && heldElsewhere.raise(replica, theirs.get(replica))) {
                unhurriedEntries.accept(
                        EntryNames.HELD_ELSEWHERE + replica, Claims.sequenceBytes(heldElsewhere.get(replica)));
            }
        });
    }

    /** Returns how many of the writes of this device that {@code vector} covers no other one is known to hold. */
    long pending(VersionVector vector) {
        long pending = 0;
        for (Map.Entry<ReplicaId, String> writer : devices.entrySet()) {
            if (writer.getValue().equals(self)) {
                pending += Math.max(0, vector.get(writer.getKey()) - heldElsewhere.get(writer.getKey()));
            }
        }
        return pending;
    }
}
