package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.PairingException.Reason;
import java.security.PublicKey;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What pairing needs of the device that it works for. Any thread may call. */
public interface Desk {

    /** Who this device is, as the other side is told. */
    Person self();

    /**
     * Returns a TLS context that shows this device's certificate and lets in whoever shows any: the proofs decide later.
     */
    SSLContext newTlsContext();

    /**
     * Returns where this device's cluster listens, as {@code HOST:PORT}, and where those of others do, after commas; empty
     * if it does not now.
     */
    Optional<String> clusterAddress();

    /**
     * Admits a device to the group of this one; one that was admitted before is admitted again.
     *
     * @return what it needs to become a member, for {@link #adopt}
     * @throws PairingException if it is not to be admitted
     */
    byte[] admit(PublicKey key, Person joiner, boolean admin) throws PairingException;

    /**
     * Becomes a member: this device leaves its group for that of the inviter. On return this is durable, and going on in
     * the new group has begun.
     *
     * @param admittance what the inviter's {@link #admit} returned
     * @param inviterAddress what the inviter's {@link #clusterAddress} returned; may be empty
     * @throws PairingException with {@link Reason#NOT_ADOPTED} if that cannot be: nothing changed then
     */
    void adopt(byte[] admittance, Person inviter, String inviterAddress) throws PairingException;

    /**
     * A device, as one side tells the other.
     *
     * @param id its id, as its certificate has it
     * @param name what people call it
     * @param group the network name of the group it is in
     */
    record Person(String id, String name, String group) {

        /** Returns the first digits of the id, for people. */
        public String shortId() {
            return id.substring(0, Math.min(8, id.length()));
        }
    }
}
