package io.lanyard.daemon;

import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.PrivateFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the inviter of this device and the others were when it joined, in {@code HOME/peers}: where multicast is blocked,
 * a restart would not find them again without that.
 */
final class KnownPeers {
    private static final Logger LOG = LoggerFactory.getLogger(KnownPeers.class);
    private static final String FILE_NAME = "peers";
    private static final int MAX_BYTES = 4_096;

    private final Path file;

    KnownPeers(Path home) {
        file = home.resolve(FILE_NAME);
    }

    /** Returns what was kept; none if that cannot be read. */
    List<PeerAddress> read() {
        try {
            return PrivateFiles.read(file, MAX_BYTES)
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .map(text -> text.lines()
                            .filter(line -> !line.isBlank())
                            .map(PeerAddress::parse)
                            .toList())
                    .orElse(List.of());
        } catch (IdentityException | IllegalArgumentException e) {
            LOG.warn(
                    "{} is not read ({}): the peers are those that were named, or found by multicast",
                    file,
                    e.toString());
            return List.of();
        }
    }

    /** Keeps these, and no others: they were of another group. */
    void keep(List<PeerAddress> peers) {
        String text = peers.stream().map(peer -> peer + "\n").collect(Collectors.joining());
        try {
            PrivateFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
        } catch (IdentityException e) {
            LOG.warn(
                    "{} cannot be written ({}): name one of {} with --peers after a restart",
                    file,
                    e.toString(),
                    peers);
        }
    }
}
