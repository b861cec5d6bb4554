package io.lanyard.daemon.simulation;

/** Says that a replica broke a promise. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    Violation(String message) {
        super(message);
    }
}
