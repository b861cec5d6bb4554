package io.lanyard.daemon.api;

import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.Node;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Where one reader stands in the change feed. It holds a position and at most one short page, never a queue: what a slow
 * reader has not been told yet stays in the store, and several changes of a document become one on the way.
 *
 * <p>Used by one thread at a time.
 */
final class FeedCursor {

    /** Few enough that the pages of all readers fit into memory, at 256 KiB a document. */
    private static final int PAGE_ENTRIES = 32;

    private final Node node;
    private final CollectionPattern wanted;
    private final boolean isEchoing;
    private final String subscription;
    private final Deque<FeedChange> page = new ArrayDeque<>();
    private Position position;
    private Position afterPage;
    private boolean isAtTail;
    private boolean isSnapshot;
    private boolean isSynced;

    /**
     * Starts reading.
     *
     * @param since a position, {@code start} for all documents first, {@code now} for none
     * @param isEchoing whether the reader wants its own changes too
     * @param subscription what to put into each message, as JSON text; {@code null} for nothing
     * @throws Problem.ProblemException {@code invalid_value} if {@code since} is none of these
     */
    FeedCursor(Node node, String since, CollectionPattern wanted, boolean isEchoing, String subscription) {
        this.node = node;
        this.wanted = wanted;
        this.isEchoing = isEchoing;
        this.subscription = subscription;
        this.isSnapshot = since.equals("start");
        this.position = switch (since) {
            case "start" -> node.start();
            case "now" -> node.tail();
            default ->
                Position.parse(since)
                        .orElseThrow(() -> Code.INVALID_VALUE.exception(
                                "'" + Texts.shortened(since) + "' is not a position",
                                "use one that an event or an answer carried, or start or now"));
        };
        this.afterPage = position;
    }

    /** Returns the position after what was told last. */
    Position position() {
        return position;
    }

    /** Returns whether the reader has been told once that it knows everything. */
    boolean isSynced() {
        return isSynced;
    }

    /**
     * Returns the next message for the reader called {@code client}; empty if there is none now.
     *
     * @throws Node.ResyncRequiredException if the store does not know the position
     */
    Optional<String> next(String client) {
        while (true) {
            while (!page.isEmpty()) {
                FeedChange change = page.removeFirst();
                position = change.position();
                if (isWanted(change, client)) {
                    return Optional.of(EventJson.event(change, client, subscription, isSnapshot));
                }
            }
            position = afterPage;
            if (isAtTail && !isSynced) {
                isSynced = true;
                isSnapshot = false;
                return Optional.of(EventJson.place("synced", subscription, position));
            }
            Node.FeedPage read = node.read(position, PAGE_ENTRIES);
            page.addAll(read.changes());
            afterPage = read.next();
            isAtTail = read.isTail();
            if (page.isEmpty() && isAtTail && isSynced) {
                position = afterPage;
                return Optional.empty();
            }
        }
    }

    /** Returns the message for a reader whose position is not known. */
    String resyncRequired() {
        return EventJson.place("resync_required", subscription, node.tail());
    }

    private boolean isWanted(FeedChange change, String client) {
        return wanted.matches(change.id().collection())
                && (isSnapshot || isEchoing || !EventJson.isOwn(change, client));
    }
}
