package io.lanyard.cli.demo;

/** The demo cannot go on, or its devices did not come to hold the same. */
public final class DemoException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean replicasDiffer;

    private DemoException(String message, boolean replicasDiffer) {
        super(message);
        this.replicasDiffer = replicasDiffer;
    }

    static DemoException broken(String message) {
        return new DemoException(message, false);
    }

    static DemoException differing(String message) {
        return new DemoException(message, true);
    }

    /** Returns whether everything ran, but the devices do not hold the same. */
    public boolean replicasDiffer() {
        return replicasDiffer;
    }
}
