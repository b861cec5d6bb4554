package io.lanyard.crdt;

import java.util.SplittableRandom;

/** Runs a check over many seeds; one that fails is named, and runs alone with {@code -Dcrdt.seed=N}. */
final class Seeds {

    private static final Long ONLY = Long.getLong("crdt.seed");

    private Seeds() {}

    static boolean isSingle() {
        return ONLY != null;
    }

    static void check(int count, SeededCheck check) {
        if (ONLY != null) {
            run(ONLY, check);
            return;
        }
        for (long seed = 1; seed <= count; seed++) {
            run(seed, check);
        }
    }

    private static void run(long seed, SeededCheck check) {
        try {
            check.run(new SplittableRandom(seed));
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("fails with -Dcrdt.seed=" + seed + ": " + e, e);
        }
    }

    interface SeededCheck {
        void run(SplittableRandom random);
    }
}
