package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.PairingProof.Channel;
import io.lanyard.daemon.security.PairingProof.Role;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PairingProofTest {
    private final SplittableRandom random = new SplittableRandom(7);
    private final PairingCode code = PairingCode.random(random);
    private final PairingProof proof = PairingProof.of(code);
    private final X509Certificate joiner = certificate();
    private final X509Certificate inviter = certificate();
    private final byte[] one = nonce();
    private final byte[] two = nonce();

    private static X509Certificate certificate() {
        try {
            KeyPair pair = Certificates.newKeyPair();
            return Certificates.ofDevice(
                    new AdmissionPath(List.of(), pair.getPublic(), pair.getPublic()), pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] nonce() {
        byte[] nonce = new byte[PairingProof.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    @Test
    void show_bothSidesOfOneChannel_agree() throws PairingCode.MistypedException {
        PairingProof other = PairingProof.of(PairingCode.parse(code.text()));
        Channel channel = new Channel(one, two, joiner, inviter);
        assertTrue(other.isShown(Role.JOINER, channel, proof.show(Role.JOINER, channel)));
        assertTrue(other.isShown(Role.INVITER, channel, proof.show(Role.INVITER, channel)));
    }

    @Test
    void isShown_anyOtherCodeRoleNonceOrCertificate_isRefused() {
        Channel channel = new Channel(one, two, joiner, inviter);
        byte[] shown = proof.show(Role.JOINER, channel);
        assertFalse(PairingProof.of(PairingCode.random(random)).isShown(Role.JOINER, channel, shown));
        assertFalse(proof.isShown(Role.INVITER, channel, shown));
        X509Certificate middle = certificate();
        for (Channel other : List.of(
                new Channel(two, one, joiner, inviter),
                new Channel(nonce(), two, joiner, inviter),
                new Channel(one, nonce(), joiner, inviter),
                new Channel(one, two, inviter, joiner),
                new Channel(one, two, middle, inviter),
                new Channel(one, two, joiner, middle))) {
            assertFalse(proof.isShown(Role.JOINER, other, shown));
        }
        assertFalse(proof.isShown(Role.JOINER, channel, new byte[0]));
        assertFalse(proof.isShown(Role.JOINER, channel, Arrays.copyOf(shown, 31)));
        for (int bit = 0; bit < shown.length * 8; bit++) {
            byte[] flipped = shown.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(proof.isShown(Role.JOINER, channel, flipped));
        }
    }

    @Test
    void seekAndHere_areNotEachOther_norForAnotherPort() {
        byte[] here = proof.here(one, 7716);
        assertFalse(Arrays.equals(here, proof.seek(one)));
        assertFalse(Arrays.equals(here, proof.here(one, 7717)));
        assertFalse(Arrays.equals(here, proof.here(two, 7716)));
        assertEquals("a pairing proof", proof.toString());
    }

    @Test
    void channel_shortNonce_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Channel(new byte[31], two, joiner, inviter));
    }
}
