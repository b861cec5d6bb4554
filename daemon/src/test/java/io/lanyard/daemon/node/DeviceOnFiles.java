package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lanyard.daemon.cluster.InMemoryCluster;
import io.lanyard.daemon.cluster.LoopbackNetwork;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.store.MapDbStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** A replica on files of its own, in a network in memory. */
final class DeviceOnFiles implements AutoCloseable {
    final MapDbStore store;
    final InMemoryCluster cluster;
    final ReplicaNode node;

    /** Opens what the device of this name has in {@code home}, or begins it. */
    DeviceOnFiles(Path home, String name, LoopbackNetwork network) throws IOException {
        store = MapDbStore.open(home.resolve(name));
        cluster = network.newCluster();
        node = ReplicaNode.start(store, cluster, new Device(name, name), new SecureRandom());
    }

    @Override
    public void close() {
        cluster.close();
        node.close();
        try {
            store.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Overwrites a sector of the file of documents, {@code distance} bytes behind where it first holds this text. */
    static void destroy(Path home, String name, String text, int distance) throws IOException {
        List<Integer> places = places(home, name, text);
        assertFalse(places.isEmpty(), text + " is not in the file");
        overwrite(home, name, places.get(0) + distance);
    }

    /** Overwrites a sector where the file of documents holds this text for the middle one of many times. */
    static void destroyMiddle(Path home, String name, String text) throws IOException {
        List<Integer> places = places(home, name, text);
        overwrite(home, name, places.get(places.size() / 2));
    }

    private static List<Integer> places(Path home, String name, String text) throws IOException {
        String bytes = Files.readString(documents(home, name), StandardCharsets.ISO_8859_1);
        List<Integer> places = new ArrayList<>();
        for (int at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 512)) {
            places.add(at);
        }
        return places;
    }

    private static void overwrite(Path home, String name, int place) throws IOException {
        try (RandomAccessFile access =
                new RandomAccessFile(documents(home, name).toFile(), "rw")) {
            access.seek(place);
            access.write(new byte[512]);
        }
    }

    private static Path documents(Path home, String name) {
        return home.resolve(name).resolve("documents");
    }
}
