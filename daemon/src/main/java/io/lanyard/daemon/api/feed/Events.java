package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.ClientName;
import io.lanyard.daemon.api.feed.Selection.Aspect;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.FeedChange.Kind;
import io.lanyard.daemon.node.FeedChange.Past;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Puts changes into words. What hundreds of readers are told of one change is written once, and kept for a while within
 * a bound. Thread-safe.
 */
public final class Events {

    /** How much text is kept, in characters. */
    private static final long MAX_CHARACTERS = 2L << 20;

    private static final int ENTRY_CHARACTERS = 200;

    private final EventNames names;
    private final Map<Key, String> heads = new LinkedHashMap<>();
    private long characters;

    /** What the shared part of an event depends on. */
    private record Key(long opening, long number, long past, String type, Aspect aspect) {}

    /** Makes a writer of events that uses these names. */
    public Events(EventNames names) {
        this.names = names;
    }

    /**
     * Returns what a reader is told of a change; empty if nothing.
     *
     * @param client the reader's name: its own changes are marked so
     * @param place where the reader stands after this
     * @param isSnapshot whether the reader is being told what there is
     */
    Optional<Outgoing> event(
            FeedChange change, Selection selection, String client, FeedPlace place, boolean isSnapshot) {
        Optional<Aspect> found = selection.aspectOf(change);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Aspect aspect = found.get();
        String collection = change.id().collection();
        Kind kind = kindOf(aspect);
        String type = names.typeOf(collection, kind);
        if (selection.name() != null && names.isBare(collection)) {
            return Optional.of(Outgoing.bare(type));
        }
        StringBuilder own = new StringBuilder(100).append(isOwn(change, client)).append('}');
        if (selection.name() != null) {
            own.append(",\"subscription\":").append(selection.name());
        }
        own.append(",\"position\":\"").append(place).append('"');
        if (isSnapshot && kind == Kind.CREATED) {
            own.append(",\"snapshot\":true");
        }
        if (kind == Kind.CREATED && change.kind() != Kind.CREATED) {
            own.append(",\"entered\":true");
        }
        if (kind == Kind.DELETED && change.kind() != Kind.DELETED) {
            own.append(",\"left\":true");
        }
        return Optional.of(
                new Outgoing(head(change, aspect, type), own.append('}').toString()));
    }

    /** Returns a message about a place in the feed: {@code synced} or {@code resync_required}. */
    Outgoing place(String type, Selection selection, FeedPlace place) {
        JsonWriter json = new JsonWriter().beginObject().field("type", type);
        if (selection.name() != null) {
            json.name("subscription").raw(selection.name());
        }
        return Outgoing.of(json.field("position", place.toString()).endObject().toString());
    }

    /** Returns whether a change was made by the program of that name on this device. */
    static boolean isOwn(FeedChange change, String client) {
        return !client.equals(ClientName.NONE)
                && change.origin()
                        .filter(origin ->
                                origin.isThisDevice() && origin.client().equals(client))
                        .isPresent();
    }

    /** Returns the event that programs know for it: one that leaves is as good as deleted. */
    static Kind kindOf(Aspect aspect) {
        return switch (aspect) {
            case ENTERS -> Kind.CREATED;
            case STAYS -> Kind.UPDATED;
            case LEAVES -> Kind.DELETED;
        };
    }

    private String head(FeedChange change, Aspect aspect, String type) {
        if (change.past().isEmpty()) {
            return EventJson.head(change, kindOf(aspect), type);
        }
        long past = change.past().map(Past::number).orElseThrow();
        Key key = new Key(change.position().opening(), change.position().number(), past, type, aspect);
        synchronized (heads) {
            String head = heads.get(key);
            if (head != null) {
                return head;
            }
        }
        String head = EventJson.head(change, kindOf(aspect), type);
        return keep(key, head);
    }

    private String keep(Key key, String head) {
        synchronized (heads) {
            String other = heads.putIfAbsent(key, head);
            if (other != null) {
                return other;
            }
            characters += head.length() + ENTRY_CHARACTERS;
            Iterator<String> oldest = heads.values().iterator();
            while (characters > MAX_CHARACTERS) {
                characters -= oldest.next().length() + ENTRY_CHARACTERS;
                oldest.remove();
            }
        }
        return head;
    }
}
