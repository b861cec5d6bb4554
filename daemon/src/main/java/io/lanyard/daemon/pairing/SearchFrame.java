package io.lanyard.daemon.pairing;

import io.lanyard.daemon.security.PairingProof;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a joiner multicasts to find its inviter, and what that one answers it alone. Everybody on the LAN can read these,
 * and nobody can make one without the code or learn anything from one.
 *
 * <pre>
 *  0  4  "LNYP"
 *  4  1  version, 1
 *  5  1  1: I seek; 2: I am here
 *  6 16  a nonce, the same in both
 * 22  2  the port of the inviter's listener; 0 in what the joiner sends
 * 24 32  HMAC-SHA-256 under the key of the code ({@link PairingProof#seek}, {@link PairingProof#here})
 * </pre>
 */
record SearchFrame(boolean isSeek, byte[] nonce, int port, byte[] mac) {
    static final int NONCE_BYTES = 16;
    static final int BYTES = 24 + PairingProof.BYTES;
    private static final byte[] HEAD = "LNYP\001".getBytes(StandardCharsets.ISO_8859_1);

    static SearchFrame seek(PairingProof proof, byte[] nonce) {
        return new SearchFrame(true, nonce, 0, proof.seek(nonce));
    }

    static SearchFrame here(PairingProof proof, byte[] nonce, int port) {
        return new SearchFrame(false, nonce, port, proof.here(nonce, port));
    }

    boolean isSeekOf(PairingProof proof) {
        return isSeek && MessageDigest.isEqual(mac, proof.seek(nonce));
    }

    boolean answers(PairingProof proof, byte[] asked) {
        return !isSeek && Arrays.equals(nonce, asked) && MessageDigest.isEqual(mac, proof.here(nonce, port));
    }

    ByteBuffer write() {
        ByteBuffer packet = ByteBuffer.allocate(BYTES);
        packet.put(HEAD)
                .put((byte) (isSeek ? 1 : 2))
                .put(nonce)
                .putShort((short) port)
                .put(mac);
        return packet.flip();
    }

    static Optional<SearchFrame> read(ByteBuffer packet) {
        byte[] head = new byte[HEAD.length];
        if (packet.remaining() != BYTES) {
            return Optional.empty();
        }
        packet.get(head);
        int kind = packet.get();
        if (!Arrays.equals(head, HEAD) || kind != 1 && kind != 2) {
            return Optional.empty();
        }
        byte[] nonce = new byte[NONCE_BYTES];
        packet.get(nonce);
        int port = Short.toUnsignedInt(packet.getShort());
        byte[] mac = new byte[PairingProof.BYTES];
        packet.get(mac);
        return Optional.of(new SearchFrame(kind == 1, nonce, port, mac));
    }
}
