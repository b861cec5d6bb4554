package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mapdb.BTreeMap;

/**
 * The arrival index: change number to document.
 *
 * <p>A tree with ever-growing keys that are deleted one by one would make a MapDB file grow for ever: emptied leaves are
 * not reclaimed. So 256 numbers make a chunk, and an entry is not deleted but dies, when its document moves to a newer
 * number or is removed; a chunk with no live entry is dropped whole. Each entry keeps its own checksum, so damage stays
 * with it.
 *
 * <p>Entries of the newest chunk lie singly in 256 slots, which the next chunk writes over: a commit then writes its own
 * entries and nothing else. An entry names the number that died with it, so that {@link LiveCounts} need to be brought up
 * to date only when the chunk is complete: until then, those deaths are told from the slots. For their sake a removed
 * entry keeps its slot, without a name.
 *
 * <p>Not thread-safe; the store's lock guards it.
 */
final class ArrivalIndex {
    private static final int CHUNK_SHIFT = 8;
    static final int CHUNK_ENTRIES = 1 << CHUNK_SHIFT;
    private static final int NUMBERS_BYTES = 2 * Long.BYTES;
    private static final byte[] NO_KEY = {};

    private final BTreeMap<byte[], byte[]> chunks;
    private final LiveCounts liveCounts;
    private final BTreeMap<byte[], byte[]> slots;
    private final boolean[] slotInUse = new boolean[CHUNK_ENTRIES];

    /** What the counts do not know yet: deaths that entries of the newest chunk brought, by chunk. */
    private final TreeMap<Long, Integer> deaths = new TreeMap<>();

    private long last;

    ArrivalIndex(BTreeMap<byte[], byte[]> chunks, LiveCounts liveCounts, BTreeMap<byte[], byte[]> slots, long last) {
        this.chunks = chunks;
        this.liveCounts = liveCounts;
        this.slots = slots;
        this.last = last;
        slots.forEach((key, value) -> takeSlot(key[0] & 0xFF, value));
    }

