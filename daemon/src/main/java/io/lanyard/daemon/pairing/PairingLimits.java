package io.lanyard.daemon.pairing;

/**
 * How much pairing lets strangers do, and how long it waits.
 *
 * @param maxInvitations how many invitations are open at once
 * @param maxTries after how many wrong tries an invitation ends
 * @param tryPauseMillis the pause after the first wrong try until the next counts; after the second it is twice as long,
 *     and so on. Right tries do not wait
 * @param maxConnections how many connections are open at once; a further one takes the place of the oldest that has
 *     proved nothing
 * @param maxPerAddress how many connections one address has at once
 * @param proofMillis how long a connection may take to prove that it knows the code
 * @param conversationMillis how long a connection may take in all
 * @param searchMillis how long a joiner looks for its inviter by multicast
 * @param seekMillis how long after one search packet the next goes out
 * @param connectMillis how long a joiner waits for a connection to one address
 */
public record PairingLimits(
        int maxInvitations,
        int maxTries,
        long tryPauseMillis,
        int maxConnections,
        int maxPerAddress,
        long proofMillis,
        long conversationMillis,
        long searchMillis,
        long seekMillis,
        int connectMillis) {

    /** Those of a daemon. */
    public static final PairingLimits USUAL = new PairingLimits(4, 20, 100, 32, 4, 5_000, 20_000, 8_000, 400, 2_000);
}
