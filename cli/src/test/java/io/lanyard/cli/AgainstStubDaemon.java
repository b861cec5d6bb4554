package io.lanyard.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What most tests of commands begin with: a daemon that says what the test wants, and a command line that finds it. */
abstract class AgainstStubDaemon {

    @TempDir
    Path folder;

    StubDaemon daemon;
    Console console;

    @BeforeEach
    void start() throws IOException {
        daemon = new StubDaemon();
        console = new Console(folder, Map.of("LANYARD_HOME", daemon.home(folder).toString()));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }
}
