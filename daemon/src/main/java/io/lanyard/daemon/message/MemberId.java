package io.lanyard.daemon.message;

import java.util.Objects;

/**
 * A daemon as a member of the cluster right now. Drawn at random for each connection, so it says nothing about the device
 * and is never used twice.
 *
 * @param text an opaque name, the same on every member
 */
public record MemberId(String text) implements Comparable<MemberId> {
    /** Refuses null. */
    public MemberId {
        Objects.requireNonNull(text);
    }

    @Override
    public int compareTo(MemberId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
