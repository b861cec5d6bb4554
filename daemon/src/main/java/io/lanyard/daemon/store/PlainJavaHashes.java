package io.lanyard.daemon.store;

import java.util.Objects;
import org.mapdb.CC;

/**
 * Keeps MapDB's hash library in plain Java. At each start it would unpack native code into the temporary directory and
 * load it from there, and a killed process leaves the file behind. On an architecture that it does not know it does
 * without, and it looks but once. Nothing of it is used here.
 */
final class PlainJavaHashes {
    private static final String ARCHITECTURE = "os.arch";

    private PlainJavaHashes() {}

    /** Must come before the first use of MapDB. */
    static synchronized void choose() {
        String known = System.getProperty(ARCHITECTURE);
        System.setProperty(ARCHITECTURE, "unknown");
        try {
            Objects.requireNonNull(CC.HASH_FACTORY);
        } finally {
            System.setProperty(ARCHITECTURE, known);
        }
    }
}
