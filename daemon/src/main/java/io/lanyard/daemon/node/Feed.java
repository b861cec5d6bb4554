package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
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
import io.lanyard.daemon.node.FeedChange.Past;
import io.lanyard.daemon.node.Node.FeedLook;
import io.lanyard.daemon.node.Node.FeedPage;
import io.lanyard.daemon.node.Node.ResyncRequiredException;
import io.lanyard.daemon.node.RecentChanges.History;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The change feed: the store's arrival index, read from a position to its tail.
 *
 * <p>A reader gets names first and looks at each document when it can take it. So slow readers cost next to nothing, and
 * a document that changed often in between stands in the index once, at its last change. Thread-safe; reads committed
 * state.
 */
final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /** How often a page is read again because something was committed meanwhile. */
    private static final int ATTEMPTS = 3;

    private final Store store;
    private final Supplier<Openings> openings;
    private final RecentChanges recent;
    private final Function<Author, Origin> origins;
    private final FeedCache cache = new FeedCache();

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

    FeedPage page(Position from, int limit) {
        long last = store.lastArrival();
        Openings known = openings.get();
        long after = known.resume(from, last).orElseThrow(() -> new ResyncRequiredException(from));
        long current = known.current();
        Optional<List<FeedEntry>> recently =
                after >= last ? Optional.of(List.of()) : recent.entries(after, last, limit);
        if (recently.isPresent()) {
            List<FeedEntry> entries = recently.get();
            long through = throughOf(
                    entries.size(),
                    limit,
                    after,
                    last,
                    () -> entries.get(limit - 1).number());
            return page(entries, current, through, last);
        }
        for (int attempt = 1; ; attempt++) {
            long begin = last;
            List<Arrival> arrivals = store.arrivals(after, limit).stream()
                    .filter(arrival -> arrival.number() <= begin)
                    .toList();
            long through = throughOf(
                    arrivals.size(),
                    limit,
                    after,
                    begin,
                    () -> arrivals.get(limit - 1).number());
            List<FeedEntry> entries = arrivals.stream()
                    .map(arrival -> new FeedEntry(arrival.number(), arrival.id()))
                    .toList();
            last = store.lastArrival();
            if (last == begin || attempt == ATTEMPTS) {
                return page(entries, current, through, last);
            }
        }
    }

    /** Returns how far a page goes: to its last entry, or to where the index ended if it is not full. */
    private static long throughOf(int entries, int limit, long after, long begin, LongSupplier lastEntry) {
        return entries < limit ? Math.max(after, begin) : lastEntry.getAsLong();
    }

    /**
     * Makes a page of what stood in the index at some time before it ended at {@code last}. Of an entry from the disk it is
     * not known here whether it is dead: that takes the document, which is read when the reader can take it.
     */
    private static FeedPage page(List<FeedEntry> entries, long opening, long through, long last) {
        List<FeedEntry> shown =
                entries.stream().filter(entry -> !entry.id().isInternal()).toList();
        return new FeedPage(shown, new Position(opening, through), last, through >= last);
    }

    FeedLook look(FeedEntry entry, Told told) {
        long opening = openings.get().current();
        Optional<History> history = recent.since(entry.number(), told);
        FeedCache.Key key = history.map(known ->
                        new FeedCache.Key(opening, entry.number(), known.past().number()))
                .orElse(null);
        Optional<FeedLook> cached = key == null ? Optional.empty() : cache.find(key);
        if (cached.isPresent()) {
            return cached.get();
        }
        Optional<StoredDocument> stored = record(entry.id()).map(StoredDocument::decode);
        if (stored.isEmpty()) {
            return FeedLook.NOTHING;
        }
        if (stored.get().number() != entry.number()) {
            return FeedLook.movedTo(stored.get().number());
        }
        Position position = new Position(opening, entry.number());
        FeedLook look = new FeedLook(0, describe(position, entry.id(), stored.get(), history, told));
        if (key != null) {
            cache.put(key, look);
        }
        return look;
    }

    private Optional<FeedChange> describe(
            Position position, DocumentId id, StoredDocument stored, Optional<History> history, Told told) {
        boolean isVisible = stored.document().isVisible();
        boolean wasVisible = history.map(History::wasVisible).orElseGet(() -> wasVisible(stored, told));
        Optional<DocumentView> view = view(id, stored);
        SortedMap<FieldPath, String> leaves = view.map(DocumentView::leaves).orElseGet(TreeMap::new);
        Optional<Past> past = history.map(
                known -> new Past(known.past().number(), differing(known.past().changed(), leaves)));
        boolean isSame = past.isPresent() && past.get().changed().isEmpty();
        if (isVisible ? wasVisible && isSame : !wasVisible) {
            return Optional.empty();
        }
        Kind kind = !isVisible ? Kind.DELETED : wasVisible ? Kind.UPDATED : Kind.CREATED;
        return Optional.of(new FeedChange(
                position, id, kind, view, past, history.flatMap(History::author).map(origins), changedAt(stored)));
    }

    /** Of what was touched since, keeps what does not show the same again. */
    private static Map<FieldPath, String> differing(
            Map<FieldPath, String> before, SortedMap<FieldPath, String> leaves) {
        Map<FieldPath, String> differing = new HashMap<>();
        before.forEach((path, value) -> {
            if (!value.equals(RecentChanges.shortened(leaves.getOrDefault(path, Past.ABSENT)))) {
                differing.put(path, value);
            }
        });
        return differing;
    }

    /**
     * Whether the reader was told that a document is there of which nothing more is known than when it appeared or
     * disappeared last. Who was told of it must hear of its end; its beginning does no harm twice.
     */
    private static boolean wasVisible(StoredDocument stored, Told told) {
        boolean isVisible = stored.document().isVisible();
        if (isVisible) {
            return told.fully() > 0 && stored.flippedAt() <= told.fully();
        }
        return stored.flippedAt() > (told.fully() > 0 ? told.fully() : told.begun());
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
