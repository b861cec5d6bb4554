package io.lanyard.cli.demo;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The demo's devices, from their start to the removal of their directories.
 *
 * <p>{@link #close} may be called by any thread at any time, again too; the rest belongs to one thread.
 */
final class DemoGroup implements AutoCloseable {

    private static final long KEY_TIMEOUT_MILLIS = 45_000;
    private static final long POLL_MILLIS = 4;

    private final Path folder;
    private final List<DemoDevice> devices = new ArrayList<>();
    private boolean isClosed;

    DemoGroup() throws IOException {
        folder = Files.createTempDirectory("lanyard-demo-");
    }

    /**
     * Starts a device per name and waits until each answers. The first founds the group and admits the others,
     * before any runs.
     */
    void start(List<String> names) throws DemoException, IOException {
        List<Integer> ports = freePorts(names.size());
        List<String> peers = ports.stream().map(port -> "127.0.0.1:" + port).toList();
        try {
            PrivateFiles.prepareHome(folder.resolve(names.get(0)));
            GroupHome.openOrCreate(folder.resolve(names.get(0)), names.get(0));
            for (String name : names.subList(1, names.size())) {
                GroupHome.admitOffline(folder.resolve(names.get(0)), folder.resolve(name), name, Role.MEMBER);
            }
        } catch (IdentityException refused) {
            throw DemoException.broken(refused.getMessage());
        }
        for (int i = 0; i < names.size(); i++) {
            launch(names.get(i), ports.get(i), peers);
        }
        for (DemoDevice device : devices) {
            device.awaitReady();
        }
    }

    /** Returns the directory of all; it is there until {@link #close}. */
    Path folder() {
        return folder;
    }

    List<DemoDevice> devices() {
        return List.copyOf(devices);
    }

    /** Returns whether every device is in touch with every other. */
    boolean haveMet() throws DemoException {
        for (DemoDevice device : devices) {
            if (device.peersOnline() != devices.size() - 1) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether all devices show the same version vector and the same digest. */
    boolean areEqual() throws DemoException {
        Set<List<Object>> states = new HashSet<>();
        for (DemoDevice device : devices) {
            JsonValue status = device.status();
            // Sorted: in which order a device lists the replicas does not matter.
            states.add(List.of(
                    status.get("digest"),
                    new TreeMap<>(status.get("versionVector").members())));
        }
        return states.size() == 1;
    }

    /**
     * Waits for a condition.
     *
     * @return how long that took, in milliseconds
     * @throws DemoException when it does not come true in time
     */
    long await(String what, long timeoutMillis, Condition condition) throws DemoException {
        long start = System.nanoTime();
        while (!condition.isMet()) {
            long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            if (waited > timeoutMillis) {
                throw DemoException.differing("waited " + waited / 1000 + " s in vain for " + what);
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw DemoException.broken("interrupted");
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    @Override
    public void close() throws IOException {
        List<DemoDevice> running;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            running = List.copyOf(devices);
        }
        running.parallelStream().forEach(DemoDevice::close);
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private synchronized void launch(String name, int port, List<String> peers) throws IOException, DemoException {
        if (isClosed) {
            throw DemoException.broken("interrupted");
        }
        devices.add(DemoDevice.launch(name, folder.resolve(name), port, peers));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    /** Something to wait for. */
    @FunctionalInterface
    interface Condition {
        boolean isMet() throws DemoException;
    }
}
