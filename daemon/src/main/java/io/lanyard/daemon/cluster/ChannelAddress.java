package io.lanyard.daemon.cluster;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jgroups.Address;
import org.jgroups.util.UUID;

/**
 * What a channel calls itself: the first 96 bits of its device's id, then 32 random ones, drawn anew for each channel. So
 * an address can be held against the certificate of the connection that it comes in on.
 *
 * <p>The id is a hash of the device's key. Another key with the same 96 bits takes 2^96 tries, which is what binds an
 * address to its device; two keys that have them in common take 2^48, and give one person two keys of one name.
 */
final class ChannelAddress {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int DEVICE_BYTES = 12;
    private static final int ADDRESS_BYTES = 16;

    private ChannelAddress() {}

    /**
     * The part of a device's id that is in its addresses.
     *
     * @param high the first 64 bits
     * @param low the next 32
     */
    record Owner(long high, int low) {
        /** Returns the part of an id, which is 32 hexadecimal digits. */
        static Owner of(String deviceId) {
            ByteBuffer bits = ByteBuffer.wrap(HexFormat.of().parseHex(deviceId));
            return new Owner(bits.getLong(), bits.getInt());
        }

        /** Returns whether a channel with that address can only be this device's. */
        boolean owns(Address address) {
            return address instanceof UUID uuid
                    && uuid.getClass() == UUID.class
                    && uuid.getMostSignificantBits() == high
                    && (int) (uuid.getLeastSignificantBits() >>> Integer.SIZE) == low;
        }
    }

    /** Draws an address for a channel of a device, whose id is 32 hexadecimal digits. */
    static UUID next(String deviceId) {
        ByteBuffer bits = ByteBuffer.allocate(ADDRESS_BYTES);
        bits.put(HexFormat.of().parseHex(deviceId), 0, DEVICE_BYTES).putInt(RANDOM.nextInt());
        bits.flip();
        return new UUID(bits.getLong(), bits.getLong());
    }

    /** Returns the 24 hexadecimal digits that the addresses of a device's channels begin with, of its id or of one. */
    static String deviceDigits(String idOrAddress) {
        return idOrAddress.substring(0, 2 * DEVICE_BYTES);
    }
}
