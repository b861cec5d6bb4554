package io.lanyard.daemon.node;

/**
 * How much work the schemas of one request may still be: steps of evaluation and of matching regular expressions. A
 * schema is as easily a bomb as a document, and neither may hold up the node's thread.
 */
final class SchemaBudget {

    /** A few tens of milliseconds; what people write takes some hundreds for a document. */
    private static final long MAX_STEPS = 2_000_000;

    /** An evaluation that is nested more deeply goes round in a circle. */
    private static final int MAX_DEPTH = 500;

    private static final ThreadLocal<SchemaBudget> PRESENT = new ThreadLocal<>();

    private long stepsLeft = MAX_STEPS;
    private int depth;

    /** Runs an evaluation at the cost of this budget. */
    void run(Runnable evaluation) {
        PRESENT.set(this);
        depth = 0;
        try {
            evaluation.run();
        } catch (StackOverflowError e) {
            throw new ExceededException();
        } finally {
            PRESENT.remove();
        }
    }

    /** Takes a step at the cost of the budget of the evaluation that this thread is in. */
    static void step() {
        SchemaBudget budget = PRESENT.get();
        if (budget != null && --budget.stepsLeft < 0) {
            throw new ExceededException();
        }
    }

    /** Goes one level down. */
    static void descend() {
        step();
        SchemaBudget budget = PRESENT.get();
        if (budget != null && ++budget.depth > MAX_DEPTH) {
            throw new ExceededException();
        }
    }

    /** Comes back up. */
    static void ascend() {
        SchemaBudget budget = PRESENT.get();
        if (budget != null) {
            budget.depth--;
        }
    }

    /** Says that there is nothing left. */
    static final class ExceededException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ExceededException() {
            super("the evaluation takes too long", null, false, false);
        }
    }
}
