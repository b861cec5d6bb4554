package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Registration;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.MessageCodec;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/**
 * The devices there are, and which of them do not count any more. A device is in here from the first time that it is
 * heard, and stays for ever; whoever knows of it tells everybody else before claiming anything more.
 */
final class Registry {

    private final ReplicaState state;
    private final TreeMap<String, Registration> devices = new TreeMap<>();
    private Hash hash;

    Registry(ReplicaState state) {
        this.state = state;
        state.store().entries(EntryNames.DEVICE).values().forEach(bytes -> {
            Registration registration = MessageCodec.takeRegistration(new Decoder(bytes));
            devices.put(registration.id(), registration);
        });
    }

    /** Returns the device, {@code null} if it is not known. */
    Registration get(String id) {
        return devices.get(id);
    }

    /** Returns all devices by id, as an unmodifiable view. */
    Collection<Registration> all() {
        return Collections.unmodifiableCollection(devices.values());
    }

    /** Returns a hash that equal registries share. */
    Hash hash() {
        if (hash == null) {
            Encoder out = new Encoder(64 * devices.size());
            devices.values().forEach(registration -> MessageCodec.putRegistration(registration, out));
            byte[] bytes = out.toByteArray();
            hash = Hash.of(bytes, 0, bytes.length);
        }
        return hash;
    }

    /** Adds a device that is heard for the first time. */
    void meet(Device device) {
        if (!devices.containsKey(device.id())) {
            put(new Registration(device.id(), device.name(), false, 0, ""));
        }
    }

    /** Takes over what another device knows. */
    void merge(List<Registration> others) {
        for (Registration other : others) {
            Registration known = devices.get(other.id());
            if (known == null ? devices.size() < Summary.MAX_DEVICES : other.compareTo(known) > 0) {
                put(other);
            }
        }
    }

    /** Puts a registration in the place of the present one of that device. */
    void put(Registration registration) {
        devices.put(registration.id(), registration);
        hash = null;
        Encoder out = new Encoder(64);
        MessageCodec.putRegistration(registration, out);
        state.putEntry(EntryNames.DEVICE + registration.id(), out.toByteArray());
    }

    /** Forgets every device but {@code self}: the others are of another group. */
    void forgetOthers(String self) {
        List<String> others =
                devices.keySet().stream().filter(id -> !id.equals(self)).toList();
        for (String id : others) {
            devices.remove(id);
            state.putEntry(EntryNames.DEVICE + id, null);
        }
        hash = null;
    }

    /**
     * Notes that this device counts, under its present name.
     *
     * @return true if somebody had said that it does not
     */
    boolean countSelf(Device self, long wallMillis) {
        Registration own = devices.get(self.id());
        if (own == null) {
            meet(self);
            return false;
        }
        if (own.isRetired() || !own.name().equals(self.name())) {
            long time = state.clock().next(wallMillis, own.time());
            put(new Registration(self.id(), self.name(), false, time, self.id()));
        }
        return own.isRetired();
    }
}
