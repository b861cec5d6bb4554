package io.lanyard.daemon.engine;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The conflicts that go into the journal with the next commit. */
final class NewConflicts {

    /** How much of what deleted documents showed one commit keeps: a document may lose each of its fields. */
    private static final long MOST_STOOD_BYTES = 4L << 20;

    private final List<byte[]> records = new ArrayList<>();
    private long stoodBytesLeft = MOST_STOOD_BYTES;

    boolean isEmpty() {
        return records.isEmpty();
    }

    /** Adds conflicts over one document, unless nobody may see that. */
    void add(DocumentId id, Collection<Conflict> conflicts, Stood stood, long nowMillis) {
        if (!id.isInternal()) {
            conflicts.forEach(conflict -> records.add(encoded(new JournalRecord(id, conflict, nowMillis), stood)));
        }
    }

    private byte[] encoded(JournalRecord record, Stood stood) {
        byte[] alone = record.encode();
        if (record.conflict().lostValue() == null || stood.isNothing()) {
            return alone;
        }
        byte[] whole = record.with(stood).encode();
        if (whole.length - alone.length > stoodBytesLeft) {
            return alone;
        }
        stoodBytesLeft -= whole.length - alone.length;
        return whole;
    }

    /** Returns the records for one commit. */
    List<byte[]> take() {
        List<byte[]> taken = List.copyOf(records);
        records.clear();
        stoodBytesLeft = MOST_STOOD_BYTES;
        return taken;
    }
}
