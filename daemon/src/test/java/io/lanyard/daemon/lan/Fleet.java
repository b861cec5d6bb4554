package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.history.DeviceState;
import io.lanyard.daemon.history.DeviceState.Lost;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/** The devices of one group on a LAN, and what all of them must agree on. */
final class Fleet {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int PAGE = 1_000;
    private static final int SMALL_DISK_MEBIBYTES = 512;

    private final List<Device> devices = new ArrayList<>();
    private final long[] journaled;

    private Fleet(int size) {
        journaled = new long[size];
    }

    /**
     * Starts a device on each of the first hosts, all of one group, and waits until they answer. The last one has a small
     * disk of its own.
     */
    static Fleet start(Lan lan, int size, Path directory, String... jvmOptions) throws Exception {
        Fleet fleet = new Fleet(size);
        for (int host = 1; host <= size; host++) {
            Path home = directory.resolve("desk-" + host);
            if (host == size) {
                lan.smallDisk(Files.createDirectory(home), SMALL_DISK_MEBIBYTES);
            }
            PrivateFiles.prepareHome(home);
            if (host > 1) {
                GroupHome.admitOffline(directory.resolve("desk-1"), home, "desk-" + host, Role.MEMBER);
            }
            fleet.devices.add(new Device(lan, host, size, home, jvmOptions));
        }
        for (Device device : fleet.devices) {
            device.start();
        }
        fleet.devices.forEach(Device::awaitUp);
        return fleet;
    }

    List<Device> devices() {
        return devices;
    }

    Device device(int host) {
        return devices.get(host - 1);
    }

    /** Waits until every device is in touch with every other. Returns the milliseconds. */
    long awaitMet() {
        return until(() -> {
            for (Device device : devices) {
                JsonNode status = device.status();
                long online = StreamSupport.stream(status.path("peers").spliterator(), false)
                        .filter(peer -> peer.path("online").asBoolean())
                        .count();
                assertEquals(devices.size() - 1, online, status::toString);
            }
        });
    }

    /** Waits until nobody is in touch with everybody any more. */
    void awaitApart() {
        until(() -> {
            for (Device device : devices) {
                JsonNode status = device.status();
                long online = StreamSupport.stream(status.path("peers").spliterator(), false)
                        .filter(peer -> peer.path("online").asBoolean())
                        .count();
                assertTrue(online < devices.size() - 1, status::toString);
            }
        });
    }

    /** Waits until version vectors and digests are the same everywhere. Returns the milliseconds. */
    long awaitDigests() {
        return until(() -> {
            JsonNode first = devices.get(0).status();
            for (Device device : devices) {
                JsonNode status = device.status();
                assertEquals(first.path("versionVector"), status.path("versionVector"), "version vectors");
                assertEquals(first.path("digest"), status.path("digest"), "digests");
            }
        });
    }

    /** Waits until all hold the same, are equal by vectors and digests, and know it. Returns the milliseconds. */
    long awaitEqual() {
        return until(() -> {
            List<JsonNode> statuses = new ArrayList<>();
            for (Device device : devices) {
                statuses.add(device.status());
            }
            JsonNode first = statuses.get(0);
            for (JsonNode status : statuses) {
                assertEquals(first.path("versionVector"), status.path("versionVector"), () -> "vectors: " + statuses);
                assertEquals(first.path("digest"), status.path("digest"), () -> "digests: " + statuses);
                assertEquals("in_step", status.path("state").asText(), () -> "state: " + statuses);
                assertEquals(0, status.path("pending").asInt(), () -> "pending: " + statuses);
                assertEquals(0, status.path("heldBack").asInt(), () -> "held back: " + statuses);
                assertFalse(status.path("catchingUp").asBoolean(), () -> "catching up: " + statuses);
            }
        });
    }

    private interface Assertions {
        void run() throws IOException;
    }

    private static long until(Assertions assertions) {
        long from = System.nanoTime();
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .untilAsserted(assertions::run);
        return (System.nanoTime() - from) / 1_000_000;
    }

    /** Returns what every device shows of the load's documents, and what its journal took in since this was last asked. */
    List<DeviceState> states() throws IOException {
        List<DeviceState> states = new ArrayList<>();
        for (Device device : devices) {
            int number = device.host() - 1;
            List<Lost> journal = new ArrayList<>();
            boolean isWhole = readJournal(device, journal);
            states.add(new DeviceState(number, documents(device), journal, isWhole));
        }
        return states;
    }

    private static Map<String, Map<String, Object>> documents(Device device) throws IOException {
        Map<String, Map<String, Object>> documents = new TreeMap<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page = device.json("/api/docs/" + LoadClient.COLLECTION + "?limit=" + PAGE + cursor);
            for (JsonNode item : page.path("items")) {
                documents.put(
                        LoadClient.COLLECTION + "/" + item.path("id").asText(), LoadClient.leaves(item.path("data")));
            }
            cursor = page.path("next").isTextual()
                    ? "&cursor=" + page.path("next").asText()
                    : null;
        }
        return documents;
    }

    private boolean readJournal(Device device, List<Lost> journal) throws IOException {
        int number = device.host() - 1;
        long known = journaled[number];
        boolean isWhole = true;
        JsonNode page = device.json("/api/conflicts?limit=" + PAGE + "&after=" + known);
        while (!page.path("items").isEmpty()) {
            for (JsonNode item : page.path("items")) {
                isWhole &= item.path("number").asLong() == known + 1;
                known = item.path("number").asLong();
                JsonNode value = item.path("lostValue");
                journal.add(new Lost(
                        item.path("collection").asText() + "/" + item.path("id").asText(),
                        item.path("path").isNull() ? null : item.path("path").asText(),
                        item.path("lostRemoval").asBoolean(),
                        value.toString()));
            }
            page = device.json("/api/conflicts?limit=" + PAGE + "&after=" + known);
        }
        journaled[number] = known;
        return isWhole;
    }
}
