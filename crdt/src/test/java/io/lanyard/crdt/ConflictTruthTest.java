package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Judges conflicts against the truth, over random histories in which it is known who had seen what.
 *
 * <p>The truth: what a side of a merge showed and what is not shown afterwards was lost to a concurrent write, unless
 * somebody replaced it who had it before their eyes. The same for removals and deletes that do not last.
 */
class ConflictTruthTest {

    private static final int SEEDS = 2_000;
    private static final String REMOVED = "removed";
    private static final String[] PATHS = {"/a", "/a/x", "/a/y", "/b"};

    private int expected;
    private int missedByTheDevice;
    private int missedByAll;
    private int wrong;

    private enum Exchange {
        FRAGMENTS,
        DOCUMENTS,
        BOTH
    }

    @Test
    void judge_fragmentsInCausalOrder_isTheTruth() {
        check(Exchange.FRAGMENTS, 0.001, 0, 0.002);
    }

    @Test
    void judge_wholeDocuments_missesNoValue() {
        check(Exchange.DOCUMENTS, 0.01, 0.002, 0.03);
    }

    @Test
    void judge_fragmentsAndDocuments_missesNoValue() {
        check(Exchange.BOTH, 0.01, 0.002, 0.03);
    }

    /** The shares allowed for are those of marks that name a write and not a field, and of removals in a clash. */
    private void check(Exchange exchange, double missedByTheDeviceShare, double missedByAllShare, double wrongShare) {
        Seeds.check(SEEDS, random -> new History(random, exchange).run());
        System.out.printf(
                "conflicts by %s: %,d true, %,d missed by the device, %,d by all, %,d false%n",
                exchange.name().toLowerCase(Locale.ROOT), expected, missedByTheDevice, missedByAll, wrong);
        if (!Seeds.isSingle()) {
            assertTrue(expected > SEEDS);
            assertTrue(missedByTheDevice <= missedByTheDeviceShare * expected);
            assertTrue(missedByAll <= missedByAllShare * expected);
            assertTrue(wrong <= wrongShare * expected);
        }
    }

    private final class History {
        private final SplittableRandom random;
        private final Exchange exchange;
        private final NaiveHistory truth = new NaiveHistory();
        private final List<TestReplica> replicas = new ArrayList<>();
        private final long[] held;
        private final List<Document> fragments = new ArrayList<>();
        private final List<Dot> dots = new ArrayList<>();
        private final TreeSet<String> trueEver = new TreeSet<>();
        private final TreeSet<String> toldEver = new TreeSet<>();
        private final List<TreeSet<String>> toldAt = new ArrayList<>();

        History(SplittableRandom random, Exchange exchange) {
            this.random = random;
            this.exchange = exchange;
            held = new long[2 + random.nextInt(3)];
            for (int i = 0; i < held.length; i++) {
                TestReplica replica = new TestReplica(i);
                replica.wallMillis += random.nextInt(3) == 0 ? random.nextInt(4) : 0;
                replicas.add(replica);
                toldAt.add(new TreeSet<>());
            }
        }

        void run() {
            write(0);
            for (int i = 1; i < held.length && random.nextInt(4) > 0; i++) {
                merge(i, fragments.get(0), 1, true);
            }
            for (int steps = 2 + random.nextInt(12); steps > 0; steps--) {
                int at = random.nextInt(held.length);
                replicas.get(at).wallMillis += random.nextInt(2);
                if (random.nextInt(3) == 0) {
                    write(at);
                } else {
                    receive(at);
                }
            }
            for (int round = 0; round < 2; round++) {
                for (int at = 0; at < held.length; at++) {
                    for (int from = 0; from < held.length; from++) {
                        if (exchange == Exchange.FRAGMENTS) {
                            deliverAll(at);
                        } else {
                            merge(at, replicas.get(from).document.copy(), held[from], false);
                        }
                    }
                }
            }
            trueEver.removeAll(toldEver);
            missedByAll += trueEver.size();
            assertTrue(trueEver.stream().noneMatch(this::isValue), () -> "nobody told of " + trueEver);
        }

