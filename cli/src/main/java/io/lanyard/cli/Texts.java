package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;

/** How commands show what answers say. */
final class Texts {

    private static final int MAX_SHOWN = 40;

    private Texts() {}

    /** Returns {@code value}, cut if it is too long for a table. */
    static String shortened(String value) {
        return value.length() <= MAX_SHOWN ? value : value.substring(0, MAX_SHOWN - 1) + "…";
    }

    /** Returns the text of {@code value}, or {@code otherwise} if it is null. */
    static String orElse(JsonValue value, String otherwise) {
        return value.isNull() ? otherwise : value.text();
    }

    /** Returns the name of the device in {@code origin}, its id if it has none, or a question mark. */
    static String deviceOf(JsonValue origin) {
        return orElse(origin.get("deviceName"), orElse(origin.get("device"), "?"));
    }
}
