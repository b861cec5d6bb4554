package io.lanyard.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import io.lanyard.daemon.security.SuiteWatch;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demo as a person runs it: three real daemons in processes of their own. */
class DemoTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void play_endsWithThreeEqualDevices_andLeavesNothingBehind() throws Exception {
        Path folder;
        List<DemoDevice> devices;
        try (DemoGroup group = new DemoGroup()) {
            new Demo(output(true), group).play();
            folder = group.folder();
            devices = group.devices();
            assertTrue(Files.exists(folder));
            for (DemoDevice device : devices) {
                SuiteWatch.said(Files.readString(folder.resolve(device.name()).resolve("log.txt")));
            }
        }
        JsonValue told = JsonValue.parse(out.toString(StandardCharsets.UTF_8));
        assertTrue(told.get("converged").isTrue());
        assertEquals(3, told.get("devices").members().size());
        assertEquals(1, new HashSet<>(told.get("devices").members().values()).size());
        JsonValue documents = told.get("documents");
        assertEquals(
                "{\"city\":\"Gdańsk\",\"name\":\"Ada Wójcik\",\"phone\":\"+48 600 100 200\"}",
                documents.get("contact/ada").toJson());
        assertEquals(
                "{\"amount\":12.90,\"contact\":\"ada\"}",
                documents.get("transaction/t-0001").toJson());
        assertTrue(documents.get("expense/e-2").isNull());
        assertEquals(1, told.get("conflicts").wholeNumber(0));
        assertFalse(Files.exists(folder));
        assertTrue(devices.stream().noneMatch(DemoDevice::isAlive));
    }

    @Test
    void start_deviceThatCannot_isToldWithItsLog() throws Exception {
        try (DemoGroup group = new DemoGroup()) {
            Files.createFile(group.folder().resolve("broken"));
            Exception failure = assertThrows(DemoException.class, () -> group.start(List.of("broken")));
            assertTrue(failure.getMessage().contains("broken"), failure.getMessage());
        }
    }

    @Test
    void await_neverTrue_saysWhatItWaitedFor() throws Exception {
        try (DemoGroup group = new DemoGroup()) {
            DemoException failure = assertThrows(DemoException.class, () -> group.await("the moon", 1, () -> false));
            assertTrue(failure.getMessage().contains("the moon"));
            assertTrue(failure.replicasDiffer());
        }
    }

    private Output output(boolean json) {
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Output(stream, stream, json, false);
    }
}
