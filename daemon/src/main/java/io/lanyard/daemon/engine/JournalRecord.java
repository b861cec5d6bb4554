package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Conflict.Standing;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Write;

/**
 * A conflict as the journal in the {@link Store} has it.
 *
 * @param id the document
 * @param conflict what was lost to what
 * @param foundAtMillis when this device found it, by its own clock, milliseconds since 1970
 * @param extensions what a newer minor version keeps with the record
 */
public record JournalRecord(DocumentId id, Conflict conflict, long foundAtMillis, Extensions extensions) {

    private static final int HAS_PATH = 1;
    private static final int HAS_VALUE = 2;
    private static final int HAS_WINNER = 4;
    private static final int HAS_STANDING = 8;
    /** The extension with what the document showed before the delete that won. */
    private static final int STOOD = 1;

    private static final int KNOWN_FLAGS = HAS_PATH | HAS_VALUE | HAS_WINNER | HAS_STANDING;

    /** A record with nothing in it that this version does not know. */
    public JournalRecord(DocumentId id, Conflict conflict, long foundAtMillis) {
        this(id, conflict, foundAtMillis, Extensions.NONE);
    }

    /** Returns the same, and what the deleted document showed. */
    JournalRecord with(Stood stood) {
        return new JournalRecord(id, conflict, foundAtMillis, extensions.with(STOOD, stood::encode));
    }

    /** Returns what the document showed before the delete that won; nothing if that is not known, or no delete won. */
    Stood stood() {
        return extensions.field(STOOD).map(Stood::decode).orElse(Stood.NOTHING);
    }

    /** Returns the record's bytes. */
    public byte[] encode() {
        Encoder out = new Encoder(128);
        out.putText(id.collection());
        out.putText(id.id());
        out.putVarint(Math.max(0, foundAtMillis));
        out.putByte((conflict.path() == null ? 0 : HAS_PATH)
                | (conflict.lostValue() == null ? 0 : HAS_VALUE)
                | (conflict.winner() == null ? 0 : HAS_WINNER)
                | (conflict.standing() == null ? 0 : HAS_STANDING));
        putPlace(conflict.path(), conflict.lostValue(), out);
        out.putLong(conflict.lostTime());
        putDot(conflict.loser(), out);
        if (conflict.winner() != null) {
            putDot(conflict.winner(), out);
        }
        if (conflict.standing() != null) {
            Standing standing = conflict.standing();
            out.putByte((standing.path() == null ? 0 : HAS_PATH) | (standing.value() == null ? 0 : HAS_VALUE));
            putPlace(standing.path(), standing.value(), out);
            out.putLong(standing.time());
        }
        extensions.encodeRest(out);
        return out.toByteArray();
    }

    /**
     * Reads a record.
     *
     * @throws CodecException if the bytes are not one, or one of a form that is not known
     */
    public static JournalRecord decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        DocumentId id = Write.takeDocumentId(in);
        long foundAtMillis = in.takeVarint(0, Long.MAX_VALUE);
        int flags = takeFlags(KNOWN_FLAGS, in);
        FieldPath path = takePath(flags, in);
        String value = takeValue(flags, in);
        long lostTime = in.takeLong();
        Dot loser = takeDot(in);
        Dot winner = (flags & HAS_WINNER) == 0 ? null : takeDot(in);
        Standing standing = (flags & HAS_STANDING) == 0 ? null : takeStanding(in);
        return new JournalRecord(
                id,
                new Conflict(path, value, lostTime, loser, winner, standing),
                foundAtMillis,
                Extensions.decodeRest(in));
    }

    private static Standing takeStanding(Decoder in) {
        int flags = takeFlags(HAS_PATH | HAS_VALUE, in);
        FieldPath path = takePath(flags, in);
        String value = takeValue(flags, in);
        return new Standing(path, value, in.takeLong());
    }

    private static int takeFlags(int known, Decoder in) {
        int flags = in.takeByte();
        if ((flags & ~known) != 0) {
            throw new CodecException("conflict flags " + flags + " are not known");
        }
        return flags;
    }

    private static FieldPath takePath(int flags, Decoder in) {
        return (flags & HAS_PATH) == 0 ? null : new FieldPath(in.takeText());
    }

    private static String takeValue(int flags, Decoder in) {
        return (flags & HAS_VALUE) == 0 ? null : in.takeText();
    }

    private static void putPlace(FieldPath path, String value, Encoder out) {
        if (path != null) {
            out.putText(path.pointer());
        }
        if (value != null) {
            out.putText(value);
        }
    }

    private static void putDot(Dot dot, Encoder out) {
        out.putLong(dot.replica().bits());
        out.putVarint(dot.sequence());
    }

    private static Dot takeDot(Decoder in) {
        return new Dot(new ReplicaId(in.takeLong()), in.takeSequence());
    }
}
