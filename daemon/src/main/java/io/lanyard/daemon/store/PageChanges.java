package io.lanyard.daemon.store;

import java.util.Arrays;

/** The pages one commit changed, by ascending page number, with their whole new contents. Not thread-safe. */
final class PageChanges {
    static final int PAGE_SHIFT = 10;
    static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    private int[] numbers = new int[64];
    private byte[][] contents = new byte[64][];
    private int count;

    void add(int number, byte[] content) {
        if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, count * 2);
            contents = Arrays.copyOf(contents, count * 2);
        }
        numbers[count] = number;
        contents[count] = content;
        count++;
    }

    int count() {
        return count;
    }

    int number(int index) {
        return numbers[index];
    }

    byte[] content(int index) {
        return contents[index];
    }

    void clear() {
        Arrays.fill(contents, 0, count, null);
        count = 0;
    }
}
