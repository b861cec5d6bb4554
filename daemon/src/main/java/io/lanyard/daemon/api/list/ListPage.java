package io.lanyard.daemon.api.list;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.list.ListOrder.Mark;
import io.lanyard.daemon.node.DocumentView;
import java.util.ArrayList;
import java.util.List;

/** A page of a list that is being filled, with documents in the order of the query. */
final class ListPage {

    private final ListQuery query;
    private final JsonWriter json = new JsonWriter().beginObject().name("items").beginArray();
    private final List<String> damaged = new ArrayList<>();
    private int count;
    private Mark last;
    private boolean hasMore;

    ListPage(ListQuery query) {
        this.query = query;
    }

    /** Returns whether a document belongs into the list, on this page or a later one. */
    boolean wants(DocumentView view, Mark mark) {
        return view.id().id().startsWith(query.prefix())
                && (query.after().isEmpty()
                        || query.order().compare(mark, query.after().get()) > 0)
                && query.filter().matches(view.leaves());
    }

    /** Takes a document if it is wanted; returns whether there may be room for another. */
    boolean offer(DocumentView view) {
        Mark mark = query.order().markOf(view);
        if (!wants(view, mark)) {
            return true;
        }
        if (isFull()) {
            hasMore = true;
            return false;
        }
        EventJson.document(json, view);
        count++;
        last = mark;
        return true;
    }

    /** Returns whether nothing more can be taken. */
    boolean isFull() {
        return count == query.limit() || json.length() > Limits.MAX_PAGE_CHARACTERS;
    }

    /** Says that the list goes on behind a place at least, whatever was taken. */
    void endAt(Mark mark) {
        last = mark;
        hasMore = true;
    }

    /** Takes the name of a document that cannot be shown. */
    void passOver(DocumentId unreadable) {
        if (unreadable.id().startsWith(query.prefix())) {
            damaged.add(unreadable.id());
        }
    }

    /** Ends the page and returns it. */
    String text() {
        json.endArray().field("next", hasMore ? query.cursorBehind(last) : null);
        if (!damaged.isEmpty()) {
            json.field("damaged", damaged);
        }
        return json.endObject().toString();
    }
}