        private boolean isValue(String text) {
            return text.contains(" /") && !text.endsWith(REMOVED);
        }

        private void receive(int at) {
            if (exchange == Exchange.DOCUMENTS || exchange == Exchange.BOTH && random.nextBoolean()) {
                int from = random.nextInt(held.length);
                merge(at, replicas.get(from).document.copy(), held[from], false);
            } else {
                int which = random.nextInt(fragments.size());
                long write = 1L << which;
                if ((truth.seenBy(write) & ~held[at]) == 0) {
                    merge(at, fragments.get(which), write, true);
                }
            }
        }

        private void deliverAll(int at) {
            for (int which = 0; which < fragments.size(); which++) {
                long write = 1L << which;
                if ((held[at] & write) == 0 && (truth.seenBy(write) & ~held[at]) == 0) {
                    merge(at, fragments.get(which), write, true);
                }
            }
        }

        private void write(int at) {
            TestReplica replica = replicas.get(at);
            boolean visible = replica.document.isVisible();
            if (visible && random.nextInt(5) == 0) {
                Document fragment = replica.delete();
                note(at, fragment, fragment.died().stamp(), null);
                return;
            }
            boolean patch = visible && random.nextInt(4) > 0;
            TreeMap<FieldPath, String> change = new TreeMap<>();
            for (int left = 1 + random.nextInt(2); left > 0; left--) {
                FieldPath path = new FieldPath(PATHS[random.nextInt(PATHS.length)]);
                if (change.keySet().stream().noneMatch(path::clashesWith)) {
                    boolean removal = patch && random.nextInt(4) == 0;
                    change.put(path, removal ? "null" : String.valueOf(10 * fragments.size() + left));
                }
            }
            SortedMap<FieldPath, String> target = patch ? MergePatch.apply(replica.shown(), change) : change;
            if (!visible || !target.equals(replica.shown())) {
                Document fragment = replica.show(target);
                note(at, fragment, fragment.alive().stamp(), target);
            }
        }

        private void note(int at, Document fragment, Stamp stamp, SortedMap<FieldPath, String> target) {
            held[at] |= truth.add(stamp, held[at], target);
            fragments.add(fragment);
            dots.add(replicas.get(at).lastDot());
        }

        private void merge(int at, Document incoming, long mask, boolean isFragment) {
            long before = held[at];
            long after = before | mask;
            long there = isFragment ? truth.seenBy(mask) | mask : mask;
            TreeSet<String> lost = lostOf(before, before, after, after);
            lost.addAll(lostOf(there, mask & ~before, after, after));
            TreeSet<String> arguable = lostOf(before, before, after, after & ~before);
            arguable.addAll(lostOf(there, mask & ~before, after, after & ~there));
            TreeSet<String> told = new TreeSet<>();
            MergeResult result = replicas.get(at).merge(incoming);
            for (Conflict conflict : result.conflicts()) {
                assertTrue(told.add(text(conflict.path(), conflict.loser(), conflict.lostValue())), "told twice");
            }
            held[at] = after;
            assertEquals(List.of(), replicas.get(at).merge(incoming).conflicts(), "told again on redelivery");
            expected += lost.size();
            trueEver.addAll(lost);
            toldEver.addAll(told);
            toldAt.get(at).addAll(told);
            for (String one : lost) {
                if (!told.contains(one) && !toldAt.get(at).contains(one)) {
                    missedByTheDevice++;
                    explain("missed", one, at, incoming);
                }
            }
            for (String one : told) {
                if (!arguable.contains(one)) {
                    wrong++;
                    explain("false", one, at, incoming);
                }
            }
        }

