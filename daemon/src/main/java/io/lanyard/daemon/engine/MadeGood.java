package io.lanyard.daemon.engine;

import java.nio.charset.StandardCharsets;

/**
 * That what a damaged store had lost came back.
 *
 * @param atMillis when, milliseconds since 1970
 * @param device the id of the device it came from
 */
public record MadeGood(long atMillis, String device) {

    /** Where a store keeps what came last. It counts while {@link Store#lostData()} says that nothing is missing. */
    public static final String ENTRY = "madeGood";

    /** Returns the bytes by which a store keeps it. */
    public byte[] encode() {
        return (atMillis + " " + device).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what {@link #encode} wrote. */
    public static MadeGood decode(byte[] bytes) {
        String[] parts = new String(bytes, StandardCharsets.UTF_8).split(" ", 2);
        return new MadeGood(Long.parseLong(parts[0]), parts[1]);
    }
}
