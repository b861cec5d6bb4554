package io.lanyard.daemon.api;

import io.lanyard.daemon.engine.Position;
import java.util.Optional;

/**
 * Where a reader of the change feed stands, in a text that it may hand back after any time.
 *
 * <p>A reader who knows everything has a plain position. One that is in the middle of a catch-up was told of what it
 * passed only if that did not move on before; so its place says from where and until when it read, too.
 *
 * @param position up to where it read
 * @param fully up to which number it knows every document as it was then
 * @param tail where the feed ended when it read what lies between: what moved on to a number up to this was not told
 */
record FeedPlace(Position position, long fully, long tail) {

    /** Returns the place of a reader who knows everything up to {@code position}. */
    static FeedPlace at(Position position) {
        return new FeedPlace(position, position.number(), position.number());
    }

    /** Reads the form of {@link #toString()}; empty if {@code text} is not one. */
    static Optional<FeedPlace> parse(String text) {
        String[] parts = text.split("-", -1);
        if (parts.length == 2) {
            return Position.parse(text).map(FeedPlace::at);
        }
        if (parts.length != 4) {
            return Optional.empty();
        }
        Optional<Position> position = Position.parse(parts[0] + "-" + parts[1]);
        Optional<Position> fully = Position.parse(parts[0] + "-" + parts[2]);
        Optional<Position> tail = Position.parse(parts[0] + "-" + parts[3]);
        if (position.isEmpty() || fully.isEmpty() || tail.isEmpty()) {
            return Optional.empty();
        }
        FeedPlace place =
                new FeedPlace(position.get(), fully.get().number(), tail.get().number());
        boolean isInOrder =
                place.fully <= place.position.number() && place.position.number() <= place.tail && !place.isFull();
        return isInOrder ? Optional.of(place) : Optional.empty();
    }

    /** Returns whether the reader knows everything up to its position. */
    boolean isFull() {
        return fully == position.number();
    }

    /** Returns the position, and if it is not all that there is to know, what else there is. */
    @Override
    public String toString() {
        return isFull() ? position.toString() : position + "-" + fully + "-" + tail;
    }
}