        /**
         * Returns what {@code side} shows, by one of the {@code writers}, and {@code after} does not, though none of
         * {@code judges} replaced it knowingly.
         *
         * <p>Where somebody did replace it, a third write brought it back, and a fourth took it away, one may say
         * either: so what must be told is judged by all writes, and what may be told by those that the side lacks.
         */
        private TreeSet<String> lostOf(long side, long writers, long after, long judges) {
            TreeSet<String> lost = new TreeSet<>();
            SortedMap<FieldPath, String> shownAfter = truth.shown(after);
            SortedMap<FieldPath, String> shownBefore = truth.shown(side);
            truth.shownWrites(side).forEach((path, write) -> {
                if ((write & writers) != 0
                        && !shownBefore.get(path).equals(shownAfter.get(path))
                        && !isReplacedKnowingly(path, write, judges)) {
                    lost.add(text(path, dot(write), shownBefore.get(path)));
                }
            });
            boolean valuesLost = !lost.isEmpty();
            if (truth.isVisible(side)) {
                truth.shownWrites(after).forEach((path, write) -> {
                    long removal = truth.newestTouch(side, path);
                    if ((removal & writers) != 0
                            && isRemoval(removal, path)
                            && shownBefore.keySet().stream().noneMatch(path::clashesWith)
                            && !isRestoredKnowingly(path, removal, judges)) {
                        lost.add(text(path, dot(removal), null));
                    }
                });
            }
            long alive = truth.newestWrite(side, false);
            long died = truth.newestWrite(side, true);
            if (truth.isVisible(side)
                    && !truth.isVisible(after)
                    && !valuesLost
                    && (alive & writers) != 0
                    && !isContinued(alive, judges)) {
                lost.add(text(null, dot(alive), "{}"));
            }
            if (!truth.isVisible(side)
                    && truth.isVisible(after)
                    && (died & writers) != 0
                    && !isRecreatedKnowingly(died, judges)) {
                lost.add(text(null, dot(died), null));
            }
            return lost;
        }

        private boolean isRemoval(long write, FieldPath path) {
            SortedMap<FieldPath, String> touched = truth.touchedBy(write);
            return touched.get(path) == null
                    && touched.entrySet().stream()
                            .noneMatch(other ->
                                    other.getValue() != null && other.getKey().clashesWith(path));
        }

        /** True if a writer had the value before their eyes and made it go. */
        private boolean isReplacedKnowingly(FieldPath path, long write, long judges) {
            String value = truth.touchedBy(write).get(path);
            return writesIn(judges).stream().anyMatch(other -> {
                long seen = truth.seenBy(other);
                return (seen & write) != 0
                        && value.equals(truth.shown(seen).get(path))
                        && !value.equals(truth.shown(seen | other).get(path));
            });
        }

        /** True if a writer saw the field gone and set it, or saw the document and deleted it. */
        private boolean isRestoredKnowingly(FieldPath path, long removal, long judges) {
            return writesIn(judges).stream().anyMatch(other -> {
                long seen = truth.seenBy(other);
                return (seen & removal) != 0
                        && (truth.isDelete(other)
                                || truth.touchedBy(other).get(path) != null
                                        && !truth.shown(seen).containsKey(path));
            });
        }

        /** True if a writer saw the document gone and created it again. */
        private boolean isRecreatedKnowingly(long delete, long judges) {
            return writesIn(judges).stream()
                    .anyMatch(other -> (truth.seenBy(other) & delete) != 0
                            && !truth.isDelete(other)
                            && !truth.isVisible(truth.seenBy(other)));
        }

        private boolean isContinued(long edit, long judges) {
            return writesIn(judges).stream().anyMatch(other -> (truth.seenBy(other) & edit) != 0);
        }

        private List<Long> writesIn(long mask) {
            List<Long> writes = new ArrayList<>();
            for (int i = 0; i < fragments.size(); i++) {
                if ((mask & 1L << i) != 0) {
                    writes.add(1L << i);
                }
            }
            return writes;
        }

        private Dot dot(long write) {
            return dots.get(Long.numberOfTrailingZeros(write));
        }

        private String text(FieldPath path, Dot loser, String value) {
            return loser + " " + path + " " + (value == null ? REMOVED : value);
        }

        private void explain(String what, String one, int at, Document incoming) {
            if (Seeds.isSingle()) {
                System.out.println(what + " " + one + " at " + at + "\n  in  " + incoming + "\n  now "
                        + replicas.get(at).document + "\n  " + fragments);
            }
        }
    }
}
