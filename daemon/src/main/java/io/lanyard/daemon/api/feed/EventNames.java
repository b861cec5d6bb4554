package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.node.FeedChange.Kind;
import io.lanyard.daemon.node.SettingsBook;
import java.util.Locale;

/** What events are called. */
public interface EventNames {

    /** The last word of the collection's name and what happened, such as {@code expense_created}. */
    EventNames USUAL = new EventNames() {
        @Override
        public String typeOf(String collection, Kind kind) {
            return collection.substring(collection.lastIndexOf('.') + 1) + "_"
                    + kind.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public boolean isBare(String collection) {
            return false;
        }
    };

    /** Returns the {@code type} of an event. */
    String typeOf(String collection, Kind kind);

    /** Returns whether the programs of that collection are told the type alone, as a bare string. */
    boolean isBare(String collection);

    /** Returns the names that collections declare, and the usual ones for those that declare none. */
    static EventNames declaredIn(SettingsBook book) {
        return new EventNames() {
            @Override
            public String typeOf(String collection, Kind kind) {
                return book.of(collection).eventName(kind).orElseGet(() -> USUAL.typeOf(collection, kind));
            }

            @Override
            public boolean isBare(String collection) {
                return book.of(collection).isStringForm();
            }
        };
    }
}
