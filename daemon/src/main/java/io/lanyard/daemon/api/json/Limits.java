package io.lanyard.daemon.api.json;

/** How much of anything one caller may ask for. Sizes are bytes of UTF-8 as sent. */
public final class Limits {

    /** A document. */
    public static final int MAX_DOCUMENT_BYTES = 256 << 10;

    /** A batch. */
    public static final int MAX_BATCH_BYTES = 4 << 20;

    /** Items of a batch. */
    public static final int MAX_BATCH_ITEMS = 1_000;

    /** How much of a body that is too large is read all the same, so that its sender gets to see the answer. */
    public static final long MAX_DISCARDED_BYTES = 16 << 20;

    /** How many objects and arrays may stand inside each other, the document itself counted. */
    public static final int MAX_DEPTH = 64;

    /**
     * The sum of all field paths of a document, in characters: few bytes of nested JSON could otherwise spell out very
     * long paths very often.
     */
    static final int MAX_PATH_CHARACTERS = 1 << 20;

    /** Items of a page of a list. */
    public static final int MAX_PAGE_ITEMS = 1_000;

    /** Items of a page for callers that do not say how many they want. */
    public static final int DEFAULT_PAGE_ITEMS = 100;

    /** A page of a list ends early when its text gets this long, in characters. */
    public static final int MAX_PAGE_CHARACTERS = 4 << 20;

    /** Conditions of one filter. */
    public static final int MAX_CONDITIONS = 32;

    /** Values of one {@code in}. */
    public static final int MAX_ALTERNATIVES = 100;

    /** The header of a request, its first line counted. */
    public static final int MAX_REQUEST_HEADER_BYTES = 16 << 10;

    /** Subscriptions of one WebSocket. */
    public static final int MAX_SUBSCRIPTIONS = 64;

    /** Names of collections, or patterns of such, in one request. */
    public static final int MAX_PATTERNS = 64;

    /** How long changes may be gathered before a subscriber is told, in milliseconds. */
    public static final int MAX_BATCH_MILLIS = 60_000;

    /** Requests of one WebSocket that may wait for their answer; then nothing more is read from it. */
    public static final int MAX_UNANSWERED = 64;

    /** What may come over a WebSocket before its sender is known. */
    public static final int MAX_SIGN_IN_BYTES = 8 << 10;

    /** A batch and what stands around it. */
    public static final int MAX_MESSAGE_BYTES = MAX_BATCH_BYTES + (64 << 10);

    private Limits() {}
}
