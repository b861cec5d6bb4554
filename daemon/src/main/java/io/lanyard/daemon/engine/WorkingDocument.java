package io.lanyard.daemon.engine;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Effect.Author;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A document that changes with the next commit: as it was, as it is now, and which of its paths changed by whom. */
final class WorkingDocument {

    final Optional<StoredDocument> before;
    Document document;
    final Set<FieldPath> changedPaths = new HashSet<>();
    /** Who changed it; empty if that is not known, or if several did. */
    Optional<Author> author = Optional.empty();
    /** Whether it holds something that is not claimed. */
    boolean isUnclaimed;

    private boolean isNoted;

    WorkingDocument(Optional<StoredDocument> before) {
        this.before = before;
        document = before.map(stored -> stored.document().copy()).orElseGet(Document::new);
    }

    /** Returns what the paths that changed showed before, those that showed something. */
    Map<FieldPath, String> shownBefore() {
        if (changedPaths.isEmpty() || before.isEmpty()) {
            return Map.of();
        }
        Map<FieldPath, String> shown = before.get().document().leaves();
        shown.keySet().retainAll(changedPaths);
        return shown;
    }

    void note(Set<FieldPath> paths, Optional<Author> by) {
        author = isNoted ? Author.ofBoth(author, by) : by;
        isNoted = true;
        changedPaths.addAll(paths);
    }
}
