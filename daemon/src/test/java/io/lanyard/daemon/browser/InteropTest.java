package io.lanyard.daemon.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.config.DaemonConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Other people's HTTP and WebSocket clients against a real daemon. */
class InteropTest {

    private static final int SECONDS = 60;
    private static final int CLAIMS = 16;

    @TempDir
    private Path home;

    @TestFactory
    Stream<DynamicTest> node() throws Exception {
        return NodeRunner.run("node/interop.test.mjs");
    }

    @Test
    @Timeout(120)
    void python() throws Exception {
        Path python = Stream.of(NodeRunner.onPath("python3"), Optional.of(Path.of("/usr/bin/python3")))
                .flatMap(Optional::stream)
                .filter(InteropTest::hasWebSockets)
                .findFirst()
                .orElse(null);
        if (python == null) {
            NodeRunner.skip("Python's clients", "no python3 with websockets: apt-get install python3-websockets");
        }
        try (Daemon daemon =
                Daemon.start(new DaemonConfig(home, 0, Optional.of("127.0.0.1"), 0, List.of(), Optional.of("desk")))) {
            String token = Files.readString(home.resolve("token")).strip();
            Path output = home.resolve("output");
            Process process = new ProcessBuilder(
                            String.valueOf(python), "src/test/python/interop.py", daemon.apiUrl(), token)
                    .redirectOutput(output.toFile())
                    .redirectErrorStream(true)
                    .start();
            boolean hasEnded = process.waitFor(SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertEquals(true, hasEnded, "it did not end, and said\n" + text);
            assertEquals(0, process.exitValue(), text);
            assertEquals(CLAIMS, text.lines().count(), text);
        }
    }

    private static boolean hasWebSockets(Path python) {
        try {
            Process process = new ProcessBuilder(python.toString(), "-c", "import websockets, asyncio")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            return process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
