package io.lanyard.daemon.history;

import io.lanyard.daemon.history.DocumentJudge.Finding;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Checks a history of last-writer-wins:
 *
 * <ol>
 *   <li>Every acknowledged write is readable on all devices, or superseded by a newer stamp on that field, on a clashing
 *       path, or by a newer delete or re-creation.
 *   <li>No value appears that nobody wrote, or whose write was refused; nothing deleted or knowingly taken away returns.
 *   <li>A batch is there whole or not at all, on its own device and on every device in step.
 *   <li>A device shows what it acknowledged, and never something older than it showed before.
 *   <li>A writer's stamp beats what its device had seen, and none is given out twice in a document.
 *   <li>Every value lost to a concurrent write is in some device's conflict journal.
 * </ol>
 *
 * <p>Two things are excused, where the history says that they may have happened: a rolled-back disk forgets what nobody
 * else held; a fenced device writes its own values once more under newer stamps, or puts them into a journal.
 */
public final class HistoryChecker {
    private static final long FIRST_REISSUE = Long.MIN_VALUE / 2;

    private final History history;
    private final List<DeviceState> devices;
    private final Causality causality;
    private final List<Violation> violations = new ArrayList<>();
    private final ConflictCheck conflicts;
    private final Map<String, List<WriteEvent>> possible = new TreeMap<>();
    private final Map<String, List<WriteEvent>> refused = new TreeMap<>();
    private final Set<WriteEvent> proven;
    private long reissues = FIRST_REISSUE;
    private int fields;
    private int openFields;
    private int gone;

    private HistoryChecker(History history, List<DeviceState> devices, Causality causality) {
        this.history = history;
        this.devices = devices;
        this.causality = causality == null ? new TimedCausality(history) : causality;
        conflicts = new ConflictCheck(history, this.causality, devices, violations);
        history.writes().forEach((document, writes) -> {
            List<WriteEvent> there = new ArrayList<>();
            writes.forEach(write -> addPossible(write, there));
            possible.put(document, there);
        });
        Evidence evidence = new Evidence(possible.values().stream().flatMap(List::stream));
        proven = history.rollbacks().isEmpty() ? ReadCheck.proven(history, evidence) : ReadCheck.identitySet();
        devices.forEach(
                device -> device.documents().forEach((document, shown) -> evidence.addProven(document, shown, proven)));
        List.copyOf(proven).forEach(write -> proven.addAll(evidence.together(write)));
    }

    /**
     * Checks a history by what can be known from the outside.
     *
     * @param devices what every device shows now that all are in step
     */
    public static Report check(History history, List<DeviceState> devices) {
        return check(history, devices, null);
    }

    /**
     * Checks a history.
     *
     * @param devices what every device shows now that all are in step
     * @param causality who had seen what; {@code null} for what can be known from the outside
     */
    public static Report check(History history, List<DeviceState> devices, Causality causality) {
        return new HistoryChecker(history.copy(), devices, causality).run();
    }

    private Report run() {
        Set<String> documents = new TreeSet<>(history.writes().keySet());
        devices.forEach(device -> documents.addAll(device.documents().keySet()));
        documents.forEach(this::judge);
        StampCheck stamps = new StampCheck(causality, violations);
        possible.forEach(stamps::check);
        Evidence evidence = new Evidence(possible.values().stream().flatMap(List::stream));
        int reads = ReadCheck.devices(history.reads())
                .mapToInt(device -> new ReadCheck(history, device, possible, evidence, causality, violations)
                        .check(history.reads()))
                .sum();
        return new Report(
                List.copyOf(violations),
                counts(),
                documents.size(),
                fields,
                openFields,
                gone,
                reads,
                writtenApart(),
                conflicts.entries,
                conflicts.lost,
                conflicts.missed,
                conflicts.unfounded);
    }

    private Map<String, Long> counts() {
        return all().filter(write -> !write.isBaseline())
                .collect(Collectors.groupingBy(
                        write -> write.outcome() == Outcome.ACKNOWLEDGED
                                ? write.kind().toString()
                                : write.outcome().toString(),
                        TreeMap::new,
                        Collectors.counting()));
    }

    private Stream<WriteEvent> all() {
        return history.writes().values().stream().flatMap(List::stream);
    }

    private long writtenApart() {
        return all().filter(write -> history.separations().stream()
                        .anyMatch(apart -> write.invokedAt() >= apart.from() && write.answeredAt() <= apart.to()))
                .count();
    }

