package io.lanyard.daemon.api;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.node.JournaledConflict;
import java.util.Optional;

/** Conflicts that were found about one expense, in which a write of till lost to one of office. */
public final class SampleConflicts {

    /** When the loser was written, and when the conflict was found. */
    public static final long WRITTEN_MILLIS = 1_790_000_000_000L;

    private SampleConflicts() {}

    /** Returns one about the amount; {@code lost} is the JSON of what lost, {@code null} for its removal. */
    public static JournaledConflict conflict(long number, String lost) {
        return conflict(number, FieldPath.of("amount"), lost, "\"none\"");
    }

    /** Returns one about the whole document: its removal lost, or something of it to its removal. */
    public static JournaledConflict ofDocument(long number, String lost) {
        return conflict(number, null, lost, lost == null ? "{}" : null);
    }

    private static JournaledConflict conflict(long number, FieldPath path, String lost, String won) {
        Dot dot = new Dot(new ReplicaId(1), 1);
        return new JournaledConflict(
                number,
                new DocumentId("expense", "e1"),
                new Conflict(
                        path,
                        lost,
                        Timestamp.pack(WRITTEN_MILLIS, 0),
                        dot,
                        dot,
                        new Conflict.Standing(path, won, Timestamp.pack(WRITTEN_MILLIS + 1_000, 0))),
                "till",
                "office",
                WRITTEN_MILLIS,
                Optional.empty());
    }
}
