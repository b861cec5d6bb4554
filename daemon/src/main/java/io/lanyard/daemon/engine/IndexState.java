package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.FieldPath;
import java.util.List;

/**
 * An index over one field of a collection, and how far it is.
 *
 * @param number its number, which no other index of this store ever had
 * @param collection whose documents are in it
 * @param path their field
 * @param phase whether it is being filled, complete, or being emptied
 * @param filledTo while it is filled, the last id up to which it is; empty at the beginning
 * @param salvagedAtMillis when the store was salvaged last before it was begun: a later salvage may have lost some of it
 */
record IndexState(int number, String collection, FieldPath path, Phase phase, String filledTo, long salvagedAtMillis) {

    /** What stands under the name of an entry. */
    static final byte[] NOTHING = {};

    enum Phase {
        FILLING,
        COMPLETE,
        DROPPED
    }

    /** Returns an index that has nothing in it yet. */
    static IndexState begun(int number, String collection, FieldPath path, long salvagedAtMillis) {
        return new IndexState(number, collection, path, Phase.FILLING, "", salvagedAtMillis);
    }

    /** Returns all indexes of a store. */
    static List<IndexState> all(Store store) {
        return store.entries(EntryNames.INDEX).entrySet().stream()
                .map(entry -> decode(
                        Integer.parseInt(entry.getKey().substring(EntryNames.INDEX.length()), 16), entry.getValue()))
                .toList();
    }

    /** Returns when a store was salvaged last, 0 if it never was. */
    static long salvagedAtMillis(Store store) {
        return store.lastSalvage().map(SalvageReport::atMillis).orElse(0L);
    }

    /** Returns whether text is a JSON Pointer to a field. */
    static boolean isPath(String text) {
        try {
            new FieldPath(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    boolean isComplete() {
        return phase == Phase.COMPLETE;
    }

    boolean isDropped() {
        return phase == Phase.DROPPED;
    }

    IndexState completed() {
        return new IndexState(number, collection, path, Phase.COMPLETE, "", salvagedAtMillis);
    }

    IndexState filledTo(String id) {
        return new IndexState(number, collection, path, Phase.FILLING, id, salvagedAtMillis);
    }

    IndexState dropped() {
        return new IndexState(number, collection, path, Phase.DROPPED, "", salvagedAtMillis);
    }

    /** Returns the name of the entry that tells of this index. */
    String entryName() {
        return EntryNames.INDEX + hex();
    }

    /** Returns what the names of all entries in it begin with. */
    String prefix() {
        return EntryNames.INDEXED + hex() + "/";
    }

    /** Returns the name under which a document stands in it, {@code null} if it is not visible. */
    String nameOf(String id, Document document) {
        return document.isVisible() ? prefix() + OrderKey.of(document.leaves(), path) + id : null;
    }

    private String hex() {
        String digits = Integer.toHexString(number);
        return "00000000".substring(digits.length()) + digits;
    }

    byte[] encode() {
        Encoder out = new Encoder(64);
        out.putText(collection);
        out.putText(path.pointer());
        out.putVarint(phase.ordinal());
        out.putText(filledTo);
        out.putVarint(salvagedAtMillis);
        return out.toByteArray();
    }

    private static IndexState decode(int number, byte[] bytes) {
        Decoder in = new Decoder(bytes);
        return new IndexState(
                number,
                in.takeText(),
                new FieldPath(in.takeText()),
                Phase.values()[(int) in.takeVarint(0, Phase.values().length - 1)],
                in.takeText(),
                in.takeVarint(0, Long.MAX_VALUE));
    }

    static byte[] encodeNumber(int number) {
        Encoder out = new Encoder(5);
        out.putVarint(number);
        return out.toByteArray();
    }

    static int decodeNumber(byte[] bytes) {
        return (int) new Decoder(bytes).takeVarint(1, Integer.MAX_VALUE);
    }
}
