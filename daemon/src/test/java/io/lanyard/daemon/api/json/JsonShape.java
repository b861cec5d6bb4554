package io.lanyard.daemon.api.json;

import java.nio.charset.StandardCharsets;

/**
 * Makes text for fuzz targets, which reaches behind the syntax: most mutations of JSON's own text are no JSON any more.
 *
 * <p>Of bytes whose first is below 16 each of the others decides what comes next of a value that is always well formed;
 * other bytes are the text themselves.
 */
public final class JsonShape {

    private static final int FIRST_OF_TEXT = 16;
    private static final int MOST_DEPTH = 70;
    /** Values that are hard, as JSON. */
    static final String[] SCALARS = {
        "0",
        "-1",
        "12.10",
        "1e400",
        "-0",
        "1E-400",
        "1e401",
        "9".repeat(101),
        "true",
        "false",
        "null",
        "\"start\"",
        "\"now\"",
        "\"abcd-1\"",
        "\"2026-01-01T00:00:00Z\"",
        "\"a,b\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"é\"",
        "\"*\"",
        "\"a.*\"",
        "\"\"",
        "\"CREATE\"",
        "\"UPDATE\"",
        "\"DELETE\"",
        "\"each\"",
        "\"^(a+)+$\"",
        "\"#\"",
        "100000"
    };
    /** Names that mean something, and such as are hard. */
    static final String[] NAMES = {
        "",
        "a",
        "b",
        "a.b",
        "/",
        "~1",
        "é",
        "$increment",
        "$add",
        "$remove",
        "$x",
        "op",
        "ref",
        "client",
        "collections",
        "collection",
        "id",
        "data",
        "ifMatch",
        "since",
        "where",
        "echo",
        "batchMillis",
        "limit",
        "items",
        "mode",
        "token",
        "action",
        "resourceType",
        "resourceId",
        "deviceId",
        "timestamp",
        "indexes",
        "events",
        "created",
        "stringEvents",
        "schema",
        "type",
        "properties",
        "pattern",
        "$ref",
        "required",
        "minimum",
        ">=",
        "<",
        "!=",
        "in",
        "exists"
    };

    private static final String[] OPERATIONS = {
        "auth", "hello", "subscribe", "unsubscribe", "put", "patch", "delete", "batch", "sync_request", "ping", "none"
    };

    private final byte[] bytes;
    private final StringBuilder text = new StringBuilder();
    private int at = 1;

    private JsonShape(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the text that these bytes stand for. */
    public static byte[] of(byte[] bytes) {
        if (bytes.length == 0 || bytes[0] < 0 || bytes[0] >= FIRST_OF_TEXT) {
            return bytes;
        }
        JsonShape shape = new JsonShape(bytes);
        if (bytes[0] < FIRST_OF_TEXT / 2) {
            shape.value(0);
        } else {
            shape.text
                    .append("{\"op\":\"")
                    .append(OPERATIONS[shape.next() % OPERATIONS.length])
                    .append("\",\"ref\":");
            shape.value(MOST_DEPTH);
            shape.members(",", 0);
        }
        return shape.text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private int next() {
        return at < bytes.length ? bytes[at++] & 0xFF : 0;
    }

    private void value(int depth) {
        int kind = next();
        if (kind < 64 && depth < MOST_DEPTH) {
            text.append('{');
            members("", depth);
        } else if (kind < 96 && depth < MOST_DEPTH) {
            text.append('[');
            for (int left = next() % 8; left > 0; left--) {
                value(depth + 1);
                text.append(left > 1 ? "," : "");
            }
            text.append(']');
        } else {
            text.append(SCALARS[kind % SCALARS.length]);
        }
    }

    private void members(String separator, int depth) {
        String before = separator;
        for (int left = next() % 8; left > 0; left--) {
            text.append(before).append('"').append(NAMES[next() % NAMES.length]).append("\":");
            value(depth + 1);
            before = ",";
        }
        text.append('}');
    }
}
