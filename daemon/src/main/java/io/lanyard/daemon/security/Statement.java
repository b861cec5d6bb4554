package io.lanyard.daemon.security;

import java.security.PublicKey;
import java.util.List;

/**
 * A sentence about membership, which counts once a device signed it. Ids of devices are 32 hexadecimal digits, ids of
 * statements 64 (SHA-256 over the body), the id of a group 32 (the first half of its founding's).
 */
sealed interface Statement {

    /** How many heads a revocation may name. */
    int MAX_HEADS = 16;

    /** Returns the id of the device that says it. */
    String issuer();

    /**
     * The beginning of a group.
     *
     * @param founder the key of its first admin, which signs this
     * @param deviceName what that device is called
     * @param groupName what people call the group
     * @param nonce 32 hexadecimal digits that make it another group than any other of this founder
     */
    record Founding(PublicKey founder, String deviceName, String groupName, String nonce) implements Statement {
        @Override
        public String issuer() {
            return DeviceIdentity.idOf(founder);
        }
    }

    /** What an admin says, in a group, after it said something else. */
    sealed interface Later extends Statement {
        /** Returns the id of the group. */
        String group();

        /** Returns the id of the statement that the issuer made before this one, {@link #NONE} if it is the first. */
        String previous();
    }

    /** Stands where there is no earlier statement. */
    String NONE = "0".repeat(64);

    /** Admits a device. */
    record Admission(String group, String issuer, String previous, PublicKey device, Role role, String deviceName)
            implements Later {
        String deviceId() {
            return DeviceIdentity.idOf(device);
        }
    }

    /**
     * Takes a device's membership away, for good.
     *
     * @param heads the last statements of that device that the issuer counts as honest; all that come before these do,
     *     too, and nothing else does
     */
    record Revocation(String group, String issuer, String previous, String device, List<String> heads)
            implements Later {
        /** Copies the list. */
        public Revocation {
            heads = List.copyOf(heads);
        }
    }

    /**
     * Says that there is a new group secret.
     *
     * @param epoch 1 for the first after the founding's
     * @param secretHash SHA-256 over the secret, 64 hexadecimal digits
     */
    record Rotation(String group, String issuer, String previous, int epoch, String secretHash) implements Later {}
}
