package io.lanyard.daemon.store;

import java.util.SortedMap;
import java.util.TreeMap;

/** A set of change numbers, kept as bits: 32 bytes for a chunk of the arrival index. Not thread-safe. */
final class ArrivalNumbers {
    private static final int WORDS = ArrivalIndex.CHUNK_ENTRIES / Long.SIZE;

    private final TreeMap<Long, long[]> chunks = new TreeMap<>();

    void add(long number) {
        chunks.computeIfAbsent(ArrivalIndex.chunkOf(number), absent -> new long[WORDS])[word(number)] |= bit(number);
    }

    boolean contains(long number) {
        long[] words = chunks.get(ArrivalIndex.chunkOf(number));
        return words != null && (words[word(number)] & bit(number)) != 0;
    }

    /** How many numbers of each chunk are in the set, of those chunks that have any. */
    SortedMap<Long, Integer> counts() {
        TreeMap<Long, Integer> counts = new TreeMap<>();
        chunks.forEach((chunk, words) -> counts.put(chunk, count(words)));
        return counts;
    }

    /** The numbers that are in this set and not in the other. */
    ArrivalNumbers without(ArrivalNumbers other) {
        ArrivalNumbers rest = new ArrivalNumbers();
        chunks.forEach((chunk, words) -> {
            long[] others = other.chunks.getOrDefault(chunk, new long[WORDS]);
            long[] own = new long[WORDS];
            for (int index = 0; index < WORDS; index++) {
                own[index] = words[index] & ~others[index];
            }
            if (count(own) > 0) {
                rest.chunks.put(chunk, own);
            }
        });
        return rest;
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    private static int count(long[] words) {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    private static int word(long number) {
        return (int) (number & (ArrivalIndex.CHUNK_ENTRIES - 1)) / Long.SIZE;
    }

    private static long bit(long number) {
        return 1L << number;
    }
}
