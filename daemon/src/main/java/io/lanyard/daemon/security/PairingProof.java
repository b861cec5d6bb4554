package io.lanyard.daemon.security;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a device shows to prove that it knows a {@link PairingCode}, without telling it. Immutable; any thread.
 *
 * <p>A proof is an HMAC-SHA-256 under a key that is derived from the code, over the role of who shows it, the nonces of
 * both sides, and SHA-256 of both certificates as this side of the TLS connection sees them. So it is worth nothing
 * in another connection: a man in the middle shows each side a certificate that the other does not see (JDK 17 has no
 * TLS exporter to bind it to). The key has 90 bits, so that trying codes against a proof that was overheard is hopeless.
 */
public final class PairingProof {
    /** How long a proof is. */
    public static final int BYTES = 32;

    /** How long a nonce of the conversation is. */
    public static final int NONCE_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private final SecretKeySpec key;

    private PairingProof(SecretKeySpec key) {
        this.key = key;
    }

    /** Who shows a proof. */
    public enum Role {
        /** Who wants to come in; shows its proof first. */
        JOINER,
        /** Who invited. */
        INVITER
    }

    /**
     * What a proof is bound to.
     *
     * @param joinerNonce drawn by the joiner for this connection
     * @param inviterNonce drawn by the inviter for this connection
     * @param joiner the certificate that the joiner showed
     * @param inviter the certificate that the inviter showed
     */
    public record Channel(byte[] joinerNonce, byte[] inviterNonce, X509Certificate joiner, X509Certificate inviter) {

        /** Refuses nonces that are none. */
        public Channel {
            if (joinerNonce.length != NONCE_BYTES || inviterNonce.length != NONCE_BYTES) {
                throw new IllegalArgumentException("a nonce has " + NONCE_BYTES + " bytes");
            }
        }
    }

    /** Derives what proves {@code code}. */
    public static PairingProof of(PairingCode code) {
        SecretKeySpec secret = new SecretKeySpec(code.secret(), ALGORITHM);
        return new PairingProof(new SecretKeySpec(mac(secret, text("lanyard pairing 1")), ALGORITHM));
    }

    /** Returns the proof that {@code role} shows on this channel. */
    public byte[] show(Role role, Channel channel) {
        return mac(
                key,
                text(role == Role.JOINER ? "joiner" : "inviter"),
                channel.joinerNonce(),
                channel.inviterNonce(),
                fingerprint(channel.joiner()),
                fingerprint(channel.inviter()));
    }

    /** Returns whether {@code shown} is what {@code role} shows on this channel if it knows the code. */
    public boolean isShown(Role role, Channel channel, byte[] shown) {
        return MessageDigest.isEqual(show(role, channel), shown);
    }

    /** Returns what a joiner that looks for its inviter on the LAN puts beside {@code nonce}. */
    public byte[] seek(byte[] nonce) {
        return mac(key, text("seek"), nonce);
    }

    /** Returns what an inviter that hears that puts beside its port. */
    public byte[] here(byte[] nonce, int port) {
        return mac(key, text("here"), nonce, ByteBuffer.allocate(4).putInt(port).array());
    }

    @Override
    public String toString() {
        return "a pairing proof";
    }

    private static byte[] fingerprint(X509Certificate certificate) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate without bytes", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Each part goes in with its length before it, so that no two lists of parts are the same bytes. */
    private static byte[] mac(SecretKeySpec key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            for (byte[] part : parts) {
                mac.update(ByteBuffer.allocate(4).putInt(part.length).array());
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no HmacSHA256", e);
        }
    }
}
