package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;

/** Where the program behind one WebSocket shows its token. Any thread. */
final class SignIn {

    private static final int FORBIDDEN = 4003;

    private final Access access;
    private final Access.Approach approach;

    /** Makes the door for a connection that comes from there. */
    SignIn(Access access, Access.Approach approach) {
        this.access = access;
        this.approach = approach;
    }

    /** What became of a token that was shown. */
    sealed interface Outcome {
        /** Returns who it is, {@code null} if it was refused. */
        Caller caller();

        /** Returns why it was refused, {@code null} if it was not. */
        Refusal refusal();
    }

    /** The token is good. */
    record Welcome(Caller caller) implements Outcome {
        @Override
        public Refusal refusal() {
            return null;
        }
    }

    /** The token is not, and the connection ends with that code. */
    record Refusal(int closeCode, String reason) implements Outcome {
        @Override
        public Caller caller() {
            return null;
        }

        @Override
        public Refusal refusal() {
            return this;
        }
    }

    /** Looks at a token. */
    Outcome with(String token) {
        try {
            return new Welcome(access.caller(token, approach));
        } catch (Problem.ProblemException e) {
            return e.problem().code() == Code.ORIGIN_NOT_ALLOWED
                    ? new Refusal(FORBIDDEN, "the token does not name this page's origin")
                    : new Refusal(Socket.NOT_SIGNED_IN, "the token is wrong");
        }
    }
}
