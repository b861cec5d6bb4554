package io.lanyard.daemon.history;

import io.lanyard.daemon.history.Causality.Seen;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks that a writer's stamp beats what its device had seen, and that no two writes to a document share one. Those to
 * different documents may: what is behind a document's newest stamp by more than a clock may be dragged is stamped just
 * above that, and the clock stays where it is.
 */
final class StampCheck {
    private final Causality causality;
    private final List<Violation> violations;

    StampCheck(Causality causality, List<Violation> violations) {
        this.causality = causality;
        this.violations = violations;
    }

    void check(String document, List<WriteEvent> writes) {
        List<WriteEvent> known = writes.stream()
                .filter(write -> write.outcome() == Outcome.ACKNOWLEDGED && !write.isBaseline())
                .toList();
        Map<WriteStamp, WriteEvent> givenOut = new HashMap<>();
        for (WriteEvent write : known) {
            if (write.after().equals(write.before())) {
                WriteEvent other = givenOut.putIfAbsent(write.after(), write);
                if (other != null && other.batch() != write.batch()) {
                    violations.add(new Violation(
                            Violation.Kind.STAMP_GIVEN_TWICE, document, write + " has the stamp of " + other));
                }
            }
            for (WriteEvent earlier : known) {
                if (earlier.isSurelyNewerThan(write)
                        && earlier.batch() != write.batch()
                        && causality.seen(write, earlier) == Seen.YES) {
                    violations.add(new Violation(
                            Violation.Kind.STAMP_NOT_NEWER,
                            document,
                            write + " is stamped below " + earlier + ", which its device had seen"));
                }
            }
        }
    }
}
