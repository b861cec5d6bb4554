package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;

/**
 * An entry of the change feed: a document, and where in the feed it stands.
 *
 * @param number ascending; each document stands at the number of its last change
 * @param id the document
 */
public record FeedEntry(long number, DocumentId id) {}
