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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The clients under {@code docs/examples} say what they should when they talk to a real daemon. */
@Timeout(120)
class ExamplesTest {

    private static final Path EXAMPLES = Path.of("..", "docs", "examples");
    private static final int SECONDS = 60;

    @TempDir
    private Path folder;

    private Path home;
    private Daemon daemon;

    @BeforeEach
    void start() throws Exception {
        home = Files.createDirectory(folder.resolve("home"));
        daemon = Daemon.start(new DaemonConfig(home, 0, Optional.of("127.0.0.1"), 0, List.of(), Optional.of("desk")));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void curl() throws Exception {
        assertEquals("""
                # an expense, with an amount that keeps its digits
                {"amount":12.10,"paid":false,"what":"train"}
                # a change of one field, then one that comes too late
                412
                # what costs ten or more
                "data":{"amount":12.10,"paid":true,"what":"train"}
                # what was queued while the program was offline, all or nothing
                "outcome":"created"
                "outcome":"deleted"
                # everything there is, one event a line
                "type":"expense_created"
                "id":"train"
                "type":"expense_created"
                "id":"hotel"
                "type":"synced"
                """, outputOf("curl", "bash", "curl.sh"));
    }

    @Test
    void python() throws Exception {
        assertEquals("""
                expense_updated train ['/paid']
                412 etag_mismatch
                total 14.50
                """, outputOf("python3", "python3", "client.py"));
    }

    @Test
    void node() throws Exception {
        assertEquals("""
                expense_updated train [ '/paid' ]
                412 etag_mismatch
                total 14.5
                """, outputOf("node", "node", "client.mjs"));
    }

    @Test
    void plainJava() throws Exception {
        assertEquals(
                """
                expense_updated train ["/paid"]
                412 etag_mismatch
                total 14.50
                """, outputOf("bash", NodeRunner.java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "Client.java"));
    }

    /** Runs an example; {@code needed} is the program without which it is skipped. */
    private String outputOf(String needed, String... command) throws IOException, InterruptedException {
        if (NodeRunner.onPath(needed).isEmpty()) {
            NodeRunner.skip("the example in " + needed, needed + " is missing");
        }
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(EXAMPLES.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LANYARD_HOME", home.toString());
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        Process process = builder.start();
        boolean hasEnded = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(true, hasEnded, "it did not end within " + SECONDS + " s, and said\n" + text);
        assertEquals(0, process.exitValue(), text);
        return text;
    }
}
