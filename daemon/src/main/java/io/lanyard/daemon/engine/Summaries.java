package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import java.util.List;
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
    private final Registry registry;
    private final ToldVector vector = new ToldVector();
    private final ToldVector promised = new ToldVector();
    private final ToldVector collected = new ToldVector();
    private final ToldVector cleared = new ToldVector();
    private boolean isWholeDue = true;
    private boolean isUrgent;
    private long lastMillis;
    private Told told;

    private record Told(
            VersionVector vector,
            VersionVector promised,
            VersionVector collected,
            VersionVector cleared,
            Hash digest,
            VersionVector reach,
            Standing standing,
            Hash registry) {}

    /** What this replica is about, besides what it holds. */
    record Standing(
            boolean isCatchingUp,
            boolean isFenced,
            boolean hasLostData,
            Lineage lineage,
            long openedMillis,
            boolean isRefusing) {}

    Summaries(ReplicaState state, Registry registry, Settings settings) {
        this.state = state;
        this.registry = registry;
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
    Optional<Summary> take(ReplicaId replica, Set<Hash> explored, Standing standing, long wallMillis, long nowMillis) {
        long pause = nowMillis - lastMillis;
        if (!isUrgent && pause < settings.summaryMillis()) {
            return Optional.empty();
        }
        Told now = new Told(
                state.vector().copy(),
                state.claims().promised().copy(),
                state.claims().collected().copy(),
                state.claims().cleared().copy(),
                state.digest().root(),
                state.claims().reach().copy(),
                standing,
                registry.hash());
        if (!isUrgent && !isWholeDue && now.equals(told) && pause < settings.idleSummaryMillis()) {
            return Optional.empty();
        }
        boolean isRegistryDue = isWholeDue || told == null || !told.registry().equals(now.registry());
        Summary summary = new Summary(
                settings.device(),
                state.openings().current(),
                replica,
                vector.tell(now.vector(), isWholeDue),
                promised.tell(now.promised(), isWholeDue),
                collected.tell(now.collected(), isWholeDue),
                now.reach(),
                now.digest(),
                explored,
                standing.isCatchingUp(),
                standing.isFenced(),
                standing.hasLostData(),
                standing.lineage(),
                now.registry(),
                isRegistryDue ? List.copyOf(registry.all()) : null,
                wallMillis,
                standing.openedMillis(),
                standing.isRefusing(),
                now.cleared().isEmpty() ? VectorNews.NOTHING : cleared.tell(now.cleared(), isWholeDue));
        told = now;
        isWholeDue = false;
        isUrgent = false;
        lastMillis = nowMillis;
        return Optional.of(summary);
    }
}
