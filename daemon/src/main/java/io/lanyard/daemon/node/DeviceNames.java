package io.lanyard.daemon.node;

import io.lanyard.crdt.Dot;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.FeedChange.Origin;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the devices are called that were ever heard of. Thread-safe. */
final class DeviceNames {

    private final Device self;
    private final Map<String, String> names = new ConcurrentHashMap<>();

    DeviceNames(Device self) {
        this.self = self;
        names.put(self.id(), self.name());
    }

    void note(List<EngineStatus.KnownDevice> devices) {
        devices.forEach(device -> names.put(device.id(), device.name()));
    }

    String of(String deviceId) {
        return names.getOrDefault(deviceId, "");
    }

    Origin origin(Author author) {
        return new Origin(
                author.deviceId(),
                names.getOrDefault(author.deviceId(), ""),
                author.client(),
                author.deviceId().equals(self.id()),
                author.clientTimestamp());
    }

    /** Returns the device that made a write; its parts are empty as far as they are not known. */
    Origin ofWrite(Dot dot, Map<ReplicaId, String> writers) {
        String id = writers.get(dot.replica());
        return id == null ? new Origin("", "", "", false) : origin(new Author(id, ""));
    }

    /** Returns the name of the device that made a write, its id if it was not met, or an empty text if not known. */
    String ofWriter(Dot dot, Map<ReplicaId, String> writers) {
        String id = dot == null ? null : writers.get(dot.replica());
        return id == null ? "" : names.getOrDefault(id, id);
    }
}
