package io.lanyard.daemon.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the system may write this process's memory to a file when it crashes: the group's secret, the device's key and
 * the documents would be in it. Nothing in Java can switch that off for a process that runs; the launcher does, and the
 * doctor asks.
 */
public final class CoreDumps {
    private static final Logger LOG = LoggerFactory.getLogger(CoreDumps.class);
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String LIMIT = "Max core file size";

    private CoreDumps() {}

    /** Returns whether this process may leave a core file; false where the system has no such limit to read. */
    public static boolean arePossible() {
        try {
            return Files.isReadable(LIMITS) && arePossible(Files.readAllLines(LIMITS));
        } catch (IOException e) {
            LOG.debug("the limits of this process cannot be read", e);
            return false;
        }
    }

    static boolean arePossible(List<String> limits) {
        return limits.stream()
                .filter(line -> line.startsWith(LIMIT))
                .map(line -> line.substring(LIMIT.length()).strip().split("\\s+")[0])
                .anyMatch(softLimit -> !softLimit.equals("0"));
    }
}
