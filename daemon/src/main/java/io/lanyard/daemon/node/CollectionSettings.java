package io.lanyard.daemon.node;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.OrderKey;
import io.lanyard.daemon.node.FeedChange.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What is declared of a collection. Immutable.
 *
 * <p>It is kept as a document like others, so that what two devices declare at once merges field by field: each index and
 * each event name is a field of its own, the schema is one as a whole.
 *
 * @param indexes the fields that have an index, in order
 * @param eventNames what events are called instead of {@code <collection>_created} and so on
 * @param isStringForm whether events are told as bare names
 * @param schema what documents have to look like that are written on this device
 */
public record CollectionSettings(
        List<FieldPath> indexes, Map<Kind, String> eventNames, boolean isStringForm, Optional<DocumentSchema> schema) {

    /** Nothing is declared. */
    public static final CollectionSettings NONE = new CollectionSettings(List.of(), Map.of(), false, Optional.empty());

    /** How many indexes one collection may declare. */
    public static final int MAX_INDEXES = 8;

    /** The longest path of an index, in characters. */
    public static final int MAX_PATH_LENGTH = 200;

    /** Types of messages that are no events: no event may be called so. */
    public static final Set<String> CONTROL_TYPES = Set.of(
            "ack",
            "auth",
            "batch",
            "changes",
            "conflict",
            "delete",
            "error",
            "hello",
            "patch",
            "ping",
            "pong",
            "put",
            "resync_required",
            "snapshot",
            "status",
            "subscribe",
            "sync_data",
            "sync_request",
            "synced",
            "unsubscribe");

    private static final Pattern EVENT_NAME = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");
    private static final FieldPath INDEXES = FieldPath.of("indexes");
    private static final FieldPath EVENTS = FieldPath.of("events");
    private static final FieldPath STRING_EVENTS = FieldPath.of("stringEvents");
    private static final FieldPath SCHEMA = FieldPath.of("schema");

    /** Makes collections unmodifiable. */
    public CollectionSettings {
        indexes = indexes.stream().sorted().distinct().toList();
        eventNames = Map.copyOf(eventNames);
    }

    /** Returns what events of that kind are called, if they have a name of their own. */
    public Optional<String> eventName(Kind kind) {
        return Optional.ofNullable(eventNames.get(kind));
    }

    /** Returns whether an event may be called so. */
    public static boolean isEventName(String name) {
        return EVENT_NAME.matcher(name).matches() && !CONTROL_TYPES.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Returns whether anything is declared. */
    boolean isNone() {
        return indexes.isEmpty() && eventNames.isEmpty() && !isStringForm && schema.isEmpty();
    }

    /** Returns the fields of the document that keeps these settings. */
    public SortedMap<FieldPath, String> leaves() {
        SortedMap<FieldPath, String> leaves = new TreeMap<>();
        indexes.forEach(path -> leaves.put(INDEXES.child(path.pointer()), "true"));
        eventNames.forEach((kind, name) -> leaves.put(EVENTS.child(word(kind)), '"' + name + '"'));
        if (isStringForm) {
            leaves.put(STRING_EVENTS, "true");
        }
        schema.ifPresent(present -> leaves.put(SCHEMA, quoted(present.text())));
        return leaves;
    }

    /**
     * Reads what {@link #leaves} gave, on this device or another. What makes no sense is passed over, since another
     * version may have written it, or two devices at once.
     */
    static CollectionSettings of(SortedMap<FieldPath, String> leaves) {
        List<FieldPath> indexes = new ArrayList<>();
        for (FieldPath path :
                leaves.subMap(INDEXES.firstBelow(), INDEXES.endBelow()).keySet()) {
            List<String> segments = path.segments();
            if (segments.size() == 2 && segments.get(1).startsWith("/")) {
                indexes.add(pathOf(segments.get(1)));
            }
        }
        indexes.removeIf(path -> path == null);
        Map<Kind, String> names = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            String name = leaves.get(EVENTS.child(word(kind)));
            if (name != null && name.startsWith("\"") && isEventName(OrderKey.unquoted(name))) {
                names.put(kind, OrderKey.unquoted(name));
            }
        }
        String schema = leaves.get(SCHEMA);
        return new CollectionSettings(
                indexes,
                names,
                "true".equals(leaves.get(STRING_EVENTS)),
                schema != null && schema.startsWith("\"")
                        ? DocumentSchema.readable(OrderKey.unquoted(schema))
                        : Optional.empty());
    }

    private static FieldPath pathOf(String pointer) {
        try {
            return new FieldPath(pointer);
        } catch (IllegalArgumentException e) {
            return null; // of another version
        }
    }

    /** Returns what a kind of event is called in settings and events. */
    public static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
