package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon whose store lies on a small file system that fills up in the middle of its work. */
class SmallDiskTest {

    private static final int MEGABYTES = 80;
    private static final String LARGE = "x".repeat(200_000);

    @TempDir
    private Path folder;

    private final List<String> acknowledged = new ArrayList<>();

    @Test
    void diskFillsUpUnderLoad_readsGoOn_andEverythingComesBackWithoutARestart() throws Exception {
        Path home = Files.createDirectories(folder.resolve("till"));
        Path officeHome = Files.createDirectories(folder.resolve("office"));
        List<Integer> ports = Group.freePorts(2);
        try (SmallDisk disk = SmallDisk.at(home.resolve("store"), MEGABYTES);
                DeviceProcess office = DeviceProcess.start(officeHome, "office", ports.get(1), ports)) {
            GroupHome.admitOffline(officeHome, home, "till", Role.MEMBER);
            DeviceProcess till = DeviceProcess.start(disk.enter(), home, "till", ports.get(0), ports);
            try {
                till.client().put("sale/first", Map.of("amount", "1")).with(201);
                awaitInStep(till, office);

                Thread filling = new Thread(() -> fillUp(disk));
                filling.start();
                writeUntilRefused(till.client());
                filling.join();
                Group.until(() -> assertFull(till.client()));
                assertEverythingAcknowledgedIsThere(till.client());
                office.client().put("sale/meanwhile", Map.of("amount", "2")).with(201);
                till.client().get("sale/meanwhile").with(404);

                disk.free();
                Group.until(() -> assertEquals(
                        200, till.client().send("GET", "/readyz", null).status()));
                till.client().put("sale/after", Map.of("amount", "3")).with(201);
                Group.until(() -> till.client().get("sale/meanwhile").with(200));
                awaitInStep(till, office);
                office.client().get("sale/after").with(200);
                assertEverythingAcknowledgedIsThere(till.client());

                disk.fillUp();
                Group.until(() -> assertFull(till.client()));
            } finally {
                till.close();
            }
            assertEquals(0, till.exitValue(), "closed cleanly while the disk was full");

            DeviceProcess again = DeviceProcess.start(disk.enter(), home, "till", ports.get(0), ports);
            try {
                assertFull(again.client());
                assertEverythingAcknowledgedIsThere(again.client());
                disk.free();
                Group.until(() -> assertTrue(
                        again.client().put("sale/last", Map.of("amount", "4")).status() < 300));
                Group.until(() -> office.client().get("sale/last").with(200));
            } finally {
                again.close();
            }
        }
        System.out.println("small disk: " + acknowledged.size() + " large writes acknowledged before it was full");
    }

    private static void fillUp(SmallDisk disk) {
        try {
            disk.fillUp();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void writeUntilRefused(ApiClient till) {
        for (int number = 0; number < 10_000; number++) {
            ApiClient.Answer answer = till.put("large/" + number, Map.of("text", LARGE));
            if (answer.status() == 507) {
                return;
            }
            answer.with(201);
            acknowledged.add("large/" + number);
        }
        throw new AssertionError("the disk never was full");
    }

    private static void assertFull(ApiClient till) {
        ApiClient.Answer refused =
                till.put("sale/refused", Map.of("amount", "9")).with(507);
        assertEquals("disk_full", refused.json().get("code"));
        assertTrue(refused.json().get("hint").toString().startsWith("free some space"), refused.body());
        ApiClient.Answer ready = till.send("GET", "/readyz", null).with(503);
        assertEquals("full", ready.json().get("storage"));
        assertEquals(200, till.send("GET", "/healthz", null).status());
        assertEquals("full", Json.leaves(till.status().get("storage")).get("/state"));
        till.get("sale/first").with(200);
    }

    private void assertEverythingAcknowledgedIsThere(ApiClient till) {
        for (String document : acknowledged) {
            till.get(document).with(200);
        }
    }

    private static void awaitInStep(DeviceProcess till, DeviceProcess office) {
        Group.until(() -> {
            Map<String, Object> one = till.client().status();
            Map<String, Object> other = office.client().status();
            assertEquals("in_step", one.get("state"), () -> Json.write(one));
            assertEquals("in_step", other.get("state"), () -> Json.write(other));
            assertEquals(one.get("digest"), other.get("digest"));
        });
    }
}
