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

    /** Whether the last page ends at the tail, and nothing moved out of it. */
    private boolean isComplete;

    private boolean isSynced;
    private boolean isSnapshotWanted;

    /** Up to where the reader knows everything. */
    private Position fully;

    /** Where the round began, and the number where it ends, -1 between rounds. */
    private Position roundStart;

    private long roundEnd = -1;

    private boolean isPageSnapshot;

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
        this.isSnapshotWanted = since.equals("start");
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
        this.fully = position;
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
                    return Optional.of(EventJson.event(change, client, subscription, isPageSnapshot));
                }
            }
            position = afterPage;
            if (isComplete && !isSynced) {
                isSynced = true;
                return Optional.of(EventJson.place("synced", subscription, position));
            }
            readPage();
            if (page.isEmpty() && isComplete && isSynced) {
                position = afterPage;
                return Optional.empty();
            }
        }
    }

    /** Returns the message for a reader whose position is not known. */
    String resyncRequired() {
        return EventJson.place("resync_required", subscription, node.tail());
    }

    /**
     * Reads on in rounds: all up to the tail of the moment when the round began, told relative to what the reader knew
     * then. A document that moves out of a round before it is read would be told in the next one as if its earlier
     * changes were known, or not at all if the last one is the reader's own; so if anything was committed during a
     * round, the next one is still relative to what was known before.
     */
    private void readPage() {
        if (roundEnd < 0) {
            roundStart = position;
            roundEnd = node.tail().number();
        }
        Node.FeedPage read = node.read(position, new Node.Told(fully, roundStart), PAGE_ENTRIES);
        read.changes().stream()
                .filter(change -> change.position().number() <= roundEnd)
                .forEach(page::add);
        isPageSnapshot = isSnapshotWanted;
        isComplete = false;
        afterPage = read.next();
        if (read.next().number() >= roundEnd) {
            afterPage = new Position(read.next().opening(), roundEnd);
            isComplete = node.tail().number() == roundEnd;
            fully = isComplete ? afterPage : fully;
            isSnapshotWanted = false;
            roundEnd = -1;
        }
    }

    private boolean isWanted(FeedChange change, String client) {
        return wanted.matches(change.id().collection())
                && (isPageSnapshot || isEchoing || !EventJson.isOwn(change, client));
    }
}