    private void takeSlot(int slot, byte[] value) {
        long number = (last & -CHUNK_ENTRIES) + slot;
        if (number == 0 || number > last) {
            return;
        }
        if (!CheckedValue.isSound(NO_KEY, value)) {
            slotInUse[slot] = true;
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(CheckedValue.unwrap(NO_KEY, value, "arrival"));
        if (content.getLong() == number) {
            slotInUse[slot] = true;
            noteDeath(content.getLong());
        }
    }

    private void noteDeath(long number) {
        if (number > 0) {
            deaths.merge(chunkOf(number), -1, Integer::sum);
        }
    }

    long last() {
        return last;
    }

    void apply(List<DocumentChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        TreeMap<Integer, byte[]> fresh = new TreeMap<>();
        long chunk = chunkOf(last);
        for (DocumentChange change : changes) {
            if (change.number() <= last) {
                throw new IllegalArgumentException("arrival " + change.number() + " does not follow " + last);
            }
            if (chunkOf(change.number()) != chunk) {
                pack(chunk, fresh);
                chunk = chunkOf(change.number());
            }
            fresh.put(slotOf(change.number()), encode(change));
            noteDeath(change.previousNumber());
            last = change.number();
        }
        fresh.forEach((slot, value) -> {
            slots.put(slotKey(slot), value);
            slotInUse[slot] = true;
        });
    }

    /** Lets an entry die that no newer one replaces. */
    void remove(long number) {
        if (chunkOf(number) != chunkOf(last)) {
            liveCounts.add(new TreeMap<>(Map.of(chunkOf(number), -1)), empty -> chunks.remove(chunkKey(empty)));
        } else if (slotInUse[slotOf(number)]) {
            byte[] key = slotKey(slotOf(number));
            byte[] value = slots.get(key);
            if (CheckedValue.isSound(NO_KEY, value)) {
                slots.put(key, CheckedValue.wrap(NO_KEY, withoutName(value)));
            } else {
                slots.remove(key);
                slotInUse[slotOf(number)] = false;
            }
        }
    }

    private static byte[] withoutName(byte[] value) {
        return Arrays.copyOf(CheckedValue.unwrap(NO_KEY, value, "arrival"), NUMBERS_BYTES);
    }

    /** What stands in a slot of the newest chunk, or null if nothing does any more. */
    private byte[] liveSlot(int slot) {
        byte[] value = slotInUse[slot] ? slots.get(slotKey(slot)) : null;
        boolean isRemoved = value != null
                && CheckedValue.isSound(NO_KEY, value)
                && CheckedValue.unwrap(NO_KEY, value, "arrival").length == NUMBERS_BYTES;
        return isRemoved ? null : value;
    }

    /** Writes a chunk that is complete, from its slots and from what this commit adds, and leaves both free. */
    private void pack(long chunk, TreeMap<Integer, byte[]> fresh) {
        TreeMap<Integer, byte[]> entries = new TreeMap<>(fresh);
        for (int slot = 0; slot < CHUNK_ENTRIES; slot++) {
            byte[] value = liveSlot(slot);
            if (value != null) {
                entries.put(slot, value);
            }
            slotInUse[slot] = false;
        }
        fresh.clear();
        if (!entries.isEmpty()) {
            chunks.put(chunkKey(chunk), packed(entries));
            deaths.merge(chunk, entries.size(), Integer::sum);
        }
        liveCounts.add(deaths, empty -> chunks.remove(chunkKey(empty)));
        deaths.clear();
    }

    static byte[] packed(TreeMap<Integer, byte[]> entries) {
        entries.replaceAll((slot, value) -> CheckedValue.withoutPadding(value));
        int bytes =
                entries.values().stream().mapToInt(value -> value.length + 5).sum();
        ByteBuffer packed = ByteBuffer.allocate(bytes);
        entries.forEach((slot, value) ->
                packed.put(slot.byteValue()).putInt(value.length).put(value));
        return packed.array();
    }

    List<Arrival> after(long number, int limit) {
        return rawAfter(number, limit).stream().map(Raw::decode).toList();
    }

    /** Entries as they lie there, unchecked. */
    List<Raw> rawAfter(long number, int limit) {
        List<Raw> found = new ArrayList<>();
        if (number >= last) {
            return found;
        }
        for (Map.Entry<byte[], byte[]> entry :
                chunks.tailMap(chunkKey(chunkOf(number + 1)), true).entrySet()) {
            addFrom(ByteBuffer.wrap(entry.getKey()).getLong(), entry.getValue(), number, limit, found);
            if (found.size() >= limit) {
                return found;
            }
        }
        long base = last & -CHUNK_ENTRIES;
        for (int slot = (int) Math.max(0, number + 1 - base); slot < CHUNK_ENTRIES && found.size() < limit; slot++) {
            byte[] value = liveSlot(slot);
            if (value != null) {
                found.add(new Raw(base + slot, value));
            }
        }
        return found;
    }

    private static void addFrom(long chunk, byte[] packed, long number, int limit, List<Raw> found) {
        ByteBuffer bytes = ByteBuffer.wrap(packed);
        while (bytes.hasRemaining() && found.size() < limit) {
            long entryNumber = (chunk << CHUNK_SHIFT) + (bytes.get() & 0xFF);
            int length = bytes.getInt();
            if (entryNumber > number) {
                byte[] value = new byte[Math.min(length, bytes.remaining())];
                bytes.get(value);
                found.add(new Raw(entryNumber, value));
            } else {
                bytes.position(bytes.position() + length);
            }
        }
    }

    /**
     * An entry as it lies there.
     *
     * @param number where it was found
     * @param value its bytes, perhaps damaged
     */
    record Raw(long number, byte[] value) {

        boolean isSound() {
            return CheckedValue.isSound(NO_KEY, value);
        }

        /** Returns what it says, or throws if it is damaged. */
        Arrival decode() {
            return ArrivalIndex.decode(number, value);
        }
    }

    /** The same entry, naming no number that died with it; a damaged one as it is. */
    static byte[] withoutDeath(byte[] value) {
        if (!CheckedValue.isSound(NO_KEY, value)) {
            return value;
        }
        byte[] content = CheckedValue.unwrap(NO_KEY, value, "arrival");
        ByteBuffer.wrap(content).putLong(Long.BYTES, 0);
        return CheckedValue.wrap(NO_KEY, content);
    }

    /** Counts so many entries of the newest chunk that are not there; they are still to be told dead. */
    void addUncounted(int count) {
        if (count > 0) {
            deaths.merge(chunkOf(last), count, Integer::sum);
        }
    }

    private static byte[] encode(DocumentChange change) {
        byte[] collection = change.id().collection().getBytes(StandardCharsets.US_ASCII);
        byte[] id = change.id().id().getBytes(StandardCharsets.US_ASCII);
        int bytes = NUMBERS_BYTES + 2 + collection.length + id.length + change.context().length;
        ByteBuffer content = ByteBuffer.allocate(bytes);
        content.putLong(change.number()).putLong(change.previousNumber());
        content.put((byte) collection.length).put(collection);
        content.put((byte) id.length).put(id);
        content.put(change.context());
        return CheckedValue.wrap(NO_KEY, content.array());
    }

    private static Arrival decode(long number, byte[] value) {
        String what = "arrival " + number;
        ByteBuffer content = ByteBuffer.wrap(CheckedValue.unwrap(NO_KEY, value, what));
        if (content.getLong() != number) {
            throw new DamagedException(what, null);
        }
        content.getLong();
        DocumentId id = new DocumentId(name(content), name(content));
        byte[] context = new byte[content.remaining()];
        content.get(context);
        return new Arrival(number, id, context);
    }

    private static String name(ByteBuffer content) {
        byte[] name = new byte[content.get() & 0xFF];
        content.get(name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    static long chunkOf(long number) {
        return number >>> CHUNK_SHIFT;
    }

    static int slotOf(long number) {
        return (int) number & (CHUNK_ENTRIES - 1);
    }

    /** The lowest number of a chunk. */
    static long firstOf(long chunk) {
        return chunk << CHUNK_SHIFT;
    }

    static byte[] chunkKey(long chunk) {
        return ByteBuffer.allocate(Long.BYTES).putLong(chunk).array();
    }

    static byte[] slotKey(int slot) {
        return new byte[] {(byte) slot};
    }
}
