package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.engine.Store.DocumentRecord;

/** All documents of a store in the order of their names, a stretch at a time. */
final class KeySpace {

    private final Store store;

    KeySpace(Store store) {
        this.store = store;
    }

    /** Takes what a stretch holds. */
    interface Visitor {

        /** Takes a document's record. */
        void record(DocumentRecord record);

        /** Takes the name of a document whose record is damaged. */
        void damaged(DocumentId id);
    }

    /**
     * Visits the documents after {@code after}, visible or not, in the order of names. Ends after {@code mostDocuments},
     * or once their records make {@code mostBytes}.
     *
     * @param after {@code null} for the start
     * @return the last name that was visited if there may be more, {@code null} at the end
     */
    DocumentId visit(DocumentId after, int mostDocuments, long mostBytes, Visitor visitor) {
        Stretch stretch = new Stretch(after, mostDocuments, mostBytes, visitor);
        for (String collection : store.collections()) {
            if (after == null || collection.compareTo(after.collection()) >= 0) {
                stretch.visit(collection);
            }
            if (stretch.isFull()) {
                return stretch.last;
            }
        }
        return null;
    }

    private final class Stretch {
        private final Visitor visitor;
        private DocumentId last;
        private int documentsLeft;
        private long bytesLeft;

        Stretch(DocumentId after, int mostDocuments, long mostBytes, Visitor visitor) {
            last = after;
            documentsLeft = mostDocuments;
            bytesLeft = mostBytes;
            this.visitor = visitor;
        }

        boolean isFull() {
            return documentsLeft <= 0 || bytesLeft <= 0;
        }

        void visit(String collection) {
            boolean isAtEnd = false;
            while (!isAtEnd && !isFull()) {
                try {
                    String afterId = last == null || !last.collection().equals(collection) ? "" : last.id();
                    store.documents(collection, afterId, this::take);
                    isAtEnd = true;
                } catch (DamagedException e) {
                    note(e.document().orElseThrow(() -> e), 0);
                    visitor.damaged(last);
                }
            }
        }

        private boolean take(DocumentRecord record) {
            note(record.id(), record.bytes().length);
            visitor.record(record);
            return !isFull();
        }

        private void note(DocumentId id, int bytes) {
            last = id;
            documentsLeft--;
            bytesLeft -= bytes;
        }
    }
}