    private void addPossible(WriteEvent write, List<WriteEvent> there) {
        if (write.outcome() == Outcome.FAILED) {
            refused.computeIfAbsent(write.document(), first -> new ArrayList<>())
                    .add(write);
            return;
        }
        WriteEvent kept = isRolledBack(write) ? write.as(Outcome.UNKNOWN) : write;
        History.Fence fence = history.fences().stream()
                .filter(each -> each.device() == write.device()
                        && write.invokedAt() <= each.to()
                        && !history.isRestBetween(write.invokedAt(), each.from()))
                .findFirst()
                .orElse(null);
        if (fence == null) {
            there.add(kept);
        } else {
            addFenced(kept, fence, there);
        }
    }

    private boolean isRolledBack(WriteEvent write) {
        return history.rollbacks().stream()
                .anyMatch(rollback -> rollback.device() == write.device()
                        && rollback.since() <= write.answeredAt()
                        && write.invokedAt() <= rollback.at()
                        && !history.isRestBetween(write.invokedAt(), rollback.at()));
    }

    /** What of it a journal has need not be readable any more; and all of it may have been written once more. */
    private void addFenced(WriteEvent write, History.Fence fence, List<WriteEvent> there) {
        Map<String, Object> kept = new TreeMap<>();
        Map<String, Object> journaled = new TreeMap<>();
        write.sets()
                .forEach((path, value) ->
                        (conflicts.isJournaled(write.document(), path, value) ? journaled : kept).put(path, value));
        boolean isAllJournaled = kept.isEmpty() && conflicts.isJournaled(write.document(), null, null);
        if (write.outcome() == Outcome.ACKNOWLEDGED && (isAllJournaled || !journaled.isEmpty())) {
            there.add(write.as(Outcome.UNKNOWN));
            if (!kept.isEmpty()) {
                there.add(write.withOnly(kept, Outcome.ACKNOWLEDGED));
            }
        } else {
            there.add(write);
        }
        there.add(write.reissued(reissues++, fence.to()));
    }

    private void judge(String document) {
        Map<String, Object> shown = devices.get(0).documents().get(document);
        List<WriteEvent> there = possible.getOrDefault(document, List.of());
        List<WriteEvent> certain = there.stream()
                .filter(write -> write.outcome() == Outcome.ACKNOWLEDGED || proven.contains(write))
                .toList();
        gone += shown == null ? 1 : 0;
        judgeShown(document, shown, certain, there, devices.get(0).device());
        for (DeviceState other : devices.subList(1, devices.size())) {
            Map<String, Object> there2 = other.documents().get(document);
            if (!Objects.equals(shown, there2)) {
                violations.add(new Violation(
                        Violation.Kind.DEVICES_DIFFER,
                        document,
                        "device " + devices.get(0).device() + " shows " + shown + ", device " + other.device()
                                + " shows " + there2));
                judgeShown(document, there2, certain, there, other.device());
            }
        }
        conflicts.check(document, certain, there, shown);
    }

    private void judgeShown(
            String document, Map<String, Object> shown, List<WriteEvent> certain, List<WriteEvent> there, int device) {
        DocumentJudge judge = new DocumentJudge(certain, there, causality);
        List<Finding> findings = judge.judge(shown);
        fields += judge.fields();
        openFields += judge.openFields();
        for (Finding finding : findings) {
            violations.add(new Violation(
                    kindOf(finding, document, shown),
                    document,
                    "on device " + device + ": " + finding.sentence() + "; shown " + shown + "; history "
                            + describe(document)));
        }
    }

    private Violation.Kind kindOf(Finding finding, String document, Map<String, Object> shown) {
        if (finding.missing() != null && finding.missing().outcome() == Outcome.UNKNOWN) {
            return Violation.Kind.TORN_BATCH;
        }
        boolean isRefused = finding.kind() == Violation.Kind.INVENTED
                && shown != null
                && refused.getOrDefault(document, List.of()).stream()
                        .anyMatch(write -> write.sets().entrySet().stream()
                                .anyMatch(field -> Objects.equals(shown.get(field.getKey()), field.getValue())));
        boolean isBack = finding.kind() == Violation.Kind.INVENTED
                && shown != null
                && shown.entrySet().stream()
                        .anyMatch(field -> history.wasSettled(document, field.getKey(), field.getValue())
                                && possible.get(document).stream()
                                        .noneMatch(write ->
                                                Objects.equals(write.sets().get(field.getKey()), field.getValue())));
        if (isRefused) {
            return Violation.Kind.REFUSED_BUT_SHOWN;
        }
        return isBack ? Violation.Kind.RESURRECTED : finding.kind();
    }

    private String describe(String document) {
        return history.writes().getOrDefault(document, List.of()).stream()
                .sorted(Comparator.comparing(WriteEvent::before).thenComparing(WriteEvent::place))
                .map(WriteEvent::toString)
                .collect(Collectors.joining("\n  ", "\n  ", ""));
    }
}
