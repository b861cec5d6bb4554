package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.engine.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a reader of the change feed stands, in a text that it may hand back after any time.
 *
 * <p>A reader who knows everything has a plain position. One that is in the middle of a catch-up was told of what it
 * passed only if that did not move on before; so its place says from where and until when it read, too.
 *
 * @param position up to where it read
 * @param fully up to which number it knows every document as it was then
 * @param begun the tail of the first stretch; less than that of the oldest in the list if that stands for several
 * @param stretches how it passed what lies between, in order, at most {@link #MAX_STRETCHES}, the last up to
 *     {@code position}; empty if it knows everything
 */
record FeedPlace(Position position, long fully, long begun, List<Stretch> stretches) {

    /** With more, a place would be too long a text for each event to carry. */
    static final int MAX_STRETCHES = 16;

    /**
     * A part of the feed that was read when it had one tail.
     *
     * @param end up to which number
     * @param tail where the feed ended then: what moved on to a number up to this was not told
     */
    record Stretch(long end, long tail) {}

    /** Makes the list unmodifiable. */
    FeedPlace {
        stretches = List.copyOf(stretches);
    }

    /** Returns the place of a reader who knows everything up to {@code position}. */
    static FeedPlace at(Position position) {
        return new FeedPlace(position, position.number(), Long.MAX_VALUE, List.of());
    }

    /** Reads the form of {@link #toString()}; empty if {@code text} is not one. */
    static Optional<FeedPlace> parse(String text) {
        String[] parts = text.split("-", 2 * MAX_STRETCHES + 4);
        if (parts.length == 2) {
            return Position.parse(text).map(FeedPlace::at);
        }
        if (parts.length != 4 && (parts.length < 7 || parts.length % 2 == 0)) {
            return Optional.empty();
        }
        List<Position> positions = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            Optional<Position> position = Position.parse(parts[0] + "-" + parts[i]);
            if (position.isEmpty()) {
                return Optional.empty();
            }
            positions.add(position.get());
        }
        long fully = positions.get(1).number();
        List<Stretch> stretches = new ArrayList<>();
        for (int i = 4; i < positions.size(); i += 2) {
            stretches.add(
                    new Stretch(positions.get(i).number(), positions.get(i + 1).number()));
        }
        stretches.add(new Stretch(positions.get(0).number(), positions.get(2).number()));
        long begun = positions.get(Math.min(3, positions.size() - 1)).number();
        FeedPlace place = new FeedPlace(positions.get(0), fully, begun, stretches);
        return !place.isFull() && place.isInOrder() ? Optional.of(place) : Optional.empty();
    }

    private boolean isInOrder() {
        Stretch before = new Stretch(fully, -1);
        for (Stretch stretch : stretches) {
            if (stretch.end < before.end || stretch.tail <= before.tail || stretch.tail < stretch.end) {
                return false;
            }
            before = stretch;
        }
        return begun <= stretches.get(0).tail;
    }

    /** Returns whether the reader knows everything up to its position. */
    boolean isFull() {
        return fully == position.number();
    }

    /**
     * Returns the position, and if it is not all that there is to know, what else there is: up to where everything is
     * known and the tail of the last stretch; if there are more, where they began, and ends and tails of those before it.
     */
    @Override
    public String toString() {
        if (isFull()) {
            return position.toString();
        }
        int last = stretches.size() - 1;
        StringBuilder text = new StringBuilder();
        text.append(position).append('-').append(fully);
        text.append('-').append(stretches.get(last).tail);
        if (last > 0) {
            text.append('-').append(begun);
        }
        for (Stretch stretch : stretches.subList(0, last)) {
            text.append('-').append(stretch.end).append('-').append(stretch.tail);
        }
        return text.toString();
    }
}
