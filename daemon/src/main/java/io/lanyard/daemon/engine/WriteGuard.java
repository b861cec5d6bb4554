package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What has to like a document before a program of this device may write it. What comes from other devices is not asked
 * about: it was written there, and refusing it would keep the devices apart for ever.
 */
@FunctionalInterface
public interface WriteGuard {

    /** Likes everything. */
    WriteGuard NONE = (id, leaves) -> Optional.empty();

    /**
     * Judges what a document is to show. Runs on the node's thread, so it has to be quick.
     *
     * @return why not, in a sentence, if it may not
     */
    Optional<String> refusal(DocumentId id, SortedMap<FieldPath, String> leaves);
}
