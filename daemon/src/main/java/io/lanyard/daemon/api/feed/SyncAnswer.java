package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.node.Node;
import java.util.Optional;

/**
 * What changed since a place, in one answer: for programs that ask for it when they come back instead of subscribing.
 * Thread-safe.
 */
final class SyncAnswer {

    /** An answer ends early when its text gets this long. */
    private static final int MAX_CHARACTERS = 512 << 10;

    /** After so many times {@link FeedCursor#LOOKED_AT_ONCE} documents that nobody wants, the rest is another answer. */
    private static final int MAX_PAUSES = 20;

    private final Node node;
    private final Events events;
    private final ArrivalTimes times;

    SyncAnswer(Node node, Events events, ArrivalTimes times) {
        this.node = node;
        this.events = events;
        this.times = times;
    }

    /**
     * What somebody asks for.
     *
     * @param since a place, {@code start}, or a time in ISO 8601 at which it knew everything
     * @param limit how many documents, at most
     */
    record Question(String since, Selection selection, int limit) {}

    /**
     * Checks a question, and returns the reader that will answer it.
     *
     * @throws Problem.ProblemException {@code invalid_value} if its place or time is none
     */
    FeedCursor cursor(Question question) {
        String since = question.since();
        String place = Texts.isTime(since) ? times.placeBefore(Texts.millis(since)) : since;
        return new FeedCursor(node, events, place, question.selection());
    }

    /** Writes the answer's members: the documents that changed, where to go on, and whether there is more. */
    void write(JsonWriter json, FeedCursor cursor, Question question, String client) {
        json.name("items").beginArray();
        int count = 0;
        boolean hasMore = true;
        int pauses = 0;
        try {
            while (hasMore && pauses < MAX_PAUSES && count < question.limit() && json.length() < MAX_CHARACTERS) {
                Optional<Outgoing> message = cursor.next(client);
                pauses += cursor.isPausing() ? 1 : 0;
                hasMore = !cursor.isSynced();
                if (hasMore && message.isPresent()) {
                    json.raw(message.get().text());
                    count++;
                }
            }
        } catch (Node.ResyncRequiredException e) {
            throw Code.RESYNC_REQUIRED.exception(
                    "the position " + Texts.shortened(question.since()) + " is not known to this store",
                    "ask again since start, and forget what is not in the answer");
        }
        json.endArray()
                .field("position", cursor.place().toString())
                .field("more", hasMore)
                .field("timestamp", Texts.time(times.nowMillis()));
    }
}
