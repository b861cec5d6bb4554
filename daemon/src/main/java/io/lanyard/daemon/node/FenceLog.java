package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down when this device goes through the fence, and how far it came: the status shows it only meanwhile. */
final class FenceLog {
    private static final Logger LOG = LoggerFactory.getLogger(FenceLog.class);

    /** How far it was, null if that is not known: after a restart. */
    private FenceState last;

    /** Notes a status after a commit that changed how far it is. */
    void note(EngineStatus status) {
        String server = status.devices().stream()
                .filter(device -> device.id().equals(status.fence().server()))
                .map(EngineStatus.KnownDevice::name)
                .findFirst()
                .orElse(status.fence().server());
        note(status.fence().state(), server).ifPresent(LOG::info);
    }

    /** Returns what is new, in words; {@code server} is the device that is taken over from. */
    Optional<String> note(FenceState now, String server) {
        FenceState before = last;
        last = now;
        if (now == before || now == FenceState.NONE && before == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (now) {
                    case STAGE ->
                        "What this device holds cannot be merged as it is: it takes over what " + server
                                + " holds, and keeps what only it has.";
                    case SWITCH ->
                        "All that " + server + " holds is here; the documents are exchanged, and local writes wait.";
                    case REISSUE ->
                        "The documents are those of " + server
                                + " now. What only this device had is written anew, or kept in the conflict journal.";
                    case NONE ->
                        before == FenceState.REISSUE
                                ? "All that only this device had is written anew or in the conflict journal: it syncs."
                                : "The device that was to be taken over from is gone; it begins anew with another one.";
                });
    }
}
