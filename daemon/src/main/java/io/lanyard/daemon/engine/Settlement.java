package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a person decided about a conflict in the journal, which is open until then. Kept beside the journal, whose
 * records never change.
 *
 * @param verdict what was decided
 * @param decidedAtMillis when, by this device's clock, milliseconds since 1970
 */
public record Settlement(Verdict verdict, long decidedAtMillis) {

    /** What can be decided. */
    public enum Verdict {
        /** The lost value was written anew. */
        RESTORED,
        /** What won may stay. */
        DISMISSED
    }

    /** Returns the settlements of all conflicts by their number, of such too as the journal has dropped since. */
    public static SortedMap<Long, Settlement> all(Store store) {
        TreeMap<Long, Settlement> settlements = new TreeMap<>();
        store.entries(EntryNames.SETTLED).forEach((name, bytes) -> settlements.put(numberIn(name), decode(bytes)));
        return settlements;
    }

    static String entryName(long number) {
        return EntryNames.SETTLED + String.format("%016x", number);
    }

    private static long numberIn(String name) {
        return Long.parseLong(name.substring(EntryNames.SETTLED.length()), 16);
    }

    byte[] encode() {
        Encoder out = new Encoder(10);
        out.putByte(1 + verdict.ordinal());
        out.putVarint(Math.max(0, decidedAtMillis));
        return out.toByteArray();
    }

    static Settlement decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        int verdict = in.takeByte();
        if (verdict < 1 || verdict > Verdict.values().length) {
            throw new CodecException("no verdict has the number " + verdict);
        }
        return new Settlement(Verdict.values()[verdict - 1], in.takeVarint(0, Long.MAX_VALUE));
    }
}
