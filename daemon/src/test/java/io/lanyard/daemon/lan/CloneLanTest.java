package io.lanyard.daemon.lan;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A home directory that is copied to another host of a LAN, where both run. */
@Execution(ExecutionMode.CONCURRENT)
class CloneLanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int HOSTS = 3;

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    private Device device(int host) throws Exception {
        Path home = directory.resolve("home" + host);
        PrivateFiles.prepareHome(home);
        return new Device(lan, host, HOSTS, home);
    }

    private static void up(Device device) throws IOException {
        device.start();
        device.awaitUp();
    }

    private static void write(Device device, String document, String body) throws IOException {
        try (SocketHttp http = new SocketHttp(device.socket())) {
            assertTrue(http.send("PUT", "/api/docs/" + document, device.token(), body)
                    .isSuccess());
        }
    }

    private static void untilTrue(ThrowingRunnable assertion) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(assertion);
    }

    private static void assertState(String expected, Device device) throws IOException {
        JsonNode status = device.status();
        assertEquals(expected, status.path("state").asText(), () -> device + " " + status);
    }

    private static boolean says(Device device, String sentence) throws IOException {
        return device.status().path("notices").toString().contains(sentence);
    }

    private static void copyHome(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    @Test
    void copiedHome_onAnotherHost_refusesAndIsToldOnAll_untilItIsADeviceOfItsOwn() throws Exception {
        Device first = device(1);
        Device second = device(2);
        Device copy = device(3);
        up(first);
        GroupHome.admitOffline(first.home(), second.home(), "second", Role.MEMBER);
        write(first, "expense/1", "{\"amount\":12.10}");
        first.close();
        copyHome(first.home(), copy.home());
        up(first);
        second.start();
        up(copy);
        second.awaitUp();
        String id = first.status().at("/device/id").asText();
        assertEquals(id, copy.status().at("/device/id").asText());
        long from = System.nanoTime();
        untilTrue(() -> assertState("refusing", copy));
        System.out.println(
                "LAN measured: ready to refusing as a clone " + (System.nanoTime() - from) / 1_000_000 + " ms");
        assertTrue(says(copy, "Run 'lanyard identity new' on this device"));
        for (Device other : List.of(first, second)) {
            untilTrue(() -> assertTrue(says(other, "lanyard identity new"), other::toString));
            untilTrue(() -> assertState("in_step", other));
        }
        write(copy, "expense/of-copy", "{\"amount\":1}");
        write(first, "expense/of-first", "{\"amount\":2}");
        untilTrue(() -> assertTrue(second.get("/api/docs/expense/of-first").isSuccess()));
        assertEquals(404, second.get("/api/docs/expense/of-copy").status());
        assertEquals(404, copy.get("/api/docs/expense/of-first").status());

        copy.close();
        assertNotEquals(id, GroupHome.renew(copy.home()).id());
        up(copy);
        for (Device each : List.of(first, second, copy)) {
            untilTrue(() -> {
                assertTrue(each.get("/api/docs/expense/of-copy").isSuccess(), each::toString);
                assertTrue(each.get("/api/docs/expense/of-first").isSuccess(), each::toString);
            });
            untilTrue(() -> assertState("in_step", each));
            assertFalse(says(each, "identity new"));
        }
    }
}
