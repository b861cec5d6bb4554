package io.lanyard.daemon.pairing;

/** Says why a device did not come in. The message is a sentence for a person; it never has the code. */
public final class PairingException extends Exception {
    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final String hint;

    /** Makes the exception; {@code hint} is the next step, and may be empty. */
    public PairingException(Reason reason, String message, String hint) {
        super(message);
        this.reason = reason;
        this.hint = hint;
    }

    /** Makes the exception with its cause. */
    public PairingException(Reason reason, String message, String hint, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.hint = hint;
    }

    /** Why; the numbers go over the wire and stay. */
    public enum Reason {
        /** No invitation with this code is open there. */
        WRONG_CODE(1),
        /** The time of the invitation is over. */
        EXPIRED(2),
        /** Another device came in with this code. */
        USED(3),
        /** The device is a member already. */
        ALREADY_MEMBER(4),
        /** The key of the device was revoked. */
        REVOKED(5),
        /** The inviter is no admin any more, or its disk takes nothing. */
        NOT_ADMITTED(6),
        /** The two versions do not understand each other. */
        NOT_UNDERSTOOD(7),
        /** The inviter took the invitation back. */
        ENDED(8),
        /** Nobody answered. */
        NOBODY_FOUND(0),
        /** Somebody answered who does not know the code. */
        NOT_GENUINE(0),
        /** The connection ended half-way. */
        CUT_OFF(0),
        /** This device could not become what it was admitted to be. */
        NOT_ADOPTED(0),
        /** Another join is under way. */
        BUSY(0);

        private final int number;

        Reason(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Reason of(int number) {
            for (Reason reason : values()) {
                if (reason.number == number && number != 0) {
                    return reason;
                }
            }
            return NOT_UNDERSTOOD;
        }
    }

    /** Returns why. */
    public Reason reason() {
        return reason;
    }

    /** Returns the next step; may be empty. */
    public String hint() {
        return hint;
    }
}
