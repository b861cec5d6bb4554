package io.lanyard.daemon.store;

/**
 * Finds the one wrong bit of a message from what its CRC32C should be and is.
 *
 * <p>A CRC is linear: the difference of the sums of two messages of one length depends on their difference only. Any two
 * messages of up to 2<sup>31</sup> bits that have one CRC32C differ in at least four bits (Koopman, 32-Bit Cyclic
 * Redundancy Codes for Internet Applications, 2002), so each single wrong bit has a difference of its own, which two or
 * three wrong bits never have. More of them have it by chance, once in 2<sup>32</sup> for each bit of the message: so
 * this is for messages of which it is known that they were whole once.
 */
final class SingleBit {
    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int[] TABLE = new int[256];

    static {
        for (int index = 0; index < TABLE.length; index++) {
            int value = index;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                value = (value & 1) == 0 ? value >>> 1 : value >>> 1 ^ POLYNOMIAL;
            }
            TABLE[index] = value;
        }
    }

    private SingleBit() {}

    /**
     * Returns the wrong bit of a message, counted from its start, lowest bit of each byte first; -1 if no single bit
     * explains the difference.
     *
     * @param difference of the checksum that belongs to the message and the one that it has, combined by XOR
     * @param bytes the length of the message
     */
    static long find(int difference, long bytes) {
        int[] states = new int[Byte.SIZE];
        for (int bit = 0; bit < Byte.SIZE; bit++) {
            states[bit] = TABLE[1 << bit];
        }
        for (long index = bytes - 1; index >= 0; index--) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                if (states[bit] == difference) {
                    return (index << 3) + bit;
                }
                states[bit] = TABLE[states[bit] & 0xFF] ^ states[bit] >>> Byte.SIZE;
            }
        }
        return -1;
    }

    /** Whether the checksum itself has the wrong bit, and the message has none. */
    static boolean isInSum(int difference) {
        return Integer.bitCount(difference) == 1;
    }
}
