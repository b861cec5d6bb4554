package io.lanyard.daemon.history;

import io.lanyard.daemon.history.DocumentJudge.Finding;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks what was read on one device: it shows all that it acknowledged before, never less than it showed before, and a
 * batch whole or not at all.
 */
final class ReadCheck {

    /** What is known from a moment on; no write means that nothing from before counts any more. */
    private record Fact(long at, WriteEvent write) {}

    private final History history;
    private final int device;
    private final Map<String, List<WriteEvent>> possible;
    private final Evidence evidence;
    private final Causality causality;
    private final List<Violation> violations;
    private final PriorityQueue<Fact> facts = new PriorityQueue<>(Comparator.comparingLong(Fact::at));
    private final Map<String, Set<WriteEvent>> known = new HashMap<>();

    ReadCheck(
            History history,
            int device,
            Map<String, List<WriteEvent>> possible,
            Evidence evidence,
            Causality causality,
            List<Violation> violations) {
        this.history = history;
        this.device = device;
        this.possible = possible;
        this.evidence = evidence;
        this.causality = causality;
        this.violations = violations;
        history.rollbacks().stream()
                .filter(rollback -> rollback.device() == device)
                .forEach(rollback -> facts.add(new Fact(rollback.at(), null)));
        history.fences().stream()
                .filter(fence -> fence.device() == device)
                .forEach(fence -> facts.add(new Fact(fence.to(), null)));
        history.writes().values().stream()
                .flatMap(List::stream)
                .filter(write ->
                        write.outcome() == Outcome.ACKNOWLEDGED && (write.device() == device || write.isBaseline()))
                .forEach(write -> facts.add(new Fact(write.answeredAt(), write)));
    }

    /** Judges the reads of this device. Returns how many there were; those in the middle of a fence are passed over. */
    int check(List<ReadEvent> reads) {
        int judged = 0;
        List<ReadEvent> inOrder = reads.stream()
                .filter(read -> read.device() == device)
                .sorted(Comparator.comparingLong(ReadEvent::invokedAt))
                .toList();
        for (ReadEvent read : inOrder) {
            while (!facts.isEmpty() && facts.peek().at() < read.invokedAt()) {
                learn(facts.poll());
            }
            if (history.fences().stream()
                    .noneMatch(fence -> fence.device() == device
                            && read.answeredAt() >= fence.from()
                            && read.invokedAt() <= fence.to())) {
                judge(read);
                judged++;
            }
        }
        return judged;
    }

    private void learn(Fact fact) {
        if (fact.write() == null) {
            known.values().forEach(writes -> writes.removeIf(write -> !write.isBaseline()));
        } else {
            known.computeIfAbsent(fact.write().document(), first -> identitySet())
                    .add(fact.write());
        }
    }

    private void judge(ReadEvent read) {
        Set<WriteEvent> proven = identitySet();
        read.documents().forEach((document, shown) -> evidence.addProven(document, shown, proven));
        Set<WriteEvent> provenTogether = identitySet();
        for (WriteEvent write : proven) {
            boolean isWhole = write.device() == device || read.isInStep();
            provenTogether.addAll(isWhole ? evidence.together(write) : List.of(write));
        }
        read.documents().forEach((document, shown) -> judge(read, document, shown, proven, provenTogether));
        provenTogether.forEach(write -> facts.add(new Fact(read.answeredAt(), write)));
    }

    private void judge(
            ReadEvent read,
            String document,
            Map<String, Object> shown,
            Set<WriteEvent> proven,
            Set<WriteEvent> provenTogether) {
        Set<WriteEvent> before = known.getOrDefault(document, Set.of());
        Set<WriteEvent> certain = identitySet();
        certain.addAll(before);
        (read.isAtOnce() ? provenTogether : proven)
                .stream().filter(write -> write.document().equals(document)).forEach(certain::add);
        List<WriteEvent> there = possible.getOrDefault(document, List.of()).stream()
                .filter(write -> write.invokedAt() < read.answeredAt())
                .toList();
        DocumentJudge judge = new DocumentJudge(new ArrayList<>(certain), there, causality);
        for (Finding finding : judge.judge(shown)) {
            violations.add(new Violation(
                    kindOf(finding, before),
                    document,
                    "read on device " + device + " at " + read.invokedAt() + ": " + finding.sentence()));
        }
    }

    private Violation.Kind kindOf(Finding finding, Set<WriteEvent> before) {
        WriteEvent missing = finding.missing();
        if (missing == null) {
            return finding.kind();
        }
        if (!before.contains(missing)) {
            return Violation.Kind.TORN_BATCH;
        }
        return missing.device() == device && missing.outcome() == Outcome.ACKNOWLEDGED
                ? Violation.Kind.OWN_WRITE_NOT_READ
                : Violation.Kind.WENT_BACK;
    }

    /** Returns every write that the reads of any device prove to be there. */
    static Set<WriteEvent> proven(History history, Evidence evidence) {
        Set<WriteEvent> proven = identitySet();
        for (ReadEvent read : history.reads()) {
            read.documents().forEach((document, shown) -> evidence.addProven(document, shown, proven));
        }
        return proven;
    }

    static Set<WriteEvent> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /** Returns the devices on which anything was read. */
    static Stream<Integer> devices(List<ReadEvent> reads) {
        return reads.stream().map(ReadEvent::device).distinct();
    }
}
