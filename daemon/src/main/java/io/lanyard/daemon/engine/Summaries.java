package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.Summary;
import java.util.Optional;
import java.util.Set;

/**
 * Decides when to tell the members what is committed here, and how much of it.
 *
 * <p>Ordinarily a summary carries the claims that are new since the one before. After somebody came, or somebody who
 * missed one asked for it, the next carries all.
 */
final class Summaries {

    private final ReplicaState state;
    private final Settings settings;
    private Hash base;
    private boolean isWholeDue = true;
    private boolean isUrgent;
    private long lastMillis;
    private Told told;

    private record Told(Hash vector, Hash digest, VersionVector reach, boolean isCatchingUp) {}

    Summaries(ReplicaState state, Settings settings) {
        this.state = state;
        this.settings = settings;
        lastMillis = Long.MIN_VALUE / 2;
    }

    /** Somebody came: the next summary is whole, and due at once. */
    void introduce() {
        isWholeDue = true;
        isUrgent = true;
    }

    /** Somebody missed a summary: the next is whole. */
    void askForWhole() {
        isWholeDue = true;
    }

    /** Returns the summary that is due; to be called after the commit of what it tells. */
    Optional<Summary> take(
            ReplicaId replica, Set<Hash> explored, boolean isCatchingUp, long wallMillis, long nowMillis) {
        long pause = nowMillis - lastMillis;
        if (!isUrgent && pause < settings.summaryMillis()) {
            return Optional.empty();
        }
        Told now = new Told(
                state.vector().hash(), state.digest().root(), state.reach().copy(), isCatchingUp);
        if (!isUrgent && !isWholeDue && now.equals(told) && pause < settings.idleSummaryMillis()) {
            return Optional.empty();
        }
        VersionVector changes = state.takeUnsummarized();
        Summary summary = new Summary(
                settings.device(),
                state.openings().current(),
                replica,
                isWholeDue ? null : base,
                isWholeDue ? state.vector().copy() : changes,
                now.vector(),
                now.reach(),
                now.digest(),
                explored,
                isCatchingUp,
                wallMillis);
        base = now.vector();
        told = now;
        isWholeDue = false;
        isUrgent = false;
        lastMillis = nowMillis;
        return Optional.of(summary);
    }
}
