package io.lanyard.daemon.history;

/** Tells whether the writer of a write had seen another one. */
public interface Causality {

    /** What is known of it. */
    enum Seen {
        YES,
        NO,
        MAYBE
    }

    /** Returns whether the device of {@code later} held {@code earlier} when it wrote. */
    Seen seen(WriteEvent later, WriteEvent earlier);
}
