package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.node.FeedChange.Kind;
import io.lanyard.daemon.node.FeedEntry;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.FeedLook;
import io.lanyard.daemon.node.Node.FeedPage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where one reader stands in the change feed. It holds a place, a {@link FeedMemory} and the names of a few documents,
 * never documents: each is looked at when the reader can take it. So what a slow reader has not been told yet stays in
 * the store, and several changes of a document become one on the way.
 *
 * <p>What it tells of a document is the difference between what it told last and what stands.
 *
 * <p>Used by one thread at a time.
 */
final class FeedCursor {

    private static final int PAGE_ENTRIES = 64;

    /** So many documents that the reader does not want are looked at before somebody else has a turn. */
    static final int LOOKED_AT_ONCE = 512;

    private final Node node;
    private final Events events;
    private final Selection selection;
    private final Deque<FeedEntry> page = new ArrayDeque<>();
    private final FeedMemory memory;
    private Position position;

    /** The page as it was read. */
    private FeedPage read;

    private boolean isSynced;
    private boolean isPausing;

    /** Whether the reader has not been told everything once, having begun with nothing. */
    private boolean isSnapshot;

    /** The bare strings that the reader was told, and where the feed ended then: each says all that happened before. */
    private final Map<String, Long> bareStrings = new HashMap<>();

    /**
     * Starts reading.
     *
     * @param since a place, {@code start} for all documents first, {@code now} for none
     * @param selection what the reader wants to be told, and may be
     * @throws Problem.ProblemException {@code invalid_value} if {@code since} is none of these
     */
    FeedCursor(Node node, Events events, String since, Selection selection) {
        this.node = node;
        this.events = events;
        this.selection = selection;
        FeedPlace place = switch (since) {
            case "start" -> FeedPlace.at(node.start());
            case "now" -> FeedPlace.at(node.tail());
            default ->
                FeedPlace.parse(since)
                        .orElseThrow(() -> Code.INVALID_VALUE.exception(
                                "'" + Texts.shortened(since) + "' is not a position",
                                "use one that an event or an answer carried, or start or now"));
        };
        this.position = place.position();
        this.memory = new FeedMemory(place);
        this.isSnapshot = since.equals("start") || place.fully() == 0 && !place.isFull();
    }

    /** Returns the place after what was told last. */
    FeedPlace place() {
        return new FeedPlace(position, memory.fully(), memory.begun(), memory.stretches());
    }

    /** Returns whether the reader has been told once that it knows everything. */
    boolean isSynced() {
        return isSynced;
    }

    /**
     * Returns whether the last call found nothing only because it had looked at enough: another one goes on. So a filter
     * that lets little through keeps no thread, and none of the reader's other messages waits for it.
     */
    boolean isPausing() {
        return isPausing;
    }

    /**
     * Returns the next message for the reader called {@code client}; empty if there is none now, or {@link #isPausing}.
     *
     * @throws Node.ResyncRequiredException if the store does not know the place
     */
    Optional<Outgoing> next(String client) {
        isPausing = false;
        int looked = 0;
        while (true) {
            FeedEntry entry = page.peekFirst();
            if (looked++ >= LOOKED_AT_ONCE) {
                isPausing = true;
                return Optional.empty();
            } else if (entry != null) {
                Optional<Outgoing> message = tell(entry, client);
                if (message.isPresent()) {
                    return message;
                }
            } else if (read != null && read.isTail() && !isSynced) {
                isSynced = true;
                isSnapshot = false;
                return Optional.of(events.place("synced", selection, place()));
            } else if (!readOn() && isSynced) {
                return Optional.empty();
            } else if (page.isEmpty()) {
                looked += PAGE_ENTRIES; // what the page was searched for
            }
        }
    }

    /** Returns the message for a reader whose place is not known. */
    Outgoing resyncRequired() {
        return events.place("resync_required", selection, FeedPlace.at(node.tail()));
    }

    /** Reads the next page; returns false if there is nothing in it because the reader is at the tail. */
    private boolean readOn() {
        read = node.page(position, PAGE_ENTRIES);
        page.addAll(read.entries());
        if (!page.isEmpty()) {
            return true;
        }
        passPage();
        return !read.isTail();
    }

    private Optional<Outgoing> tell(FeedEntry entry, String client) {
        if (!selection.wants(entry.id().collection())) {
            pass(entry);
            return Optional.empty();
        }
        FeedLook look = node.look(entry, memory);
        if (look.movedTo() > read.tail()) {
            // What is left of the page is out of date: read anew, it is known not to have been told.
            page.clear();
            read = null;
            return Optional.empty();
        }
        pass(entry); // if it moved on to somewhere before the tail, the entry was dead, and it is told there
        return look.change()
                .filter(change -> isSnapshot && change.kind() == Kind.CREATED
                        || selection.isEchoing()
                        || !Events.isOwn(change, client))
                .flatMap(change -> events.event(change, selection, client, place(), isSnapshot))
                .filter(message -> !message.isBare() || isNews(message.text(), entry.number()));
    }

    private boolean isNews(String bareString, long number) {
        if (bareStrings.getOrDefault(bareString, 0L) >= number) {
            return false;
        }
        bareStrings.put(bareString, node.tail().number());
        return true;
    }

    private void pass(FeedEntry entry) {
        page.removeFirst();
        if (page.isEmpty()) {
            passPage();
        } else {
            position = new Position(read.next().opening(), entry.number());
            memory.pass(entry.number(), read.tail());
        }
    }

    private void passPage() {
        position = read.next();
        if (read.isTail()) {
            memory.complete(position.number());
        } else {
            memory.pass(position.number(), read.tail());
        }
    }
}
