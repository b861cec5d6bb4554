package io.lanyard.daemon.api.feed;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.FeedChange;
import io.lanyard.daemon.node.FeedChange.Kind;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a reader of the feed wants to be told, and may be.
 *
 * @param collections which collections
 * @param where which documents of them
 * @param isEchoing whether also what it changed itself
 * @param caller whose rights count
 * @param name the subscription as JSON text, put into each message; {@code null} for a feed, which has none
 */
record Selection(CollectionPattern collections, Filter where, boolean isEchoing, Caller caller, String name) {

    /** What a change is to this reader, which sees some of the documents only. */
    enum Aspect {
        /** The document appears, new or not. */
        ENTERS,
        /** It shows something else. */
        STAYS,
        /** It disappears, deleted or not. */
        LEAVES
    }

    /** Returns whether the reader may be told of something in a collection, and wants to. */
    boolean wants(String collection) {
        return collections.matches(collection) && caller.mayRead(collection);
    }

    /**
     * Returns what a change of a wanted collection is to the reader; empty if it concerns no document that it sees. What
     * is not known is taken so that nothing is missed: a document that the reader may have had or not enters, or leaves.
     */
    Optional<Aspect> aspectOf(FeedChange change) {
        if (where.isEmpty()) {
            return Optional.of(
                    switch (change.kind()) {
                        case CREATED -> Aspect.ENTERS;
                        case UPDATED -> Aspect.STAYS;
                        case DELETED -> Aspect.LEAVES;
                    });
        }
        boolean has = change.document()
                .map(DocumentView::leaves)
                .filter(where::matches)
                .isPresent();
        Optional<SortedMap<FieldPath, String>> before = change.leavesBefore();
        boolean isPastKnown = before.isPresent();
        boolean had =
                change.kind() != Kind.CREATED && before.filter(where::matches).isPresent();
        if (has) {
            return Optional.of(had ? Aspect.STAYS : Aspect.ENTERS);
        }
        return had || !isPastKnown ? Optional.of(Aspect.LEAVES) : Optional.empty();
    }
}
