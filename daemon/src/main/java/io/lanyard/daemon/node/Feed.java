package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Openings;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.node.FeedChange.Kind;
import io.lanyard.daemon.node.FeedChange.Origin;
import io.lanyard.daemon.node.Node.FeedPage;
import io.lanyard.daemon.node.Node.ResyncRequiredException;
import io.lanyard.daemon.node.Node.Told;
import io.lanyard.daemon.node.RecentChanges.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The change feed: the store's arrival index, read from a position to its tail.
 *
 * <p>A reader keeps nothing but its position, so slow readers cost nothing: a document that changed often in between
 * stands in the index once, at its last change. Thread-safe; reads committed state.
 */
final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    private final Store store;
    private final Supplier<Openings> openings;
    private final RecentChanges recent;
    private final Function<Author, Origin> origins;

    Feed(Store store, Supplier<Openings> openings, RecentChanges recent, Function<Author, Origin> origins) {
        this.store = store;
        this.openings = openings;
        this.recent = recent;
        this.origins = origins;
    }

    Position tail() {
        Openings before;
        long last;
        do {
            before = openings.get();
            last = store.lastArrival();
        } while (before != openings.get());
        return new Position(before.current(), last);
    }

    Position start() {
        return new Position(openings.get().current(), 0);
    }

    FeedPage read(Position from, Told told, int limit) {
        long last = store.lastArrival();
        Openings known = openings.get();
        long after = resume(known, from, last);
        long fully = resume(known, told.fully(), last);
        long partly = resume(known, told.partly(), last);
        List<Arrival> arrivals = after >= last ? List.of() : store.arrivals(after, limit);
        List<FeedChange> changes = new ArrayList<>(arrivals.size());
        for (Arrival arrival : arrivals) {
            record(arrival.id())
                    .map(StoredDocument::decode)
                    .filter(stored -> stored.number() == arrival.number())
                    .flatMap(stored -> describe(known, fully, partly, arrival, stored))
                    .ifPresent(changes::add);
        }
        long next = arrivals.isEmpty()
                ? Math.max(after, last)
                : arrivals.get(arrivals.size() - 1).number();
        return new FeedPage(changes, new Position(known.current(), next), next >= last);
    }

    private static long resume(Openings known, Position position, long last) {
        return known.resume(position, last).orElseThrow(() -> new ResyncRequiredException(position));
    }

    private Optional<FeedChange> describe(
            Openings known, long fully, long partly, Arrival arrival, StoredDocument stored) {
        boolean isVisible = stored.document().isVisible();
        Optional<History> history = recent.since(fully, arrival.number());
        // Who was told of a document in part must hear of its end; its beginning does no harm twice.
        boolean wasVisible = wasVisible(fully, arrival.number(), stored)
                || !isVisible && partly > fully && wasVisible(partly, arrival.number(), stored);
        if (!isVisible && !wasVisible) {
            return Optional.empty();
        }
        if (isVisible
                && wasVisible
                && history.isPresent()
                && history.get().changedPaths().isEmpty()) {
            return Optional.empty();
        }
        Kind kind = !isVisible ? Kind.DELETED : wasVisible ? Kind.UPDATED : Kind.CREATED;
        return Optional.of(new FeedChange(
                new Position(known.current(), arrival.number()),
                arrival.id(),
                kind,
                view(arrival.id(), stored),
                history.map(History::changedPaths),
                history.flatMap(History::author).map(origins),
                changedAt(stored)));
    }

    private boolean wasVisible(long after, long number, StoredDocument stored) {
        boolean isVisible = stored.document().isVisible();
        return after > 0
                && recent.since(after, number)
                        .map(History::wasVisible)
                        .orElse(isVisible != (stored.flippedAt() > after));
    }

    /** A damaged document changes when it comes back. */
    private Optional<byte[]> record(DocumentId id) {
        try {
            return store.document(id);
        } catch (Store.DamagedException e) {
            LOG.debug("passed over in the feed", e);
            return Optional.empty();
        }
    }

    static Optional<DocumentView> view(DocumentId id, StoredDocument stored) {
        return stored.document().isVisible()
                ? Optional.of(new DocumentView(
                        id,
                        stored.document().leaves(),
                        StoredDocument.etag(stored.hash()),
                        stored.document().newestShownStamp()))
                : Optional.empty();
    }

    private static long changedAt(StoredDocument stored) {
        LifeRegister life = stored.document().isVisible()
                ? stored.document().alive()
                : stored.document().died();
        return life == null
                ? stored.goneAtMillis()
                : Timestamp.millis(life.stamp().time());
    }
}
