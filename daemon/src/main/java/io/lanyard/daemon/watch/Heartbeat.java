package io.lanyard.daemon.watch;

/**
 * Where one thread tells that it gets on, so that a {@link Watchdog} notices when it does not.
 *
 * <p>Between {@link #working} and the next {@link #idle} or {@link #working} no more time may pass than the watchdog was
 * told when it gave this heartbeat out. Calls are cheap, never block and never throw; one thread at a time.
 */
public interface Heartbeat {

    /** A heartbeat that nobody listens to. */
    Heartbeat UNWATCHED = new Heartbeat() {
        @Override
        public void working() {
            // Nobody listens.
        }

        @Override
        public void idle() {
            // Nobody listens.
        }
    };

    /** The calling thread begins with some work, or got on with it. */
    void working();

    /** There is nothing to do now; waiting for more may take as long as it likes. */
    void idle();
}
