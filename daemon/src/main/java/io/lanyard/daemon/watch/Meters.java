package io.lanyard.daemon.watch;

import java.util.Set;
import java.util.function.DoubleSupplier;

/**
 * Where any part of the daemon names what it counts and times, for {@code /metrics}. Names are without {@code lanyard_}
 * and, of counts, without {@code _total}; each is to be listed in docs/api.md. A name is given once in a daemon's life.
 *
 * <p>The values of a label are known beforehand, so that nobody can blow up the page by what they send: another value is
 * counted as {@value #OTHER}. What has no labels is on the page from the start. Counting takes some ten nanoseconds,
 * never blocks, and any thread may do it.
 */
public interface Meters {

    /** What stands for every value that a label does not know. */
    String OTHER = "other";

    /** Counts nothing. */
    Meters NONE = new Meters() {
        @Override
        public Count count(String name, String help, Label... labels) {
            return (number, values) -> {};
        }

        @Override
        public Durations durations(String name, String help, Label... labels) {
            return (nanos, values) -> {};
        }

        @Override
        public void gauge(String name, String help, DoubleSupplier value) {
            // nobody looks
        }
    };

    /** Names a count, which only goes up. */
    Count count(String name, String help, Label... labels);

    /** Names durations, which are shown as a histogram in seconds; the name ends in {@code _seconds}. */
    Durations durations(String name, String help, Label... labels);

    /** Names a value that goes up and down; it is asked for whenever the page is. */
    void gauge(String name, String help, DoubleSupplier value);

    /** A label, and every value that it may have besides {@value #OTHER}. */
    record Label(String name, Set<String> values) {

        /** Makes the values unmodifiable. */
        public Label {
            values = Set.copyOf(values);
        }
    }

    /** Something that is counted. */
    @FunctionalInterface
    interface Count {
        /** Adds a number that is not negative, under one value for each label. */
        void add(long number, String... values);

        /** Adds one. */
        default void one(String... values) {
            add(1, values);
        }
    }

    /** Something that is timed. */
    @FunctionalInterface
    interface Durations {
        /** Adds a duration, under one value for each label. */
        void add(long nanos, String... values);
    }
}
