package io.lanyard.daemon.security;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * P-256: keys as the 64 bytes of their point, and signatures (SHA256withECDSA, DER).
 *
 * <p>A signature is read strictly before the runtime checks it: runtimes before 17.0.3 believe one of zeros, whatever it
 * is about (CVE-2022-21449).
 */
final class EllipticKeys {
    private static final Logger LOG = LoggerFactory.getLogger(EllipticKeys.class);
    static final int POINT_BYTES = 64;
    static final int MAX_SIGNATURE_BYTES = 72;
    private static final String ALGORITHM = "SHA256withECDSA";
    private static final int COORDINATE_BYTES = 32;
    /** What stands before the point in the X.509 form of every P-256 key. */
    private static final byte[] PREFIX =
            HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    private static final BigInteger PRIME =
            new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
    private static final BigInteger B =
            new BigInteger("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    private static final BigInteger THREE = BigInteger.valueOf(3);

    private EllipticKeys() {}

    /** Returns whether this is a key of ours. */
    static boolean isOurs(PublicKey key) {
        byte[] encoded = key instanceof ECPublicKey ? key.getEncoded() : new byte[0];
        return encoded.length == PREFIX.length + POINT_BYTES
                && Arrays.equals(encoded, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
    }

    static byte[] encode(PublicKey key) {
        if (!isOurs(key)) {
            throw new IllegalArgumentException("not a P-256 key");
        }
        byte[] encoded = key.getEncoded();
        return Arrays.copyOfRange(encoded, PREFIX.length, encoded.length);
    }

    static PublicKey decode(byte[] point) throws MalformedStatementException {
        BigInteger x = new BigInteger(1, Arrays.copyOf(point, COORDINATE_BYTES));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, COORDINATE_BYTES, POINT_BYTES));
        BigInteger right = x.pow(3).subtract(x.multiply(THREE)).add(B).mod(PRIME);
        if (x.compareTo(PRIME) >= 0
                || y.compareTo(PRIME) >= 0
                || !y.multiply(y).mod(PRIME).equals(right)) {
            throw new MalformedStatementException("its key is no point of the curve");
        }
        byte[] encoded = Arrays.copyOf(PREFIX, PREFIX.length + POINT_BYTES);
        System.arraycopy(point, 0, encoded, PREFIX.length, POINT_BYTES);
        try {
            return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new MalformedStatementException("its key is no P-256 key", e);
        }
    }

    static byte[] sign(PrivateKey key, byte[] message) {
        try {
            Signature signer = Signature.getInstance(ALGORITHM);
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot sign with P-256", e);
        }
    }

    static boolean isSigned(PublicKey key, byte[] message, byte[] signature) {
        if (!isWellFormed(signature)) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            LOG.debug("a signature cannot be checked, so it is none", e);
            return false;
        }
    }

    /** Returns whether it is the DER of two numbers from 1 to the curve's order. */
    private static boolean isWellFormed(byte[] signature) {
        try {
            ByteBuffer in = ByteBuffer.wrap(signature);
            boolean isSequence = signature.length <= MAX_SIGNATURE_BYTES && in.get() == 0x30;
            return isSequence && in.get() == in.remaining() && isNumber(in) && isNumber(in) && !in.hasRemaining();
        } catch (BufferUnderflowException e) {
            return false;
        }
    }

    private static boolean isNumber(ByteBuffer in) {
        if (in.get() != 0x02) {
            return false;
        }
        int length = in.get();
        if (length < 1 || length > COORDINATE_BYTES + 1) {
            return false;
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        BigInteger number = new BigInteger(bytes);
        return number.signum() > 0 && number.compareTo(ORDER) < 0 && number.toByteArray().length == length;
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
