package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingProof;
import java.util.Optional;

/**
 * One invitation: who may still come in by its code. Decides and never acts: time comes as an argument. Not thread-safe.
 *
 * <p>It lets in one device, which may come again until it has said that it arrived: a connection may break after the
 * device was admitted. Once it was used, ran out of time or tries, or was taken back, nobody comes in any more.
 */
public final class Invitation {

    /** How an invitation stands. */
    public enum State {
        /** Whoever knows the code comes in. */
        OPEN,
        /** A device was admitted, and has not said yet that it arrived. */
        ADMITTED,
        /** A device came in. */
        JOINED,
        /** The time is over. */
        EXPIRED,
        /** There were too many wrong tries. */
        TRIED_OUT,
        /** It was taken back. */
        ENDED
    }

    private final String id;
    private final boolean admin;
    private final PairingProof proof;
    private final long createdMillis;
    private final long expiresMillis;
    private final PairingLimits limits;
    private State state = State.OPEN;
    private int tries;
    private int seen;
    private String lastSeen = "";
    private Person joiner;

    Invitation(
            String id,
            boolean admin,
            PairingProof proof,
            long createdMillis,
            long expiresMillis,
            PairingLimits limits) {
        this.id = id;
        this.admin = admin;
        this.proof = proof;
        this.createdMillis = createdMillis;
        this.expiresMillis = expiresMillis;
        this.limits = limits;
    }

    String id() {
        return id;
    }

    boolean isForAdmin() {
        return admin;
    }

    PairingProof proof() {
        return proof;
    }

    long expiresMillis() {
        return expiresMillis;
    }

    /** Returns whether anybody may come in; notes that the time is over, if it is. */
    boolean isOpen(long nowMillis) {
        if ((state == State.OPEN || state == State.ADMITTED) && nowMillis >= expiresMillis) {
            state = state == State.OPEN ? State.EXPIRED : State.JOINED;
        }
        return state == State.OPEN || state == State.ADMITTED;
    }

    /** Notes that somebody who knows the code looks for this device, or connected to it. */
    void seen(String address) {
        seen++;
        lastSeen = address;
    }

    /** Notes that somebody did not know the code. */
    void tried(String address, long nowMillis) {
        if (isOpen(nowMillis)) {
            tries++;
            lastSeen = address;
            if (tries >= limits.maxTries() && state == State.OPEN) {
                state = State.TRIED_OUT;
            }
        }
    }

    /** Lets a device in that knows the code; or says why not. */
    Optional<Reason> admit(Person device, long nowMillis) {
        if (isOpen(nowMillis) && (state == State.OPEN || joiner.id().equals(device.id()))) {
            state = State.ADMITTED;
            joiner = device;
            return Optional.empty();
        }
        return Optional.of(
                switch (state) {
                    case OPEN, EXPIRED -> Reason.EXPIRED;
                    case ADMITTED, JOINED -> Reason.USED;
                    case TRIED_OUT, ENDED -> Reason.ENDED;
                });
    }

    /** Takes back that a device was let in, since it could not be admitted. */
    void giveBack(Person device) {
        if (state == State.ADMITTED && joiner.id().equals(device.id())) {
            state = State.OPEN;
            joiner = null;
        }
    }

    /** Notes that the device arrived. */
    void joined(Person device) {
        if (state == State.ADMITTED && joiner.id().equals(device.id())) {
            state = State.JOINED;
        }
    }

    /** Takes the invitation back; one that was used stays used. */
    void end() {
        if (state == State.OPEN) {
            state = State.ENDED;
        } else if (state == State.ADMITTED) {
            state = State.JOINED;
        }
    }

    View view(long nowMillis) {
        isOpen(nowMillis);
        return new View(
                id,
                admin,
                state,
                createdMillis,
                expiresMillis,
                tries,
                limits.maxTries(),
                seen,
                lastSeen,
                Optional.ofNullable(joiner));
    }

    /**
     * What is told of an invitation: everything but its code.
     *
     * @param id names it
     * @param admin whether it makes an admin
     * @param tries how many wrong tries there were
     * @param maxTries after how many it ends
     * @param seen how often somebody who knows the code looked for this device or connected to it
     * @param lastSeen the address of whoever was there last; empty if nobody was
     * @param joiner who was admitted
     */
    public record View(
            String id,
            boolean admin,
            State state,
            long createdMillis,
            long expiresMillis,
            int tries,
            int maxTries,
            int seen,
            String lastSeen,
            Optional<Person> joiner) {}
}
