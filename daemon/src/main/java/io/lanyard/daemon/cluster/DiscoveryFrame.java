package io.lanyard.daemon.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a daemon says by multicast: "somebody of this group is here". Everybody on the LAN can read and send these
 * packets, so the body is believed only under an HMAC that takes a secret of the
 * group; it is made under the present one, and read under each that this device still holds.
 *
 * <pre>
 * 0   4  "LNYD"
 * 4   1  version, 1
 * 5  40  the group's name in ASCII: "lanyard-" and 32 hexadecimal digits
 * 45 16  the first half of HMAC-SHA-256 over everything else, under the group's discovery secret
 * 61  n  a JGroups discovery request
 * </pre>
 *
 * <p>Later versions keep the first 45 bytes.
 */
final class DiscoveryFrame {
    static final int MAX_BYTES = 4096;
    static final byte VERSION = 1;
    private static final byte[] MAGIC = "LNYD".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern NAME = Pattern.compile("lanyard-[0-9a-f]{32}");
    private static final int NAME_BYTES = 40;
    private static final int MAC_BYTES = 16;
    private static final int HEAD_BYTES = MAGIC.length + 1;
    private static final int BODY_OFFSET = HEAD_BYTES + NAME_BYTES + MAC_BYTES;

    private final byte[] name;
    private final Supplier<List<byte[]>> secrets;

    /** @param discoverySecrets the present one first; asked at each packet */
    DiscoveryFrame(String groupName, Supplier<List<byte[]>> discoverySecrets) {
        if (!NAME.matcher(groupName).matches()) {
            throw new IllegalArgumentException("not the name of a group: " + groupName);
        }
        name = groupName.getBytes(StandardCharsets.US_ASCII);
        secrets = discoverySecrets;
    }

    /** What a packet turned out to be. */
    sealed interface Heard {
        /** A request of this group's; {@code body} is what JGroups wrote. */
        record Request(byte[] body) implements Heard {}

        /** A packet of another group's. */
        record Other(String group) implements Heard {}

        /** A packet in this group's name of a newer version, whose proof cannot be checked. */
        record Newer(int version) implements Heard {}

        /** A packet in this group's name that was made without its secret, or damaged on the way. */
        record Forged() implements Heard {}

        /** Nothing of ours. */
        record Noise() implements Heard {}
    }

    byte[] write(byte[] body, int offset, int length) {
        ByteBuffer frame = ByteBuffer.allocate(BODY_OFFSET + length);
        frame.put(MAGIC).put(VERSION).put(name);
        frame.put(mac(secrets.get().get(0), body, offset, length));
        frame.put(body, offset, length);
        return frame.array();
    }

    Heard read(ByteBuffer packet) {
        byte[] head = new byte[HEAD_BYTES];
        byte[] group = new byte[NAME_BYTES];
        if (packet.remaining() < HEAD_BYTES + NAME_BYTES) {
            return new Heard.Noise();
        }
        packet.get(head).get(group);
        int version = Byte.toUnsignedInt(head[MAGIC.length]);
        if (!Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length) || version < VERSION) {
            return new Heard.Noise();
        }
        if (!Arrays.equals(group, name)) {
            String text = new String(group, StandardCharsets.US_ASCII);
            return NAME.matcher(text).matches() ? new Heard.Other(text) : new Heard.Noise();
        }
        return version > VERSION ? new Heard.Newer(version) : readProof(packet);
    }

    private Heard readProof(ByteBuffer packet) {
        if (packet.remaining() < MAC_BYTES) {
            return new Heard.Noise();
        }
        byte[] mac = new byte[MAC_BYTES];
        packet.get(mac);
        byte[] body = new byte[packet.remaining()];
        packet.get(body);
        for (byte[] secret : secrets.get()) {
            if (MessageDigest.isEqual(mac, mac(secret, body, 0, body.length))) {
                return new Heard.Request(body);
            }
        }
        return new Heard.Forged();
    }

    private byte[] mac(byte[] secret, byte[] body, int offset, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(MAGIC);
            mac.update(VERSION);
            mac.update(name);
            mac.update(body, offset, length);
            return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no HmacSHA256", e);
        }
    }
}
