package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Stamp;
import java.util.Collections;
import java.util.SortedMap;

/**
 * A visible document as readers see it, committed and on this device.
 *
 * @param id its name
 * @param leaves its values as JSON text by path, none below another
 * @param etag changes with every visible change, and is the same on every device that shows the same; without quotes
 * @param stamp its newest stamp
 */
public record DocumentView(DocumentId id, SortedMap<FieldPath, String> leaves, String etag, Stamp stamp) {

    /** Makes the leaves unmodifiable. */
    public DocumentView {
        leaves = Collections.unmodifiableSortedMap(leaves);
    }
}
